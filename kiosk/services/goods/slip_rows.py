"""The rows of release slips: how they are written, moved on and read back, within the caller's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, insert, select, update

from kiosk.domain.ids import new_id
from kiosk.domain.slips import (
    OPEN_STATES,
    ApprovalMethod,
    NewSlip,
    Requester,
    Slip,
    SlipItem,
    SlipKind,
    SlipSource,
    SlipState,
    may_become,
    slip_number,
)
from kiosk.domain.text import plate_key
from kiosk.errors import Conflict, NotFound
from kiosk.services.counting import next_count
from kiosk.services.register_lookup import index_words
from kiosk.store.database import Transaction
from kiosk.store.tables import release_items, release_slips

WORDS: Final = "slip_search"
"""The full-text index of carriers, people, departments and items."""


def counter_of(year: int) -> str:
    """The name of the counter that numbers a year's slips."""
    return f"slip {year}"


def searched_texts(carrier: str, requested_by: str, taken_by: str, department: str, items: Iterable[str]) -> list[str]:
    """What a slip is found by, as words."""
    return [carrier, requested_by, taken_by, department, *items]


def enter(
    transaction: Transaction,
    new: NewSlip,
    zone: ZoneInfo,
    *,
    source: SlipSource,
    actor: str,
    keep_photo: Callable[[bytes], str],
    replaces_id: str | None = None,
) -> Slip:
    """Write a slip under the year's next number: one slip, one number, as long as the transaction commits."""
    now = transaction.now
    year = now.astimezone(zone).year
    row = {
        "id": new_id(now),
        "number": slip_number(year, next_count(transaction, counter_of(year))),
        "kind": new.kind.value,
        "state": SlipState.REQUESTED.value,
        "unit": new.unit or None,
        "department": new.department,
        "requester": new.requester.value,
        "requested_by": new.requested_by,
        "source": source.value,
        "carrier": new.carrier,
        "vehicle_plate": new.vehicle_plate,
        "plate_key": plate_key(new.vehicle_plate),
        "taken_by": new.taken_by,
        "note": new.note,
        "not_before": new.not_before,
        "not_after": new.not_after,
        "created_at": now,
        "created_by": actor,
        "approved_digest": "",
        "is_out_of_hours": False,
        "replaces_id": replaces_id,
        "reason": "",
        "copies": 0,
    }
    transaction.connection.execute(insert(release_slips), row)
    transaction.connection.execute(
        insert(release_items),
        [
            {
                "slip_id": row["id"],
                "line": line,
                "name": item.name,
                "quantity": item.quantity,
                "measure": item.measure,
                "note": item.note,
                "photo_id": keep_photo(item.photo) if item.photo is not None else item.photo_id,
                "returnable_until": item.returnable_until,
                "released": 0,
                "lost": 0,
                "returned": 0,
            }
            for line, item in enumerate(new.items, 1)
        ],
    )
    slip = require_slip(transaction.connection, str(row["id"]))
    names = [item.name for item in slip.items]
    texts = searched_texts(slip.carrier, slip.requested_by, slip.taken_by, slip.department, names)
    index_words(transaction, WORDS, slip.seq, texts)
    return slip


def move(transaction: Transaction, slip_id: str, state: SlipState, *, actor: str, **values: Any) -> Slip:
    """Move a slip on to `state`, with further columns where they change with it.

    Raises:
        NotFound: there is no such slip.
        Conflict: `slip-void` and the like: its present state does not allow it.
    """
    slip = require_slip(transaction.connection, slip_id)
    if not may_become(slip.state, state):
        raise state_conflict(slip)
    if state not in OPEN_STATES:
        values |= {"ended_at": transaction.now, "ended_by": actor}
    return change(transaction, slip_id, state=state.value, **values)


def change(transaction: Transaction, slip_id: str, **values: Any) -> Slip:
    """Change columns of a slip; returns it as it is then."""
    transaction.connection.execute(update(release_slips).where(release_slips.c.id == slip_id).values(**values))
    return require_slip(transaction.connection, slip_id)


def change_item(transaction: Transaction, slip_id: str, line: int, **values: Any) -> None:
    """Change columns of a line."""
    transaction.connection.execute(
        update(release_items).where(release_items.c.slip_id == slip_id, release_items.c.line == line).values(**values)
    )


def state_conflict(slip: Slip) -> Conflict:
    """Why a slip cannot be what somebody wants of it."""
    return Conflict(f"slip-{slip.state.value}", f"The slip {_STATE_WORDS[slip.state]}.")


def require_slip(connection: Connection, slip_id: str) -> Slip:
    """Read a slip with its items.

    Raises:
        NotFound: there is none of that id.
    """
    return _one(connection, release_slips.c.id == slip_id)


def require_slip_numbered(connection: Connection, number: str) -> Slip:
    """The same by its number."""
    return _one(connection, release_slips.c.number == number)


def slips_where(connection: Connection, *conditions: Any, order: Any = None, limit: int | None = None) -> list[Slip]:
    """The slips that meet conditions on `release_slips`, the newest first unless told otherwise."""
    statement = select(release_slips).where(*conditions)
    ordered = statement.order_by(release_slips.c.seq.desc() if order is None else order).limit(limit)
    return with_items(connection, connection.execute(ordered).all())


def with_items(connection: Connection, rows: Sequence[Row[Any]]) -> list[Slip]:
    """Rows of `release_slips` as values, in their order; all their items are read at once."""
    ids = [row.id for row in rows]
    items: dict[str, list[SlipItem]] = defaultdict(list)
    statement = select(release_items).where(release_items.c.slip_id.in_(ids))
    for row in connection.execute(statement.order_by(release_items.c.slip_id, release_items.c.line)):
        items[row.slip_id].append(_item(row))
    return [_slip(row, tuple(items[row.id])) for row in rows]


def _one(connection: Connection, condition: Any) -> Slip:
    found = slips_where(connection, condition)
    if not found:
        raise NotFound("release slip")
    return found[0]


def _item(row: Row[Any]) -> SlipItem:
    return SlipItem(
        line=row.line,
        name=row.name,
        quantity=row.quantity,
        measure=row.measure,
        note=row.note,
        photo_id=row.photo_id,
        returnable_until=row.returnable_until,
        released=row.released,
        lost=row.lost,
        returned=row.returned,
    )


def _slip(row: Row[Any], items: tuple[SlipItem, ...]) -> Slip:
    return Slip(
        seq=row.seq,
        id=row.id,
        number=row.number,
        kind=SlipKind(row.kind),
        state=SlipState(row.state),
        unit=row.unit or "",
        department=row.department,
        requester=Requester(row.requester),
        requested_by=row.requested_by,
        source=SlipSource(row.source),
        carrier=row.carrier,
        vehicle_plate=row.vehicle_plate,
        taken_by=row.taken_by,
        note=row.note,
        not_before=row.not_before,
        not_after=row.not_after,
        created_at=row.created_at,
        created_by=row.created_by,
        arrears_cleared_at=row.arrears_cleared_at,
        arrears_cleared_by=row.arrears_cleared_by,
        approval_method=ApprovalMethod(row.approval_method) if row.approval_method is not None else None,
        approved_at=row.approved_at,
        approved_by=row.approved_by,
        approved_digest=row.approved_digest,
        is_out_of_hours=row.is_out_of_hours,
        authority_photo_id=row.authority_photo_id,
        replaces_id=row.replaces_id,
        replaced_by_id=row.replaced_by_id,
        reissue_asked_at=row.reissue_asked_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        reason=row.reason,
        copies=row.copies,
        items=items,
    )


_STATE_WORDS = {
    SlipState.REQUESTED: "is not approved yet",
    SlipState.APPROVED: "is approved already",
    SlipState.RELEASED: "has been used up",
    SlipState.REFUSED: "was refused",
    SlipState.VOID: "is void",
    SlipState.LAPSED: "has lapsed",
}
