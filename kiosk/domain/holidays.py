"""Holidays: which days of the estate's calendar have other hours than their weekday."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice
from typing import Final

from kiosk.domain.time_profiles import WEEKDAYS, Day

_SATURDAY: Final = 5
_LAST_MONTH: Final = 12


class CalendarCondition(StrEnum):
    """How it stands with the calendar of holidays."""

    NOT_SET = "not-set"  # the estate keeps none: every day is its weekday
    READY = "ready"
    ENDING = "ending"  # it is December and the next year has no holiday
    RUN_OUT = "run-out"  # the present year has no holiday
    UNREADABLE = "unreadable"


TROUBLED: Final = frozenset({CalendarCondition.ENDING, CalendarCondition.RUN_OUT, CalendarCondition.UNREADABLE})
"""What somebody has to see to."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """A holiday of one day or of several in a row."""

    first: date
    last: date
    name: str


@dataclass(frozen=True, slots=True)
class Holidays:
    """What a calendar says about days.

    Attributes:
        named: the name of each day off; one that the calendar does not name has an empty one.
        worked: days on which people work although they would have been off: mainland China makes up so for the
            weekdays that it adds to a long holiday.
    """

    named: Mapping[date, str]
    worked: frozenset[date] = frozenset()

    def day_of(self, day: date) -> Day:
        """The day as profiles tell it from others.

        A Saturday that is worked has Friday's hours, a Sunday Monday's: the working day next to it.
        """
        weekday = day.weekday()
        if day in self.worked:
            return WEEKDAYS[weekday] if weekday < _SATURDAY else Day.FRIDAY if weekday == _SATURDAY else Day.MONDAY
        return Day.HOLIDAY if day in self.named else WEEKDAYS[weekday]

    def upcoming(self, today: date, limit: int) -> list[Holiday]:
        """The holidays that are not over, soonest first, at most `limit`; one that has begun is told whole."""
        return list(islice((holiday for holiday in self._in_order() if holiday.last >= today), limit))

    def worked_from(self, today: date, limit: int) -> list[date]:
        """The days to come that are worked although they would have been off."""
        return sorted(day for day in self.worked if day >= today)[:limit]

    def condition(self, today: date) -> CalendarCondition:
        """Whether it says enough about the time around `today`."""
        years = {day.year for day in self.named}
        if today.year not in years:
            return CalendarCondition.RUN_OUT
        if today.month == _LAST_MONTH and today.year + 1 not in years:
            return CalendarCondition.ENDING
        return CalendarCondition.READY

    def _in_order(self) -> Iterator[Holiday]:
        holiday: Holiday | None = None
        for day in sorted(self.named):
            if holiday is not None and day == holiday.last + timedelta(days=1) and self.named[day] == holiday.name:
                holiday = Holiday(holiday.first, day, holiday.name)
                continue
            if holiday is not None:
                yield holiday
            holiday = Holiday(day, day, self.named[day])
        if holiday is not None:
            yield holiday
