"""Opening the form by the ticket that the touchscreen shows, and the language that the phone speaks."""

from __future__ import annotations

from http import HTTPStatus

from flask import current_app, make_response, redirect, render_template, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from web.access import appliance
from web.i18n import TOUCH_LOCALE_KEY, current_language, is_locale
from web.phone.session import begin, bp, closed, current, now_ns
from web.security import LinkBrake
from web.turns import drafts, phone_forms
from web.turns.phone_forms import FormState


@bp.record_once
def _make_brake(state: BlueprintSetupState) -> None:
    state.app.extensions["ticket_brake"] = LinkBrake()


@bp.get("/<token>")
def open_form(token: str) -> ResponseReturnValue:
    """Open the form by its ticket, which the first phone uses up, and go on to where its address is out of sight."""
    if request.method == "HEAD" or "prefetch" in request.headers.get("Sec-Purpose", ""):
        return "", HTTPStatus.NO_CONTENT  # whoever only looks ahead must not use it up
    brake: LinkBrake = current_app.extensions["ticket_brake"]
    address = request.remote_addr or ""
    wait_s = brake.wait_s(address)
    if wait_s:
        page = render_template("phone/closed.html", wait=True)
        return make_response(page, int(HTTPStatus.TOO_MANY_REQUESTS), {"Retry-After": str(wait_s)})
    draft = drafts().open_ticket(token, now_ns())
    form = current()
    if draft is not None:
        if form is None or form.state is not FormState.OPEN:
            form = phone_forms().begin(now_ns(), current_language().code)
            begin(form)
        draft.form_id = form.id
        appliance().form_codes.note_opened()
    elif form is None:
        brake.was_wrong(address)
        return closed()
    return redirect(url_for("phone.show_visit"), 303)


@bp.post("/language")
def choose_language() -> ResponseReturnValue:
    """Speak another language on this phone until its form is over."""
    code = request.form.get("language", "")
    if is_locale(code):
        session[TOUCH_LOCALE_KEY] = code
        form = current()
        if form is not None:
            phone_forms().speak(form.id, code)
    return redirect(url_for("phone.show_visit"), 303)
