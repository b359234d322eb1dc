"""Time profiles at the panel: everybody sees when cards open, the card office says so. And the holidays to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any, Final

from flask import make_response, render_template, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from kiosk.domain.holidays import CalendarCondition
from kiosk.domain.roles import Permission
from kiosk.domain.time_profiles import DAY_MIN, WEEKDAYS, Day, Span, TimeProfile, clock_text
from kiosk.errors import FieldProblem, Invalid
from kiosk.services.time_profiles import MAX_NAME, NamedProfile
from web.access import appliance
from web.panel.answers import done
from web.panel.blueprint import bp, current_user, needs
from web.panel.time_profile_form import profile_from_form, typed_week, week_of

HOLIDAYS_SHOWN: Final = 10

DAY_LABELS: Final[Mapping[Day, LazyString]] = {
    Day.MONDAY: _("Monday"),
    Day.TUESDAY: _("Tuesday"),
    Day.WEDNESDAY: _("Wednesday"),
    Day.THURSDAY: _("Thursday"),
    Day.FRIDAY: _("Friday"),
    Day.SATURDAY: _("Saturday"),
    Day.SUNDAY: _("Sunday"),
    Day.HOLIDAY: _("Holidays"),
}
CALENDAR_SENTENCES: Final[Mapping[CalendarCondition, LazyString]] = {
    CalendarCondition.UNREADABLE: _("The calendar of holidays cannot be read. Please tell the installer."),
    CalendarCondition.RUN_OUT: _("The calendar of holidays has none of this year. Please have it renewed."),
    CalendarCondition.ENDING: _("The calendar of holidays ends with this year. Please have it renewed."),
}
"""What somebody has to see to; the other conditions are well."""


@dataclass(frozen=True, slots=True)
class Run:
    """Weekdays in a row that have the same hours."""

    first: Day
    last: Day
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ProfileView:
    """A profile as the page shows it: how many cards have it, and whether it is open at this moment."""

    on_record: NamedProfile
    runs: list[Run]
    cards: int
    is_open: bool


@bp.get("/time-profiles")
@needs(Permission.SEE_PEOPLE)
def show_time_profiles() -> str:
    """Every profile as a week, and the holidays to come."""
    gate, now = appliance(), appliance().clock.now()
    uses = gate.time_profiles.uses()
    return render_template(
        "panel/time_profiles.html",
        profiles=[
            ProfileView(one, _runs(one.profile), uses.get(one.id, 0), gate.hours.covers(one.profile, now))
            for one in gate.time_profiles.all()
        ],
        today=gate.hours.day_of(now),
        minute=_minute_of_the_day(),
        calendar=gate.hours.health(now),
        holidays=gate.hours.upcoming(now, HOLIDAYS_SHOWN),
        worked=gate.hours.worked_from(now, HOLIDAYS_SHOWN),
    )


@bp.get("/time-profiles/new")
@needs(Permission.MANAGE_PROFILES)
def show_new_time_profile() -> Response:
    """The form of a profile that is not there yet."""
    return _form(None, {}, {}, HTTPStatus.OK)


@bp.post("/time-profiles")
@needs(Permission.MANAGE_PROFILES)
def add_time_profile() -> Response:
    """Put a profile on record."""
    try:
        added = appliance().time_profiles.add(
            actor=current_user().actor, name=request.form.get("name", ""), profile=profile_from_form(request.form)
        )
    except Invalid as refusal:
        return _form(None, request.form, refusal.fields, HTTPStatus.UNPROCESSABLE_ENTITY)
    return done(str(_("%(name)s is on record.", name=added.name)), url_for("panel.show_time_profiles"))


@bp.get("/time-profiles/<profile_id>")
@needs(Permission.MANAGE_PROFILES)
def show_time_profile(profile_id: str) -> Response:
    """The form of a profile."""
    found = appliance().time_profiles.get(profile_id)
    return _form(found, {"name": found.name} | week_of(found.profile), {}, HTTPStatus.OK)


@bp.post("/time-profiles/<profile_id>")
@needs(Permission.MANAGE_PROFILES)
def change_time_profile(profile_id: str) -> Response:
    """Change a profile; every card that has it follows."""
    found = appliance().time_profiles.get(profile_id)
    try:
        changed = appliance().time_profiles.change(
            profile_id,
            actor=current_user().actor,
            name=request.form.get("name", ""),
            profile=profile_from_form(request.form),
        )
    except Invalid as refusal:
        return _form(found, request.form, refusal.fields, HTTPStatus.UNPROCESSABLE_ENTITY)
    return done(str(_("%(name)s is changed.", name=changed.name)), url_for("panel.show_time_profiles"))


@bp.post("/time-profiles/<profile_id>/remove")
@needs(Permission.MANAGE_PROFILES)
def remove_time_profile(profile_id: str) -> Response:
    """Take a profile off the record."""
    found = appliance().time_profiles.get(profile_id)
    appliance().time_profiles.remove(profile_id, actor=current_user().actor)
    return done(str(_("%(name)s is removed.", name=found.name)), url_for("panel.show_time_profiles"))


def spans_in_words(spans: tuple[Span, ...]) -> list[str]:
    """The hours of a day, each span by itself."""
    if not spans:
        return [str(_("Closed"))]
    if spans == (Span(0, DAY_MIN),):
        return [str(_("The whole day"))]
    return [f"{clock_text(span.begins_min)}–{clock_text(span.ends_min)}" for span in spans]


def _runs(profile: TimeProfile) -> list[Run]:
    runs: list[Run] = []
    for day in Day:
        spans = profile.spans_on(day)
        # Holidays come after Sunday on the page only.
        if runs and runs[-1].spans == spans and day is not Day.HOLIDAY:
            runs[-1] = Run(runs[-1].first, day, spans)
        else:
            runs.append(Run(day, day, spans))
    return runs


def _form(
    on_record: NamedProfile | None, typed: Mapping[str, str], problems: Mapping[str, FieldProblem], status: HTTPStatus
) -> Response:
    uses = appliance().time_profiles.uses()
    page = render_template(
        "panel/time_profile.html",
        on_record=on_record,
        name=typed.get("name", ""),
        week=typed_week(typed),
        problems=problems,
        cards=uses.get(on_record.id, 0) if on_record is not None else 0,
        name_length=MAX_NAME,
    )
    return make_response(page, int(status))


def _minute_of_the_day() -> int:
    local = appliance().clock.now().astimezone(appliance().settings.estate.zone)
    return local.hour * 60 + local.minute


def _weekday(day: date) -> LazyString:
    return DAY_LABELS[WEEKDAYS[day.weekday()]]


@bp.context_processor
def _for_templates() -> dict[str, Any]:
    return {
        "day_labels": DAY_LABELS,
        "weekday_label": _weekday,
        "spans_in_words": spans_in_words,
        "calendar_sentences": CALENDAR_SENTENCES,
    }
