"""A guard takes a turn over at the panel while its visitor is at the touchscreen: two browsers, in every language."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from kiosk.demo.seed import directory
from kiosk.domain.roles import Role
from kiosk.errors import Unavailable
from tests.browser.test_touch import OVERFLOWS, SMALL
from tests.panel.guard import PASSWORD
from tests.support.accessibility import examine
from tests.support.appliance import TestGate, demo_appliance
from tests.support.browser import PANEL_7_INCH, PANEL_10_INCH, PATIENCE_MS
from tests.support.live_server import LiveServer, live_server
from web.i18n import LANGUAGES, Language
from web.streams import MAX_STREAMS, Slots

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate"), units=directory()) as gate:
        gate.appliance.accounts.add_user("guard", Role.GUARD, PASSWORD)
        yield gate


@pytest.fixture(scope="module")
def server(gate: TestGate) -> Iterator[LiveServer]:
    with live_server(gate.appliance) as server:
        yield server


@pytest.fixture(scope="module")
def url(server: LiveServer) -> str:
    return server.url


@pytest.fixture
def panel(browser: Browser, url: str, language: Language) -> Iterator[Page]:
    context = browser.new_context(viewport=PANEL_10_INCH, locale=language.tag, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{url}/panel/")
    page.fill("[name=username]", "guard")
    page.fill("[name=password]", PASSWORD)
    page.click("main button.accent")
    page.wait_for_selector("[data-shift]")
    yield page
    context.close()


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_the_guard_goes_on_and_the_screen_follows(
    gate: TestGate, server: LiveServer, page: Page, panel: Page, language: Language
) -> None:
    shots = os.environ.get("SHOTS")

    def look(which: Page, name: str, *, is_touch: bool = True) -> None:
        which.wait_for_load_state()
        for size in (PANEL_10_INCH, PANEL_7_INCH) if is_touch else (PANEL_10_INCH,):
            which.set_viewport_size({"width": size["width"], "height": size["height"]})
            if shots:
                which.screenshot(path=Path(shots) / f"{language.code}-{name}-{size['width']}.png")
            assert not is_touch or which.evaluate(OVERFLOWS) == [], (name, size)
            assert not is_touch or which.evaluate(SMALL) == [], (name, size)
        assert examine(which, may_scroll_down=not is_touch) == [], name

    page.goto(server.url)
    page.get_by_role("button", name=language.name).click()
    look(page, "start")
    page.locator(".door.primary").click()
    page.locator("button[value=delivery]").click()
    while "/place" in page.url:
        page.locator("main .tile").first.click()
        page.wait_for_load_state()
    page.fill("[name=visitor_name]", "歐陽詠欣")
    page.locator("[data-call] button").click()
    expect(page.locator("[data-called]")).to_be_visible()
    look(page, "called")
    page.locator("[data-called]").click()
    expect(page.locator("[name=visitor_name]")).to_have_value("歐陽詠欣")
    page.fill("[name=phone]", "5550 1234")
    page.locator(".bottom .onward button").click()
    page.wait_for_url("**/more")
    expect(panel.locator("[data-alarm]")).to_be_visible()
    panel.locator(".turn").wait_for()
    look(panel, "shift", is_touch=False)
    assert "歐陽" not in panel.locator(".turn").inner_text()
    panel.locator(".turn button").click()
    page.wait_for_url("**/turn")
    look(page, "taken")
    expect(panel.locator("[name=visitor_name]")).to_have_value("歐陽詠欣")
    look(panel, "form", is_touch=False)

    panel.locator("form[action$='/give-back'] button").click()
    page.wait_for_url("**/more")
    panel.locator(".turn button").click()
    page.wait_for_url("**/turn")
    panel.fill("[name=vehicle_plate]", "AB 1234")
    panel.locator("form[action$='/sign-in'] button.accent").click()
    page.wait_for_url("**/visit")
    expect(page.locator(".code svg")).to_be_visible()
    visit = gate.appliance.visit_queries.inside()[0]
    expect(page.locator(".number")).to_have_text(visit.number)
    assert (visit.visitor_name, visit.vehicle_plate) == ("歐陽詠欣", "AB 1234")
    look(page, "visit")

    slots: Slots = server.app.extensions["stream_slots"]
    taken = []
    with suppress(Unavailable):
        while len(taken) < MAX_STREAMS:
            taken.append(slots.take())
    page.goto(f"{server.url}/events")
    look(page, "trouble")
    for give_back in taken:
        give_back()
    page.locator(".bottom .onward .button").click()
    expect(page.locator(".number")).to_have_text(visit.number)
