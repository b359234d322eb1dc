"""A guard takes a turn over at the panel while its visitor is at the touchscreen: two browsers, in every language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from kiosk.demo.seed import directory
from kiosk.domain.roles import Role
from kiosk.errors import Unavailable
from tests.support.appliance import TestGate, demo_appliance
from tests.support.browser import PANEL_10_INCH, PATIENCE_MS
from tests.support.live_server import LiveServer, live_server
from tests.support.panel import PASSWORD
from tests.support.walk import DESK, NEXT, Walk
from web.i18n import LANGUAGES, Language
from web.streams import MAX_STREAMS, Slots

SEEN: Final = {
    "taken over": {
        "touch/start.html", "touch/about.html", "touch/taken.html", "touch/visit.html", "touch/trouble.html",
    },
}  # fmt: skip
"""What the walk at the touchscreen sees."""


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
    walk, guards = Walk(page, server, language), Walk(panel, server, language, DESK)
    walk.begin().look().tap(".door.primary", "button[value=delivery]", *[".tile"] * 3)
    walk.fill(visitor_name="歐陽詠欣").touch("[data-call] button").look("[data-called]").touch("[data-called]")
    expect(page.locator("[name=visitor_name]")).to_have_value("歐陽詠欣")
    walk.fill(phone="5550 1234").tap(NEXT)
    expect(panel.locator("[data-alarm]")).to_be_visible()
    panel.locator(".turn").wait_for()
    guards.look()
    assert "歐陽" not in panel.locator(".turn").inner_text()
    panel.locator(".turn button").click()
    page.wait_for_url("**/turn")
    walk.look()
    expect(panel.locator("[name=visitor_name]")).to_have_value("歐陽詠欣")
    guards.look()

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
    walk.look()

    slots: Slots = server.app.extensions["stream_slots"]
    taken = []
    with suppress(Unavailable):
        while len(taken) < MAX_STREAMS:
            taken.append(slots.take())
    page.goto(f"{server.url}/events")
    walk.look()
    for give_back in taken:
        give_back()
    page.locator(".bottom .onward .button").click()
    expect(page.locator(".number")).to_have_text(visit.number)
    walk.end(SEEN["taken over"])
    assert guards.seen == {"panel/shift.html", "panel/sign_in.html"}
