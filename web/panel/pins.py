"""The PIN by which somebody confirms that it is them: before something opens, and where somebody signs."""

from __future__ import annotations

from http import HTTPStatus

from flask import current_app, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kiosk.domain.pins import PinCheck
from kiosk.services.accounts import User
from web.access import appliance
from web.panel.answers import not_done
from web.panel.blueprint import current_user
from web.panel.wording import wait_sentence
from web.security import LoginBrake


def refused_by_pin(lane: str) -> Response | None:
    """Check the PIN in the form before something is opened at `lane`; returns the answer when it does not fit.

    Who has none is not asked.
    """
    user = current_user()
    return refused_by_pin_of(user, lane=lane) if user.has_pin else None


def refused_by_pin_of(user: User, *, lane: str = "") -> Response | None:
    """Check the PIN in the form against this account's, whoever is logged in; returns the answer when it does not fit.

    For the duress PIN nothing here differs from the PIN: the alarm is the service's.
    """
    pin = request.form.get("pin", "")
    if not pin:
        return not_done(_("Please type your PIN."), HTTPStatus.UNPROCESSABLE_ENTITY)
    brake: LoginBrake = current_app.extensions["pin_brake"]
    address = request.remote_addr or ""
    wait_s = brake.wait_s(user.id, address)
    if wait_s:
        answer = not_done(wait_sentence(wait_s), HTTPStatus.TOO_MANY_REQUESTS)
        answer.headers["Retry-After"] = str(wait_s)
        return answer
    if appliance().accounts.check_pin(user, pin, lane=lane) is PinCheck.WRONG:
        brake.failed(address)
        return not_done(_("This PIN is not right."), HTTPStatus.FORBIDDEN)
    brake.succeeded(user.id)
    return None
