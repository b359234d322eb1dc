"""Waiting for a card at the desk: a piece for any page that needs one, for whatever it needs it.

A page that is a form already shows `desk_wait` (panel/_desk_wait.html) within it, and its view answers both addresses
of a `DeskWait` with `taken_tap` and `wait_for_card`: what is typed stays. Any other puts `desk_button` where it is
needed; waiting is then a page of its own, and `then` is sent `wish` once the card has come. Either way the view that
owns `then` asks `taken_tap` and carries its own permission: a tap that came for another purpose is not told to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kiosk.domain.roles import Permission, may
from kiosk.errors import FieldProblem, Invalid, Refusal
from kiosk.services.desk_taps import Tap, WishState, WishView
from web.access import appliance
from web.panel.blueprint import bp, current_user, local_page, needs, wants_answer
from web.panel.wording import refusal_sentence
from web.security import PANEL_PATH

MAX_PURPOSE: Final = 100
_WAITERS: Final = (Permission.ADMIT, Permission.MANAGE_CARDS, Permission.MANAGE_PASSES, Permission.HAND_OVER)
"""Whoever may do one of these may wait for a card; what it is good for, the view that takes it decides."""


@dataclass(frozen=True, slots=True)
class DeskWait:
    """The place on a page where a card is waited for.

    Attributes:
        then: the address of the panel that is sent `wish` once the card has come.
        here: the address that shows the page anew: with `wish`, with `give_up` to wait no longer, with neither to wait.
        view: what became of the wish; None while nobody waits.
        refusal: why nobody can wait, for people; empty else.
    """

    then: str
    here: str
    wish_id: str = ""
    view: WishView | None = None
    refusal: str = ""


def wait_for_card(purpose: str, *, then: str, here: str) -> DeskWait:
    """What the sent form asks for: begin to wait, look again, or give up."""
    taps, user = appliance().desk_taps, current_user().actor
    if request.form.get("give_up"):
        taps.cancel(request.form["give_up"], user)
        return DeskWait(then, here)
    wish_id = request.form.get("wish", "")
    if not wish_id:
        try:
            wish_id = taps.arm(purpose, holder=user, now=appliance().clock.now()).id
        except Refusal as refusal:
            return DeskWait(then, here, refusal=refusal_sentence(refusal))
    return DeskWait(then, here, wish_id, taps.look(wish_id, user))


def taken_tap(purpose: str) -> Tap | None:
    """The tap that came for the wish the form was sent with, once; None without one, or when it was for another."""
    tap = appliance().desk_taps.take(request.form.get("wish", ""), current_user().actor)
    return tap if tap is not None and tap.purpose == purpose else None


@bp.post("/desk")
@needs(Permission.SEE_PEOPLE)
def await_card() -> Response | str:
    """The page that waits for a card; `purpose` and `then` are the asking page's, and `back` is where it is.

    The script gives up from any page that is left while it waits.
    """
    _only_waiters()
    if request.form.get("give_up") and wants_answer():
        appliance().desk_taps.cancel(request.form["give_up"], current_user().actor)
        return Response(status=HTTPStatus.NO_CONTENT)
    purpose, back = request.form.get("purpose", ""), local_page(request.form.get("back", ""), PANEL_PATH)
    then = local_page(request.form.get("then", ""), "")
    if not then:
        raise Invalid({"then": FieldProblem.NOT_AN_ADDRESS})
    if not 0 < len(purpose) <= MAX_PURPOSE:
        raise Invalid({"purpose": FieldProblem.REQUIRED})
    wait = wait_for_card(purpose, then=then, here=url_for("panel.await_card"))
    if request.form.get("give_up"):
        return redirect(back, 303)
    return render_template("panel/desk_wait.html", wait=wait, purpose=purpose, leads_back_to=back)


@bp.get("/parts/desk-wish/<wish_id>")
@needs(Permission.SEE_PEOPLE, is_use=False)
def show_wish(wish_id: str) -> str:
    """What became of a wish, for refreshing the page that waits."""
    _only_waiters()
    then, here = (local_page(request.args.get(name, ""), PANEL_PATH) for name in ("then", "here"))
    view = appliance().desk_taps.look(wish_id, current_user().actor)
    return render_template("panel/_desk_wish.html", wait=DeskWait(then, here, wish_id, view))


def _only_waiters() -> None:
    if not any(may(current_user().role, permission) for permission in _WAITERS):
        abort(HTTPStatus.FORBIDDEN)


@bp.context_processor
def _for_templates() -> dict[str, Any]:
    return {"has_desk_reader": lambda: appliance().desk_taps.has_reader, "wish_states": WishState}
