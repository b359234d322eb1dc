"""The alarms: raised within the transaction of what they are about, open until somebody has seen to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, insert, select, update

from kiosk.domain.alarms import AlarmKind, AlarmState
from kiosk.domain.ids import new_id
from kiosk.domain.text import is_one_line
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.paging import Page, cut
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import alarms

MAX_NOTE_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm on record.

    Attributes:
        lane: where; empty when it is about no lane.
        subject: ids of the records it is about, by what they are: `card`, `visit`.
        acknowledged_by: whoever saw to it, in the journal's words for an actor; empty while it is open.
        note: what they found.
    """

    id: str
    kind: AlarmKind
    lane: str
    raised_at: datetime
    subject: Mapping[str, str]
    acknowledged_at: datetime | None
    acknowledged_by: str
    note: str

    @property
    def state(self) -> AlarmState:
        """Where the alarm stands."""
        return AlarmState.OPEN if self.acknowledged_at is None else AlarmState.ACKNOWLEDGED


def raise_within(transaction: Transaction, kind: AlarmKind, lane: str, **subject: str) -> str:
    """Raise an alarm together with what else `transaction` writes; returns its id.

    Args:
        lane: where; empty when it is about no lane.
        subject: ids of the records it is about (`card=...`), and never a name or a number of anybody.
    """
    alarm_id = new_id(transaction.now)
    transaction.connection.execute(
        insert(alarms),
        {
            "id": alarm_id, "kind": kind.value, "lane": lane, "raised_at": transaction.now, "subject": subject,
            "acknowledged_by": "", "note": "",
        },
    )  # fmt: skip
    payload = {"alarm": alarm_id, "kind": kind.value, **({"lane": lane} if lane else {}), **subject}
    transaction.record(f"lane {lane}" if lane else "system", "alarm.raised", payload)
    return alarm_id


class AlarmService:
    """The alarms as the surfaces use them. Safe to use from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(self, limit: int) -> list[Alarm]:
        """The alarms nobody has acknowledged, newest first, at most `limit`."""
        return list(self.page(AlarmState.OPEN, None, limit).items)

    def count_open(self) -> int:
        """How many alarms nobody has acknowledged."""
        with self._store.read() as connection:
            query = select(func.count()).select_from(alarms).where(alarms.c.acknowledged_at.is_(None))
            return int(connection.execute(query).scalar_one())

    def page(self, state: AlarmState | None, after: int | None, limit: int) -> Page[Alarm]:
        """Alarms in that state, newest first; `after` is `next_after` of the page before."""
        query = select(alarms).order_by(alarms.c.seq.desc()).limit(limit + 1)
        if state is not None:
            is_open = alarms.c.acknowledged_at.is_(None)
            query = query.where(is_open if state is AlarmState.OPEN else ~is_open)
        if after is not None:
            query = query.where(alarms.c.seq < after)
        with self._store.read() as connection:
            rows = cut(list(connection.execute(query)), limit, lambda row: int(row.seq))
        return Page([_alarm(row) for row in rows.items], rows.next_after)

    def acknowledge(self, alarm_id: str, *, actor: str, note: str) -> Alarm:
        """Put on record that somebody has seen to an alarm, and what they found.

        Raises:
            NotFound: there is no such alarm.
            Invalid: the note is empty, more than one line or too long.
            Conflict: `already-acknowledged`: somebody has before; what they noted stands.
        """
        note = note.strip()
        problem = _note_problem(note)
        if problem is not None:
            raise Invalid({"note": problem})
        with self._store.write() as transaction:
            row = transaction.connection.execute(select(alarms).where(alarms.c.id == alarm_id)).first()
            if row is None:
                raise NotFound("alarm")
            if row.acknowledged_at is not None:
                raise Conflict("already-acknowledged", "Somebody has acknowledged this alarm already.")
            changes = {"acknowledged_at": transaction.now, "acknowledged_by": actor, "note": note}
            transaction.connection.execute(update(alarms).where(alarms.c.id == alarm_id).values(changes))
            # The note stays out: it is free text and may name somebody, and the journal is kept for ever.
            payload = {"alarm": alarm_id, "kind": row.kind, **({"lane": row.lane} if row.lane else {})}
            transaction.record(actor, "alarm.acknowledged", payload)
            row = transaction.connection.execute(select(alarms).where(alarms.c.id == alarm_id)).one()
        return _alarm(row)


def _note_problem(note: str) -> FieldProblem | None:
    if not note:
        return FieldProblem.REQUIRED
    if len(note) > MAX_NOTE_CHARACTERS:
        return FieldProblem.TOO_LONG
    return None if is_one_line(note) else FieldProblem.NOT_ONE_LINE


def _alarm(row: Row[Any]) -> Alarm:
    return Alarm(
        row.id, AlarmKind(row.kind), row.lane, row.raised_at, row.subject, row.acknowledged_at, row.acknowledged_by,
        row.note,
    )  # fmt: skip
