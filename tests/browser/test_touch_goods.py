"""Goods at the touchscreen as couriers, residents and movers use it: whole paths in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from kiosk.demo.seed import directory
from kiosk.domain.goods import CollectMethod, Goods, GoodsCategory, GoodsSource, GoodsState, Handling, NewGoods
from kiosk.domain.slips import Requester, SlipKind
from kiosk.services.goods.goods_queries import GoodsFilter
from kiosk.services.goods.slip_queries import SlipFilter
from tests.support.appliance import TestGate, demo_appliance
from tests.support.browser import PATIENCE_MS
from tests.support.fit import OVERFLOWS, SMALL
from tests.support.live_server import live_server

expect.set_options(timeout=PATIENCE_MS)
UNIT = "2-C-7-3"
MOST_TOUCHES = 9
"""For a parcel that is left at the gate, from the first page to its shelf."""


class Fingers:
    """Somebody at the first page, in English; every touch is counted, and every page they see has to fit."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.touches = 0
        page.goto(url)
        page.get_by_role("button", name="English").click()
        expect(page.get_by_text("Welcome.")).to_be_visible()

    def touch(self, *names: str) -> None:
        for name in names:
            either = self.page.get_by_role("button", name=name).or_(self.page.get_by_role("link", name=name))
            either.first.click()
            self.touches += 1
            self.page.wait_for_load_state()
            assert self.page.evaluate(OVERFLOWS) == [], (name, self.page.url)
            assert self.page.evaluate(SMALL) == [], (name, self.page.url)

    def to_unit(self) -> None:
        self.touch("Phase 2, Block C", "7/F", "Flat 3")


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate"), units=directory()) as gate:
        yield gate


@pytest.fixture(scope="module")
def url(gate: TestGate) -> Iterator[str]:
    with live_server(gate.appliance) as server:
        yield server.url


@pytest.fixture
def fingers(page: Page, url: str) -> Fingers:
    return Fingers(page, url)


def newest(gate: TestGate) -> Goods:
    return gate.appliance.goods.goods_queries.page(GoodsFilter(), before=None, limit=1).items[0]


def keep(gate: TestGate) -> Goods:
    new = NewGoods(UNIT, "DHL", GoodsCategory.PARCEL, Handling.GATE)
    return gate.appliance.goods.goods_in.register(new, source=GoodsSource.PANEL, actor="test", lane=None).goods


def test_a_parcel_lies_on_its_shelf_after_nine_touches(gate: TestGate, fingers: Fingers) -> None:
    fingers.touch("Goods", "Deliver goods", "DHL")
    fingers.to_unit()
    fingers.touch("Parcel")
    expect(fingers.page.get_by_alt_text("What the camera sees")).to_be_visible()
    expect(fingers.page.get_by_text("Then where do they go?")).to_be_visible()  # the photo took itself
    before = len(gate.entries("goods.kept"))
    fingers.touch("Left at the gate")
    expect(fingers.page.locator(".shelf")).to_have_text(newest(gate).shelf)
    assert fingers.touches <= MOST_TOUCHES
    goods = newest(gate)
    assert (goods.unit, goods.state, goods.carrier) == (UNIT, GoodsState.KEPT, "DHL")
    assert goods.photo_id is not None
    assert len(gate.entries("goods.kept")) == before + 1
    fingers.touch("Finished")
    expect(fingers.page.get_by_role("button", name="登記進入")).to_be_visible()
    fingers.page.go_back()
    expect(fingers.page.get_by_role("button", name="登記進入")).to_be_visible()


def test_a_sofa_goes_to_the_door(gate: TestGate, fingers: Fingers) -> None:
    opened = len(gate.relay("in").pulses)
    page = fingers.page
    fingers.touch("Goods", "Deliver goods", "Somebody else")
    page.get_by_label("Company or name").fill("永發搬運")
    fingers.touch("Next")
    fingers.to_unit()
    fingers.touch(
        "One more", "One more", "One fewer", "One fewer", "One fewer", "One more", "Furniture", "Take the photo"
    )
    expect(page.get_by_text("2 × Furniture")).to_be_visible()
    page.get_by_role("button", name="To the door").dblclick()
    expect(page.locator(".number")).to_be_visible()
    expect(page.locator(".number")).to_have_text(gate.appliance.visit_queries.inside()[0].number)
    expect(page.get_by_text(newest(gate).number)).to_be_visible()
    expect(page.get_by_text("The gate is open.")).to_be_visible()
    gate.wait_for_pulses(opened + 1, "in")
    assert (newest(gate).pieces, newest(gate).carrier) == (2, "永發搬運")
    assert len(gate.entries("goods.to_door")) == 1, "a double tap registers once"


def test_dangerous_goods_wait_for_the_guard(gate: TestGate, fingers: Fingers) -> None:
    page = fingers.page

    def bring() -> Goods:
        fingers.touch("Goods", "Deliver goods", "Lalamove")
        fingers.to_unit()
        fingers.touch("Dangerous goods", "Gas cylinder", "Go on without a photo", "To the door")
        expect(page.get_by_text("The guard has to look at these goods.")).to_be_visible()
        return newest(gate)

    goods = bring()
    gate.appliance.goods.goods_in.refuse(goods.id, actor="user guard", reason="leaks")
    expect(page.get_by_text("Sorry, these goods cannot come in.")).to_be_visible()
    fingers.touch("Finished", "English")
    goods = bring()
    gate.appliance.goods.goods_in.let_in(goods.id, actor="user guard", note="looked at")
    expect(page.locator(".number")).to_be_visible()
    expect(page.get_by_text(goods.number)).to_be_visible()
    expect(page.get_by_text("The gate is open.")).to_be_visible()


def test_kept_goods_are_collected_by_code_and_by_card(gate: TestGate, fingers: Fingers) -> None:
    page = fingers.page
    first, second = keep(gate), keep(gate)
    fingers.touch("Goods", "Collect goods")
    for digit in gate.appliance.goods.codes.collect_code(first.id):
        page.locator(f"[data-key='{digit}']").click()
    fingers.touch("Next")
    expect(page.get_by_text(first.number)).to_be_visible()
    fingers.touch("I have taken them")
    expect(page.get_by_text("Thank you. That is all.")).to_be_visible()
    fingers.touch("Finished", "English", "Goods", "Collect goods")
    gate.appliance.cards.add(actor="test", uid="04A1B2C3D4E5F6", holder="陳大文", unit=UNIT)
    gate.tap("04A1B2C3D4E5F6")
    expect(page.get_by_text(second.number)).to_be_visible()  # the page went on by itself
    assert "陳大文" not in page.content()
    fingers.touch("I have taken them")
    expect(page.get_by_text(second.number)).to_be_visible()
    methods = [gate.appliance.goods.goods_queries.get(each.id).collect_method for each in (first, second)]
    assert methods == [CollectMethod.CODE, CollectMethod.CARD]


def test_a_mover_asks_for_a_slip(gate: TestGate, fingers: Fingers) -> None:
    page = fingers.page
    fingers.touch("Goods", "Take goods out", "No, ask for a slip")
    fingers.to_unit()
    fingers.touch("Sofa", "One more", "And more", "Bicycle", "And more", "Fridge", "Next")
    page.get_by_text("Tenant", exact=True).click()
    page.get_by_label("Your name").fill("歐陽詠欣")
    fingers.touch("Next", "Take the photo")
    page.get_by_text("I am moving out", exact=True).click()
    fingers.touch("Tomorrow")
    expect(page.get_by_text("2 × Sofa, 1 × Bicycle, 1 × Fridge")).to_be_visible()
    fingers.touch("Goods 2 × Sofa")
    page.get_by_role("button", name="Take Bicycle off the list").click()
    fingers.touch("Next", "Ask for the slip")
    slip = gate.appliance.goods.slip_queries.page(SlipFilter(), before=None, limit=1).items[0]
    expect(page.locator(".number")).to_have_text(slip.number)
    expect(page.get_by_text("The front desk is asked first")).to_be_visible()
    assert [(item.name, item.quantity) for item in slip.items] == [("Sofa", 2), ("Fridge", 1)]
    assert (slip.unit, slip.kind, slip.requester) == (UNIT, SlipKind.MOVING, Requester.TENANT)
    assert slip.items[0].photo_id is not None
