"""What visitors carry in to carry out again: the list, and the guard's look at it before they leave.

Whoever is inside with things on the list that nobody has looked at is not let out by a lane alone, nor signed out:
`is_unchecked` is what the rules of access and every sign-out go by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from kiosk.domain.goods import MAX_CARRIED, MAX_CARRIED_QUANTITY, CarriedItem, ItemCheck
from kiosk.domain.text import can_be_seen, is_one_line
from kiosk.domain.visits import Visit, VisitState
from kiosk.errors import Conflict, FieldProblem, Invalid
from kiosk.services.register import require_visit
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import carried_items

MAX_CHARACTERS: Final = {"name": 60, "note": 200}

Listed = tuple[str, int]
"""What somebody says they carry in: a name as typed, and how many."""

_MAY_LIST: Final = frozenset({VisitState.WAITING, VisitState.SIGNED_IN})
_MAY_CHECK: Final = frozenset({VisitState.SIGNED_IN, VisitState.EXPIRED})
"""An expired visit's people are inside as a rule, and leave with their tools like anybody."""

_UNCHECKED: Final = (
    select(carried_items.c.line)
    .where(carried_items.c.visit_id == bindparam("visit"), carried_items.c.out.is_(None))
    .limit(1)
)


class CarriedService:
    """The lists of carried items. Safe to use from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of_visit(self, visit_id: str) -> list[CarriedItem]:
        """What a visit carries, in the order in which it was listed."""
        with self._store.read() as connection:
            return items_of(connection, visit_id)

    def list_items(self, visit_id: str, listed: Sequence[Listed], *, actor: str) -> list[CarriedItem]:
        """Put more on a visit's list; returns all of it.

        Raises:
            NotFound: there is no such visit.
            Conflict: `visit-signed-out` and the like: it neither waits nor is inside.
            Invalid: as `checked_list`; `carried` where the list would get too long or nothing was said.
        """
        if not listed:
            raise Invalid({"carried": FieldProblem.REQUIRED})
        with self._store.write() as transaction:
            visit = _require(transaction.connection, visit_id, _MAY_LIST)
            list_within(transaction, visit, listed, actor=actor)
            return items_of(transaction.connection, visit_id)

    def check_out(self, visit_id: str, seen: Mapping[int, ItemCheck], *, actor: str) -> list[CarriedItem]:
        """Put on record what was seen going out, by line; a line that was checked before may be checked anew.

        Raises:
            NotFound: there is no such visit.
            Conflict: `visit-waiting` and the like: nobody of it is inside; `nothing-listed`.
            Invalid: `carried.2.out`: a line is left out, or more of it would go out than came in; `carried.2.note`:
                fewer go out, and nothing says why.
        """
        with self._store.write() as transaction:
            return check_within(transaction, visit_id, seen, actor=actor)

    def call_guard(self, visit_id: str, *, actor: str) -> None:
        """Tell the guard that somebody wants to leave and has things to show.

        Raises:
            NotFound: there is no such visit.
        """
        with self._store.write() as transaction:
            visit = require_visit(transaction.connection, visit_id)
            transaction.record(actor, "carried.awaited", {"visit": visit.id, "number": visit.number})


def checked_list(listed: Sequence[Listed]) -> list[Listed]:
    """Strip the names and check them.

    Raises:
        Invalid: with every field at fault, as `carried.2.quantity`, counted from 1; `carried` for too many lines.
    """
    if len(listed) > MAX_CARRIED:
        raise Invalid({"carried": FieldProblem.OUT_OF_RANGE})
    problems: dict[str, FieldProblem] = {}
    stripped = [(name.strip(), quantity) for name, quantity in listed]
    for line, (name, quantity) in enumerate(stripped, 1):
        problem = _text_problem("name", name) if can_be_seen(name) else FieldProblem.REQUIRED
        if problem is not None:
            problems[f"carried.{line}.name"] = problem
        if not 1 <= quantity <= MAX_CARRIED_QUANTITY:
            problems[f"carried.{line}.quantity"] = FieldProblem.OUT_OF_RANGE
    if problems:
        raise Invalid(problems)
    return stripped


def list_within(transaction: Transaction, visit: Visit, listed: Sequence[Listed], *, actor: str) -> None:
    """Put more on a visit's list, as part of a transaction; nothing for an empty list.

    Raises:
        Invalid: as `CarriedService.list_items`.
    """
    if not listed:
        return
    listed = checked_list(listed)
    query = select(func.max(carried_items.c.line)).where(carried_items.c.visit_id == visit.id)
    last: int = transaction.connection.execute(query).scalar() or 0
    if last + len(listed) > MAX_CARRIED:
        raise Invalid({"carried": FieldProblem.OUT_OF_RANGE})
    rows = [
        {"visit_id": visit.id, "line": line, "name": name, "quantity": quantity, "note": ""}
        for line, (name, quantity) in enumerate(listed, last + 1)
    ]
    transaction.connection.execute(insert(carried_items), rows)
    transaction.record(actor, "carried.listed", {"visit": visit.id, "number": visit.number, "lines": len(rows)})


def check_within(
    transaction: Transaction, visit_id: str, seen: Mapping[int, ItemCheck], *, actor: str
) -> list[CarriedItem]:
    """The same as `CarriedService.check_out`, as part of a transaction that has more to write."""
    visit = _require(transaction.connection, visit_id, _MAY_CHECK)
    items = items_of(transaction.connection, visit_id)
    if not items:
        raise Conflict("nothing-listed", "Nothing was carried in.")
    problems: dict[str, FieldProblem] = {}
    for item in items:
        problems |= _check_problems(item, seen.get(item.line))
    if problems:
        raise Invalid(problems)
    for line in seen.keys() & {item.line for item in items}:
        values = {
            "out": seen[line].out, "note": seen[line].note.strip(),
            "checked_at": transaction.now, "checked_by": actor,
        }  # fmt: skip
        is_line = (carried_items.c.visit_id == visit_id) & (carried_items.c.line == line)
        transaction.connection.execute(update(carried_items).where(is_line).values(values))
    items = items_of(transaction.connection, visit_id)
    complete = all(item.is_there for item in items)
    transaction.record(actor, "carried.checked", {"visit": visit.id, "number": visit.number, "complete": complete})
    return items


def is_unchecked(connection: Connection, visit_id: str) -> bool:
    """Tell whether a visit has carried things in that nobody has looked at on the way out."""
    return connection.execute(_UNCHECKED, {"visit": visit_id}).first() is not None


def items_of(connection: Connection, visit_id: str) -> list[CarriedItem]:
    """What a visit carries, in the order in which it was listed."""
    query = select(carried_items).where(carried_items.c.visit_id == visit_id).order_by(carried_items.c.line)
    return [_item_from(row) for row in connection.execute(query)]


def _check_problems(item: CarriedItem, check: ItemCheck | None) -> dict[str, FieldProblem]:
    place = f"carried.{item.line}"
    if check is None:
        return {f"{place}.out": FieldProblem.REQUIRED} if item.out is None else {}
    if not 0 <= check.out <= item.quantity:
        return {f"{place}.out": FieldProblem.OUT_OF_RANGE}
    if check.out < item.quantity and not can_be_seen(check.note):
        return {f"{place}.note": FieldProblem.REQUIRED}
    problem = _text_problem("note", check.note.strip())
    return {f"{place}.note": problem} if problem is not None else {}


def _text_problem(field: str, text: str) -> FieldProblem | None:
    if len(text) > MAX_CHARACTERS[field]:
        return FieldProblem.TOO_LONG
    return None if is_one_line(text) else FieldProblem.NOT_ONE_LINE


def _require(connection: Connection, visit_id: str, states: frozenset[VisitState]) -> Visit:
    visit = require_visit(connection, visit_id)
    if visit.state not in states:
        word = visit.state.value.replace("_", "-")
        raise Conflict(f"visit-{word}", "Nothing can be carried in or out on this visit now.")
    return visit


def _item_from(row: Row[Any]) -> CarriedItem:
    return CarriedItem(
        visit_id=row.visit_id,
        line=row.line,
        name=row.name,
        quantity=row.quantity,
        out=row.out,
        checked_at=row.checked_at,
        checked_by=row.checked_by,
        note=row.note,
    )
