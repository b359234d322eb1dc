"""The pages with a visit's questions: who comes, with whom, by what, what for. Only what its kind asks is shown."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from flask.typing import ResponseReturnValue

from kiosk.config import KindSettings
from kiosk.domain.visits import VisitField
from kiosk.errors import FieldProblem
from web.touch.pages import go, go_on, kind_settings, show
from web.touch.session import bp, with_typed
from web.turns.answers import questions_of, take_answers
from web.turns.steps import INPUTS, Step, fields_on
from web.turns.typed import TypedVisit


@bp.get("/sign-in/about")
@with_typed(TypedVisit)
def show_about(typed: TypedVisit) -> ResponseReturnValue:
    """Who comes?"""
    return _ask(typed, Step.ABOUT)


@bp.post("/sign-in/about")
@with_typed(TypedVisit)
def take_about(typed: TypedVisit) -> ResponseReturnValue:
    """Take name and telephone."""
    return _take(typed, Step.ABOUT)


@bp.get("/sign-in/more")
@with_typed(TypedVisit)
def show_more(typed: TypedVisit) -> ResponseReturnValue:
    """With whom, by what, what for?"""
    return _ask(typed, Step.MORE)


@bp.post("/sign-in/more")
@with_typed(TypedVisit)
def take_more(typed: TypedVisit) -> ResponseReturnValue:
    """Take companions, plate and purpose."""
    return _take(typed, Step.MORE)


def mend(typed: TypedVisit, problems: Mapping[str, FieldProblem]) -> ResponseReturnValue | None:
    """Ask again on the first page that has a field at fault; None when no page has."""
    if INPUTS[VisitField.DOCUMENT] in problems:
        typed.document = None
        typed.passed.discard(Step.DOCUMENT.value)
        return go(typed, Step.DOCUMENT)
    for step in (Step.ABOUT, Step.MORE):
        kind = kind_settings(typed)
        if kind is not None and any(INPUTS[field] in problems for field in fields_on(step, kind)):
            typed.passed.discard(step.value)
            return _ask(typed, step, problems)
    return None


def _take(typed: TypedVisit, step: Step) -> ResponseReturnValue:
    kind = kind_settings(typed)
    if kind is None or typed.place.unit is None:
        return go_on(typed)
    problems = take_answers(typed, _asked(typed, step, kind), kind)
    if problems:
        typed.passed.discard(step.value)
        return _ask(typed, step, problems)
    typed.passed.add(step.value)
    return go_on(typed)


def _ask(typed: TypedVisit, step: Step, problems: Mapping[str, FieldProblem] | None = None) -> ResponseReturnValue:
    problems = problems or {}
    kind = kind_settings(typed)
    if kind is None:
        return go_on(typed)
    questions = questions_of(typed, _asked(typed, step, kind), kind, problems)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK
    return show(typed, step, status=status, questions=questions)


def _asked(typed: TypedVisit, step: Step, kind: KindSettings) -> list[VisitField]:
    """The fields that a page asks for: what the last visit has told already is on none, as it would be shown there."""
    return [field for field in fields_on(step, kind) if INPUTS[field] not in typed.recalled]
