"""The alarms: raised within the transaction of what they are about, open until somebody has seen to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, case, func, insert, select, update

from kiosk.domain.alarms import LEAST_URGENT, MOST_URGENT, SILENT, AlarmKind, AlarmState
from kiosk.domain.ids import new_id
from kiosk.domain.text import is_one_line
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.paging import Page, cut
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import alarms

MAX_NOTE_CHARACTERS: Final = 200
SYSTEM: Final = "system"

_IS_OPEN: Final = alarms.c.acknowledged_at.is_(None)
_MAY_SHOW: Final = alarms.c.kind.not_in([kind.value for kind in SILENT])
_URGENCY: Final = case(
    (alarms.c.kind.in_([kind.value for kind in MOST_URGENT]), 0),
    (alarms.c.kind.in_([kind.value for kind in LEAST_URGENT]), 2),
    else_=1,
)


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm on record.

    Attributes:
        lane: where; empty when it is about no lane.
        subject: ids of the records it is about, by what they are: `card`, `visit`, `user`.
        acknowledged_by: whoever saw to it, in the journal's words for an actor; `system` when what it was about is
            over by itself; empty while it is open.
        note: what they found.
        raised_by: whoever raised it, in the journal's words for an actor; empty when the box did by itself.
        repeats: how often it was told again because nobody had seen to it.
    """

    id: str
    kind: AlarmKind
    lane: str
    raised_at: datetime
    subject: Mapping[str, str]
    acknowledged_at: datetime | None
    acknowledged_by: str
    note: str
    raised_by: str = ""
    repeats: int = 0

    @property
    def state(self) -> AlarmState:
        """Where the alarm stands."""
        return AlarmState.OPEN if self.acknowledged_at is None else AlarmState.ACKNOWLEDGED

    @property
    def is_silent(self) -> bool:
        """Whether no screen at the gate may show it."""
        return self.kind in SILENT


def raise_within(transaction: Transaction, kind: AlarmKind, lane: str, *, actor: str = "", **subject: str) -> str:
    """Raise an alarm together with what else `transaction` writes; returns its id.

    Args:
        lane: where; empty when it is about no lane.
        actor: whoever raises it, in the journal's words; empty: the box by itself.
        subject: ids of the records it is about (`card=...`), and never a name or a number of anybody.
    """
    alarm_id = new_id(transaction.now)
    transaction.connection.execute(
        insert(alarms),
        {
            "id": alarm_id, "kind": kind.value, "lane": lane, "raised_at": transaction.now, "subject": subject,
            "acknowledged_by": "", "note": "", "raised_by": actor,
        },
    )  # fmt: skip
    payload = {"alarm": alarm_id, "kind": kind.value, **({"lane": lane} if lane else {}), **subject}
    transaction.record(actor or (f"lane {lane}" if lane else SYSTEM), "alarm.raised", payload)
    return alarm_id


def repeat_within(transaction: Transaction, alarm_id: str) -> bool:
    """Tell an alarm again that nobody has seen to; False when somebody has."""
    row = transaction.connection.execute(select(alarms).where(alarms.c.id == alarm_id, _IS_OPEN)).first()
    if row is None:
        return False
    count = row.repeats + 1
    transaction.connection.execute(update(alarms).where(alarms.c.id == alarm_id).values(repeats=count))
    transaction.record(SYSTEM, "alarm.repeated", {**_named(row), **row.subject, "count": count})
    return True


def open_within(transaction: Transaction, kind: AlarmKind, lane: str) -> list[str]:
    """The ids of the alarms of a kind at a lane that nobody has seen to."""
    mine = (alarms.c.kind == kind.value, alarms.c.lane == lane, _IS_OPEN)
    return list(transaction.connection.execute(select(alarms.c.id).where(*mine)).scalars())


def end_within(transaction: Transaction, alarm_id: str, *, actor: str = SYSTEM) -> None:
    """End an alarm because what it was about is over; does nothing when somebody has seen to it.

    Args:
        actor: whose act has ended it; by itself: the box.
    """
    row = transaction.connection.execute(select(alarms).where(alarms.c.id == alarm_id, _IS_OPEN)).first()
    if row is not None:
        _close(transaction, row, actor, "")


class AlarmService:
    """The alarms as the surfaces use them. Safe to use from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(self, limit: int, *, with_silent: bool = False) -> list[Alarm]:
        """The alarms nobody has acknowledged, the most urgent first and among these the newest, at most `limit`.

        Args:
            with_silent: those too that no screen at the gate may show.
        """
        query = select(alarms).where(*_shown(with_silent=with_silent), _IS_OPEN).order_by(_URGENCY, alarms.c.seq.desc())
        with self._store.read() as connection:
            return [_alarm(row) for row in connection.execute(query.limit(limit))]

    def these(self, ids: Collection[str]) -> list[Alarm]:
        """The alarms of these ids, without the silent ones."""
        if not ids:
            return []
        query = select(alarms).where(*_shown(with_silent=False), alarms.c.id.in_(ids))
        with self._store.read() as connection:
            return [_alarm(row) for row in connection.execute(query)]

    def is_open(self, kind: AlarmKind, lane: str) -> bool:
        """Tell whether there is an alarm of a kind at a lane that nobody has acknowledged."""
        query = select(alarms.c.id).where(alarms.c.kind == kind.value, alarms.c.lane == lane, _IS_OPEN).limit(1)
        with self._store.read() as connection:
            return connection.execute(query).first() is not None

    def count_open(self, *, with_silent: bool = False) -> int:
        """How many alarms nobody has acknowledged."""
        query = select(func.count()).select_from(alarms).where(*_shown(with_silent=with_silent), _IS_OPEN)
        with self._store.read() as connection:
            return int(connection.execute(query).scalar_one())

    def page(
        self, state: AlarmState | None, after: int | None, limit: int, *, with_silent: bool = False
    ) -> Page[Alarm]:
        """Alarms in that state, newest first; `after` is `next_after` of the page before."""
        query = select(alarms).where(*_shown(with_silent=with_silent)).order_by(alarms.c.seq.desc()).limit(limit + 1)
        if state is not None:
            query = query.where(_IS_OPEN if state is AlarmState.OPEN else ~_IS_OPEN)
        if after is not None:
            query = query.where(alarms.c.seq < after)
        with self._store.read() as connection:
            rows = cut(list(connection.execute(query)), limit, lambda row: int(row.seq))
        return Page([_alarm(row) for row in rows.items], rows.next_after)

    def panic(self, *, actor: str, lane: str = "", **subject: str) -> Alarm:
        """Call for help. Pressed again while the first call is open, it adds nothing: that one is returned.

        Args:
            actor: whoever calls, in the journal's words.
            lane: where, when it is at a lane.
            subject: ids that tell one place from another (`panel=...`); a call from elsewhere is a call of its own.
        """
        mine = (alarms.c.kind == AlarmKind.PANIC.value, alarms.c.raised_by == actor, alarms.c.lane == lane, _IS_OPEN)
        with self._store.write() as transaction:
            rows = transaction.connection.execute(select(alarms).where(*mine)).all()
            row = next((row for row in rows if row.subject == subject), None)
            if row is None:
                alarm_id = raise_within(transaction, AlarmKind.PANIC, lane, actor=actor, **subject)
                row = transaction.connection.execute(select(alarms).where(alarms.c.id == alarm_id)).one()
        return _alarm(row)

    def acknowledge(self, alarm_id: str, *, actor: str, note: str, with_silent: bool = False) -> Alarm:
        """Put on record that somebody has seen to an alarm, and what they found.

        Raises:
            NotFound: there is no such alarm, or none that may be seen `with_silent` False.
            Invalid: the note is empty, more than one line or too long.
            Conflict: `already-acknowledged`: somebody has before; what they noted stands.
        """
        note = note.strip()
        problem = _note_problem(note)
        if problem is not None:
            raise Invalid({"note": problem})
        with self._store.write() as transaction:
            wanted = select(alarms).where(alarms.c.id == alarm_id)
            row = transaction.connection.execute(wanted.where(*_shown(with_silent=with_silent))).first()
            if row is None:
                raise NotFound("alarm")
            if row.acknowledged_at is not None:
                raise Conflict("already-acknowledged", "Somebody has acknowledged this alarm already.")
            _close(transaction, row, actor, note)
            row = transaction.connection.execute(wanted).one()
        return _alarm(row)


def _shown(*, with_silent: bool) -> tuple[ColumnElement[bool], ...]:
    return () if with_silent else (_MAY_SHOW,)


def _close(transaction: Transaction, row: Row[Any], actor: str, note: str) -> None:
    changes = {"acknowledged_at": transaction.now, "acknowledged_by": actor, "note": note}
    transaction.connection.execute(update(alarms).where(alarms.c.id == row.id).values(changes))
    # The note stays out: it is free text and may name somebody, and the journal is kept for ever.
    transaction.record(actor, "alarm.acknowledged", _named(row))


def _named(row: Row[Any]) -> dict[str, Any]:
    return {"alarm": row.id, "kind": row.kind, **({"lane": row.lane} if row.lane else {})}


def _note_problem(note: str) -> FieldProblem | None:
    if not note:
        return FieldProblem.REQUIRED
    if len(note) > MAX_NOTE_CHARACTERS:
        return FieldProblem.TOO_LONG
    return None if is_one_line(note) else FieldProblem.NOT_ONE_LINE


def _alarm(row: Row[Any]) -> Alarm:
    return Alarm(
        row.id, AlarmKind(row.kind), row.lane, row.raised_at, row.subject, row.acknowledged_at, row.acknowledged_by,
        row.note, row.raised_by, row.repeats,
    )  # fmt: skip
