"""The histogram of waiting times, against sorted lists of the times themselves."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.timings import EDGES_NS, FAR_OVER, JUDGED_FROM, WIDTH, Histogram, is_far_over, summary

LAST_NS = EDGES_NS[-1]
times = st.integers(0, 20_000_000_000)
lists = st.lists(times, max_size=300)
percents = st.integers(1, 100)


def counted(times_ns: list[int]) -> Histogram:
    histogram = Histogram()
    for took_ns in times_ns:
        histogram.add(took_ns)
    return histogram


@given(st.lists(times, min_size=1, max_size=300), percents)
def test_a_percentile_is_within_a_bucket_of_the_true_one(times_ns: list[int], percent: int) -> None:
    true_ns = sorted(times_ns)[math.ceil(len(times_ns) * percent / 100) - 1]
    told_ns = counted(times_ns).percentile_ns(percent)
    assert told_ns >= true_ns
    if true_ns <= LAST_NS:
        assert told_ns <= max(true_ns * WIDTH, EDGES_NS[0]) + 1  # the edges are whole nanoseconds
    assert told_ns <= max(times_ns)


@given(lists)
def test_number_sum_and_longest_are_exact(times_ns: list[int]) -> None:
    histogram = counted(times_ns)
    assert (histogram.count, histogram.sum_ns) == (len(times_ns), sum(times_ns))
    assert histogram.max_ns == max(times_ns, default=0)
    assert histogram.percentile_ns(100) == histogram.max_ns


@given(lists, lists, lists)
def test_merging_is_adding_in_any_order(first: list[int], second: list[int], third: list[int]) -> None:
    a, b, c = counted(first), counted(second), counted(third)
    assert a.merged(b).merged(c) == a.merged(b.merged(c)) == counted(first + second + third)
    assert a.merged(b) == b.merged(a)
    assert a.merged(Histogram()) == a


@given(lists)
def test_a_record_reads_back_as_it_was(times_ns: list[int]) -> None:
    histogram = counted(times_ns)
    read = Histogram.from_record(json.loads(json.dumps(histogram.as_record())))
    assert read == histogram
    assert [read.percentile_ns(percent) for percent in (50, 95)] == [
        histogram.percentile_ns(percent) for percent in (50, 95)
    ]


@given(lists)
def test_percentiles_do_not_fall(times_ns: list[int]) -> None:
    histogram = counted(times_ns)
    told = [histogram.percentile_ns(percent) for percent in range(1, 101)]
    assert told == sorted(told)


def test_its_size_does_not_grow_with_what_it_counts() -> None:
    histogram = counted([step**4 for step in range(400)] * 20)
    assert len(histogram.as_record()["counts"]) <= len(EDGES_NS)
    assert EDGES_NS[0] == 100_000
    assert 12_000_000_000 < LAST_NS < 13_000_000_000


def test_a_day_is_judged_by_its_percentile_and_not_by_one_slow_card() -> None:
    fast, slow = 5_000_000, 2_000_000_000
    one_outlier = counted([fast] * (JUDGED_FROM - 1) + [slow])
    assert not summary(one_outlier, 300).is_over
    assert summary(counted([fast] * 17 + [slow] * 3), 300).is_over
    assert not summary(counted([slow] * (JUDGED_FROM - 1)), 300).is_over, "too few to say"
    figures = summary(one_outlier, 300)
    assert (figures.count, figures.max_ms) == (JUDGED_FROM, 2000)
    assert figures.p95_ms == pytest.approx(5, rel=0.06)
    assert figures.sum_ms == 19 * 5 + 2000


def test_a_day_without_times_is_all_noughts() -> None:
    figures = summary(Histogram(), 300)
    assert (figures.count, figures.p50_ms, figures.p95_ms, figures.max_ms) == (0, 0, 0, 0)
    assert not figures.is_over


def test_a_single_time_is_noted_when_it_is_many_times_the_budget() -> None:
    assert not is_far_over(FAR_OVER * 300_000_000, 300)
    assert is_far_over(FAR_OVER * 300_000_000 + 1, 300)
