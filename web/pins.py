"""The PIN by which somebody confirms that it is them, at the panel and at the touchscreen, with its brake."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from flask import current_app, request

from kiosk.domain.pins import PinCheck
from kiosk.services.accounts import User
from web.access import appliance
from web.security import LoginBrake


class PinProblem(StrEnum):
    """Why a PIN does not count."""

    MISSING = "missing"
    TOO_MANY = "too-many"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class PinTrouble:
    """`wait_s`: seconds until the next attempt, where there were too many."""

    problem: PinProblem
    wait_s: int = 0


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
