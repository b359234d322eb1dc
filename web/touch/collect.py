"""Collecting goods that are kept at the gate: by card, by pass, or by the code that the unit was sent.

Nothing on these pages names anybody, and none tells whether a unit has goods to whoever has not shown a credential of
it.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kiosk.errors import Conflict
from web.access import appliance
from web.touch.session import ACTOR, begin, bp, code_attempts, go_where_due, with_draft
from web.turns.claims import Claim, Collecting, claim_by_code, claim_by_decision
from web.turns.draft import Draft

CODE_DIGITS: Final = 6
AT_ONCE: Final = 6
"""How many goods one page shows; what is left comes on the next."""


@bp.post("/collect")
def begin_collect() -> ResponseReturnValue:
    """Begin a turn; what is held up counts from now on."""
    begin().collecting = Collecting(appliance().feed.last_seq)
    return redirect(url_for("touch.show_collect"), 303)


@bp.get("/collect")
@with_draft
def show_collect(draft: Draft) -> ResponseReturnValue:
    """Hold up card or pass, or type the code."""
    return _pad(draft)


@bp.get("/collect/shown")
@with_draft
def take_shown(draft: Draft) -> ResponseReturnValue:
    """Something was held up: what the gate says of it stands in the journal."""
    box, collecting = appliance(), draft.collecting
    if collecting is None:
        return go_where_due(draft)
    before, collecting.since_seq = collecting.since_seq, box.feed.last_seq
    claim = claim_by_decision(box, before)
    if claim is None:
        return _pad(draft, _("This card or pass collects nothing. Please type the code, or ask the guard."))
    return _take(draft, collecting, claim)


@bp.post("/collect/code")
@with_draft
def take_code(draft: Draft) -> ResponseReturnValue:
    """Look for the goods of a code, a few times in a while."""
    collecting = draft.collecting
    if collecting is None:
        return go_where_due(draft)
    code = "".join(each for each in request.form.get("code", "")[:24] if each.isascii() and each.isdigit())
    if len(code) != CODE_DIGITS:
        return _pad(draft, _("The code has six digits."))
    attempts = code_attempts()
    if not attempts.take():
        return _pad(draft, _("There were too many attempts. Please ask the guard."), HTTPStatus.TOO_MANY_REQUESTS)
    claim = claim_by_code(appliance(), code)
    if claim is None:
        return _pad(draft, _("We keep no goods with this code. Please check it, or ask the guard."))
    attempts.give_back()
    return _take(draft, collecting, claim)


@bp.get("/collect/goods")
@with_draft
def show_claimed(draft: Draft) -> ResponseReturnValue:
    """What is kept: where it lies, and how much it is."""
    collecting = draft.collecting
    if collecting is None:
        return go_where_due(draft)
    if collecting.claim is None:
        return redirect(url_for("touch.show_collect"), 303)
    if not collecting.claim.goods:
        return _render("touch/collected.html", taken=collecting.taken)
    kept = collecting.claim.goods
    return _render("touch/collect_list.html", goods=kept[:AT_ONCE], more=len(kept) - AT_ONCE)


@bp.post("/collect/goods")
@with_draft
def hand_out(draft: Draft) -> ResponseReturnValue:
    """Hand out what is ticked. Only what the page has shown is, and once: a second tap finds it done."""
    collecting = draft.collecting
    if collecting is None or collecting.claim is None:
        return go_where_due(draft)
    ticked = set(request.form.getlist("goods"))
    with draft.lock:
        claim = collecting.claim
        shown, rest = claim.goods[:AT_ONCE], claim.goods[AT_ONCE:]
        if request.form.get("page") != (shown[0].id if shown else ""):
            return redirect(url_for("touch.show_claimed"), 303)
        for goods in shown:
            if goods.id not in ticked:
                continue
            try:
                appliance().goods.goods_in.collect(goods.id, method=claim.method, by=claim.by, actor=ACTOR)
            except Conflict:
                continue  # handed out at the desk in the meantime
            collecting.taken += (goods.number,)
        collecting.claim = Claim(claim.method, claim.by, rest)
    return redirect(url_for("touch.show_claimed"), 303)


def _take(draft: Draft, collecting: Collecting, claim: Claim) -> ResponseReturnValue:
    if not claim.goods:
        return _pad(draft, _("We keep no goods for your flat at present."))
    collecting.claim = claim
    return redirect(url_for("touch.show_claimed"), 303)


def _pad(draft: Draft, problem: str = "", status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY) -> ResponseReturnValue:
    collecting = draft.collecting
    if collecting is None:
        return go_where_due(draft)
    collecting.claim = None
    page = _render("touch/collect.html", problem=problem, digits_wanted=CODE_DIGITS, seq=appliance().feed.last_seq)
    return page, status if problem else HTTPStatus.OK


def _render(template: str, **values: object) -> str:
    return render_template(template, idle_s=appliance().settings.touch.idle_s, **values)
