"""Which day it is at the estate, and whether a time profile covers it.

The calendar of holidays is read when it has changed, by whoever calls `reread`, and never on the way of a credential.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from kiosk.domain.holidays import CalendarCondition, Holiday, Holidays
from kiosk.domain.time_profiles import WEEKDAYS, Day, Span, TimeProfile, common_spans
from kiosk.services.ical import CalendarError, read_calendar

log = logging.getLogger(__name__)

_NONE: Final = Holidays({})


@dataclass(frozen=True, slots=True)
class CalendarHealth:
    """How it stands with the calendar of holidays.

    Attributes:
        detail: for an installer, why it cannot be read; else empty.
        days: how many days off it names.
        last: the last of them; None without one.
    """

    condition: CalendarCondition
    path: Path | None
    detail: str = ""
    days: int = 0
    last: date | None = None


class Hours:
    """The estate's clock and calendar. Safe to use from any thread; `reread` from one at a time.

    Without a calendar every day is its weekday. With one that has not been readable since the start, nobody knows
    whether a day is a holiday: a profile then covers what it would cover either way, and nothing else. Once read, it
    holds until it is read again, whatever becomes of the file meanwhile.
    """

    def __init__(self, zone: ZoneInfo, path: Path | None) -> None:
        self._zone = zone
        self._path = path
        self._known: Holidays | None = _NONE if path is None else None
        self._fault = ""
        self._seen: tuple[int, ...] | None = None

    @property
    def has_calendar(self) -> bool:
        """Whether the settings name a calendar of holidays."""
        return self._path is not None

    def covers(self, profile: TimeProfile, now: datetime) -> bool:
        """Tell whether a profile is open at a moment, given as an aware datetime.

        It goes by the clock on the wall: of a night in which an hour comes twice, both are covered.
        """
        local = now.astimezone(self._zone)
        minute = local.hour * 60 + local.minute
        return all(profile.covers(day, minute) for day in self._may_be(local.date()))

    def spans_of_the_day(self, profile: TimeProfile, now: datetime) -> tuple[Span, ...]:
        """The spans of the day on which `now` falls, in their order."""
        first, *others = (profile.spans_on(day) for day in self._may_be(self.today(now)))
        for other in others:
            first = common_spans(first, other)
        return first

    def today(self, now: datetime) -> date:
        """The estate's date."""
        return now.astimezone(self._zone).date()

    def day_of(self, now: datetime) -> Day | None:
        """The day as profiles tell it from others; None when it may be a holiday and nobody knows."""
        days = self._may_be(self.today(now))
        return days[0] if len(days) == 1 else None

    def upcoming(self, now: datetime, limit: int) -> list[Holiday]:
        """The next holidays, soonest first."""
        return (self._known or _NONE).upcoming(self.today(now), limit)

    def worked_from(self, now: datetime, limit: int) -> list[date]:
        """The next days that are worked although they would have been off."""
        return (self._known or _NONE).worked_from(self.today(now), limit)

    def health(self, now: datetime) -> CalendarHealth:
        """How it stands with the calendar."""
        if not self.has_calendar:
            return CalendarHealth(CalendarCondition.NOT_SET, None)
        known = self._known or _NONE
        condition = CalendarCondition.UNREADABLE if self._fault else known.condition(self.today(now))
        return CalendarHealth(condition, self._path, self._fault, len(known.named), max(known.named, default=None))

    def reread(self) -> bool:
        """Read the calendar if its file has changed since it was last looked at; returns whether anything is new."""
        if self._path is None:
            return False
        seen = _signature(self._path)
        if seen == self._seen and seen is not None:
            return False
        before = self._known, self._fault
        try:
            self._known, self._fault = read_calendar(self._path, self._zone), ""
        except CalendarError as error:
            self._fault = str(error)
        self._seen = seen
        is_new = before != (self._known, self._fault)
        if is_new and self._fault:
            effect = "what depends on holidays stays closed" if self._known is None else "what it said before holds"
            log.error("access.holidays_file %s: %s; until it is replaced, %s", self._path, self._fault, effect)
        return is_new

    def _may_be(self, day: date) -> tuple[Day, ...]:
        known = self._known
        return (WEEKDAYS[day.weekday()], Day.HOLIDAY) if known is None else (known.day_of(day),)


def _signature(path: Path) -> tuple[int, ...] | None:
    """What changes when a file does; None while there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino
