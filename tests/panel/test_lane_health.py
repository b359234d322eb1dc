"""How the lanes do: waiting times by day as a table and a strip, and self-tests on a guard's word."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from hardware.supervisor import DeviceCondition
from kiosk.domain.access import Code, CredentialKind
from kiosk.domain.roles import Role
from kiosk.domain.self_test import Result, Step, StepResult
from kiosk.domain.timings import JUDGED_FROM, TimingSummary
from kiosk.services.timings import KEPT_DAYS
from tests.panel.guard import PASSWORD, Guard
from tests.support.appliance import TestGate, demo_appliance
from web import create_app
from web.i18n import LANGUAGES, PANEL_LOCALE_COOKIE
from web.panel.health import STRIP_HEIGHT, draw_strip, milliseconds
from web.panel.self_test import step_label, step_sentence
from web.sentences import guard_sentence

MS = 1_000_000
TODAY = date(2026, 3, 1)


def times(p95_ms: float, count: int = JUDGED_FROM, budget_ms: float = 300) -> TimingSummary:
    return TimingSummary(count, p95_ms * count, p95_ms / 2, p95_ms, p95_ms * 2, budget_ms)


def rows(page: str) -> list[list[str]]:
    """The cells of every row of figures."""
    return [
        re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", row) for row in re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.DOTALL)
    ]


def test_a_lane_that_nobody_has_opened_says_so(guard: Guard) -> None:
    for path in ("/panel/devices", "/panel/health"):
        page = guard.get(path).text
        assert page.count("No card or code has opened this lane yet.") == 2
        assert '<svg class="strip"' not in page


def test_waiting_times_stand_on_the_page_of_devices_and_in_full_on_their_own(guard: Guard, gate: TestGate) -> None:
    for took_ms in (4, 4, 90):
        gate.appliance.timings.note("out", CredentialKind.CARD, took_ms * MS)
    page = guard.get("/panel/devices").text
    assert "90 ms" in page
    assert "Fast enough" in page
    assert "/panel/health#out" in page
    page = guard.get("/panel/health").text
    today = gate.appliance.clock.now().astimezone(gate.appliance.settings.estate.zone).date()
    for label in ("Today", "All days", today.isoformat()):
        assert [label, "3", "4.1 ms", "90 ms", "90 ms"] in rows(page)
    assert page.count("<rect") == KEPT_DAYS
    assert "style=" not in page


def test_a_slow_day_is_a_warning_on_every_page_that_a_guard_looks_at(tmp_path: Path) -> None:
    with demo_appliance(tmp_path) as gate:
        gate.appliance.accounts.add_user("guard", Role.GUARD, PASSWORD)
        guard = Guard(create_app(gate.appliance))
        guard.log_in("guard")
        assert "slowly" not in guard.get("/panel/").text
        for _ in range(JUDGED_FROM):
            gate.appliance.timings.note("in", CredentialKind.PASS, 1_500 * MS)
        for path in ("/panel/", "/panel/parts/alerts"):
            assert "Lane in opens slowly today" in guard.get(path).text
            assert "Lane out" not in guard.get(path).text
        assert "Slow today" in guard.get("/panel/devices").text
        page = guard.get("/panel/health").text
        assert "Please tell the installer" in page
        assert "1.5 s" in page


@given(st.dictionaries(st.integers(-5, 60), st.floats(0.1, 20_000), max_size=40), st.floats(1, 5_000))
def test_a_strip_keeps_within_its_frame_and_shows_more_for_longer(by_age: dict[int, float], budget_ms: float) -> None:
    days = {TODAY - timedelta(days=age): times(p95_ms, budget_ms=budget_ms) for age, p95_ms in by_age.items()}
    strip = draw_strip(days, TODAY, budget_ms)
    assert [bar.day for bar in strip.bars] == [TODAY - timedelta(days=back) for back in range(KEPT_DAYS - 1, -1, -1)]
    assert 0 <= strip.budget_y <= STRIP_HEIGHT
    shown = [bar for bar in strip.bars if bar.times is not None]
    assert {bar.day for bar in shown} == days.keys() & {bar.day for bar in strip.bars}
    for bar in strip.bars:
        assert bar.y >= 0
        assert bar.y + bar.height == pytest.approx(STRIP_HEIGHT)
    by_length = sorted(shown, key=lambda bar: bar.times.p95_ms)
    assert [bar.height for bar in by_length] == sorted(bar.height for bar in shown)
    for bar in shown:
        assert (bar.y < strip.budget_y) <= (bar.times.p95_ms > budget_ms), "only what is over it crosses the line"


def test_times_are_told_as_people_say_them() -> None:
    told = [milliseconds(span_ms) for span_ms in (0.02, 0.64, 9.94, 12.4, 999.4, 3_140)]
    assert told == ["< 0.1 ms", "0.6 ms", "9.9 ms", "12 ms", "999 ms", "3.1 s"]


def test_a_guard_has_a_lane_tested_and_reads_what_it_found(guard: Guard, gate: TestGate) -> None:
    page = guard.get("/panel/lanes/out/self-test").text
    assert "Test this lane now" in page
    assert 'id="verdict"' not in page
    answer = guard.post("/panel/lanes/out/self-test")
    assert (answer.status_code, answer.location) == (303, "/panel/lanes/out/self-test")
    page = guard.get(answer.location).text
    assert "All is in order" in page
    assert page.count('<li class="step-passed">') == len(Step)
    assert "Self-test passed" in guard.get("/panel/devices").text
    assert gate.relay("out").pulses == ()
    (entry,) = gate.entries("lane.self_test", lane="out", passed=True)
    assert entry.actor == "user guard"
    assert "Self-test passed" in guard.get("/panel/").text


def test_a_fault_is_named_with_what_helps(guard: Guard, gate: TestGate) -> None:
    gate.reader("in").unplug()
    gate.wait_for_condition("in.reader", DeviceCondition.FAULT)
    try:
        page = guard.get(guard.post("/panel/lanes/in/self-test").location).text
    finally:
        gate.reader("in").replug()
    assert "One thing needs attention" in page
    assert page.count('<li class="step-failed">') == 1
    assert "It is not connected. Please check its cable and its power." in page
    assert "Self-test found a fault" in guard.get("/panel/devices").text


def test_there_is_no_page_of_no_lane(guard: Guard) -> None:
    assert guard.get("/panel/lanes/roof/self-test").status_code == 404
    assert guard.post("/panel/lanes/roof/self-test").status_code == 404


@pytest.mark.parametrize("role", [Role.CLERK, Role.FRONT_DESK])
def test_who_does_not_watch_the_gate_tests_nothing(app: Flask, role: Role) -> None:
    clerk = Guard(app)
    clerk.log_in(role.value)
    assert clerk.post("/panel/lanes/in/self-test").status_code == 403
    assert "/self-test" not in clerk.get("/panel/devices").text


def test_the_pages_are_there_in_every_language(guard: Guard) -> None:
    for language in LANGUAGES:
        guard.client.set_cookie(PANEL_LOCALE_COOKIE, language.code)
        for path in ("/panel/devices", "/panel/health", "/panel/lanes/out/self-test"):
            assert guard.get(path).status_code == 200


def test_every_step_and_every_fault_has_its_words(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        for step in Step:
            assert str(step_label(step))
            for result in Result:
                assert str(step_sentence(StepResult(step, result, "fault")))
        told = {
            code: str(step_sentence(StepResult(Step.DECODER, Result.FAILED, code)))
            for code in ("not-ready", "no-picture", "not-read", "not-written", "store-busy", "still-open", "alarm-held",
                         "not-responding", "unplugged")
        }  # fmt: skip
        assert len(set(told.values())) == len(told)
        refused = StepResult(Step.DECISION, Result.FAILED, Code.WRONG_LANE)
        assert step_sentence(refused) == guard_sentence(Code.WRONG_LANE)
