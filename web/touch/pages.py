"""What the sign-in's pages share: which one is shown, with which step lit, and where to go on."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from kiosk.config import KindSettings
from web.access import appliance
from web.touch.draft import Typed
from web.touch.steps import FOLDED, Step, first_open, may_show, steps_of


def go(step: Step) -> Response:
    """To a page of the sign-in."""
    return redirect(url_for(f"touch.show_{step.value}"), 303)


def go_on(typed: Typed) -> Response:
    """To the first page that is still due."""
    return go(first_open(typed, appliance().settings.visits))


def kind_settings(typed: Typed) -> KindSettings | None:
    """What the chosen kind of visit asks for; None while none is chosen."""
    return appliance().settings.visits.kinds[typed.kind] if typed.kind is not None else None


def show(typed: Typed, step: Step, *, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> Response:
    """A page of the sign-in, or the one that is due when this one cannot be shown yet."""
    settings = appliance().settings
    if not may_show(step, typed, settings.visits):
        return go_on(typed)
    # The pages of questions are one step to the visitor.
    shown = [each for each in steps_of(kind_settings(typed)) if each not in FOLDED]
    lit = shown.index(Step.ABOUT if step in FOLDED else step)
    page = render_template(
        f"touch/{step.value}.html",
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
