"""In a fire every page of the touchscreen is one: the way out, in three languages at once, until the fire is over.

What was typed is wiped at its beginning. Whether there is a fire is told from memory, so that a register that does not
answer keeps nobody before a form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from kiosk.config import EstateSettings
from web.access import appliance
from web.i18n import LANGUAGES
from web.touch.session import bp, peek
from web.turns import drafts

_ASKS: Final = "touch.tell_fire"


@dataclass(frozen=True, slots=True)
class WayOut:
    """What a reader of one language has to know. `meeting_point` is empty where the estate names none."""

    tag: str
    alarm: str
    leave: str
    gates: str
    meeting_point: str


@bp.before_request
def _show_the_way_out() -> ResponseReturnValue | None:
    if not appliance().lanes.fire.is_on or request.endpoint == _ASKS:
        return None
    if session:
        session.clear()
    if request.method != "GET":
        return redirect(url_for("touch.show_start"), 303)
    return render_template("touch/fire.html", ways=ways_out(appliance().settings.estate))


@bp.get("/fire")
def tell_fire() -> ResponseReturnValue:
    """Whether there is a fire, whether the guard has this turn, and which run of the box it is; asking is no touch."""
    draft = peek()
    return jsonify(
        fire=appliance().lanes.fire.is_on, taken=draft is not None and bool(draft.taken_by), run=drafts().run
    )


@bp.app_context_processor
def _run() -> dict[str, object]:
    return {"this_run": lambda: drafts().run}


def ways_out(estate: EstateSettings) -> list[WayOut]:
    """The words of every language, in the order of the languages' buttons."""
    places = {
        "zh_Hant": estate.assembly_point_zh_hant,
        "zh_Hans": estate.assembly_point_zh_hans,
        "en": estate.assembly_point_en,
    }
    ways = []
    for language in LANGUAGES:
        place = places.get(language.code, estate.assembly_point_en)
        with force_locale(language.code):
            ways.append(
                WayOut(
                    tag=language.tag,
                    alarm=_("Fire alarm"),
                    leave=_("Please leave by the gate now."),
                    gates=_("The gates are open."),
                    meeting_point=_("Meeting point: %(place)s", place=place) if place else "",
                )
            )
    return ways
