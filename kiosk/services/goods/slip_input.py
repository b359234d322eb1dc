"""What somebody asks a release slip to be, checked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

from kiosk.domain.slips import LONGEST_WINDOW, MAX_ITEMS, MAX_QUANTITY, NewItem, NewSlip, Requester, SlipKind
from kiosk.domain.text import can_be_seen
from kiosk.errors import FieldProblem, Invalid
from kiosk.services.goods.goods_input import MAX_CHARACTERS as OF_GOODS
from kiosk.services.goods.goods_input import text_problems
from kiosk.services.visit_input import MAX_CHARACTERS as OF_VISITS

MAX_CHARACTERS: Final = {
    "requested_by": OF_VISITS["visitor_name"],
    "carrier": OF_GOODS["carrier"],
    "vehicle_plate": OF_VISITS["vehicle_plate"],
    "taken_by": OF_VISITS["visitor_name"],
    "note": 200,
}
ITEM_CHARACTERS: Final = {"name": 60, "measure": 12, "note": 120}


def check_new_slip(new: NewSlip, *, departments: Collection[str], now: datetime) -> NewSlip:
    """Strip what was typed and check it; what is wrong with an item is told as `items.2.quantity`, counted from 1.

    Raises:
        Invalid: with every field at fault.
    """
    new = replace(new, **{name: getattr(new, name).strip() for name in MAX_CHARACTERS})
    items = tuple(
        replace(item, **{name: getattr(item, name).strip() for name in ITEM_CHARACTERS}) for item in new.items
    )
    new = replace(new, items=items)
    problems = text_problems(new, MAX_CHARACTERS)
    if not can_be_seen(new.requested_by):
        problems["requested_by"] = FieldProblem.REQUIRED
    problems |= _whose_problems(new, departments)
    problems |= _window_problems(new, now)
    if not 1 <= len(items) <= MAX_ITEMS:
        problems["items"] = FieldProblem.OUT_OF_RANGE if items else FieldProblem.REQUIRED
    for line, item in enumerate(items[:MAX_ITEMS], 1):
        found = item_problems(item)
        if item.returnable_until is not None and item.returnable_until <= new.not_before:
            found["returnable_until"] = FieldProblem.ENDS_BEFORE_START
        problems |= {f"items.{line}.{name}": problem for name, problem in found.items()}
    if problems:
        raise Invalid(problems)
    return new


def _whose_problems(new: NewSlip, departments: Collection[str]) -> dict[str, FieldProblem]:
    """A department's slip names one of the estate's, every other a unit; which exists is looked up later."""
    if new.kind is SlipKind.DEPARTMENT:
        problems = {} if new.department in departments else {"department": FieldProblem.REQUIRED}
        if new.unit:
            problems["unit"] = FieldProblem.NOT_OF_KIND
        if new.requester is not Requester.DEPARTMENT:
            problems["requester"] = FieldProblem.NOT_OF_KIND
        return problems
    problems = {} if new.unit else {"unit": FieldProblem.REQUIRED}
    if new.department:
        problems["department"] = FieldProblem.NOT_OF_KIND
    if new.requester is Requester.DEPARTMENT:
        problems["requester"] = FieldProblem.NOT_OF_KIND
    return problems


def _window_problems(new: NewSlip, now: datetime) -> dict[str, FieldProblem]:
    if new.not_after <= new.not_before:
        return {"not_after": FieldProblem.ENDS_BEFORE_START}
    if new.not_after <= now:
        return {"not_after": FieldProblem.IN_THE_PAST}
    return {"not_after": FieldProblem.LASTS_TOO_LONG} if new.not_after - new.not_before > LONGEST_WINDOW else {}


def item_problems(item: NewItem) -> dict[str, FieldProblem]:
    """What is wrong with an item by itself, whatever slip it is on."""
    problems = text_problems(item, ITEM_CHARACTERS)
    if not can_be_seen(item.name):
        problems["name"] = FieldProblem.REQUIRED
    if not 1 <= item.quantity <= MAX_QUANTITY:
        problems["quantity"] = FieldProblem.OUT_OF_RANGE
    return problems
