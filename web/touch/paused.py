"""While the touchscreen is paused no turn begins: its first page says where to go. Whoever is in a turn finishes it."""

from __future__ import annotations

from typing import Final

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from web.access import appliance
from web.i18n import LANGUAGES
from web.touch.session import bp, peek

_GO_ON: Final = frozenset({"show_start", "stream_events", "tell_fire", "say", "note_touch", "leave"})
"""What is answered all the same, beside the supervisor's corner."""


@bp.before_request
def _begin_nothing() -> ResponseReturnValue | None:
    endpoint = (request.endpoint or "").removeprefix("touch.")
    if appliance().screen_pause.current is None or endpoint in _GO_ON or "corner" in endpoint or peek() is not None:
        return None
    return redirect(url_for("touch.show_start"), 303)


def told_in_every_language() -> list[tuple[str, str, str]]:
    """What a reader of each language has to know: the language's tag, what is the matter, and where to go."""
    told = []
    for language in LANGUAGES:
        with force_locale(language.code):
            told.append(
                (language.tag, _("This screen is out of service."), _("Please ask the guard. Cards and passes work."))
            )
    return told
