"""Service times on the panel: the section on the page of waiting times, the chart, and the file of both."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.service_times import Service, ServiceSummary, ServiceTime, Turn, summaries
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource
from tests.panel.guard import Guard
from tests.support.appliance import TestGate
from tests.support.sheets import rows_of
from web.i18n import PANEL_LOCALE_COOKIE
from web.panel.charts import SCALE, time_chart
from web.panel.service_times import duration, share

NOBODY = "Nobody has signed in at the touchscreen in this time."


def measured(gate: TestGate, kind: VisitKind, seconds: int, *, is_returning: bool = False) -> None:
    """Have somebody sign in who has stood at the touchscreen for so long, where no barrier opens."""
    begun_at = gate.appliance.clock.now() - timedelta(seconds=seconds)
    new = NewVisit(kind, "1-A-1-A", "陳大文", phone="9123 4567")
    gate.appliance.visits.sign_in(
        new, source=VisitSource.TOUCH, actor="touchscreen", lane=None, turn=Turn(begun_at, is_returning)
    )


def rows(page: str) -> list[list[str]]:
    """The cells of the table of service times."""
    table = page.split("Half at the last button within", 1)[1].split("</table>", 1)[0]
    return [re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", row) for row in table.split("<tr>")[1:]]


def lines(*times: tuple[Service, int]) -> list[ServiceSummary]:
    return summaries(ServiceTime(service, False, took_ms, took_ms) for service, took_ms in times)


@pytest.fixture(scope="module")
def _times(gate: TestGate, app: Flask) -> None:
    """A few times; before there were any, the pages said so."""
    guard = Guard(app)
    guard.log_in("guard")
    for path in ("/panel/health", "/panel/figures"):
        assert NOBODY in guard.get(path).text
    for seconds in (40, 50, 59, 85):
        measured(gate, VisitKind.GUEST, seconds)
    measured(gate, VisitKind.GUEST, 12, is_returning=True)


EXPECTED = [
    ["Guest", "4", "50 s", "50 s", "1 min 25 s", "75 % within 1 min", "100 % within 5 min"],
    ["Guest, been here before", "1", "12 s", "12 s", "12 s", "100 % within 15 s", "100 % within 5 min"],
]


@pytest.mark.usefixtures("_times")
@pytest.mark.parametrize("path", ["/panel/health", "/panel/figures?days=7"])
def test_times_stand_on_both_pages(guard: Guard, path: str) -> None:
    page = guard.get(path).text
    assert NOBODY not in page
    assert rows(page) == EXPECTED
    assert "陳大文" not in page
    assert "style=" not in page


@pytest.mark.usefixtures("_times")
def test_the_chart_has_a_bar_for_each_and_the_limits_as_lines(guard: Guard) -> None:
    page = guard.get("/panel/figures").text
    chart = page.split('<svg class="durations"', 1)[1].split("</svg>", 1)[0]
    for kind in ("most", "half", "ours", "theirs"):
        assert chart.count(f'class="{kind}"') == 2
    assert re.findall(r'class="limit">([^<]+)<', chart) == ["15 s", "1 min", "5 min"]
    guard.client.set_cookie(PANEL_LOCALE_COOKIE, "zh_Hant", path="/")
    assert "探訪（曾到訪）" in guard.get("/panel/figures").text


@pytest.mark.usefixtures("_times")
def test_an_observer_sees_them_and_a_supervisor_takes_them_away(app: Flask) -> None:
    observer = Guard(app)
    observer.log_in("observer")
    assert rows(observer.get("/panel/figures").text) == EXPECTED
    assert observer.get("/panel/figures/service-times.csv").status_code == 403
    supervisor = Guard(app)
    supervisor.log_in("supervisor")
    guests, returning = rows_of(supervisor.get("/panel/figures/service-times.csv?days=7"))
    assert (guests["Service"], guests["Turns"], guests["Our target, s"]) == ("Guest", "4", "60")
    assert float(guests["Within our target, percent"]) == 75
    assert 85 <= float(guests["95 of 100 through within, s"]) < 90
    assert (returning["Service"], returning["Our target, s"]) == ("Guest, been here before", "15")


def test_old_times_go_by_a_chore_of_the_day(gate: TestGate) -> None:
    box = gate.appliance
    assert box.service_times.forget_old in [chore.run for chore in box.housekeeping._daily]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0.0 s"),
        (3.44, "3.4 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (85, "1 min 25 s"),
        (600, "10 min"),
    ],
)
def test_a_time_is_told_as_people_say_it(app: Flask, seconds: float, told: str) -> None:
    with app.test_request_context("/panel/health", headers={"Cookie": f"{PANEL_LOCALE_COOKIE}=en"}):
        assert duration(seconds) == told


@pytest.mark.parametrize(("part", "told"), [(0, "0 %"), (0.999, "99 %"), (1, "100 %")])
def test_all_of_them_means_all_of_them(part: float, told: str) -> None:
    assert share(part) == told


@given(st.lists(st.tuples(st.sampled_from(Service), st.integers(0, 10**8)), min_size=1))
def test_a_longer_time_is_a_longer_bar_and_all_stay_on_the_scale(times: list[tuple[Service, int]]) -> None:
    chart = time_chart(lines(*times))
    for bar in chart.bars:
        assert 0 <= bar.median_x <= bar.p95_x <= SCALE
        assert 0 < bar.target_x < bar.standard_x < SCALE
        assert (bar.p95_x <= bar.target_x) == (bar.line.p95_s <= bar.line.target_s) or bar.p95_x == bar.target_x
        assert bar.y + chart.size < chart.height
    assert [limit.x for limit in chart.limits] == sorted(limit.x for limit in chart.limits)
