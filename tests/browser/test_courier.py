"""Couriers at the real touchscreen: one with a card, from its tap to the shelf, and one who types the flat."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from kiosk.demo.seed import directory
from kiosk.domain.goods import GoodsState
from kiosk.services.goods.goods_queries import GoodsFilter
from tests.browser.test_touch_goods import Fingers
from tests.support.accessibility import examine
from tests.support.appliance import TestGate, demo_appliance, document
from tests.support.browser import PATIENCE_MS
from tests.support.fit import OVERFLOWS, SMALL
from tests.support.live_server import live_server
from web.turns.place import FOUND_AT_ONCE

expect.set_options(timeout=PATIENCE_MS)
DROP_OFF = "1-A-1-1"
BLOCKS = ("1A", "1B", "2C", "2D")
UID = "04C0FFEE5F0001"
MOST_TOUCHES = 4
"""From the tap to the shelf."""


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    settings = document(goods={"drop_off_points": [DROP_OFF]})
    with demo_appliance(tmp_path_factory.mktemp("gate"), units=directory(), settings=settings) as gate:
        gate.appliance.cards.add(actor="test", uid=UID, holder="1", unit=DROP_OFF, carrier="DHL")
        yield gate


@pytest.fixture
def fingers(page: Page, gate: TestGate) -> Iterator[Fingers]:
    with live_server(gate.appliance) as server:
        yield Fingers(page, server.url)


def test_a_tap_and_three_touches_leave_a_parcel_at_the_drop_off(gate: TestGate, fingers: Fingers) -> None:
    page = fingers.page
    gate.tap(UID)
    expect(page.get_by_role("heading", name="Which block?")).to_be_visible()  # the page went on by itself
    fingers.touch("Phase 1, Block A, 1/F, Flat 1", "Parcel")
    expect(page.get_by_text("Then where do they go?")).to_be_visible()  # the photo took itself
    fingers.touch("Left at the gate")
    goods = gate.appliance.goods.goods_queries.page(GoodsFilter(), before=None, limit=1).items[0]
    expect(page.locator(".shelf")).to_have_text(goods.shelf)
    assert (goods.carrier, goods.unit, goods.state) == ("DHL", DROP_OFF, GoodsState.KEPT)
    assert fingers.touches <= MOST_TOUCHES
    assert gate.relay("in").pulses == ()
    fingers.touch("Finished", "English", "Goods", "Deliver goods")
    expect(page.get_by_text("Or hold your courier's card to the reader.")).to_be_visible()
    gate.tap(UID)
    expect(page.get_by_role("heading", name="Which block?")).to_be_visible()


def test_a_unit_is_typed_and_its_matches_are_buttons(fingers: Fingers) -> None:
    page = fingers.page
    fingers.touch("Goods", "Deliver goods", "Keeta", "Type the number")
    page.locator("form[data-ready]").wait_for()
    page.locator("[data-key='7']").click()
    expect(page.get_by_text("There are more. Please type on.")).to_be_visible()
    expect(page.locator(".found .tile")).to_have_count(FOUND_AT_ONCE)
    page.locator("[data-key='3']").click()
    expect(page.locator(".found .tile")).to_have_text([f"Phase {at[0]}, Block {at[1]}, 7/F, Flat 3" for at in BLOCKS])
    assert page.evaluate(OVERFLOWS) == []
    assert page.evaluate(SMALL) == []
    assert examine(page, may_scroll_down=False) == []
    for key in ("clear", "C", "7", "3"):
        page.locator(f"[data-key='{key}']").click()
    expect(page.locator(".found .tile")).to_have_text(["Phase 2, Block C, 7/F, Flat 3"])
    page.locator("#q").press("Enter")  # does nothing: what it would ask for is there
    fingers.touch("Phase 2, Block C, 7/F, Flat 3", "Parcel")
    expect(page.get_by_text("Phase 2, Block C, 7/F, Flat 3")).to_be_visible()
