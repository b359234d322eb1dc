"""A new card in a real browser: held to a reader, taken with one touch, good at the gate, reported stolen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kiosk.domain.roles import Role
from kiosk.errors import Conflict
from kiosk.services.desk_taps import DeskTaps
from tests.support.appliance import TestGate, demo_appliance, wait_for
from tests.support.live_server import live_server
from tests.support.panel import PASSWORD, Look, Reader, in_every_look

UID, OTHER_UID = "0443EB61E02580", "01020304"


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[TestGate]:
    with demo_appliance(tmp_path) as running:
        running.appliance.accounts.add_user("clerk", Role.CLERK, PASSWORD)
        yield running


@pytest.fixture
def clerk(gate: TestGate, page: Page, look: Look) -> Iterator[Reader]:
    """Where a new card is put on record."""
    with live_server(gate.appliance) as server:
        yield Reader(page, server.url, look).log_in("clerk", "/panel/cards/new")


def is_free(taps: DeskTaps, now: datetime) -> bool:
    """Tell whether somebody else may wait for a card at the desk."""
    try:
        taps.cancel(taps.arm("slip 7", holder="user guard", now=now).id, "user guard")
    except Conflict:
        return False
    return True


@in_every_look
def test_a_card_is_read_at_the_desk_beside_what_is_typed(gate: TestGate, clerk: Reader) -> None:
    page = clerk.page
    clerk.field("holder").fill("何美玲")
    clerk.button("Read the card at the desk").click()
    expect(page.locator(".desk-wait .left")).to_have_text(re.compile(r"^[1-6]?\d\D+$"))
    expect(page.locator("[data-desk-look]")).to_be_hidden()  # the page looks by itself
    clerk.examine()
    gate.desk_reader().tap(bytes.fromhex(UID))
    expect(clerk.field("number")).to_have_value(UID)
    expect(clerk.field("holder")).to_have_value("何美玲")

    clerk.button("Read the card at the desk").click()
    expect(page.locator(".desk-wait[data-watched]")).to_be_visible()
    clerk.go("/panel/cards")
    wait_for(lambda: is_free(gate.appliance.desk_taps, gate.appliance.clock.now()))  # long before the minute is over
    clerk.examine()
    before = gate.appliance.feed.last_seq
    gate.desk_reader().tap(bytes.fromhex(OTHER_UID))
    expect(page.locator(".desk-card")).to_contain_text(OTHER_UID)
    clerk.link("Put on record").click()
    expect(clerk.field("number")).to_have_value(OTHER_UID)
    assert gate.entries("access.granted", before) == gate.entries("gate.opened", before) == []
    assert not clerk.found, "\n".join(clerk.found)


@in_every_look
def test_a_card_goes_from_the_reader_onto_the_record(gate: TestGate, clerk: Reader) -> None:
    page = clerk.page
    clerk.examine()
    clerk.field("holder").fill("何美玲")
    gate.tap(UID, "out")
    offered = page.locator(".offer button")
    expect(offered).to_contain_text("224:09600 · 0443EB61E02580")  # without a reload
    offered.click()
    expect(clerk.field("number")).to_have_value(UID)
    expect(clerk.field("holder")).to_have_value("何美玲")
    clerk.field("unit").fill("1-A-1-A")
    clerk.field("unit").press("Enter")  # puts it on record, and does not take the card again
    expect(page.locator("h1")).to_have_text("何美玲")
    clerk.examine()

    before = gate.appliance.feed.last_seq
    gate.tap(UID, "in")
    gate.wait_for_entry("access.granted", before)
    page.locator("summary", has_text=clerk.says("Report lost")).click()
    clerk.button("Stolen").click()
    expect(page.locator(".note")).to_contain_text(clerk.says("Stolen"))
    assert gate.entries("card.changed", before, to="lost")

    clerk.go("/panel/cards")
    expect(page.locator(".badge.card-lost")).to_have_text(clerk.says("Lost"))
    clerk.examine()
    assert not clerk.found, "\n".join(clerk.found)
