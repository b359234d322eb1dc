"""What the panel answers to a PIN that does not fit: before something opens, and where somebody signs."""

from __future__ import annotations

from werkzeug.wrappers import Response

from kiosk.services.accounts import User
from web.panel.answers import not_done
from web.panel.blueprint import current_user
from web.pins import pin_trouble


def refused_by_pin(lane: str) -> Response | None:
    """Check the PIN in the form before something is opened at `lane`; returns the answer when it does not fit.

    Who has none is not asked.
    """
    user = current_user()
    return refused_by_pin_of(user, lane=lane) if user.has_pin else None


def refused_by_pin_of(user: User, *, lane: str = "") -> Response | None:
    """Check the PIN in the form against this account's, whoever is logged in; the answer when it does not fit."""
    trouble = pin_trouble(user, lane=lane)
    if trouble is None:
        return None
    answer = not_done(trouble.sentence, trouble.status)
    answer.headers.update(trouble.headers)
    return answer
