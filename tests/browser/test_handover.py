"""A shift's handover in a real browser: begun, an item refused, signed by PIN and by a card at the desk's reader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kiosk.domain.open_items import DailyKind
from kiosk.domain.roles import Role
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource
from tests.support.appliance import TestGate, demo_appliance
from tests.support.live_server import live_server
from tests.support.panel import PASSWORD, Look, Reader, in_every_look

PIN, CARD = "2580", "04D5C301"
UNIT = "1-A-1-A"


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[TestGate]:
    with demo_appliance(tmp_path) as running:
        accounts = running.appliance.accounts
        for name in ("chan", "lee"):
            accounts.add_user(name, Role.GUARD, PASSWORD)
        accounts.set_pin("chan", PIN)
        card = running.appliance.cards.add(actor="user clerk", uid=CARD, holder="李保安", unit=UNIT)
        accounts.set_card("lee", card.id)
        for name in ("何工", "馬工"):
            visit = NewVisit(VisitKind.CONTRACTOR, UNIT, name, phone="91234567", purpose="lift")
            running.appliance.visits.sign_in(visit, source=VisitSource.TOUCH, actor="lane in", lane=None)
        running.appliance.lanes.states.lock("out", actor="user chan", reason="維修")
        running.appliance.shifts.daily_lists.make(DailyKind.UNFINISHED, running.appliance.clock.now())
        yield running


@in_every_look
def test_a_shift_is_handed_over(gate: TestGate, page: Page, look: Look) -> None:
    with live_server(gate.appliance) as server:
        guard = Reader(page, server.url, look).log_in("chan", "/panel/handovers")
        guard.button("Begin the handover").click()
        expect(page.locator("#open-items .count")).to_have_text("3")
        address = page.url

        guard.field("incoming").select_option("lee")
        guard.button("Choose").click()
        first = page.locator(".open-item", has_text="維修")
        first.locator("summary").click()
        first.locator("[name=remark]").fill("The barrier is open")
        guard.button("Not taken on", within=first).click()
        expect(page.locator(".card.refused")).to_contain_text("The barrier is open")
        guard.field("note").fill("The key is with Mr Mok")
        guard.button("Note by %(name)s", name="chan").click()
        expect(page.locator(".notes")).to_contain_text("The key is with Mr Mok")
        page.locator("#outgoing [name=pin]").fill(PIN)
        guard.button("Sign by PIN").click()
        expect(page.locator("#outgoing .signed")).to_be_visible()
        guard.examine(by_night=True)

        guard.button("Sign by card").click()
        expect(page.locator("[data-state=waiting]")).to_be_visible()
        gate.desk_reader().tap(bytes.fromhex(CARD))
        expect(page.locator("#incoming .signed")).to_be_visible()
        assert page.url.split("#")[0] == address.split("#")[0]
        expect(page.locator("main form")).to_have_count(1)
        page.wait_for_load_state()
        guard.examine()
        guard.button("Print at the gate").click()
        expect(page.get_by_text(guard.says("The handover is printed next."))).to_be_visible()
        gate.wait_for_entry("handover_paper.printed", handover=address.rpartition("/")[2])
        page.emulate_media(media="print")
        expect(guard.button("Print at the gate")).to_be_hidden()
        expect(page.locator(".bar")).to_be_hidden()
        expect(page.locator(".item-about").first).to_be_hidden()
        expect(page.locator("#incoming")).to_be_visible()
        assert gate.entries("handover.ended", items=3, refused=1)
        page.emulate_media(media="screen")
        for path in ("/panel/handovers", "/panel/daily-lists"):
            guard.go(path).examine()
    assert not guard.found, "\n".join(guard.found)
