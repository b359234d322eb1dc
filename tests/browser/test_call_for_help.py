"""The call for help in a real browser: held for a second, not brushed against, loud on the other panel alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from kiosk.domain.alarms import AlarmKind
from kiosk.domain.roles import Role
from kiosk.services.alarms import raise_within
from tests.support.appliance import TestGate, demo_appliance, wait_for
from tests.support.browser import PANEL_LOOKS_EVERY_MS, PATIENCE_MS
from tests.support.live_server import LiveServer, live_server
from tests.support.panel import IN_ENGLISH, PASSWORD, Look, Reader, in_every_look


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[TestGate]:
    with demo_appliance(tmp_path) as running:
        for name, role in (("guard", Role.GUARD), ("lee", Role.SUPERVISOR)):
            running.appliance.accounts.add_user(name, role, PASSWORD)
        yield running


@pytest.fixture
def server(gate: TestGate) -> Iterator[LiveServer]:
    with live_server(gate.appliance) as running:
        yield running


@pytest.fixture
def look() -> Look:
    """Where a test is not one of every look."""
    return IN_ENGLISH


@pytest.fixture
def guard(page: Page, server: LiveServer, look: Look) -> Reader:
    return at_their_panel(Reader(page, server.url, look), "guard", "/panel/visits")


def at_their_panel(reader: Reader, name: str, at: str) -> Reader:
    """Whose scripts have run: a key that one half of them hears is no test."""
    reader.log_in(name, at)
    expect(reader.page.locator("[data-panic]")).to_be_visible()
    return reader


def button_of(page: Page) -> Locator:
    return page.locator("[data-panic] summary")


def calls(gate: TestGate) -> list[AlarmKind]:
    return [alarm.kind for alarm in gate.appliance.alarms.open(10)]


@in_every_look
def test_held_it_calls_and_the_other_panel_sounds(
    guard: Reader, gate: TestGate, server: LiveServer, browser: Browser, look: Look
) -> None:
    panel, other = guard.page, browser.new_context(reduced_motion="reduce").new_page()
    other.set_default_timeout(PATIENCE_MS)
    other.clock.install()
    chief = at_their_panel(Reader(other, server.url, look), "lee", "/panel/devices")
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
    expect(panel.locator(".message")).to_have_text(guard.says("Help has been called."))
    expect(panel.locator("[data-panic]")).not_to_have_attribute("open", "")
    expect(panel.locator(".alarm.urgent")).to_contain_text(guard.says("Call for help"))
    guard.examine(by_night=True)
    other.clock.fast_forward(PANEL_LOOKS_EVERY_MS)
    expect(other.locator(".alarm.urgent")).to_contain_text("guard")
    other.clock.fast_forward(PANEL_LOOKS_EVERY_MS)
    expect(sound).to_have_attribute("data-played", "2")  # and again, until somebody has seen to it
    expect(panel.locator("[data-sound]")).not_to_have_attribute("data-played", "1")
    other.locator(".alarm summary").click()
    chief.field("note").fill("Went there")
    chief.button("Acknowledge").last.click()
    expect(other.locator(".alarm")).to_have_count(0)
    other.context.close()
    assert not guard.found, "\n".join(guard.found)


@in_every_look
def test_a_short_press_asks_and_a_second_one_calls(guard: Reader, gate: TestGate) -> None:
    button_of(guard.page).click()
    now = guard.button("Call for help now")
    expect(now).to_be_visible()
    assert calls(gate) == []
    guard.examine()
    now.click()
    expect(guard.page.locator(".message")).to_have_text(guard.says("Help has been called."))
    assert calls(gate) == [AlarmKind.PANIC]
    assert not guard.found, "\n".join(guard.found)


def test_by_keyboard_it_is_held_too(guard: Reader, gate: TestGate) -> None:
    panel, now = guard.page, guard.button("Call for help now")
    button_of(panel).focus()
    panel.keyboard.press("Enter")
    expect(now).to_be_visible()
    panel.keyboard.press("Enter")
    expect(now).to_be_hidden()
    assert calls(gate) == []
    panel.keyboard.down(" ")
    assert wait_for(lambda: calls(gate)) == [AlarmKind.PANIC]
    panel.keyboard.up(" ")
    expect(panel.locator("[data-panic]")).not_to_have_attribute("open", "")


@in_every_look
def test_alarms_of_every_kind_are_read_by_day_and_by_night(
    page: Page, gate: TestGate, server: LiveServer, look: Look
) -> None:
    chief = at_their_panel(Reader(page, server.url, look), "lee", "/panel/alarms")
    with gate.appliance.store.write() as transaction:
        for kind in AlarmKind:
            raise_within(transaction, kind, "in", actor="user chan")
    page.reload()
    expect(page.locator(".alarm")).to_have_count(len(AlarmKind))
    chief.examine(by_night=True)
    assert not chief.found, "\n".join(chief.found)
