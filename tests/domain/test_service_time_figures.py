"""Figures of service times: what counts, how it is summed up, and against which limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.service_times import Served, Service, ServiceTime, Turn, summaries, time_of

BEGUN = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)

moments = st.integers(0, 10**7)


def took(*seconds: float, service: Service = Service.GUEST, is_returning: bool = False) -> list[ServiceTime]:
    return [ServiceTime(service, is_returning, int(each * 500), int(each * 1000)) for each in seconds]


def test_a_time_runs_from_the_first_touch() -> None:
    served = Served(Service.GUEST, Turn(BEGUN, is_returning=True), BEGUN + 12 * SECOND)
    assert time_of(served, BEGUN + 12.345 * SECOND) == ServiceTime(Service.GUEST, True, 12_000, 12_345)


@pytest.mark.parametrize(("entered_s", "until_s"), [(-1, 5), (5, 4), (-5, -4)])
def test_a_clock_that_was_set_back_leaves_no_time(entered_s: int, until_s: int) -> None:
    served = Served(Service.GOODS, Turn(BEGUN), BEGUN + entered_s * SECOND)
    assert time_of(served, BEGUN + until_s * SECOND) is None


def test_each_service_and_returning_people_have_a_line_of_their_own() -> None:
    times = [
        *took(20, 40, 60, 61),
        *took(9, 15, 16, is_returning=True),
        *took(500, 601, service=Service.GOODS),
        *took(301, service=Service.CONTRACTOR),
    ]
    found = [
        (line.service, line.is_returning, line.count, line.median_s, line.p95_s, line.target_s, line.standard_s)
        for line in summaries(times)
    ]
    assert found == [
        (Service.GUEST, False, 4, 40, 61, 60, 300),
        (Service.GUEST, True, 3, 15, 16, 15, 300),
        (Service.CONTRACTOR, False, 1, 301, 301, 60, 300),
        (Service.GOODS, False, 2, 500, 601, 60, 600),
    ]
    shares = [(line.within_target, line.within_standard) for line in summaries(times)]
    assert shares == [(0.75, 1), (pytest.approx(2 / 3), 1), (0, 0), (0, 0.5)]
    assert summaries(times)[0].entered_s == 20


def test_nothing_measured_is_no_line() -> None:
    assert summaries([]) == []


@given(st.lists(moments, min_size=1))
def test_half_and_95_of_100_are_within_their_figures(all_ms: list[int]) -> None:
    (line,) = summaries(ServiceTime(Service.OTHER, False, 0, ms) for ms in all_ms)
    for percent, figure_s in ((50, line.median_s), (95, line.p95_s)):
        within = sum(ms / 1000 <= figure_s for ms in all_ms)
        assert within * 100 >= percent * len(all_ms)
        assert round(figure_s * 1000) in all_ms
    assert min(all_ms) / 1000 <= line.median_s <= line.p95_s <= max(all_ms) / 1000
