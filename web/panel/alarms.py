"""Alarms: the open ones at the head of every page, acknowledged with a note, and what there was before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kiosk.domain.alarms import LEAST_URGENT, MOST_URGENT, AlarmState
from kiosk.domain.roles import Permission, may
from kiosk.domain.visits import Visit
from kiosk.services.alarms import MAX_NOTE_CHARACTERS, Alarm
from kiosk.services.cards import Card
from web.access import appliance
from web.panel.answers import done, reason_from_form
from web.panel.blueprint import bp, current_session, current_user, needs
from web.sentences import alarm_label

SHOWN_EVERYWHERE: Final = 3
"""Open alarms at the head of a page that is about something else: the newest."""
MOST_SHOWN: Final = 200
PAGE_LENGTH: Final = 25


@dataclass(frozen=True, slots=True)
class About:
    """What alarms are about, by id, as far as it is still on record."""

    visits: Mapping[str, Visit]
    cards: Mapping[str, Card]


@dataclass(frozen=True, slots=True)
class OpenAlarms:
    """The alarms at the head of a page, the most urgent first, and how many there are in all.

    Attributes:
        count: without the silent ones, which no number in a corner of the screen may give away either.
    """

    shown: list[Alarm]
    count: int
    about: About


@bp.get("/alarms")
@needs(Permission.SEE_PEOPLE)
def show_alarms() -> str:
    """Every open alarm, and the acknowledged ones by pages, newest first."""
    before = request.args.get("before", "")
    place = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None
    page = appliance().alarms.page(AlarmState.ACKNOWLEDGED, place, PAGE_LENGTH, with_silent=_may_see_silent())
    return render_template("panel/alarms.html", page=page, about=_about(page.items), is_first=place is None)


@bp.get("/parts/alarms")
@needs(Permission.SEE_PEOPLE, is_use=False)
def show_open_alarms() -> str:
    """The open alarms and their number, for refreshing any page; `?all=1` for the page that shows all."""
    return render_template("panel/_alarms.html", open_alarms=_open_alarms(shows_all=request.args.get("all") == "1"))


@bp.post("/alarms/<alarm_id>/acknowledge")
@needs(Permission.ACKNOWLEDGE)
def acknowledge_alarm(alarm_id: str) -> Response:
    """Say that somebody has seen to an alarm, and what they found."""
    note = request.form.get("note", "")
    appliance().alarms.acknowledge(alarm_id, actor=current_user().actor, note=note, with_silent=_may_see_silent())
    return done(_("The alarm is acknowledged."), url_for("panel.show_alarms"))


@bp.post("/fire/reset")
@needs(Permission.RESET_FIRE)
def reset_fire() -> Response:
    """Let the lanes close again after a fire alarm."""
    reason = reason_from_form()
    appliance().lanes.fire.reset(actor=current_user().actor, reason=reason)
    return done(_("The lanes close again."), url_for("panel.show_shift"))


def _open_alarms(*, shows_all: bool) -> OpenAlarms:
    gate = appliance()
    # On the alarms' own page only: a supervisor too may have somebody behind him.
    shown = gate.alarms.open(MOST_SHOWN if shows_all else SHOWN_EVERYWHERE, with_silent=shows_all and _may_see_silent())
    return OpenAlarms(shown, gate.alarms.count_open(), _about(shown))


def _about(alarms: Sequence[Alarm]) -> About:
    ids = {what: [alarm.subject[what] for alarm in alarms if what in alarm.subject] for what in ("visit", "card")}
    return About(appliance().visit_queries.these(ids["visit"]), appliance().cards.these(ids["card"]))


def _may_see_silent() -> bool:
    return may(current_user().role, Permission.SEE_SILENT_ALARMS)


@bp.context_processor
def _for_templates() -> dict[str, Any]:
    if current_session() is None:
        return {}
    return {
        "alarms_at_head": lambda: _open_alarms(shows_all=request.endpoint == "panel.show_alarms"),
        "alarm_label": alarm_label,
        "most_urgent": MOST_URGENT,
        "least_urgent": LEAST_URGENT,
        "is_fire": lambda: appliance().lanes.fire.is_on,
        "note_length": MAX_NOTE_CHARACTERS,
    }
