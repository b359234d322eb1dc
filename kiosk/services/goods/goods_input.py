"""What a courier, a guard or a program says of goods, checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from kiosk.config import DangerousGoods
from kiosk.domain.goods import IN_WORDS, MAX_PIECES, GoodsCategory, NewGoods
from kiosk.domain.text import can_be_seen, is_one_line, search_tokens
from kiosk.errors import FieldProblem, Invalid
from kiosk.services.visit_input import MAX_CHARACTERS as OF_VISITS
from kiosk.services.visit_input import is_phone

MAX_CHARACTERS: Final = {
    "carrier": 60,
    "carrier_name": OF_VISITS["visitor_name"],
    "phone": OF_VISITS["phone"],
    "description": 200,
    "vehicle_plate": OF_VISITS["vehicle_plate"],
}


def check_new_goods(new: NewGoods) -> NewGoods:
    """Strip what was typed and check it.

    Raises:
        Invalid: with every field at fault.
    """
    new = replace(new, **{name: getattr(new, name).strip() for name in MAX_CHARACTERS})
    problems = text_problems(new, MAX_CHARACTERS)
    if not can_be_seen(new.carrier):
        problems["carrier"] = FieldProblem.REQUIRED
    if new.category in IN_WORDS and not can_be_seen(new.description):
        problems["description"] = FieldProblem.REQUIRED
    if new.phone and "phone" not in problems and not is_phone(new.phone):
        problems["phone"] = FieldProblem.NOT_A_PHONE
    if not 1 <= new.pieces <= MAX_PIECES:
        problems["pieces"] = FieldProblem.OUT_OF_RANGE
    if problems:
        raise Invalid(problems)
    return new


def text_problems(values: object, limits: dict[str, int]) -> dict[str, FieldProblem]:
    """What is wrong with the length and the form of texts, by the names of the attributes that they are."""
    problems: dict[str, FieldProblem] = {}
    for name, limit in limits.items():
        value: str = getattr(values, name)
        if len(value) > limit:
            problems[name] = FieldProblem.TOO_LONG
        elif not is_one_line(value):
            problems[name] = FieldProblem.NOT_ONE_LINE
    return problems


def is_dangerous(new: NewGoods, known: Iterable[DangerousGoods]) -> bool:
    """Tell whether a guard has to decide: the category says so, or the description names something dangerous."""
    if new.category is GoodsCategory.DANGEROUS:
        return True
    described = f" {' '.join(search_tokens(new.description))} "
    names = (" ".join(search_tokens(name)) for goods in known for name in goods.names)
    return any(f" {name} " in described for name in names if name)
