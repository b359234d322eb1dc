"""What visitors carry in to carry out again: listed one by one, by a touch where it is a usual tool."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from flask import request
from flask.typing import ResponseReturnValue

from kiosk.domain.goods import MAX_CARRIED, MAX_CARRIED_QUANTITY
from kiosk.errors import FieldProblem, Invalid
from kiosk.services.goods.carried import MAX_CHARACTERS
from web.touch.pages import go, go_on, show
from web.touch.session import bp, with_typed
from web.turns.carried import USUAL_TOOLS, put_on
from web.turns.steps import Step
from web.turns.typed import TypedVisit

_SHOWN_BACK: Final = 120
"""How much of a name that is too long is shown again to be shortened."""


@bp.get("/sign-in/carried")
@with_typed(TypedVisit)
def show_carried(typed: TypedVisit) -> ResponseReturnValue:
    """What goes in and out again?"""
    return _ask(typed)


@bp.post("/sign-in/carried")
@with_typed(TypedVisit)
def take_carried(typed: TypedVisit) -> ResponseReturnValue:
    """Put something on the list, take it off, or go on. What is typed already goes on the list in any case."""
    form = request.form
    # By the list's length a form that was sent twice is known: the second changes nothing.
    is_sent_again = form.get("count") != str(len(typed.carried))
    if is_sent_again or "remove" in form:
        line = form.get("remove", type=int)
        if not is_sent_again and line is not None and 0 <= line < len(typed.carried):
            del typed.carried[line]
        typed.passed.discard(Step.CARRIED.value)
        return go(typed, Step.CARRIED)
    name = form.get("usual") or form.get("name", "").strip()
    if name:
        problems = _put(typed, name, form.get("quantity", ""))
        if problems:
            return _ask(typed, name[:_SHOWN_BACK], problems)
    if form.get("do") == "on" or (form.get("do") == "none" and not name):
        typed.passed.add(Step.CARRIED.value)
        return go_on(typed)
    return go(typed, Step.CARRIED)


def carried_told(typed: TypedVisit) -> str:
    """The list in one line, for the summary; empty without one."""
    return " · ".join(name if quantity == 1 else f"{quantity} × {name}" for name, quantity in typed.carried)


def _put(typed: TypedVisit, name: str, quantity: str) -> Mapping[str, FieldProblem]:
    """Put something on the list, or more of what is on it already; returns what is wrong with it."""
    try:
        typed.carried = put_on(typed.carried, name, quantity)
    except Invalid as found:
        return {field.rpartition(".")[2]: problem for field, problem in found.fields.items()}
    return {}


def _ask(typed: TypedVisit, name: str = "", problems: Mapping[str, FieldProblem] | None = None) -> ResponseReturnValue:
    problem = next(iter(problems.values())) if problems else None
    return show(
        typed, Step.CARRIED, status=HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        usual=USUAL_TOOLS, name=name, problem=problem, limit=MAX_CHARACTERS["name"], most=MAX_CARRIED_QUANTITY,
        is_full=len(typed.carried) >= MAX_CARRIED,
    )  # fmt: skip
