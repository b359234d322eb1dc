"""The form of an invitation, in the estate's own days and hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from kiosk.domain.invitations import NewInvitation
from kiosk.domain.time_profiles import DAY_MIN, WEEKDAYS, Span, TimeProfile
from kiosk.errors import FieldProblem, Invalid

WEEKLY: Final = "weekly"


def invitation_from_form(form: MultiDict[str, str], unit: str, zone: ZoneInfo) -> NewInvitation:
    """Read the form.

    An end before the beginning is of the following day, as a party's is; for somebody who comes every week it is a
    mistake.

    Raises:
        Invalid: with the fields of time that are missing or wrong, by their names in the form.
    """
    return _weekly(form, unit, zone) if form.get("repeats") == WEEKLY else _once(form, unit, zone)


def _once(form: MultiDict[str, str], unit: str, zone: ZoneInfo) -> NewInvitation:
    problems: dict[str, FieldProblem] = {}
    day = read_day(form, "day", problems)
    begins, ends = _time(form, "begins", problems), _time(form, "ends", problems)
    if day is None or begins is None or ends is None:
        raise Invalid(problems)
    last = day if ends > begins else day + timedelta(days=1)
    guest = _guest(form, unit, datetime.combine(day, begins, zone), datetime.combine(last, ends, zone))
    return replace(guest, comes_and_goes=bool(form.get("comes_and_goes")))


def _weekly(form: MultiDict[str, str], unit: str, zone: ZoneInfo) -> NewInvitation:
    problems: dict[str, FieldProblem] = {}
    first, last = read_day(form, "first_day", problems), read_day(form, "last_day", problems)
    begins, ends = _time(form, "weekly_begins", problems), _time(form, "weekly_ends", problems)
    days = [day for day in WEEKDAYS if day.value in form.getlist("days")]
    if not days:
        problems["days"] = FieldProblem.REQUIRED
    begins_min, ends_min = _minute(begins), _minute(ends) or DAY_MIN
    if begins is not None and ends is not None and ends_min <= begins_min:
        problems["weekly_ends"] = FieldProblem.ENDS_BEFORE_START
    if first is not None and last is not None and last < first:
        problems["last_day"] = FieldProblem.ENDS_BEFORE_START
    if problems or first is None or last is None:
        raise Invalid(problems)
    spans = (Span(begins_min, ends_min),)
    not_after = datetime.combine(last + timedelta(days=1), time(), zone)
    guest = _guest(form, unit, datetime.combine(first, time(), zone), not_after)
    return replace(guest, weekly=TimeProfile(dict.fromkeys(days, spans)))


def _guest(form: MultiDict[str, str], unit: str, not_before: datetime, not_after: datetime) -> NewInvitation:
    return NewInvitation(
        unit,
        form.get("visitor_name", ""),
        not_before,
        not_after,
        phone=form.get("phone", ""),
        vehicle_plate=form.get("vehicle_plate", ""),
    )


def read_day(form: MultiDict[str, str], name: str, problems: dict[str, FieldProblem]) -> date | None:
    """A day of this century; None, and a problem noted under the field's name, when there is none."""
    try:
        day = date.fromisoformat(form.get(name, ""))
    except ValueError:
        day = date.max
    if not 2000 <= day.year < 2100:
        problems[name] = FieldProblem.REQUIRED
        return None
    return day


def _time(form: MultiDict[str, str], name: str, problems: dict[str, FieldProblem]) -> time | None:
    try:
        return datetime.strptime(form.get(name, ""), "%H:%M").time()  # noqa: DTZ007 - a time of day has no zone
    except ValueError:
        problems[name] = FieldProblem.REQUIRED
        return None


def _minute(moment: time | None) -> int:
    return moment.hour * 60 + moment.minute if moment is not None else 0
