"""A shift's handover in a real browser: begun, an item refused, signed by PIN and by a card at the desk's reader."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from kiosk.domain.open_items import DailyKind
from kiosk.domain.roles import Role
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource
from tests.support.accessibility import examine, examine_colours
from tests.support.appliance import TestGate, demo_appliance
from tests.support.browser import PANEL_10_INCH, PATIENCE_MS
from tests.support.live_server import live_server
from web.i18n import PANEL_LOCALE_COOKIE

PASSWORD, PIN, CARD = "correct horse battery", "2580", "04D5C301"
UNIT = "1-A-1-A"


@pytest.fixture
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate")) as running:
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


def test_a_shift_is_handed_over(gate: TestGate, page: Page) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    page.set_viewport_size(PANEL_10_INCH)
    found: list[str] = []

    def speak(language: str) -> None:
        page.context.add_cookies([{"name": PANEL_LOCALE_COOKIE, "value": language, "url": server.url}])

    with live_server(gate.appliance) as server:
        speak("en")
        page.goto(f"{server.url}/panel/login?next=/panel/handovers")
        page.locator("[name=username]").fill("chan")
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main button").click()
        page.get_by_role("button", name="Begin the handover").click()
        expect(page.locator("#open-items .count")).to_have_text("3")
        address = page.url

        page.locator("[name=incoming]").select_option("lee")
        page.get_by_role("button", name="Choose").click()
        first = page.locator(".open-item", has_text="維修")
        first.locator("summary").click()
        first.locator("[name=remark]").fill("The barrier is open")
        first.get_by_role("button", name="Not taken on").click()
        expect(page.locator(".card.refused")).to_contain_text("The barrier is open")
        page.get_by_label("New note").fill("The key is with Mr Mok")
        page.get_by_role("button", name="Note by chan").click()
        expect(page.locator(".notes")).to_contain_text("The key is with Mr Mok")
        page.locator("#outgoing [name=pin]").fill(PIN)
        page.get_by_role("button", name="Sign by PIN").click()
        expect(page.locator("#outgoing")).to_contain_text("Signed by PIN")

        for language, size in (("zh_Hant", (1280, 800)), ("zh_Hans", (1024, 768)), ("en", (390, 844))):
            speak(language)
            page.set_viewport_size({"width": size[0], "height": size[1]})
            for path in (address, f"{server.url}/panel/handovers", f"{server.url}/panel/daily-lists"):
                page.goto(path)
                found += examine(page, may_scroll_down=True)
                wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert wide <= 0, f"{path} in {language} is {wide} px too wide"
        page.set_viewport_size(PANEL_10_INCH)
        page.goto(address)
        page.emulate_media(color_scheme="dark")
        found += examine_colours(page)
        page.emulate_media(color_scheme="light")

        page.get_by_role("button", name="Sign by card").click()
        expect(page.locator("[data-state=waiting]")).to_be_visible()
        gate.desk_reader().tap(bytes.fromhex(CARD))
        expect(page.locator("#incoming")).to_contain_text("Signed by card")
        assert page.url.split("#")[0] == address
        expect(page.locator("main form")).to_have_count(1)
        page.wait_for_load_state()
        found += examine(page, may_scroll_down=True)
        page.get_by_role("button", name="Print at the gate").click()
        expect(page.get_by_text("The handover is printed next.")).to_be_visible()
        gate.wait_for_entry("handover_paper.printed", handover=address.rpartition("/")[2])
        page.emulate_media(media="print")
        expect(page.get_by_text("Print at the gate")).to_be_hidden()
        expect(page.locator(".bar")).to_be_hidden()
        expect(page.locator(".item-about").first).to_be_hidden()
        expect(page.locator("#incoming")).to_be_visible()
        assert gate.entries("handover.ended", items=3, refused=1)
    assert not found, "\n".join(found)
