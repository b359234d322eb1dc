"""What the pages of every way share: which one is shown, with which step lit, and where to go on."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kiosk.config import KindSettings
from web.access import appliance
from web.turns.steps import FOLDED, SHARED, Step, first_open, kind_of, may_show, steps_of
from web.turns.typed import Typed

T = TypeVar("T")


def go(typed: Typed, step: Step) -> Response:
    """To a page of the way that somebody is on."""
    endpoint = f"touch.show_{step.value}"
    return redirect(url_for(endpoint, way=typed.way) if step in SHARED else url_for(endpoint), 303)


def go_on(typed: Typed) -> Response:
    """To the first page that is still due."""
    return go(typed, first_open(typed, appliance().settings))


def kind_settings(typed: Typed) -> KindSettings | None:
    """What the kind of visit asks for; None while none is chosen."""
    return kind_of(typed, appliance().settings)


def can_show(step: Step, typed: Typed) -> bool:
    """Tell whether a page can be shown yet."""
    return may_show(step, typed, appliance().settings)


def page_of(items: Sequence[T], room: int) -> tuple[Sequence[T], int, int]:
    """The items of the page that the address asks for, or of the nearest; its number, and how many pages there are."""
    pages = max(1, -(-len(items) // room))
    number = min(max(request.args.get("page", 1, type=int), 1), pages)
    return items[(number - 1) * room : number * room], number, pages


def show(
    typed: Typed, step: Step, *, status: HTTPStatus = HTTPStatus.OK, template: str = "", **values: Any
) -> Response:
    """A page of the way, or the one that is due when this one cannot be shown yet."""
    settings = appliance().settings
    if not can_show(step, typed):
        return go_on(typed)
    order = steps_of(typed, settings)
    shown = [each for each in order if each not in FOLDED]
    lit = shown.index(next(each for each in reversed(order[: order.index(step) + 1]) if each not in FOLDED))
    page = render_template(
        template or f"touch/{step.value}.html",
        step=step,
        steps=shown,
        at=lit,
        typed=typed,
        idle_s=settings.touch.idle_s,
        **values,
    )
    answer = make_response(page)
    answer.status_code = status
    return answer
