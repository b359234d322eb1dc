"""Signing out at the touchscreen: the pass at a camera, a card, or the visit's number on a pad of digits.

The touchscreen stands at the way in more often than not, and numbers can be guessed: a number opens a lane only where
`touch.exit_lane` says so. The guard sees in the feed what was signed out by whom.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.domain.access import Code, Direction
from kiosk.errors import Conflict
from web.access import appliance
from web.sentences import visitor_sentence
from web.touch.session import ACTOR, begin, bp, go_where_due, way_out, with_draft
from web.turns.draft import Draft, Register, Result

_MOST_TYPED: Final = 24


@bp.post("/sign-out")
def begin_sign_out() -> ResponseReturnValue:
    """Begin an empty turn."""
    begin()
    return redirect(url_for("touch.show_sign_out"), 303)


@bp.get("/sign-out")
@with_draft
def show_sign_out(draft: Draft) -> ResponseReturnValue:
    """Hold up the pass, or type the number."""
    draft.leaving_id = None
    return _pad()


@bp.post("/sign-out/number")
@with_draft
def find_visit(draft: Draft) -> ResponseReturnValue:
    """Look for the visit inside that has this number."""
    digits = "".join(each for each in request.form.get("number", "")[:_MOST_TYPED] if each.isascii() and each.isdigit())
    visit = appliance().visits.find_inside(digits)
    if visit is None:
        return _pad(HTTPStatus.UNPROCESSABLE_ENTITY)
    draft.leaving_id = visit.id
    return redirect(url_for("touch.show_leaving"), 303)


@bp.get("/sign-out/visit")
@with_draft
def show_leaving(draft: Draft) -> ResponseReturnValue:
    """Is it this visit? Nothing is shown by which one visitor would learn of another."""
    if draft.leaving_id is None:
        return redirect(url_for("touch.show_sign_out"), 303)
    return _ask(draft.leaving_id)


@bp.post("/sign-out/visit")
@with_draft
def sign_out(draft: Draft) -> ResponseReturnValue:
    """Sign it out and open the way out; a second tap finds it done."""
    box = appliance()
    with draft.lock:
        visit_id = draft.leaving_id
        if visit_id is None:
            return go_where_due(draft) if draft.result else redirect(url_for("touch.show_sign_out"), 303)
        since_seq = box.feed.last_seq
        try:
            box.visits.sign_out(visit_id, actor=ACTOR, lane=way_out())
        except Conflict as conflict:
            if conflict.code == Code.GOODS_UNCHECKED:
                box.goods.carried.call_guard(visit_id, actor=ACTOR)
            if conflict.code in {Code.LANE_LOCKED, Code.GOODS_UNCHECKED}:
                return _ask(visit_id, Code(conflict.code))  # still inside, and on the muster list
            # Signed out at a camera or by the guard in the meantime: the number is no longer inside.
            draft.leaving_id = None
            return _pad(HTTPStatus.CONFLICT)
        draft.hand_over(Result(Register.VISIT, visit_id, since_seq))
    return go_where_due(draft)


def _ask(visit_id: str, refused: Code | None = None) -> ResponseReturnValue:
    box = appliance()
    closed = visitor_sentence(refused, Direction.OUT) if refused is not None else None
    visit = box.visit_queries.get(visit_id)
    page = render_template("touch/leaving.html", visit=visit, closed=closed, idle_s=box.settings.touch.idle_s)
    return page, HTTPStatus.OK if refused is None else HTTPStatus.CONFLICT


def _pad(status: HTTPStatus = HTTPStatus.OK) -> ResponseReturnValue:
    box = appliance()
    page = render_template(
        "touch/sign_out.html",
        problem=status is not HTTPStatus.OK, seq=box.feed.last_seq, idle_s=box.settings.touch.idle_s,
    )  # fmt: skip
    return page, status
