"""The call for help in a real browser: held for a second, not brushed against, loud on the other panel alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from kiosk.domain.alarms import AlarmKind
from kiosk.domain.roles import Role
from kiosk.services.alarms import raise_within
from tests.support.accessibility import examine, examine_colours
from tests.support.appliance import TestGate, demo_appliance, wait_for
from tests.support.browser import PANEL_10_INCH, PANEL_LOOKS_EVERY_MS, PATIENCE_MS
from tests.support.live_server import LiveServer, live_server
from web.i18n import PANEL_LOCALE_COOKIE

PASSWORD = "correct horse battery"
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate")) as running:
        for name, role in (("guard", Role.GUARD), ("lee", Role.SUPERVISOR)):
            running.appliance.accounts.add_user(name, role, PASSWORD)
        yield running


@pytest.fixture
def server(gate: TestGate) -> Iterator[LiveServer]:
    with live_server(gate.appliance) as running:
        yield running


def log_in(page: Page, url: str, name: str, next_page: str = "/panel/visits") -> None:
    page.set_viewport_size(PANEL_10_INCH)
    page.context.add_cookies([{"name": PANEL_LOCALE_COOKIE, "value": "en", "url": url}])
    page.goto(f"{url}/panel/login?next={next_page}")
    page.locator("[name=username]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button").click()
    expect(page.locator("[data-panic]")).to_be_visible()
    page.wait_for_load_state()  # by then its scripts have run: a key that one half of them hears is no test


@pytest.fixture
def panel(page: Page, server: LiveServer) -> Page:
    log_in(page, server.url, "guard")
    return page


def button_of(page: Page) -> Locator:
    return page.locator("[data-panic] summary")


def calls(gate: TestGate) -> list[AlarmKind]:
    return [alarm.kind for alarm in gate.appliance.alarms.open(10)]


def test_held_it_calls_and_the_other_panel_sounds(
    panel: Page, gate: TestGate, server: LiveServer, browser: Browser
) -> None:
    other = browser.new_context(viewport=PANEL_10_INCH).new_page()
    other.clock.install()
    log_in(other, server.url, "lee", "/panel/devices")
    sound = other.locator("[data-sound]")
    other.locator("h1").click()
    expect(sound).to_have_attribute("data-state", "on")
    sound.click()  # and off: help is heard all the same
    expect(sound).to_have_attribute("data-state", "off")
    place = button_of(panel).bounding_box()
    assert place is not None
    panel.mouse.move(place["x"] + 20, place["y"] + 20)
    panel.mouse.down()
    expect(panel.locator("[data-panic][data-holding]")).to_have_count(1)
    panel.mouse.move(place["x"] - 60, place["y"] + 90)  # a hand that shakes
    assert wait_for(lambda: calls(gate)) == [AlarmKind.PANIC]
    panel.mouse.up()
    expect(panel.locator(".message")).to_have_text("Help has been called.")
    expect(panel.locator("[data-panic]")).not_to_have_attribute("open", "")
    expect(panel.locator(".alarm.urgent")).to_contain_text("Call for help")
    other.clock.fast_forward(PANEL_LOOKS_EVERY_MS)
    expect(other.locator(".alarm.urgent")).to_contain_text("guard")
    other.clock.fast_forward(PANEL_LOOKS_EVERY_MS)
    expect(sound).to_have_attribute("data-played", "2")  # and again, until somebody has seen to it
    expect(panel.locator("[data-sound]")).not_to_have_attribute("data-played", "1")
    other.locator(".alarm summary").click()
    other.locator("[name=note]").fill("Went there")
    other.get_by_role("button", name="Acknowledge").last.click()
    expect(other.locator(".alarm")).to_have_count(0)
    other.context.close()


def test_a_short_press_asks_and_a_second_one_calls(panel: Page, gate: TestGate) -> None:
    button_of(panel).click()
    now = panel.get_by_role("button", name="Call for help now")
    expect(now).to_be_visible()
    assert calls(gate) == []
    assert examine(panel, may_scroll_down=True) == []
    now.click()
    expect(panel.locator(".message")).to_have_text("Help has been called.")
    assert calls(gate) == [AlarmKind.PANIC]


def test_by_keyboard_it_is_held_too(panel: Page, gate: TestGate) -> None:
    button_of(panel).focus()
    panel.keyboard.press("Enter")
    expect(panel.get_by_role("button", name="Call for help now")).to_be_visible()
    panel.keyboard.press("Enter")
    expect(panel.get_by_role("button", name="Call for help now")).to_be_hidden()
    assert calls(gate) == []
    panel.keyboard.down(" ")
    assert wait_for(lambda: calls(gate)) == [AlarmKind.PANIC]
    panel.keyboard.up(" ")
    expect(panel.locator("[data-panic]")).not_to_have_attribute("open", "")


def test_alarms_of_every_kind_are_read_by_day_and_by_night(page: Page, gate: TestGate, server: LiveServer) -> None:
    log_in(page, server.url, "lee", "/panel/alarms")
    with gate.appliance.store.write() as transaction:
        for kind in AlarmKind:
            raise_within(transaction, kind, "in", actor="user chan")
    page.reload()
    expect(page.locator(".alarm")).to_have_count(len(AlarmKind))
    assert examine(page, may_scroll_down=True) == []
    page.emulate_media(color_scheme="dark")
    assert examine_colours(page) == []
