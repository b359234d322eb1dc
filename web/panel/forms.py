"""The form by which a guard signs a visitor in: what it shows is what the settings ask, here as at the touchscreen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from werkzeug.datastructures import MultiDict

from kiosk.config import Demand, KindSettings
from kiosk.domain.visits import NewVisit, VisitField, VisitKind
from kiosk.errors import FieldProblem, Invalid
from web.documents import document_from
from web.panel.turns import FROM_TURN
from web.turns.typed import TypedVisit

FORM_NAMES: Final[Mapping[VisitField, str]] = {
    VisitField.NAME: "visitor_name",
    VisitField.PHONE: "phone",
    VisitField.COMPANIONS: "companions",
    VisitField.VEHICLE_PLATE: "vehicle_plate",
    VisitField.PURPOSE: "purpose",
    VisitField.DOCUMENT: "document",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One input of the form."""

    field: VisitField
    name: str
    is_required: bool


def questions(kind: KindSettings) -> list[Question]:
    """What a kind of visit asks for, in the order in which people are asked."""
    demands: Mapping[VisitField, Demand] = kind.asks
    return [
        Question(field, name, demands[field] == "required") for field, name in FORM_NAMES.items() if field in demands
    ]


def kind_from(text: str) -> VisitKind:
    """The kind of visit that a form or link names; a guest for what is none."""
    return VisitKind(text) if text in set(VisitKind) else VisitKind.GUEST


def form_of_turn(typed: TypedVisit, lane: str) -> Mapping[str, str]:
    """The form filled in with what was typed at the touchscreen beside `lane`. A document's number is left out."""
    texts = ("visitor_name", "phone", "vehicle_plate", "purpose")
    return {name: getattr(typed, name) for name in texts} | {
        "unit": typed.place.unit or "",
        "companions": str(typed.companions),
        "document_kind": typed.document.kind.value if typed.document is not None else "",
        "lane": lane,
        "photo_from": FROM_TURN if typed.photo is not None else "",
    }


def visit_from_form(form: MultiDict[str, str], kind: VisitKind, settings: KindSettings) -> NewVisit:
    """Read the form. Fields that the kind does not ask for are left out, whatever was sent.

    Raises:
        Invalid: the number of companions is no number.
    """
    asked = {question.name: form.get(question.name, "") for question in questions(settings)}
    companions = asked.get("companions", "").strip() or "0"
    if not (companions.isascii() and companions.isdigit() and len(companions) < 6):
        raise Invalid({"companions": FieldProblem.OUT_OF_RANGE})
    return NewVisit(
        kind=kind,
        unit=form.get("unit", "").strip(),
        visitor_name=asked.get("visitor_name", ""),
        phone=asked.get("phone", ""),
        companions=int(companions),
        vehicle_plate=asked.get("vehicle_plate", ""),
        purpose=asked.get("purpose", ""),
        document=document_from(form),
    )
