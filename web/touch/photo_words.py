"""What the camera would have of whoever is at the photo, in sentences that ask and accuse nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from kiosk.domain.photo_advice import Advice

_ADVICE: Final[Mapping[Advice, LazyString]] = {
    Advice.GOOD: _("That looks good. Please touch the button."),
    Advice.TOO_DARK: _("It is too dark. Please turn towards the light."),
    Advice.TOO_BRIGHT: _("It is too bright. Please turn away from the light."),
    Advice.LOOK_HERE: _("Please look into the camera."),
    Advice.ONE_FACE: _("One face, please."),
    Advice.COME_CLOSER: _("Please come closer."),
    Advice.STEP_BACK: _("Please step back a little."),
    Advice.HOLD_STILL: _("Please hold still."),
}


def advice_sentence(advice: Advice | None) -> LazyString | None:
    """A piece of advice as it is shown; None for none."""
    return _ADVICE[advice] if advice is not None else None
