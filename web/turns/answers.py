"""A visit's answers, read from a form and checked: page by page at the touchscreen, all at once on a phone."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from kiosk.config import KindSettings
from kiosk.domain.visits import VisitField, VisitSource
from kiosk.errors import FieldProblem, Invalid
from kiosk.services.visit_input import MAX_CHARACTERS, MAX_COMPANIONS, check_new_visit
from web.sentences import field_label
from web.turns.questions import Question, only, typed_number, typed_text
from web.turns.steps import INPUTS
from web.turns.typed import TypedVisit


def take_answers(typed: TypedVisit, fields: Collection[VisitField], kind: KindSettings) -> dict[str, FieldProblem]:
    """Take what this request answers to these fields; returns what is wrong with it, by the fields' names.

    What cannot be used is taken all the same, to be shown again and mended.
    """
    problems: dict[str, FieldProblem] = {}
    for field in fields:
        name = INPUTS[field]
        if field is VisitField.COMPANIONS:
            number = typed_number(name, problems, least=0, most=MAX_COMPANIONS)
            typed.companions = typed.companions if number is None else number
        else:
            setattr(typed, name, typed_text(name))
    try:
        check_new_visit(typed.visit(), kind, VisitSource.TOUCH)
    except Invalid as found:
        problems |= only(found.fields, {INPUTS[field] for field in fields})
    return problems


def questions_of(
    typed: TypedVisit, fields: Collection[VisitField], kind: KindSettings, problems: Mapping[str, FieldProblem]
) -> list[Question]:
    """The questions to these fields, with what has been answered so far and what is wrong with it."""
    return [
        Question(
            INPUTS[field],
            field_label(field),
            getattr(typed, INPUTS[field]),
            kind.asks[field] == "required",
            MAX_CHARACTERS.get(INPUTS[field], MAX_COMPANIONS),
            problems.get(INPUTS[field]),
        )
        for field in fields
    ]
