"""Alarms in a real browser: on whatever page, heard once, silenced with one touch, seen to in place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from hardware.interfaces import GateInput
from kiosk.domain.alarms import AlarmKind, AlarmState
from kiosk.domain.roles import Role
from kiosk.services.alarms import raise_within
from tests.support.appliance import TestGate, demo_appliance
from tests.support.browser import PANEL_LOOKS_EVERY_MS
from tests.support.live_server import LiveServer, live_server
from tests.support.panel import IN_ENGLISH, PASSWORD, Reader


@pytest.fixture
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate")) as running:
        running.appliance.accounts.add_user("guard", Role.GUARD, PASSWORD)
        yield running


@pytest.fixture
def server(gate: TestGate) -> Iterator[LiveServer]:
    with live_server(gate.appliance) as running:
        yield running


@pytest.fixture
def panel(page: Page, server: LiveServer) -> Page:
    """The shift's screen of a guard who has touched it."""
    Reader(page, server.url, IN_ENGLISH).log_in("guard").wait_until_live()
    page.locator("h2").first.click()
    expect(sound_of(page)).to_have_attribute("data-state", "on")
    return page


def sound_of(page: Page) -> Locator:
    return page.locator("[data-sound]")


def sound(gate: TestGate, kind: AlarmKind) -> str:
    with gate.appliance.store.write() as transaction:
        return raise_within(transaction, kind, "in")


def test_a_forced_gate_is_seen_heard_and_seen_to(panel: Page, gate: TestGate) -> None:
    gate.inputs("in").set(GateInput.CONTACT, True)
    alarm = panel.locator(".alarm")
    expect(alarm).to_contain_text("Gate forced open")
    expect(sound_of(panel)).to_have_attribute("data-played", "1")
    expect(panel.locator("nav [data-part=alarm-count]")).to_have_text("1")
    expect(panel.locator("[data-feed] .line", has_text="Alarm: Gate forced open")).to_have_count(1)
    alarm.locator("summary").click()
    alarm.locator("[name=note]").press_sequentially("Wind")
    sound(gate, AlarmKind.HELD)
    expect(panel.locator(".alarm")).to_have_count(2)
    expect(sound_of(panel)).to_have_attribute("data-played", "2")
    expect(panel.locator("[name=note]").last).to_have_value("Wind")
    panel.locator(".alarm").last.get_by_role("button", name="Acknowledge").click()
    expect(panel.locator(".message")).to_have_text("The alarm is acknowledged.")
    expect(panel.locator(".alarm")).to_have_count(1)
    (seen_to,) = gate.appliance.alarms.page(AlarmState.ACKNOWLEDGED, None, 10).items
    assert (seen_to.kind, seen_to.note) == (AlarmKind.FORCED, "Wind")


def test_other_pages_tell_of_it_and_a_silenced_panel_stays_silent(panel: Page, gate: TestGate) -> None:
    panel.clock.install()
    sound_of(panel).click()
    expect(sound_of(panel)).to_have_text("Sound off")
    panel.get_by_role("link", name="Visits").click()
    expect(sound_of(panel)).to_have_attribute("data-state", "off")
    alarm_id = sound(gate, AlarmKind.HELD)
    panel.clock.fast_forward(PANEL_LOOKS_EVERY_MS)
    expect(panel.locator(f"#alarm-{alarm_id}")).to_contain_text("Gate held open too long")
    expect(sound_of(panel)).not_to_have_attribute("data-played", "1")
    sound_of(panel).click()
    expect(sound_of(panel)).to_have_attribute("data-state", "on")
    other = sound(gate, AlarmKind.CLONED)
    panel.clock.fast_forward(PANEL_LOOKS_EVERY_MS)
    expect(panel.locator(f"#alarm-{other}")).to_be_visible()
    expect(sound_of(panel)).to_have_attribute("data-played", "1")


def test_an_alarm_is_heard_on_one_page_and_not_again_on_the_next(panel: Page, gate: TestGate) -> None:
    sound(gate, AlarmKind.FORCED)
    expect(sound_of(panel)).to_have_attribute("data-played", "1")
    panel.locator("nav summary", has_text="More").click()
    panel.get_by_role("link", name="Devices").click()
    expect(panel.locator(".alarm")).to_have_count(1)
    panel.locator("h1").click()
    expect(sound_of(panel)).to_have_attribute("data-state", "on")
    expect(sound_of(panel)).not_to_have_attribute("data-played", "1")
