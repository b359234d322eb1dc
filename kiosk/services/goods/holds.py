"""Incident holds: somebody in charge keeps a record, with all that hangs on it, from being purged.

A hold on a slip keeps every slip of its story too: those that it was issued in place of, and those in its place.
Several incidents may hold the same record; it is free to go when the last of them is over. Reasons stay in the table,
which is purged with the record; the journal has ids and numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import CTE, CompoundSelect, Connection, Select, Table, func, insert, select, update

from kiosk.domain.ids import new_id
from kiosk.domain.text import is_one_line
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.paging import Page, cut
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import goods_in, incident_holds, release_slips, visits

MAX_REASON: Final = 200


class HoldSubject(StrEnum):
    """What can be held."""

    GOODS = "goods"
    SLIP = "slip"
    VISIT = "visit"


RECORDS: Final[dict[HoldSubject, Table]] = {
    HoldSubject.GOODS: goods_in, HoldSubject.SLIP: release_slips, HoldSubject.VISIT: visits
}  # fmt: skip
_LETTERS: Final = {"R": HoldSubject.SLIP, "G": HoldSubject.GOODS}
"""What numbers begin with; a visit's begins with its day."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold on record. `number` is that of the record that it keeps; `lifted_at` is None while it does."""

    seq: int
    id: str
    subject: HoldSubject
    subject_id: str
    number: str
    reason: str
    set_at: datetime
    set_by: str
    lifted_at: datetime | None
    lifted_by: str | None


class HoldService:
    """Sets and lifts holds. Safe to use from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def set(self, subject: HoldSubject, subject_id: str, *, reason: str, actor: str) -> Hold:
        """Keep a record from being purged until the hold is lifted.

        Raises:
            NotFound: there is no such record, or not any more.
            Conflict: `no-reason`.
            Invalid: the reason is too long, or not one line.
        """
        with self._store.write() as transaction:
            record_id = _require_record(transaction.connection, subject, RECORDS[subject].c.id == subject_id)
            return _set(transaction, subject, record_id, reason, actor)

    def set_by_number(self, number: str, *, reason: str, actor: str) -> Hold:
        """The same for the goods, the slip or the visit of a number.

        Raises:
            NotFound, Conflict, Invalid: as `set`.
        """
        number = number.strip().upper()
        subject = _LETTERS.get(number[:1], HoldSubject.VISIT)
        with self._store.write() as transaction:
            record_id = _require_record(transaction.connection, subject, RECORDS[subject].c.number == number)
            return _set(transaction, subject, record_id, reason, actor)

    def lift(self, hold_id: str, *, actor: str) -> Hold:
        """End a hold. What is due by then goes with the next purge, unless another hold keeps it.

        Raises:
            NotFound: there is no such hold.
            Conflict: `hold-lifted`: somebody was faster.
        """
        with self._store.write() as transaction:
            hold = _require_hold(transaction.connection, hold_id)
            if hold.lifted_at is not None:
                raise Conflict("hold-lifted", "This hold has been lifted already.")
            transaction.connection.execute(
                update(incident_holds)
                .where(incident_holds.c.id == hold_id)
                .values(lifted_at=transaction.now, lifted_by=actor)
            )
            transaction.record(actor, "record.hold_lifted", _facts(hold))
            return _require_hold(transaction.connection, hold_id)

    def of(self, subject: HoldSubject, subject_id: str) -> list[Hold]:
        """Every hold that a record has or has had, the newest first."""
        is_about = (incident_holds.c.subject == subject.value) & (incident_holds.c.subject_id == subject_id)
        with self._store.read() as connection:
            return _holds(connection, _SELECT.where(is_about).order_by(incident_holds.c.seq.desc()))

    def page(self, *, lifted: bool, before: int | None, limit: int) -> Page[Hold]:
        """A page of the holds that keep something, or of those that are lifted; the newest first."""
        statement = _SELECT.order_by(incident_holds.c.seq.desc()).limit(limit + 1)
        statement = statement.where(
            incident_holds.c.lifted_at.is_not(None) if lifted else incident_holds.c.lifted_at.is_(None)
        )
        if before is not None:
            statement = statement.where(incident_holds.c.seq < before)
        with self._store.read() as connection:
            return cut(_holds(connection, statement), limit, lambda hold: hold.seq)


def held_goods() -> Select[Any]:
    """The ids of goods that a hold keeps."""
    return _held(HoldSubject.GOODS)


def held_slips() -> Select[Any]:
    """The ids of slips that a hold keeps: those that are held, and each that one of them replaces or is replaced by."""
    story: CTE = select(release_slips.c.id, release_slips.c.replaces_id).where(
        release_slips.c.id.in_(_held(HoldSubject.SLIP))
    ).cte("story", recursive=True)  # fmt: skip
    other = release_slips.alias("other")
    is_next_to = (other.c.id == story.c.replaces_id) | (other.c.replaces_id == story.c.id)
    story = story.union(select(other.c.id, other.c.replaces_id).where(is_next_to))
    return select(story.c.id)


def held_visits() -> CompoundSelect[Any]:
    """The ids of visits that a hold keeps: those that are held, and those by which held goods came in."""
    brought = select(goods_in.c.visit_id).where(goods_in.c.id.in_(held_goods()), goods_in.c.visit_id.is_not(None))
    return _held(HoldSubject.VISIT).union(brought)


def _held(subject: HoldSubject) -> Select[Any]:
    is_on = incident_holds.c.lifted_at.is_(None) & (incident_holds.c.subject == subject.value)
    return select(incident_holds.c.subject_id).where(is_on)


def _set(transaction: Transaction, subject: HoldSubject, record_id: str, reason: str, actor: str) -> Hold:
    reason = reason.strip()
    if not reason:
        raise Conflict("no-reason", "Say for what incident the record is to be kept.")
    if len(reason) > MAX_REASON:
        raise Invalid({"reason": FieldProblem.TOO_LONG})
    if not is_one_line(reason):
        raise Invalid({"reason": FieldProblem.NOT_ONE_LINE})
    hold_id = new_id(transaction.now)
    row = {
        "id": hold_id, "subject": subject.value, "subject_id": record_id, "reason": reason,
        "set_at": transaction.now, "set_by": actor,
    }  # fmt: skip
    transaction.connection.execute(insert(incident_holds), row)
    hold = _require_hold(transaction.connection, hold_id)
    transaction.record(actor, "record.held", _facts(hold))
    return hold


def _facts(hold: Hold) -> dict[str, str]:
    return {"hold": hold.id, hold.subject.value: hold.subject_id, "number": hold.number}


def _require_record(connection: Connection, subject: HoldSubject, which: Any) -> str:
    record_id: str | None = connection.execute(select(RECORDS[subject].c.id).where(which)).scalar_one_or_none()
    if record_id is None:
        raise NotFound("record")
    return record_id


def _require_hold(connection: Connection, hold_id: str) -> Hold:
    found = _holds(connection, _SELECT.where(incident_holds.c.id == hold_id))
    if not found:
        raise NotFound("hold")
    return found[0]


_SELECT: Final = (
    select(incident_holds, func.coalesce(goods_in.c.number, release_slips.c.number, visits.c.number).label("number"))
    .outerjoin(
        goods_in, (incident_holds.c.subject == HoldSubject.GOODS.value) & (goods_in.c.id == incident_holds.c.subject_id)
    )
    .outerjoin(
        release_slips,
        (incident_holds.c.subject == HoldSubject.SLIP.value) & (release_slips.c.id == incident_holds.c.subject_id),
    )
    .outerjoin(
        visits, (incident_holds.c.subject == HoldSubject.VISIT.value) & (visits.c.id == incident_holds.c.subject_id)
    )
)


def _holds(connection: Connection, statement: Any) -> list[Hold]:
    return [
        Hold(
            seq=row.seq, id=row.id, subject=HoldSubject(row.subject), subject_id=row.subject_id, number=row.number,
            reason=row.reason, set_at=row.set_at, set_by=row.set_by, lifted_at=row.lifted_at, lifted_by=row.lifted_by,
        )
        for row in connection.execute(statement)
    ]  # fmt: skip
