"""The supervisor's corner at the real touchscreen: four touches, a PIN, a card, and a pause that the panel ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from kiosk.domain.roles import Role
from tests.browser.test_touch import OVERFLOWS
from tests.support.accessibility import examine
from tests.support.appliance import TestGate, demo_appliance
from tests.support.browser import PATIENCE_MS
from tests.support.live_server import live_server

expect.set_options(timeout=PATIENCE_MS)
PASSWORD, PIN, CARD = "correct horse battery", "2580", "04A1B2D3"


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate")) as gate:
        accounts = gate.appliance.accounts
        accounts.add_user("chief", Role.SUPERVISOR, PASSWORD)
        accounts.set_pin("chief", PIN)
        card = gate.appliance.cards.add(actor="user clerk", uid=CARD, holder="主管", unit="1-A-1-A")
        accounts.set_card("chief", card.id)
        yield gate


@pytest.fixture(scope="module")
def url(gate: TestGate) -> Iterator[str]:
    with live_server(gate.appliance) as server:
        yield server.url


def look(page: Page) -> None:
    page.wait_for_load_state()
    assert [*page.evaluate(OVERFLOWS), *examine(page, may_scroll_down=False)] == [], page.url


def to_corner(page: Page) -> None:
    expect(page.locator("[data-corner]")).to_have_attribute("data-ready", "yes")
    for _touch in range(4):
        page.mouse.click(780, 20)
    page.wait_for_url("**/corner")


def test_a_pause_by_pin_is_ended_at_the_panel_and_the_screen_hears_of_it(gate: TestGate, page: Page, url: str) -> None:
    page.goto(url)
    to_corner(page)
    look(page)
    page.get_by_role("button", name="chief").click()
    for digit in PIN:
        page.locator(f"[data-key='{digit}']").click()
    look(page)
    page.locator(".onward .button").click()
    expect(page.locator("button[value=pause]")).to_be_visible()
    look(page)
    page.locator("button[value=pause]").click()
    expect(page.get_by_text("This screen is out of service.")).to_be_visible()
    look(page)
    guard = page.context.new_page()
    guard.goto(f"{url}/panel/")
    guard.locator("[name=username]").fill("chief")
    guard.locator("[name=password]").fill(PASSWORD)
    guard.locator("main button").click()
    expect(guard.locator("#lane-in .lane-actions")).to_be_visible()
    guard.locator("#lane-in .screen-paused button").click()
    expect(guard.locator("#lane-in .screen-paused")).to_have_count(0)
    expect(page.locator(".door.primary")).to_be_visible()
    assert gate.appliance.screen_pause.current is None


def test_a_supervisors_card_leads_in_by_itself(gate: TestGate, page: Page, url: str) -> None:
    page.goto(url)
    to_corner(page)
    expect(page.locator("[data-card-asked]")).to_be_visible()
    gate.tap(CARD)
    page.wait_for_url("**/corner/menu")
    expect(page.locator("button[value=pause]")).to_be_visible()
    assert gate.relay("in").pulses == ()
