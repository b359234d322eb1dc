"""A visitor who has been here before, at the real touchscreen: three touches and the number, in every language."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kiosk.demo.seed import directory
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource
from tests.browser.test_touch import OVERFLOWS, SMALL
from tests.support.accessibility import examine_on_both_panels
from tests.support.appliance import TestGate, demo_appliance
from tests.support.browser import PATIENCE_MS
from tests.support.live_server import live_server
from web.i18n import LANGUAGES, Language

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate"), units=directory()) as gate:
        yield gate


@pytest.fixture(scope="module")
def url(gate: TestGate) -> Iterator[str]:
    with live_server(gate.appliance) as server:
        yield server.url


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_three_touches_and_the_number(gate: TestGate, page: Page, url: str, language: Language) -> None:
    new = NewVisit(VisitKind.GUEST, "2-C-7-3", "歐陽詠欣", phone="13812345678", vehicle_plate="粤B 12345")
    before = gate.appliance.visits.sign_in(new, source=VisitSource.API, actor="test", lane=None).visit
    gate.appliance.visits.sign_out(before.id, actor="test")
    opened = len(gate.relay("in").pulses)
    shots = os.environ.get("SHOTS")

    def look(name: str) -> None:
        page.wait_for_load_state()
        if shots:
            page.screenshot(path=Path(shots) / f"{language.code}-{name}.png")
        assert page.evaluate(OVERFLOWS) == [], name
        assert page.evaluate(SMALL) == [], name
        assert examine_on_both_panels(page) == [], name

    def tap(selector: str) -> None:
        page.locator(selector).first.click()

    page.goto(url)
    page.get_by_role("button", name=language.name).click()
    tap(".door.primary")
    look("kind")
    tap(".onward .button")
    for digit in "5550":
        tap(f"[data-key='{digit}']")
    look("pad")
    tap(".onward .button")
    expect(page.locator(".problem")).to_be_visible()
    look("pad-problem")
    for _ in range(4):
        tap("[data-key=erase]")
    for digit in "13812345679":
        tap(f"[data-key='{digit}']")
    tap(".onward .button")
    expect(page.locator(".tile")).to_have_count(4)
    look("ordinary")
    tap(".bottom form[action$='/leave'] button")
    page.get_by_role("button", name=language.name).click()
    tap("form[action$='/returning/begin'] .door")
    for digit in "13812345678":
        tap(f"[data-key='{digit}']")
    tap(".onward .button")
    expect(page.locator(".masked")).to_have_text("歐陽**")
    expect(page.get_by_text("138****5678")).to_be_visible()
    look("you")
    assert not any(secret in page.content() for secret in ("詠", "12345", "2-C-7-3"))
    tap("button[value=yes]")
    expect(page.locator(".number")).to_be_visible()
    gate.wait_for_pulses(opened + 1, "in")
    visit = gate.appliance.visit_queries.inside()[0]
    assert (visit.visitor_name, visit.unit, visit.vehicle_plate) == ("歐陽詠欣", "2-C-7-3", "粤B 12345")
