"""Time profiles: which minutes they cover, and what is none."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.time_profiles import DAY_MIN, WEEKDAYS, Day, Span, TimeProfile, profile_from

MONDAY = datetime(2026, 3, 2)  # noqa: DTZ001 - the estate's own clock
OFFICE = TimeProfile({day: (Span(9 * 60, 12 * 60), Span(13 * 60, 18 * 60)) for day in WEEKDAYS[:5]})


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (MONDAY.replace(hour=8, minute=59), False),
        (MONDAY.replace(hour=9), True),
        (MONDAY.replace(hour=11, minute=59, second=59), True),
        (MONDAY.replace(hour=12), False),
        (MONDAY.replace(hour=17, minute=59), True),
        (MONDAY + timedelta(days=5, hours=10), False),  # a Saturday
    ],
)
def test_covers(at, expected):
    assert OFFICE.covers(at, is_holiday=False) is expected


def test_a_holiday_is_a_day_of_its_own():
    assert not OFFICE.covers(MONDAY.replace(hour=10), is_holiday=True)
    feast = TimeProfile({Day.HOLIDAY: (Span(0, DAY_MIN),)})
    assert feast.covers(MONDAY.replace(hour=23, minute=59), is_holiday=True)
    assert not feast.covers(MONDAY.replace(hour=10), is_holiday=False)


@pytest.mark.parametrize("ends", [(60, 60), (61, 60), (-1, 60), (0, DAY_MIN + 1)])
def test_what_is_no_span(ends):
    with pytest.raises(ValueError, match="within one day"):
        Span(*ends)


@pytest.mark.parametrize(
    "spans",
    [
        (Span(0, 10), Span(20, 30), Span(40, 50), Span(60, 70)),
        (Span(0, 30), Span(20, 40)),
        (Span(0, 30), Span(30, 40)),
    ],
)
def test_what_is_no_profile(spans):
    with pytest.raises(ValueError, match="spans"):
        TimeProfile({Day.MONDAY: spans})


@given(
    st.dictionaries(
        st.sampled_from(list(Day)),
        st.lists(st.integers(0, DAY_MIN), min_size=2, max_size=6, unique=True)
        .map(sorted)
        .map(lambda ends: tuple(Span(a, b) for a, b in zip(ends[::2], ends[1::2], strict=False))),
    )
)
def test_a_record_reads_back(days):
    profile = TimeProfile(days)
    again = profile_from(profile.as_record())
    assert all(again.spans_on(day) == profile.spans_on(day) for day in Day)


@pytest.mark.parametrize("record", [{"someday": []}, {"mon": [[1, 2, 3]]}, {"mon": [5]}, {"mon": [[5, 3]]}])
def test_what_is_no_record(record):
    with pytest.raises(ValueError, match=r"span|profile|Day"):
        profile_from(record)
