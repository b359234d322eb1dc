"""Reads holidays from an iCalendar file (RFC 5545), as governments and the makers of telephones publish them.

Hong Kong's 1823.gov.hk and most others write one all-day event for each holiday. Calendars of mainland China also hold
the weekend days that are worked: Apple's marks both with `X-APPLE-SPECIAL-DAY` and has observances beside them, which
it does not mark and nobody has off; others say so in the summary. Whatever is not understood makes the whole file
unreadable: a holiday passed over in silence would be a working day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from kiosk.domain.holidays import Holidays
from kiosk.domain.text import is_one_line

MAX_BYTES: Final = 2 * 1024 * 1024
"""Larger than any calendar of holidays; Apple's of mainland China has 200 kB."""
MAX_DAYS: Final = 20_000
_HORIZON: Final = datetime(2100, 1, 1)  # noqa: DTZ001 - the estate's own clock, like all days here
_MAX_NAME: Final = 100

_MARK: Final = "X-APPLE-SPECIAL-DAY"
_OFF: Final = "WORK-HOLIDAY"
_WORKED: Final = "ALTERNATE-WORKDAY"
_SAYS_WORKED: Final = re.compile(r"上班|补班|補班|[（(【\[]班[）)】\]]")
_UNTIL: Final = re.compile(r"UNTIL=([0-9]{8})[^;]*")


class CalendarError(Exception):
    """The file is no calendar that can be relied on. Its text is a line for an installer."""


@dataclass(frozen=True, slots=True)
class _Event:
    days: frozenset[date]
    name: str
    mark: str

    @property
    def is_worked(self) -> bool:
        return self.mark == _WORKED or (not self.mark and _SAYS_WORKED.search(self.name) is not None)


def read_calendar(path: Path, zone: ZoneInfo) -> Holidays:
    """The holidays of a file. A day counts when an event covers all of it in `zone`, the estate's.

    Raises:
        CalendarError: the file cannot be read, is no calendar, is cut off, or has an event that is not understood.
    """
    try:
        with path.open("rb") as file:
            sent = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CalendarError(f"it cannot be read: {error.strerror}") from error
    if len(sent) > MAX_BYTES:
        raise CalendarError(f"it is larger than {MAX_BYTES // 1024 // 1024} MB")
    try:
        text = sent.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CalendarError("it is not written in UTF-8") from error
    try:
        return _holidays([_read_event(event, zone) for event in _events_of(text)])
    except CalendarError:
        raise
    except Exception as error:  # whatever a parser trips over, the gate starts
        raise CalendarError("it is no iCalendar file") from error


def _holidays(events: list[_Event]) -> Holidays:
    is_marked = any(event.mark for event in events)
    named: dict[date, str] = {}
    worked: set[date] = set()
    for event in events:
        if event.is_worked:
            worked |= event.days
        elif event.mark == _OFF or not is_marked:
            for day in event.days:
                names = [name for name in (named.get(day, ""), event.name) if name]
                named[day] = " / ".join(dict.fromkeys(names))
    if len(named) + len(worked) > MAX_DAYS:
        raise CalendarError(f"it names more than {MAX_DAYS} days")
    return Holidays(named, frozenset(worked))


def _events_of(text: str) -> Iterator[Mapping[str, Any]]:
    # Imported here: a box without a calendar does without its 6 MiB.
    from icalendar import Calendar

    calendars = Calendar.from_ical(text, multiple=True)
    if not calendars or any(calendar.name != "VCALENDAR" for calendar in calendars):
        raise CalendarError("it is no iCalendar file, or its end is missing")
    for calendar in calendars:
        for event in calendar.walk("VEVENT"):
            if event.errors:
                name, problem = event.errors[0]
                raise CalendarError(f"an event's {name} cannot be read: {problem}")
            if event.get("STATUS", "").upper() != "CANCELLED":
                yield event


def _read_event(event: Mapping[str, Any], zone: ZoneInfo) -> _Event:
    name = " ".join(str(event.get("SUMMARY", "")).split())[:_MAX_NAME]
    mark = str(event.get(_MARK, "")).upper()
    try:
        days = frozenset(_days_of(event, zone))
    except CalendarError as error:
        raise CalendarError(f"event {name!r}: {error}") from error
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
        raise CalendarError(f"event {name!r}: its dates cannot be read") from error
    return _Event(days, name if is_one_line(name) else "", mark if mark in {_OFF, _WORKED} else "")


def _days_of(event: Mapping[str, Any], zone: ZoneInfo) -> Iterator[date]:
    if "RECURRENCE-ID" in event:
        raise CalendarError("occurrences that were moved are not understood")
    if "DTSTART" not in event:
        raise CalendarError("it has no beginning")
    begins = _local(event["DTSTART"].dt, zone)
    ends = _end_of(event, begins, zone)
    if ends < begins:
        raise CalendarError("it ends before it begins")
    count = 0
    for occurrence in _occurrences(event, begins, zone):
        day = occurrence.date() if occurrence.time() == time.min else occurrence.date() + timedelta(days=1)
        last = (occurrence + (ends - begins)).date()
        while day < last:
            count += 1
            if count > MAX_DAYS:
                raise CalendarError(f"it takes more than {MAX_DAYS} days")
            yield day
            day += timedelta(days=1)


def _end_of(event: Mapping[str, Any], begins: datetime, zone: ZoneInfo) -> datetime:
    """The first moment that is no part of it (RFC 5545, section 3.6.1: without an end, a day lasts a day)."""
    is_day = not isinstance(event["DTSTART"].dt, datetime)
    ends = begins
    if "DTEND" in event:
        ends = _local(event["DTEND"].dt, zone)
    elif "DURATION" in event:
        ends = begins + event["DURATION"].dt
    # Many write the end of a single day as the day itself, which the standard forbids and everybody understands.
    return begins + timedelta(days=1) if is_day and ends == begins else ends


def _occurrences(event: Mapping[str, Any], begins: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    excepted = {_local(value, zone) for value in _dates(event, "EXDATE")}
    for more in _dates(event, "RDATE"):
        if _local(more, zone) not in excepted:
            yield _local(more, zone)
    if begins not in excepted:
        yield begins
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        yield from (occurrence for occurrence in _repeated(rule, begins) if occurrence not in excepted)


def _repeated(rule: Any, begins: datetime) -> Iterator[datetime]:
    from dateutil.rrule import rrulestr

    written = _UNTIL.sub(r"UNTIL=\1T235959", rule.to_ical().decode())
    if not re.search(r"FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)\b", written):
        raise CalendarError("it is repeated within a day")
    repeats = rrulestr(written, dtstart=begins)
    if "UNTIL=" not in written and "COUNT=" not in written:
        repeats = repeats.replace(until=_HORIZON)  # a rule that never comes true would be followed for ever
    return takewhile(lambda occurrence: occurrence < _HORIZON, repeats)


def _dates(event: Mapping[str, Any], name: str) -> Iterator[date]:
    lists = event.get(name, [])
    for one in lists if isinstance(lists, list) else [lists]:
        for value in one.dts:
            yield value.dt[0] if isinstance(value.dt, tuple) else value.dt


def _local(value: Any, zone: ZoneInfo) -> datetime:
    """A date or time of the file on the estate's own clock; one without a zone is on it already."""
    if isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, date):
        return datetime.combine(value, time.min)
    raise CalendarError("its dates cannot be read")
