"""When an overstay is told: at the end of the visit, again at intervals, and then no more, whatever the clock does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.overstay import OverstayRule, due

END = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
RULE = OverstayRule(every=timedelta(minutes=30), until=timedelta(hours=3))


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


@pytest.mark.parametrize(
    ("now", "last_told", "is_due"),
    [
        (-1, None, False),
        (0, None, True),
        (29, 0, False),
        (30, 0, True),
        (31, 2, False),
        (180, 150, True),
        (181, 150, False),
        (181, None, False),  # the box was off all the while: nobody would still go and look
        (100, 0, True),  # a clock that leapt ahead skips what lay in between
        (20, 60, False),  # one that was set back waits
        (10, -5, True),  # what was told before was about an end that has been put off
    ],
)
def test_moments(now: int, last_told: int | None, is_due) -> None:
    told = None if last_told is None else END + minutes(last_told)
    assert due(END, END + minutes(now), told, RULE) is is_due


def test_a_whole_evening() -> None:
    told, last = [], None
    for minute in range(-60, 400):
        now = END + minutes(minute)
        if due(END, now, last, RULE):
            told.append(minute)
            last = now
    assert told == [0, 30, 60, 90, 120, 150, 180]


spans = st.floats(min_value=-400, max_value=400, allow_nan=False)
rules = st.builds(
    OverstayRule,
    every=st.integers(1, 240).map(minutes),
    until=st.integers(0, 600).map(minutes),
)


@given(rule=rules, leaps=st.lists(spans, max_size=60))
def test_no_clock_makes_a_flood(rule: OverstayRule, leaps: list[float]) -> None:
    now, last, told = END - minutes(60), None, []
    for leap in leaps:
        now += minutes(leap)
        if due(END, now, last, rule):
            told.append(now)
            last = now
    assert len(told) <= 1 + floor(rule.until / rule.every)
    assert all(END <= moment <= END + rule.until for moment in told)
    assert all(after - before >= rule.every for before, after in pairwise(told))


@given(rule=rules, first=st.integers(0, 600))
def test_a_steady_clock_tells_as_soon_as_it_is_due(rule: OverstayRule, first: int) -> None:
    """Looked at every minute from some minute on, an overstay is told at once if it still may be, and then on time."""
    last, told = None, []
    for minute in range(first, 700):
        now = END + minutes(minute)
        if due(END, now, last, rule):
            told.append(minute)
            last = now
    every, until = round(rule.every / minutes(1)), round(rule.until / minutes(1))
    assert told == list(range(first, until + 1, every))
