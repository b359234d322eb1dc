"""Holidays: which day a date is, which come next, and whether a calendar still says enough."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.holidays import CalendarCondition, Holiday, Holidays
from kiosk.domain.time_profiles import WEEKDAYS, Day

NEW_YEAR = date(2026, 1, 1)  # a Thursday
dates = st.dates(date(2025, 1, 1), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (NEW_YEAR, Day.HOLIDAY),
        (date(2026, 1, 2), Day.FRIDAY),
        (date(2026, 1, 3), Day.SATURDAY),
        (date(2026, 1, 4), Day.MONDAY),  # a Sunday that is worked
        (date(2026, 2, 14), Day.FRIDAY),  # a Saturday that is worked
        (date(2026, 2, 15), Day.SUNDAY),
        (date(2026, 2, 16), Day.MONDAY),  # said to be worked although it is a holiday
        (date(2026, 2, 17), Day.HOLIDAY),
    ],
)
def test_which_day_a_date_is(day, expected):
    named = {NEW_YEAR: "元旦", date(2026, 2, 16): "除夕", date(2026, 2, 17): "春節"}
    worked = frozenset({date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 16)})
    assert Holidays(named, worked).day_of(day) is expected


@given(dates)
def test_without_holidays_a_date_is_its_weekday(day):
    assert Holidays({}).day_of(day) is WEEKDAYS[day.weekday()]


def test_days_in_a_row_are_one_holiday():
    spring = {date(2026, 2, 17) + timedelta(days=day): "春節" for day in range(3)}
    holidays = Holidays({NEW_YEAR: "元旦", **spring, date(2026, 2, 20): "another", date(2026, 2, 22): "春節"})
    assert holidays.upcoming(date(2026, 2, 18), 10) == [
        Holiday(date(2026, 2, 17), date(2026, 2, 19), "春節"),
        Holiday(date(2026, 2, 20), date(2026, 2, 20), "another"),
        Holiday(date(2026, 2, 22), date(2026, 2, 22), "春節"),
    ]
    assert holidays.upcoming(NEW_YEAR, 1) == [Holiday(NEW_YEAR, NEW_YEAR, "元旦")]
    assert Holidays({}).upcoming(NEW_YEAR, 10) == []


@given(st.dictionaries(dates, st.sampled_from(["a", "b"])), dates)
def test_what_comes_is_in_order_and_whole(named, today):
    coming = Holidays(named).upcoming(today, 10_000)
    told = [
        (holiday.first + timedelta(days=day), holiday.name)
        for holiday in coming
        for day in range((holiday.last - holiday.first).days + 1)
    ]
    assert told == sorted(told)
    assert all(named[day] == name for day, name in told)
    assert {day for day in named if day >= today} <= {day for day, _name in told}


@pytest.mark.parametrize(
    ("today", "condition"),
    [
        (date(2025, 12, 31), CalendarCondition.RUN_OUT),  # replaced too early
        (date(2026, 1, 1), CalendarCondition.READY),
        (date(2026, 11, 30), CalendarCondition.READY),
        (date(2026, 12, 1), CalendarCondition.ENDING),
        (date(2027, 1, 1), CalendarCondition.RUN_OUT),
    ],
)
def test_whether_it_says_enough(today, condition):
    assert Holidays({NEW_YEAR: "元旦"}).condition(today) is condition


def test_in_december_the_next_years_holidays_are_enough():
    assert Holidays({NEW_YEAR: "", date(2027, 1, 1): ""}).condition(date(2026, 12, 31)) is CalendarCondition.READY


def test_days_to_be_worked_come_in_order():
    worked = frozenset({date(2026, 2, 14), date(2026, 1, 4), date(2026, 2, 28)})
    assert Holidays({}, worked).worked_from(date(2026, 1, 5), 10) == [date(2026, 2, 14), date(2026, 2, 28)]
