"""A courier with a card at the real touchscreen: a tap, the drop-off, what it is, where it lies."""

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
from tests.support.live_server import live_server

expect.set_options(timeout=PATIENCE_MS)
DROP_OFF, UNIT = "1-A-1-1", "2-C-7-3"
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
    expect(page.get_by_role("heading", name="Which phase?")).to_be_visible()  # the page went on by itself
    fingers.touch("Phase 1, Block A, 1/F, Flat 1", "Parcel")
    expect(page.get_by_text("Then where do they go?")).to_be_visible()  # the photo took itself
    fingers.touch("Left at the gate")
    goods = gate.appliance.goods.goods_queries.page(GoodsFilter(), before=None, limit=1).items[0]
    expect(page.locator(".shelf")).to_have_text(goods.shelf)
    assert (goods.carrier, goods.unit, goods.state) == ("DHL", DROP_OFF, GoodsState.KEPT)
    assert fingers.touches <= MOST_TOUCHES
    assert gate.relay("in").pulses == ()
    fingers.touch("Finished", "English", "Goods", "Deliver goods")
    assert examine(page, may_scroll_down=False) == []
    expect(page.get_by_text("Or hold your courier's card to the reader.")).to_be_visible()
    gate.tap(UID)
    expect(page.get_by_role("heading", name="Which phase?")).to_be_visible()
