"""After the last button: waiting for the guard, the number and the pass, or that it cannot be; it goes on by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kiosk.domain.visits import Visit, VisitState
from kiosk.services.openings import OpeningCause, Outcome
from web.access import appliance
from web.qr import qr_svg
from web.touch.paper import PaperState, news_since, paper_state, printed_since
from web.touch.session import bp, forget, peek, start_over, touched, way_out, with_draft
from web.touch.waiting import give_up
from web.turns import place as places
from web.turns.draft import WAITING_S, Draft, Register, Result

DONE_S: Final = 30
"""How long a finished visit's number stays on the screen; the next visitor is waiting."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far gate and printer are. `gate` is None while the gate has not answered."""

    gate: Outcome | None
    paper: PaperState


@bp.get("/visit")
def show_visit() -> ResponseReturnValue:
    """The visit of this turn, as it stands."""
    return _answer(touched(), "touch/visit.html")


@bp.get("/visit/state")
def tell_state() -> ResponseReturnValue:
    """The part of that page which changes, for its script; asking for it is not a touch."""
    return _answer(peek(), "touch/visit_state.html")


@bp.post("/visit/cancel")
@with_draft
def cancel(draft: Draft) -> ResponseReturnValue:
    """The visitor does not want to wait any longer. Whom the guard has let in meanwhile is shown the number instead."""
    if not give_up(draft):
        return redirect(url_for("touch.show_visit"), 303)
    forget()
    return redirect(url_for("touch.show_start"), 303)


def _answer(draft: Draft | None, template: str) -> ResponseReturnValue:
    result = draft.result if draft is not None else None
    if result is None or result.register is not Register.VISIT:
        return start_over()
    box = appliance()
    visit = box.visit_queries.get(result.id)
    if visit.state is VisitState.CANCELLED:
        return redirect(url_for("touch.show_start"), 303)
    lane = way_out() if visit.state is VisitState.SIGNED_OUT else visit.lane
    token = box.visit_queries.token_of(visit) if visit.state is VisitState.SIGNED_IN else None
    is_waiting = visit.state is VisitState.WAITING
    return render_template(
        template,
        visit=visit,
        unit=places.describe(box.units, visit.unit),
        code=qr_svg(token) if token else None,
        goods=box.goods.goods_queries.of_visit(visit.id),
        progress=_progress(result, visit, lane),
        opens=lane is not None,
        until=visit.ends_at,
        is_locked=is_waiting and box.lanes.states.lock_of(box.settings.touch.lane) is not None,
        host=box.approvals.asked_about(visit.id) if is_waiting else None,
        seq=box.feed.last_seq,
        idle_s=int(max(box.settings.touch.idle_s, WAITING_S)) if is_waiting else min(box.settings.touch.idle_s, DONE_S),
    )


def _progress(result: Result, visit: Visit, lane: str | None) -> Progress:
    cause = OpeningCause.SIGN_OUT if visit.state is VisitState.SIGNED_OUT else OpeningCause.SIGN_IN
    gate: Outcome | None = None
    for type_, payload in news_since(result.since_seq):
        family, _, word = type_.partition(".")
        if family == "gate" and word in set(Outcome) and gate is None:
            if payload.get("lane") == lane and payload.get("cause") == cause:
                gate = Outcome(word)
        elif type_ == "visit.signed_in" and payload.get("visit") == visit.id:
            gate = None  # what the gate did before was for somebody else
    return Progress(gate, paper_state(printed_since(result.since_seq, "visit", visit.id)))
