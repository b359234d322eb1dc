"""The summary, each line a button to change it, and the way back: the same for every way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import gettext as _

from web.access import appliance
from web.touch.pages import can_show, go, go_on, show
from web.touch.returning import forget_page
from web.touch.session import WAYS, bp, go_where_due, on_any_way, with_draft
from web.touch.whereto import begin_place, step_back
from web.turns.draft import Draft
from web.turns.steps import Step, before
from web.turns.typed import Typed, TypedVisit, Way

T = TypeVar("T", bound=Typed)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the summary, and the page that changes it; `picture` is the address of one that says it better."""

    step: Step
    label: str | LazyString
    value: str | LazyString
    picture: str = ""


_LINES: Final[dict[type[Typed], Callable[[Any], list[Line]]]] = {}
_TEMPLATES: Final = {
    Way.SIGN_IN: "touch/summary.html",
    Way.GOODS_IN: "touch/goods_summary.html",
    Way.TAKE_OUT: "touch/slip_summary.html",
}
_BEGUN_ON: Final = {
    Way.SIGN_IN: "touch.show_start",
    Way.GOODS_IN: "touch.show_goods_doors",
    Way.TAKE_OUT: "touch.show_take_out",
}
"""The page before a way's first."""


def summary_of(kind: type[T]) -> Callable[[Callable[[T], list[Line]]], Callable[[T], list[Line]]]:
    """Let a function tell the lines of the summary of what was typed of a kind."""

    def register(lines: Callable[[T], list[Line]]) -> Callable[[T], list[Line]]:
        _LINES[kind] = lines
        return lines

    return register


def photo_line(typed: Typed) -> Line:
    """The line of the photo, the same on every summary."""
    if typed.photo is None:
        return Line(Step.PHOTO, _("Photo"), "")
    # Its length tells one photo from the next, so that none is shown from before.
    picture = url_for("touch.show_taken", way=typed.way, n=len(typed.photo))
    return Line(Step.PHOTO, _("Photo"), _("Taken"), picture)


@bp.get(f"/{WAYS}/summary")
@with_draft
def show_summary(draft: Draft, way: str) -> ResponseReturnValue:
    """Everything once more, each line a button to change it."""
    typed = draft.typed
    if typed is None or typed.way != way:
        return go_where_due(draft)
    return show(
        typed, Step.SUMMARY, template=_TEMPLATES[typed.way], lines=_LINES[type(typed)](typed), once=draft.token
    )  # fmt: skip


@bp.post(f"/{WAYS}/change")
@on_any_way
def change(typed: Typed) -> ResponseReturnValue:
    """Go back to one page from the summary."""
    try:
        step = Step(request.form.get("step", ""))
    except ValueError:
        return go_on(typed)
    if not can_show(step, typed):
        return go_on(typed)
    if isinstance(typed, TypedVisit):
        forget_page(typed, step)
    if step is Step.PLACE:
        begin_place(typed)
    return go(typed, step)


@bp.post(f"/{WAYS}/back")
@on_any_way
def go_back(typed: Typed) -> ResponseReturnValue:
    """Undo one page: within the place one level, else the page before; before the first is where the way begins."""
    settings = appliance().settings
    try:
        step = Step(request.form.get("step", ""))
        earlier = before(step, typed, settings)
    except ValueError:
        return go_on(typed)
    if step is Step.PLACE and step_back(typed):
        return go(typed, Step.PLACE)
    if isinstance(typed, TypedVisit) and earlier is not None and forget_page(typed, earlier):
        if earlier is Step.PLACE:
            begin_place(typed)
    elif earlier is Step.PLACE and not step_back(typed):
        earlier = before(Step.PLACE, typed, settings)  # an estate of one unit: there was nothing to choose
    return go(typed, earlier) if earlier is not None else redirect(url_for(_BEGUN_ON[typed.way]), 303)
