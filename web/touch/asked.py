"""The pages with questions: who comes, and with whom, by what, what for. Only what the kind of visit asks is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import request
from flask.typing import ResponseReturnValue

from kiosk.config import KindSettings
from kiosk.domain.visits import VisitField, VisitSource
from kiosk.errors import FieldProblem, Invalid
from kiosk.services.visit_input import MAX_CHARACTERS, MAX_COMPANIONS, check_new_visit
from web.touch.draft import Typed
from web.touch.pages import go_on, kind_settings, show
from web.touch.session import bp, with_typed
from web.touch.steps import INPUTS, Step, fields_on

_SHOWN_BACK: Final = 300
"""How much of a text that is too long is shown again to be shortened."""


@dataclass(frozen=True, slots=True)
class Question:
    """One field as the page shows it. `limit` is its most characters, for companions the highest number."""

    field: VisitField
    name: str
    value: object
    is_required: bool
    limit: int
    problem: FieldProblem | None


@bp.get("/sign-in/about")
@with_typed
def show_about(typed: Typed) -> ResponseReturnValue:
    """Who comes?"""
    return _ask(typed, Step.ABOUT)


@bp.post("/sign-in/about")
@with_typed
def take_about(typed: Typed) -> ResponseReturnValue:
    """Take name and telephone."""
    return _take(typed, Step.ABOUT)


@bp.get("/sign-in/more")
@with_typed
def show_more(typed: Typed) -> ResponseReturnValue:
    """With whom, by what, what for?"""
    return _ask(typed, Step.MORE)


@bp.post("/sign-in/more")
@with_typed
def take_more(typed: Typed) -> ResponseReturnValue:
    """Take companions, plate and purpose."""
    return _take(typed, Step.MORE)


def mend(typed: Typed, problems: Mapping[str, FieldProblem]) -> ResponseReturnValue | None:
    """Ask again on the first page that has a field at fault; None when no page has."""
    for step in (Step.ABOUT, Step.MORE):
        kind = kind_settings(typed)
        if kind is not None and any(INPUTS[field] in problems for field in fields_on(step, kind)):
            typed.passed.discard(step.value)
            return _ask(typed, step, problems)
    return None


def _take(typed: Typed, step: Step) -> ResponseReturnValue:
    kind = kind_settings(typed)
    if kind is None or typed.place.unit is None:
        return go_on(typed)
    asked = _asked(typed, step, kind)
    problems: dict[str, FieldProblem] = {}
    for field in asked:
        name = INPUTS[field]
        text = request.form.get(name, "").strip()
        if field is VisitField.COMPANIONS:
            if text.isascii() and text.isdigit() and int(text[:9]) <= MAX_COMPANIONS:
                typed.companions = int(text[:9])
            elif text:
                problems[name] = FieldProblem.OUT_OF_RANGE
        else:
            setattr(typed, name, text[:_SHOWN_BACK])
    try:
        check_new_visit(typed.visit(), kind, VisitSource.TOUCH)
    except Invalid as found:
        on_this_page = {INPUTS[field] for field in asked}
        problems |= {name: problem for name, problem in found.fields.items() if name in on_this_page}
    if problems:
        typed.passed.discard(step.value)
        return _ask(typed, step, problems)
    typed.passed.add(step.value)
    return go_on(typed)


def _ask(typed: Typed, step: Step, problems: Mapping[str, FieldProblem] | None = None) -> ResponseReturnValue:
    problems = problems or {}
    kind = kind_settings(typed)
    if kind is None:
        return go_on(typed)
    questions = [
        Question(
            field,
            INPUTS[field],
            getattr(typed, INPUTS[field]),
            kind.asks[field] == "required",
            MAX_CHARACTERS.get(INPUTS[field], MAX_COMPANIONS),
            problems.get(INPUTS[field]),
        )
        for field in _asked(typed, step, kind)
    ]
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK
    return show(typed, step, status=status, questions=questions)


def _asked(typed: Typed, step: Step, kind: KindSettings) -> list[VisitField]:
    """The fields that a page asks for: what the last visit has told already is on none, as it would be shown there."""
    return [field for field in fields_on(step, kind) if INPUTS[field] not in typed.recalled]
