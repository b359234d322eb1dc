"""A new card in a real browser: held to a reader, taken with one touch, good at the gate, reported stolen."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Page, expect

from kiosk.domain.roles import Role
from kiosk.errors import Conflict
from kiosk.services.desk_taps import DeskTaps
from tests.support.accessibility import examine
from tests.support.appliance import demo_appliance, wait_for
from tests.support.browser import PANEL_10_INCH, PATIENCE_MS
from tests.support.live_server import live_server
from web.i18n import PANEL_LOCALE_COOKIE

PASSWORD = "correct horse battery"


def is_free(taps: DeskTaps, now: datetime) -> bool:
    """Tell whether somebody else may wait for a card at the desk."""
    try:
        taps.cancel(taps.arm("slip 7", holder="user guard", now=now).id, "user guard")
    except Conflict:
        return False
    return True


def test_a_card_is_read_at_the_desk_beside_what_is_typed(page: Page, tmp_path: Path) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    with demo_appliance(tmp_path) as gate, live_server(gate.appliance) as server:
        gate.appliance.accounts.add_user("clerk", Role.CLERK, PASSWORD)
        page.set_viewport_size(PANEL_10_INCH)
        page.context.add_cookies([{"name": PANEL_LOCALE_COOKIE, "value": "en", "url": server.url}])
        page.goto(f"{server.url}/panel/cards/new")
        page.locator("[name=username]").fill("clerk")
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main button").click()

        page.get_by_label("Holder").fill("何美玲")
        page.get_by_role("button", name="Read the card at the desk").click()
        expect(page.locator(".desk-wait .left")).to_have_text(re.compile(r"^[1-6]?\d s$"))
        expect(page.locator("[data-desk-look]")).to_be_hidden()  # the page looks by itself
        assert examine(page, may_scroll_down=True) == []
        gate.desk_reader().tap(bytes.fromhex("0443EB61E02580"))
        expect(page.get_by_label("Number of the card")).to_have_value("0443EB61E02580")
        expect(page.get_by_label("Holder")).to_have_value("何美玲")

        page.get_by_role("button", name="Read the card at the desk").click()
        expect(page.locator(".desk-wait[data-watched]")).to_be_visible()
        page.goto(f"{server.url}/panel/cards")
        wait_for(
            lambda: is_free(gate.appliance.desk_taps, gate.appliance.clock.now())
        )  # long before the minute is over
        assert examine(page, may_scroll_down=True) == []
        before = gate.appliance.feed.last_seq
        gate.desk_reader().tap(bytes.fromhex("01020304"))
        expect(page.locator(".desk-card")).to_contain_text("01020304")
        page.get_by_role("link", name="Put on record").click()
        expect(page.get_by_label("Number of the card")).to_have_value("01020304")
        assert gate.entries("access.granted", before) == gate.entries("gate.opened", before) == []


def test_a_card_goes_from_the_reader_onto_the_record(page: Page, tmp_path: Path) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    with demo_appliance(tmp_path) as gate, live_server(gate.appliance) as server:
        gate.appliance.accounts.add_user("clerk", Role.CLERK, PASSWORD)
        page.set_viewport_size(PANEL_10_INCH)
        page.context.add_cookies([{"name": PANEL_LOCALE_COOKIE, "value": "en", "url": server.url}])
        page.goto(f"{server.url}/panel/cards/new")
        page.locator("[name=username]").fill("clerk")
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main button").click()
        assert examine(page, may_scroll_down=True) == []

        page.get_by_label("Holder").fill("何美玲")
        gate.tap("0443EB61E02580", "out")
        offered = page.locator(".offer button")
        expect(offered).to_contain_text("224:09600 · 0443EB61E02580")  # without a reload
        offered.click()
        expect(page.get_by_label("Number of the card")).to_have_value("0443EB61E02580")
        expect(page.get_by_label("Holder")).to_have_value("何美玲")
        page.get_by_label("Unit").fill("1-A-1-A")
        page.get_by_label("Unit").press("Enter")  # puts it on record, and does not take the card again
        expect(page.locator("h1")).to_have_text("何美玲")
        assert examine(page, may_scroll_down=True) == []

        before = gate.appliance.feed.last_seq
        gate.tap("0443EB61E02580", "in")
        gate.wait_for_entry("access.granted", before)
        page.locator("summary", has_text="Report lost").click()
        page.get_by_role("button", name="Stolen").click()
        expect(page.locator(".note")).to_contain_text("Stolen")
        assert gate.entries("card.changed", before, to="lost")

        page.goto(f"{server.url}/panel/cards")
        expect(page.locator(".badge.card-lost")).to_have_text("Lost")
        assert examine(page, may_scroll_down=True) == []
