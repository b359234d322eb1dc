"""How the touchscreen looks, and whether it speaks, for whoever stands there: switched by one touch on every page.

Kept in the visitor's session only and forgotten at the end of the turn, with the language.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from flask import current_app, make_response, redirect, request, session
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from kiosk.config import VoiceUse
from web.access import appliance
from web.i18n import current_language
from web.touch.session import bp, go_where_due, peek, start_over

_LOOK_KEY: Final = "look"


class Mode(StrEnum):
    """What can be switched on; the pages say it as `data-large` and so on, on their root."""

    LARGE = "large"
    CONTRAST = "contrast"
    LOW = "low"
    VOICE = "voice"


def modes_on() -> frozenset[Mode]:
    """What is on for this visitor."""
    chosen = session.get(_LOOK_KEY)
    if chosen is None:
        return frozenset({Mode.VOICE} if appliance().settings.touch.voice is VoiceUse.ALWAYS else ()) & modes_offered()
    return frozenset(mode for mode in Mode if mode in chosen) & modes_offered()


def modes_offered() -> frozenset[Mode]:
    """What this gate can do in the visitor's language."""
    box = appliance()
    speaks = box.settings.touch.voice is not VoiceUse.OFF and box.voice.can_speak(current_language().code)
    return frozenset(Mode) if speaks else frozenset(Mode) - {Mode.VOICE}


def is_chosen() -> bool:
    """Tell whether the visitor has switched anything, so that there is something to forget."""
    return _LOOK_KEY in session


@bp.app_context_processor
def _look() -> dict[str, object]:
    return {"modes_on": modes_on, "modes_offered": modes_offered, "Mode": Mode}


@bp.post("/look")
def switch_mode() -> ResponseReturnValue:
    """Switch one mode on or off: 204 for a page's script, which has done so already; else back to the page."""
    wanted = request.form.get("do", "")
    if wanted in set(Mode):
        session[_LOOK_KEY] = sorted(modes_on() ^ {Mode(wanted)})
    if "in_place" in request.form:
        return make_response("", 204)
    return back_to_page()


def back_to_page() -> ResponseReturnValue:
    """To the page that the switch was on, if it is one of ours that can be asked for; else to where the turn is."""
    came_from = urlsplit(request.referrer or "")
    try:
        endpoint, _values = current_app.url_map.bind("").match(came_from.path, method="GET")
    except HTTPException:
        endpoint = ""
    if endpoint.startswith("touch.show_"):
        return redirect(f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path, 303)
    draft = peek()
    return go_where_due(draft) if draft is not None else start_over()
