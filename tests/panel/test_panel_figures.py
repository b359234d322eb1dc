"""Figures: what the charts and their files tell, and that they name nobody."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.access import Code
from kiosk.domain.figures import DAYS_OF_WEEK, HOURS_OF_DAY, WeekOfHours
from kiosk.domain.visits import Visit, VisitKind
from kiosk.store import journal
from tests.panel.guard import Guard
from tests.support.appliance import TestGate
from tests.support.sheets import rows_of, sheet_of
from web.i18n import PANEL_LOCALE_COOKIE
from web.panel.charts import CELL, STEPS, bars, heat_map

Arrive = Callable[..., Visit]


def turn_away(gate: TestGate, visit: Visit, reason: str) -> None:
    gate.appliance.visits.refuse(visit.id, actor="user guard", reason=reason)


def lines(page: str) -> dict[str, int]:
    """The lines of the page's bar charts."""
    found = re.findall(r'<tr><th scope="row">([^<]+)</th><td><svg.*?<td class="number">([0-9]+)</td>', page, re.DOTALL)
    return {label: int(count) for label, count in found}


def test_visits_stand_at_the_hour_they_came(guard: Guard, gate: TestGate, arrive: Arrive) -> None:
    before = gate.appliance.figures.visits_by_hour(gate.appliance.clock.now() - timedelta(days=1))
    came = arrive().created_at.astimezone(gate.appliance.settings.estate.zone)
    after = gate.appliance.figures.visits_by_hour(gate.appliance.clock.now() - timedelta(days=1))
    assert after.counts[came.weekday()][came.hour] == before.counts[came.weekday()][came.hour] + 1
    page = guard.get("/panel/figures?days=7").text
    assert page.count("<rect x=") == DAYS_OF_WEEK * HOURS_OF_DAY
    assert f"Visits in all: {after.total}." in page


def test_refusals_at_the_lanes_are_counted_by_why(guard: Guard, gate: TestGate) -> None:
    for uid in ("0BADCAFE", "0BADBEEF"):
        gate.tap(uid)
        gate.wait_for_entry("access.refused", lane="in", uid=uid)
    counted = gate.appliance.figures.refused_codes(gate.appliance.clock.now() - timedelta(days=1))
    assert counted[Code.UNKNOWN] == 2
    assert lines(guard.get("/panel/figures").text)["Not on record"] == 2


def test_reasons_in_a_guards_own_words_are_one_line_and_told_to_nobody(
    guard: Guard, gate: TestGate, arrive: Arrive
) -> None:
    for reason in ("No answer from the unit", "單位無人應答", "Mr Wong of 3A quarrelled"):
        turn_away(gate, arrive(kind=VisitKind.CONTRACTOR), reason)
    page = guard.get("/panel/figures").text
    assert "Mr Wong" not in page
    told = lines(page)
    assert told["No answer from the unit"] == 2
    assert told["In the guard&#39;s own words"] == 1
    guard.client.set_cookie(PANEL_LOCALE_COOKIE, "zh_Hant", path="/")
    assert lines(guard.get("/panel/figures").text)["單位無人應答"] == 2


def test_a_span_that_is_not_offered_is_no_page(guard: Guard) -> None:
    assert guard.get("/panel/figures?days=8").status_code == 404
    assert guard.get("/panel/figures?days=364").status_code == 200


def test_what_the_charts_show_can_be_taken_away(app: Flask, gate: TestGate) -> None:
    supervisor = Guard(app)
    supervisor.log_in("supervisor")
    rows = rows_of(supervisor.get("/panel/figures/hours.csv?days=28"))
    assert len(rows) == DAYS_OF_WEEK * HOURS_OF_DAY
    since = gate.appliance.clock.now() - timedelta(days=28)
    assert sum(int(row["Visits"]) for row in rows) == gate.appliance.figures.visits_by_hour(since).total
    sheet = sheet_of(supervisor.get("/panel/figures/refusals.xlsx"))
    assert [cell.value for cell in sheet[1]] == ["What", "Reason", "Refused"]


def test_the_journal_is_counted_from_a_moment_on(gate: TestGate) -> None:
    with gate.appliance.store.read() as connection:
        entries = journal.after(connection, 0, 10_000)
        for entry in entries[:: max(1, len(entries) // 7)]:
            first = journal.first_since(connection, entry.at)
            assert all(other.at < entry.at for other in entries if other.seq < first)
            assert first <= entry.seq
        assert journal.first_since(connection, gate.appliance.clock.now() + timedelta(days=1)) > entries[-1].seq


@given(
    st.lists(
        st.lists(st.integers(0, 500), min_size=HOURS_OF_DAY, max_size=HOURS_OF_DAY),
        min_size=DAYS_OF_WEEK,
        max_size=DAYS_OF_WEEK,
    )
)
def test_a_fuller_hour_is_never_paler(counts: list[list[int]]) -> None:
    cells = heat_map(WeekOfHours(tuple(map(tuple, counts)))).cells
    in_order = sorted(cells, key=lambda cell: cell.count)
    assert [cell.shade for cell in in_order] == sorted(cell.shade for cell in cells)
    assert all((cell.shade == 0) == (cell.count == 0) and cell.shade <= STEPS for cell in cells)
    assert len({(cell.x, cell.y) for cell in cells}) == len(cells)
    assert all(cell.x == cell.hour * CELL and cell.y == cell.day * CELL for cell in cells)


@pytest.mark.parametrize(
    ("counted", "drawn"),
    [
        ([], []),
        ([("a", 0)], []),
        ([("b", 1), ("a", 4), ("c", 1)], [("a", 4, 100.0), ("b", 1, 25.0), ("c", 1, 25.0)]),
    ],
)
def test_the_longest_bar_stands_first(counted: list[tuple[str, int]], drawn: list[tuple[str, int, float]]) -> None:
    assert [(bar.label, bar.count, bar.share) for bar in bars(counted)] == drawn
