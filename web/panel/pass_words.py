"""What the panel says of passes: their kinds, how they stand, and their hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from kiosk.domain.passes import PassKind, PassStanding
from kiosk.domain.time_profiles import Day, TimeProfile
from kiosk.domain.weekly_hours import grouped, span_text

KIND_LABELS: Final[Mapping[PassKind, LazyString]] = {
    PassKind.SINGLE: _("Single entry"),
    PassKind.DAY: _("Day pass"),
    PassKind.RECURRING: _("Every week"),
    PassKind.MULTI: _("Several entries"),
    PassKind.VISIT: _("Receipt of a visit"),
}
KIND_HINTS: Final[Mapping[PassKind, LazyString]] = {
    PassKind.SINGLE: _("For a guest who comes once: it lets its holder in one time, and out again."),
    PassKind.DAY: _("For one day: its holder may come and go until midnight."),
    PassKind.RECURRING: _("For helpers and tutors: on the chosen days, at the chosen hours, up to a last day."),
    PassKind.MULTI: _("For a number of visits between two dates."),
}
STANDING_LABELS: Final[Mapping[PassStanding, LazyString]] = {
    PassStanding.VALID: _("Valid"),
    PassStanding.UPCOMING: _("Begins later"),
    PassStanding.USED: _("Used up"),
    PassStanding.ENDED: _("Over"),
    PassStanding.REVOKED: _("Revoked"),
}
DAY_LABELS: Final[Mapping[Day, LazyString]] = {
    Day.MONDAY: _("Mon"),
    Day.TUESDAY: _("Tue"),
    Day.WEDNESDAY: _("Wed"),
    Day.THURSDAY: _("Thu"),
    Day.FRIDAY: _("Fri"),
    Day.SATURDAY: _("Sat"),
    Day.SUNDAY: _("Sun"),
    Day.HOLIDAY: _("Holidays"),
}


def hours_lines(weekly: TimeProfile) -> list[str]:
    """Weekly hours for people: days with the same hours on one line."""
    comma = str(_(", "))
    return [
        f"{comma.join(str(DAY_LABELS[day]) for day in days)} "
        f"{comma.join(span_text(span).replace('-', '–') for span in spans)}"
        for days, spans in grouped(weekly)
    ]


def end_text(moment: datetime, zone: tzinfo) -> str:
    """When a pass ends, to be read on paper next year too; the midnight at the end of a day is that day's 24:00."""
    local = moment.astimezone(zone)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        return f"{local.date() - timedelta(days=1)} 24:00"
    return local.strftime("%Y-%m-%d %H:%M")
