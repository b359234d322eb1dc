"""Time profiles: which minutes they cover, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.time_profiles import (
    DAY_MIN,
    WEEKDAYS,
    Day,
    Span,
    TimeProfile,
    clock_text,
    common_spans,
    minute_of,
    profile_from,
)

OFFICE = TimeProfile({day: (Span(9 * 60, 12 * 60), Span(13 * 60, 18 * 60)) for day in WEEKDAYS[:5]})


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        (Day.MONDAY, "08:59", False),
        (Day.MONDAY, "09:00", True),
        (Day.MONDAY, "11:59", True),
        (Day.MONDAY, "12:00", False),
        (Day.FRIDAY, "17:59", True),
        (Day.SATURDAY, "10:00", False),
        (Day.HOLIDAY, "10:00", False),  # a day of its own
    ],
)
def test_covers(day, at, expected):
    assert OFFICE.covers(day, minute_of(at)) is expected


def test_a_span_up_to_midnight_covers_the_last_minute():
    feast = TimeProfile({Day.HOLIDAY: (Span(0, DAY_MIN),)})
    assert feast.covers(Day.HOLIDAY, minute_of("23:59"))
    assert not feast.covers(Day.MONDAY, minute_of("10:00"))


@given(st.integers(0, DAY_MIN))
def test_a_time_of_day_reads_back(minute):
    assert minute_of(clock_text(minute)) == minute


@pytest.mark.parametrize(
    "text", ["", "8:00", "08:60", "24:01", "25:00", "0800", "08:00 ", "٠٨:٠٠", "-1:00", "08:00:00"]
)
def test_what_is_no_time_of_day(text):
    with pytest.raises(ValueError, match="HH:MM"):
        minute_of(text)


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


some_spans = (
    st.lists(st.integers(0, DAY_MIN), min_size=2, max_size=6, unique=True)
    .map(sorted)
    .map(lambda ends: tuple(Span(a, b) for a, b in zip(ends[::2], ends[1::2], strict=False)))
)


@given(st.dictionaries(st.sampled_from(list(Day)), some_spans))
def test_a_record_reads_back(days):
    profile = TimeProfile(days)
    again = profile_from(profile.as_record())
    assert all(again.spans_on(day) == profile.spans_on(day) for day in Day)


@pytest.mark.parametrize("record", [{"someday": []}, {"mon": [[1, 2, 3]]}, {"mon": [5]}, {"mon": [[5, 3]]}])
def test_what_is_no_record(record):
    with pytest.raises(ValueError, match=r"span|profile|Day"):
        profile_from(record)


@given(some_spans, some_spans, st.integers(0, DAY_MIN - 1))
def test_what_two_days_have_in_common_is_open_on_both(one, other, minute):
    both = TimeProfile({Day.MONDAY: one, Day.HOLIDAY: other})
    common = any(span.begins_min <= minute < span.ends_min for span in common_spans(one, other))
    assert common == (both.covers(Day.MONDAY, minute) and both.covers(Day.HOLIDAY, minute))
