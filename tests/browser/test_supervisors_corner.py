"""The supervisor's corner at the real touchscreen: four touches, a PIN, a card, and a pause that the panel ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from kiosk.domain.roles import Role
from tests.support.appliance import TestGate, demo_appliance, document
from tests.support.browser import PATIENCE_MS
from tests.support.live_server import LiveServer, live_server
from tests.support.walk import NEXT, Walk
from web.i18n import LANGUAGES, Language

expect.set_options(timeout=PATIENCE_MS)
SEEN: Final = {
    "corner": {
        "touch/corner.html", "touch/corner_pin.html", "touch/corner_menu.html", "touch/corner_sure.html",
        "touch/corner_off.html",
    },
    "pause": {"touch/paused.html"},
}  # fmt: skip
"""What each walk sees; the pause speaks every language at once."""

PASSWORD, PIN, CARD = "correct horse battery", "2580", "04A1B2D3"


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    folder = tmp_path_factory.mktemp("gate")
    program = folder / "systemctl"  # found in the place of the machine's own, which would switch it off
    program.write_text(f"#!/bin/sh\ntest -e {folder}/may\n")
    program.chmod(0o755)
    settings = document(touch={"exit_lane": "out", "may_shut_down": True})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(folder), prepend=os.pathsep)
        with demo_appliance(folder, settings=settings) as gate:
            accounts = gate.appliance.accounts
            accounts.add_user("chief", Role.SUPERVISOR, PASSWORD)
            accounts.set_pin("chief", PIN)
            card = gate.appliance.cards.add(actor="user clerk", uid=CARD, holder="主管", unit="1-A-1-A")
            accounts.set_card("chief", card.id)
            yield gate


@pytest.fixture(scope="module")
def server(gate: TestGate) -> Iterator[LiveServer]:
    with live_server(gate.appliance) as running:
        yield running


@pytest.fixture
def url(server: LiveServer) -> str:
    return server.url


def to_corner(page: Page) -> None:
    expect(page.locator("[data-corner]")).to_have_attribute("data-ready", "yes")
    for _touch in range(4):
        page.mouse.click(780, 20)
    page.wait_for_url("**/corner")


def test_a_pause_by_pin_is_ended_at_the_panel_and_the_screen_hears_of_it(
    gate: TestGate, server: LiveServer, page: Page, url: str
) -> None:
    page.goto(url)
    to_corner(page)
    page.get_by_role("button", name="chief").click()
    for digit in PIN:
        page.locator(f"[data-key='{digit}']").click()
    page.locator(".onward .button").click()
    expect(page.locator("button[value=pause]")).to_be_visible()
    page.locator("button[value=pause]").click()
    expect(page.get_by_text("This screen is out of service.")).to_be_visible()
    Walk(page, server, LANGUAGES[0]).look().end(SEEN["pause"])
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


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_every_page_of_the_corner(gate: TestGate, server: LiveServer, page: Page, language: Language) -> None:
    walk = Walk(page, server, language).begin()
    to_corner(page)
    walk.look().tap_and_look(".tile", NEXT).fill(pin="1").tap_and_look(NEXT)  # no PIN, and a wrong one
    walk.fill(pin=PIN).tap_and_look(NEXT, "button[value=shut-down]")
    walk.tap_and_look("button[value=shut-down-now]")  # with its problem: the box may not
    may = gate.data.parent / "may"
    may.touch()
    walk.tap("button[value=shut-down]").tap_and_look("button[value=shut-down-now]")
    may.unlink()
    walk.end(SEEN["corner"])
