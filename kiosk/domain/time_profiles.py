"""Time profiles: at which hours of which days a card or pass opens.

A profile speaks of the estate's own clock and knows no year: for each weekday, and for holidays, it has up to three
spans. What runs past midnight is two spans on two days.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

MAX_SPANS: Final = 3
"""Spans that a day may have: morning, afternoon and evening are what door controllers offer."""
DAY_MIN: Final = 24 * 60
_CLOCK: Final = re.compile(r"(?P<hour>[0-9]{2}):(?P<minute>[0-5][0-9])")


class Day(StrEnum):
    """A day as a profile tells it from others: by its weekday, or because it is a holiday."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"
    HOLIDAY = "holiday"


WEEKDAYS: Final = tuple(Day)[:7]
"""By `datetime.weekday()`."""


def minute_of(text: str) -> int:
    """Read a time of day as "HH:MM"; "24:00" is the midnight at the day's end.

    Raises:
        ValueError: it is something else.
    """
    found = _CLOCK.fullmatch(text)
    minute = int(found["hour"]) * 60 + int(found["minute"]) if found else DAY_MIN + 1
    if minute > DAY_MIN:
        raise ValueError("a time of day is written HH:MM, from 00:00 to 24:00")
    return minute


def clock_text(minute: int) -> str:
    """Write a minute of a day as "HH:MM"."""
    return f"{minute // 60:02}:{minute % 60:02}"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From one minute of a day up to another, which is no part of it. Midnight at the end is `DAY_MIN`.

    Raises:
        ValueError: it does not begin within the day and before it ends, or ends after the day.
    """

    begins_min: int
    ends_min: int

    def __post_init__(self) -> None:
        if not 0 <= self.begins_min < self.ends_min <= DAY_MIN:
            raise ValueError("a span begins before it ends, within one day")


@dataclass(frozen=True, slots=True)
class TimeProfile:
    """The spans of each day; a day that is not there has none.

    A holiday is a day of its own: without spans for it, a profile is closed on holidays whatever the weekday.

    Raises:
        ValueError: a day has more than `MAX_SPANS` spans, or two that touch or overlap.
    """

    days: Mapping[Day, tuple[Span, ...]]

    def __post_init__(self) -> None:
        for spans in self.days.values():
            if len(spans) > MAX_SPANS:
                raise ValueError(f"a day has at most {MAX_SPANS} spans")
            in_order = sorted(spans)
            if any(later.begins_min <= earlier.ends_min for earlier, later in pairwise(in_order)):
                raise ValueError("the spans of a day lie apart from each other")

    def spans_on(self, day: Day) -> tuple[Span, ...]:
        """The spans of a day, in their order."""
        return tuple(sorted(self.days.get(day, ())))

    def covers(self, day: Day, minute: int) -> bool:
        """Tell whether a minute lies within a span of a day."""
        return any(span.begins_min <= minute < span.ends_min for span in self.days.get(day, ()))

    def as_record(self) -> dict[str, list[list[int]]]:
        """The profile as JSON keeps it: for each day its spans in minutes."""
        return {
            day.value: [[span.begins_min, span.ends_min] for span in self.spans_on(day)]
            for day in Day
            if self.days.get(day)
        }


def profile_from(record: Mapping[str, Any]) -> TimeProfile:
    """Read what `as_record` wrote.

    Raises:
        ValueError: it is no profile.
    """
    try:
        return TimeProfile({Day(day): tuple(Span(*span) for span in spans) for day, spans in record.items()})
    except TypeError as error:
        raise ValueError("this is no time profile") from error


def common_spans(one: Iterable[Span], other: Iterable[Span]) -> tuple[Span, ...]:
    """The spans that lie within both, in their order."""
    return tuple(
        sorted(
            Span(begins, ends)
            for a in one
            for b in other
            if (begins := max(a.begins_min, b.begins_min)) < (ends := min(a.ends_min, b.ends_min))
        )
    )
