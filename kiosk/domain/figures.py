"""What a register tells when its entries are counted: at which hours people come, and why some are not let in. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

DAYS_OF_WEEK: Final = 7
HOURS_OF_DAY: Final = 24


@dataclass(frozen=True, slots=True)
class WeekOfHours:
    """How many came in each hour of each weekday. `counts[day][hour]`, Monday first, by the clock on the wall."""

    counts: tuple[tuple[int, ...], ...]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(map(sum, self.counts))

    @property
    def most(self) -> int:
        """The busiest hour's number."""
        return max(map(max, self.counts))

    @property
    def busiest(self) -> tuple[int, int] | None:
        """Weekday and hour that had most, the earliest of several; None while nobody has come."""
        if not self.most:
            return None
        return next((day, hours.index(self.most)) for day, hours in enumerate(self.counts) if self.most in hours)


def week_of_hours(moments: Iterable[datetime], zone: tzinfo) -> WeekOfHours:
    """Count aware moments by weekday and hour in a zone.

    In the night that summer time ends, an hour of the clock is lived through twice and counts both times.
    """
    counted = Counter((local.weekday(), local.hour) for local in (moment.astimezone(zone) for moment in moments))
    return WeekOfHours(tuple(tuple(counted[day, hour] for hour in range(HOURS_OF_DAY)) for day in range(DAYS_OF_WEEK)))
