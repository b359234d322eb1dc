"""What a visitor or a program typed, checked against what the kind of visit asks for."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from kiosk.config import KindSettings
from kiosk.domain.documents import DocumentFault
from kiosk.domain.text import can_be_seen, is_one_line, phone_digits
from kiosk.domain.visits import NewVisit, VisitField, VisitSource
from kiosk.errors import FieldProblem, Invalid

MAX_CHARACTERS: Final = {
    "visitor_name": 80,
    "phone": 32,
    "vehicle_plate": 16,
    "purpose": 200,
}
MAX_COMPANIONS: Final = 50
_PHONE: Final = re.compile(r"\+?[0-9 ()\-]+")

_FIELD_NAMES: Final = {
    VisitField.NAME: "visitor_name",
    VisitField.PHONE: "phone",
    VisitField.COMPANIONS: "companions",
    VisitField.VEHICLE_PLATE: "vehicle_plate",
    VisitField.PURPOSE: "purpose",
    VisitField.DOCUMENT: "document",
}

_OF_DOCUMENTS: Final = {
    DocumentFault.SHAPE: FieldProblem.NOT_A_DOCUMENT,
    DocumentFault.CHECK_DIGIT: FieldProblem.WRONG_CHECK_DIGIT,
}


def check_new_visit(new: NewVisit, kind: KindSettings, source: VisitSource) -> NewVisit:
    """Strip what was typed and check it.

    What a kind requires is required of people at the touchscreen and the panel; a program may leave it out, as it
    often cannot know, but never the name. A document that the kind does not ask for is left out, whatever was sent:
    nobody is to have such a number by chance.

    Raises:
        Invalid: with every field at fault.
    """
    new = replace(
        new,
        visitor_name=new.visitor_name.strip(),
        phone=new.phone.strip(),
        vehicle_plate=new.vehicle_plate.strip(),
        purpose=new.purpose.strip(),
        document=new.document.tidied() if new.document is not None and VisitField.DOCUMENT in kind.asks else None,
    )
    problems: dict[str, FieldProblem] = {}
    for field, name in _FIELD_NAMES.items():
        required = kind.asks.get(field) == "required" and (field is VisitField.NAME or source is not VisitSource.API)
        if required and not getattr(new, name) and field is not VisitField.COMPANIONS:
            problems[name] = FieldProblem.REQUIRED
    if not can_be_seen(new.visitor_name):
        problems["visitor_name"] = FieldProblem.REQUIRED
    problems |= _of_texts(new)
    if new.phone and "phone" not in problems and not is_phone(new.phone):
        problems["phone"] = FieldProblem.NOT_A_PHONE
    fault = new.document.fault() if new.document is not None else None
    if fault is not None:
        problems["document"] = _OF_DOCUMENTS[fault]
    if not 0 <= new.companions <= MAX_COMPANIONS:
        problems["companions"] = FieldProblem.OUT_OF_RANGE
    if problems:
        raise Invalid(problems)
    return new


def _of_texts(new: NewVisit) -> dict[str, FieldProblem]:
    problems = {}
    for name, limit in MAX_CHARACTERS.items():
        value = getattr(new, name)
        if len(value) > limit:
            problems[name] = FieldProblem.TOO_LONG
        elif not is_one_line(value):
            problems[name] = FieldProblem.NOT_ONE_LINE
    return problems


def is_phone(phone: str) -> bool:
    """Tell whether a text can be a telephone number."""
    # ITU-T E.164: at most 15 digits; the shortest numbers in use at an estate are its own five-digit extensions.
    return bool(_PHONE.fullmatch(phone)) and 5 <= len(phone_digits(phone)) <= 15
