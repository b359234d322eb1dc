"""The PIN by which somebody confirms that it is them, at the panel and at the touchscreen, with its brake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from flask import current_app, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from kiosk.domain.pins import PinCheck
from kiosk.services.accounts import User
from web.access import appliance
from web.security import LoginBrake
from web.sentences import wait_sentence


class PinProblem(StrEnum):
    """Why a PIN does not count."""

    MISSING = "missing"
    TOO_MANY = "too-many"
    WRONG = "wrong"


_SENTENCES: Final[Mapping[PinProblem, LazyString]] = {
    PinProblem.MISSING: _("Please type your PIN."),
    PinProblem.WRONG: _("This PIN is not right."),
}
_STATUSES: Final[Mapping[PinProblem, HTTPStatus]] = {
    PinProblem.MISSING: HTTPStatus.UNPROCESSABLE_ENTITY,
    PinProblem.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
    PinProblem.WRONG: HTTPStatus.FORBIDDEN,
}


@dataclass(frozen=True, slots=True)
class PinTrouble:
    """`wait_s`: seconds until the next attempt, where there were too many."""

    problem: PinProblem
    wait_s: int = 0

    @property
    def sentence(self) -> str:
        """What whoever typed it reads."""
        return str(_SENTENCES.get(self.problem) or wait_sentence(self.wait_s))

    @property
    def status(self) -> HTTPStatus:
        """What a browser is answered with."""
        return _STATUSES[self.problem]

    @property
    def headers(self) -> dict[str, str]:
        """What goes with that status."""
        return {"Retry-After": str(self.wait_s)} if self.wait_s else {}


def pin_trouble(user: User, *, lane: str = "") -> PinTrouble | None:
    """Check the PIN in the form against this account's, whoever is logged in; None when it is right.

    For the duress PIN nothing here differs from the PIN: the alarm is the service's.
    """
    pin = request.form.get("pin", "")
    if not pin:
        return PinTrouble(PinProblem.MISSING)
    brake: LoginBrake = current_app.extensions["pin_brake"]
    address = request.remote_addr or ""
    wait_s = brake.wait_s(user.id, address)
    if wait_s:
        return PinTrouble(PinProblem.TOO_MANY, wait_s)
    if appliance().accounts.check_pin(user, pin, lane=lane) is PinCheck.WRONG:
        brake.failed(address)
        return PinTrouble(PinProblem.WRONG)
    brake.succeeded(user.id)
    return None
