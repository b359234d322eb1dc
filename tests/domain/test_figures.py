"""A register counted by hour and weekday."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.figures import DAYS_OF_WEEK, HOURS_OF_DAY, week_of_hours

HONG_KONG = ZoneInfo("Asia/Hong_Kong")


def test_hours_are_those_of_the_clock_on_the_wall() -> None:
    late_on_sunday = datetime(2026, 3, 1, 15, 59, tzinfo=UTC)
    week = week_of_hours([late_on_sunday, late_on_sunday + timedelta(minutes=1)], HONG_KONG)
    assert week.counts[6][23] == 1
    assert week.counts[0][0] == 1
    assert week.total == 2


def test_the_busiest_hour_is_the_earliest_of_several() -> None:
    monday = datetime(2026, 3, 2, 8, tzinfo=HONG_KONG)
    week = week_of_hours([monday, monday, monday + timedelta(days=3), monday + timedelta(days=3)], HONG_KONG)
    assert (week.busiest, week.most) == ((0, 8), 2)


def test_an_empty_register_has_no_busiest_hour() -> None:
    week = week_of_hours([], HONG_KONG)
    assert (week.busiest, week.most, week.total) == (None, 0, 0)


@given(st.lists(st.integers(0, 2**32).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))))
def test_everybody_is_counted_once(moments: list[datetime]) -> None:
    week = week_of_hours(moments, HONG_KONG)
    assert week.total == len(moments)
    assert [len(hours) for hours in week.counts] == [HOURS_OF_DAY] * DAYS_OF_WEEK
