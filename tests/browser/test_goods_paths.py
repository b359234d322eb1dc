"""Every path of goods at the touchscreen, in every language, on both panels and however it is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest
from playwright.sync_api import Page

from hardware.supervisor import DeviceCondition
from kiosk.demo.seed import directory
from kiosk.domain.goods import Goods, GoodsCategory, GoodsSource, Handling, NewGoods
from tests.support.appliance import TestGate, demo_appliance, document
from tests.support.live_server import LiveServer, live_server
from tests.support.walk import NEXT, Walk
from web.i18n import LANGUAGES, Language
from web.touch.slip_items import LINES_OF_ONE_PAGE

UNIT: Final = "1-A-1-1"
GOODS: Final = "a.door"
DELIVER: Final = ".door.primary"
MORE: Final = ".onward .quiet"
SEEN: Final = {
    "bringing": {
        "touch/goods_doors.html", "touch/carrier.html", "touch/place.html", "touch/find.html", "touch/what.html",
        "touch/details.html", "touch/contact.html", "touch/photo.html", "touch/goods_summary.html", "touch/goods.html",
    },
    "collecting": {"touch/collect.html", "touch/collect_list.html", "touch/collected.html"},
    "taking out": {
        "touch/take_out.html", "touch/place.html", "touch/items.html", "touch/item_list.html", "touch/asker.html",
        "touch/photo.html", "touch/day.html", "touch/slip_summary.html", "touch/slip.html",
    },
}  # fmt: skip
"""What each walk sees."""

in_every_language = pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)


@dataclass(frozen=True)
class Estate:
    """A gate, served: it has a point where couriers drop off, and asks whoever brings goods for a number."""

    gate: TestGate
    server: LiveServer

    def keep(self, carrier: str) -> Goods:
        new = NewGoods(UNIT, carrier, GoodsCategory.PARCEL, Handling.GATE)
        desk = self.gate.appliance.goods.goods_in
        return desk.register(new, source=GoodsSource.PANEL, actor="test", lane=None).goods


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    kinds = {"delivery": {"asks": {"name": "required", "phone": "required", "vehicle_plate": "optional"}}}
    settings = document(visits={"kinds": kinds}, goods={"drop_off_points": ["2-D-11-5"]})
    with demo_appliance(tmp_path_factory.mktemp("gate"), units=directory(), settings=settings) as gate:
        gate.appliance.cards.add(actor="test", uid="04C0FFEE5F0001", holder="1", unit="2-D-11-5", carrier="DHL")
        with live_server(gate.appliance) as server:
            yield Estate(gate, server)


@pytest.fixture
def walk(estate: Estate, page: Page, language: Language) -> Walk:
    return Walk(page, estate.server, language)


@in_every_language
def test_dangerous_goods_that_are_refused_and_a_parcel_that_is_kept(estate: Estate, walk: Walk) -> None:
    goods = estate.gate.appliance.goods
    walk.begin().tap_and_look(GOODS, DELIVER).tap_and_look(".tile.quiet", NEXT)  # in words, with its problem
    walk.fill(carrier="W" * 60).tap_and_look(NEXT)
    walk.tap(".tile:not(.point)").tap_and_look(".tile", ".tile")
    walk.touch("[data-step='1']").tap_and_look("button[value=dangerous]").tap_and_look(".tile.quiet", NEXT)
    walk.fill(description="W" * 120).tap_and_look(NEXT, NEXT)  # with its problem: no number
    walk.fill(phone="5550 1234").tap(NEXT).look(".decision")  # the photo has taken itself
    walk.tap_and_look("button[value=photo]").tap_and_look("button[value=again]")
    walk.tap("button[value=skip]").look(".decision").tap_and_look("button[value=gate]")
    goods.goods_in.refuse(goods.goods_queries.waiting()[0].id, actor="user guard", reason="test")
    walk.look(".mark.warn").tap(NEXT)

    estate.gate.printer().run_out_of_paper()
    estate.gate.wait_for_condition("printer", DeviceCondition.IMPAIRED)
    estate.gate.camera("in").unplug()
    walk.begin(GOODS, DELIVER, "button.tile", "[data-find-link]").look()
    walk.touch("[data-key='1']", "[data-key='1']").look(".found .tile").tap(".found .tile", "button[value=parcel]")
    walk.fill(phone="5550 1234").tap(NEXT).look(".decision").tap("button[value=gate]")
    walk.look(".shelf", ".progress.warn")
    estate.gate.camera("in").replug()
    estate.gate.printer().make_ready()
    walk.look(".progress.good:last-child").tap(NEXT)
    walk.end(SEEN["bringing"])


@in_every_language
def test_goods_that_are_collected_and_left(estate: Estate, walk: Walk) -> None:
    codes = estate.gate.appliance.goods.codes
    one = estate.keep("順豐速運 SF Express")
    walk.begin(GOODS).tap_and_look("form .door:not(.primary)", NEXT)  # with its problem: no digits
    walk.fill(code=codes.collect_code(one.id)).tap_and_look(NEXT)
    walk.tap_and_look(NEXT).tap(NEXT)
    two = estate.keep("DHL")
    walk.begin(GOODS, "form .door:not(.primary)").fill(code=codes.collect_code(two.id)).tap(NEXT)
    walk.touch(".tick .box").look().tap_and_look(NEXT)
    estate.gate.appliance.goods.goods_in.give_back(two.id, actor="user guard", reason="test")
    walk.end(SEEN["collecting"])


@in_every_language
def test_goods_that_go_out(estate: Estate, walk: Walk) -> None:
    walk.begin(GOODS).tap_and_look("a.door").tap_and_look(NEXT)
    walk.tap(".tile", ".tile", ".tile").look().tap_and_look(NEXT)  # with its problem: no name
    walk.touch("[data-fill]").tap_and_look(MORE)
    walk.fill(name="三座位真皮梳化", note="右扶手有刮痕").tap_and_look(NEXT).tap_and_look("h1 a")
    walk.tap(MORE)
    for number in range(3, LINES_OF_ONE_PAGE + 2):  # more than one page has room for
        walk.fill(name=f"四門雪櫃連製冰機 {number}", note="左側有凹痕").tap(MORE)
    walk.tap_and_look("h1 a", ".pager .button")
    walk.tap(".onward .button:not(.quiet)").look().tap_and_look(NEXT)  # with its problems
    walk.touch(".choice span").fill(requested_by="歐陽詠欣", taken_by="W" * 60, vehicle_plate="AB 1234")
    estate.gate.camera("in").unplug()  # without it nobody is asked for a photo
    walk.tap_and_look(NEXT)
    estate.gate.camera("in").replug()
    estate.gate.wait_for_condition("in.camera", DeviceCondition.READY)
    walk.touch(".choice label:last-of-type span").tap_and_look(".grid .tile:nth-child(2)")
    walk.tap("button[value=photo]").look("[data-preview]").tap("button[value=skip]").tap_and_look(NEXT)
    walk.end(SEEN["taking out"])
