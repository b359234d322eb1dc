"""Handing a visit to the register: the same for whoever has typed it all and for whoever has been here before."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from kiosk.domain.service_times import Turn
from kiosk.domain.visits import VisitSource
from kiosk.errors import Invalid
from web.access import appliance
from web.touch.asked import mend
from web.touch.pages import go_on
from web.touch.session import ACTOR, start_over
from web.turns.draft import Draft, Register, Result
from web.turns.steps import Step, first_open, steps_of
from web.turns.typed import TypedVisit


def register_visit(draft: Draft, typed: TypedVisit) -> ResponseReturnValue | None:
    """Register what was typed, once, however often the last button is pressed; None when the draft has its result.

    The caller holds `draft.lock`. What is not complete, or cannot be, leads to the page that asks for it.
    """
    box = appliance()
    is_complete = first_open(typed, box.settings) is Step.SUMMARY
    if not is_complete or request.form.get("once") != draft.token:
        return go_on(typed)
    since_seq = box.feed.last_seq
    try:
        entered = box.visits.sign_in(
            typed.visit(), source=VisitSource.TOUCH, actor=ACTOR, lane=box.settings.touch.lane, photo=typed.photo,
            carried=typed.carried if Step.CARRIED in steps_of(typed, box.settings) else (),
            turn=Turn(draft.begun_at, typed.is_returning),
        )  # fmt: skip
    except Invalid as found:
        # A unit that has left the directory meanwhile is on no page of questions.
        return mend(typed, found.fields) or start_over()
    if typed.is_returning:
        box.returning.note_signed_in()
    draft.hand_over(Result(Register.VISIT, entered.visit.id, since_seq))
    return None
