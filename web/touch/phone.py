"""Signing in on one's own phone: the code that opens the form there, and the code by which this screen goes on with it.

The screen is free as soon as a phone has the form. Whoever has sent theirs types its number here, or holds its code up
to the lane's camera on the first pages, and goes on at what is still due: the document, the photo, the summary.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from web.access import appliance
from web.i18n import TOUCH_LOCALE_KEY
from web.qr import qr_svg
from web.security import VISITOR_PATH
from web.touch.pages import go_on
from web.touch.session import begin, bp, form_attempts, go_where_due, now_ns, peek, with_draft
from web.touch.waiting import is_waiting
from web.turns import drafts, phone_forms
from web.turns.draft import Draft
from web.turns.phone_forms import CODE_DIGITS
from web.turns.steps import Step
from web.turns.typed import TypedVisit

LEAVES_S: Final = 25
"""How long the screen tells the visitor to go on with the phone, until it is the next one's; the last 15 seconds are
counted down."""


def phones_can_come() -> bool:
    """Tell whether phones find this box just now."""
    return appliance().phone_reach.base_url is not None


def ticket_picture() -> Markup | None:
    """The code by which one phone opens the form of this turn; None while phones do not find this box."""
    base_url, draft = appliance().phone_reach.base_url, peek()
    if base_url is None or draft is None:
        return None
    return qr_svg(f"{base_url}{VISITOR_PATH}/{drafts().make_ticket(draft, now_ns())}")


def withdraw_ticket() -> None:
    """The visitor goes on at the screen: no phone can open this turn's form any more."""
    draft = peek()
    if draft is not None:
        draft.ticket = None


def is_free_for_a_phone(draft: Draft | None) -> bool:
    """Tell whether whoever holds up a phone's code may have the screen: nobody is in the middle of anything."""
    if draft is None:
        return True
    if draft.result is not None:
        return not is_waiting(draft)
    return isinstance(draft.typed, TypedVisit) and Step.KIND.value not in draft.typed.passed


@bp.app_context_processor
def _phones() -> dict[str, object]:
    return {"phones_can_come": phones_can_come}


@bp.get("/sign-in/phone")
@with_draft
def show_on_phone(draft: Draft) -> ResponseReturnValue:
    """The form is on the visitor's phone; the screen is free."""
    if draft.form_id is None:
        return go_where_due(draft)
    return render_template("touch/on_phone.html", idle_s=LEAVES_S)


@bp.post("/sign-in/phone/here")
@with_draft
def go_on_here(draft: Draft) -> ResponseReturnValue:
    """The visitor would rather type here: the phone's form is closed."""
    form_id, draft.form_id = draft.form_id, None
    if form_id is not None:
        phone_forms().end(form_id)
    return go_where_due(draft)


@bp.get("/sign-in/phone/number")
@with_draft
def show_phone_number(_draft: Draft) -> ResponseReturnValue:
    """The pad for the number that the phone shows."""
    return _pad()


@bp.post("/sign-in/phone/number")
@with_draft
def take_phone_number(draft: Draft) -> ResponseReturnValue:
    """Look for the form of a number, a few times in a while."""
    if not is_free_for_a_phone(draft):
        return go_where_due(draft)
    code = "".join(each for each in request.form.get("code", "")[:24] if each.isascii() and each.isdigit())
    if len(code) != CODE_DIGITS:
        return _pad(_("The number has six digits."))
    attempts = form_attempts()
    if not attempts.take():
        return _pad(_("There were too many attempts. Please ask the guard."), HTTPStatus.TOO_MANY_REQUESTS)
    if not _take_over(code):
        return _pad(_("We have no form with this number. Please check it, or send it again on your phone."))
    attempts.give_back()
    return _go_on()


@bp.get("/sign-in/phone/shown")
def take_phone_shown() -> ResponseReturnValue:
    """A phone's code was held up: the gate knows which."""
    box, draft = appliance(), peek()
    if draft is not None and not is_free_for_a_phone(draft):
        return go_where_due(draft)
    key = box.form_codes.take_shown(box.settings.touch.lane)
    if key is not None and _take_over(key):
        return _go_on()
    if draft is None or not isinstance(draft.typed, TypedVisit):
        begin(TypedVisit())
    return _pad(_("We have no form with this code. Please send it again on your phone."))


def _take_over(code_or_key: str) -> bool:
    """Begin a turn with what a phone has sent, in the language that it was typed in."""
    taken = phone_forms().take(code_or_key, now_ns())
    if taken is None:
        return False
    session[TOUCH_LOCALE_KEY] = taken.language
    begin(taken.typed)
    return True


def _go_on() -> ResponseReturnValue:
    draft = peek()
    if draft is None or draft.typed is None:
        return redirect(url_for("touch.show_start"), 303)
    return go_on(draft.typed)


def _pad(problem: str = "", status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY) -> ResponseReturnValue:
    box = appliance()
    page = render_template(
        "touch/phone_number.html", problem=problem, digits_wanted=CODE_DIGITS, seq=box.feed.last_seq,
        idle_s=box.settings.touch.idle_s,
    )  # fmt: skip
    return page, status if problem else HTTPStatus.OK
