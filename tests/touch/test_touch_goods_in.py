"""Goods that come in at the touchscreen, page by page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask

from hardware.supervisor import DeviceCondition
from kiosk.domain.goods import Goods, GoodsCategory, GoodsSource, GoodsState, Handling
from kiosk.domain.units import Unit
from kiosk.domain.visits import VisitKind, VisitState
from kiosk.services.goods.goods_queries import GoodsFilter
from kiosk.services.resident_links import NewLink
from tests.support.appliance import UNITS, TestGate, demo_appliance, document, wait_for
from tests.support.visitor import ClockAhead, Visitor, draft_count, visits
from web import create_app
from web.turns.draft import GRACE_S, WAITING_S

SF = "順豐速運 SF Express"


def newest(gate: TestGate) -> Goods:
    return gate.appliance.goods.goods_queries.page(GoodsFilter(), before=None, limit=1).items[0]


def count(gate: TestGate) -> int:
    return len(gate.appliance.goods.goods_queries.page(GoodsFilter(), before=None, limit=1000).items)


def begin(visitor: Visitor) -> Visitor:
    visitor.send("/language", language="en")
    visitor.see("/goods")
    return visitor.send("/goods-in")


def to_what(visitor: Visitor) -> Visitor:
    begin(visitor).send("/goods-in/carrier", carrier=SF)
    return visitor.go_to("2/C", "2-C-12-A")


def to_summary(visitor: Visitor, category: str = "parcel", **fields: str) -> Visitor:
    to_what(visitor).send("/goods-in/what", category=category, **fields)
    if category == "dangerous":
        visitor.send("/goods-in/details", danger="Gas cylinder")
    assert visitor.path == "/goods-in/photo", visitor.page
    visitor.send("/goods-in/photo", do="take")
    assert visitor.path == "/goods-in/summary"
    return visitor


def done(visitor: Visitor, handling: str) -> Visitor:
    return visitor.send("/goods-in/done", handling=handling, once=visitor.once)


def test_the_first_page_leads_to_three_doors(visitor: Visitor) -> None:
    visitor.send("/language", language="en")
    assert 'href="/goods"' in visitor.page
    visitor.see("/goods")
    assert all(words in visitor.page for words in ("Deliver goods", "Collect goods", "Take goods out"))
    assert "data-idle-s" in visitor.page


def test_a_parcel_is_left_on_a_shelf_that_is_told_large(gate: TestGate, visitor: Visitor) -> None:
    opened = len(gate.relay("in").pulses)
    to_summary(visitor, pieces="3", vehicle_plate="AB 1234")
    for value in (SF, "Phase 2, Block C, 12/F, Flat A", "3 × Parcel", "AB 1234", "Taken"):
        assert value in visitor.page
    done(visitor, "gate")
    goods = newest(gate)
    assert visitor.path == "/goods-in/goods"
    assert re.search(rf'class="shelf digits">{goods.shelf}<', visitor.page)
    assert goods.number in visitor.page
    assert "The resident is told." not in visitor.page, "nobody of the unit has a telephone here"
    assert (goods.state, goods.source, goods.lane) == (GoodsState.KEPT, GoodsSource.TOUCH, "in")
    assert (goods.unit, goods.carrier, goods.pieces, goods.vehicle_plate) == ("2-C-12-A", SF, 3, "AB 1234")
    assert goods.photo_id is not None
    assert len(gate.relay("in").pulses) == opened
    assert visitor.send("/leave").path == "/"


def test_goods_to_the_door_are_a_visit_with_its_page(gate: TestGate, visitor: Visitor) -> None:
    opened = len(gate.relay("in").pulses)
    done(to_summary(visitor, "furniture"), "door")
    visit, goods = visits(gate)[0], newest(gate)
    assert visitor.path == "/visit"
    assert visit.number in visitor.page
    assert goods.number in visitor.page
    assert "<svg" in visitor.page, "the pass stands on the screen as a code"
    assert (visit.kind, visit.state, visit.visitor_name) == (VisitKind.DELIVERY, VisitState.SIGNED_IN, SF)
    assert (goods.state, goods.visit_id) == (GoodsState.TO_DOOR, visit.id)
    gate.wait_for_pulses(opened + 1)


def test_nothing_personal_is_asked(visitor: Visitor) -> None:
    asked = set()
    begin(visitor)
    for step in ({"carrier": SF}, {"place": "2/C"}, {"place": "2-C-12-A"}, {"category": "parcel"}):
        asked |= set(re.findall(r'<input id="(\w+)"', visitor.page))
        if "place" in step:
            visitor.go_to(step["place"])
        else:
            visitor.send(visitor.path, **step)
    assert asked == {"pieces", "vehicle_plate"}


def test_a_carrier_without_a_button_is_typed(gate: TestGate, visitor: Visitor) -> None:
    begin(visitor).see("/goods-in/carrier?other=1")
    assert 'name="carrier" value=""' in visitor.page
    assert visitor.send("/goods-in/carrier", carrier=" ").status == 422
    assert "Please fill this in." in visitor.page
    assert visitor.send("/goods-in/carrier", carrier="A" * 61).status == 422
    assert visitor.send("/goods-in/carrier", carrier="A\nB").status == 422
    visitor.send("/goods-in/carrier", carrier="永發速遞").go_to("2/C", "2-C-12-A")
    visitor.send("/goods-in/what", category="food")
    visitor.send("/goods-in/photo", do="skip")
    done(visitor, "gate")
    assert (newest(gate).carrier, newest(gate).category) == ("永發速遞", GoodsCategory.FOOD)


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("what", {"category": "parcel", "pieces": "0"}),
        ("what", {"category": "parcel", "pieces": "1000"}),
        ("what", {"category": "parcel", "pieces": "٣"}),
        ("what", {"category": "parcel", "vehicle_plate": "A" * 17}),
        ("details", {"description": ""}),
        ("details", {"description": "A" * 201}),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field(visitor: Visitor, page: str, fields: dict[str, str]) -> None:
    to_what(visitor)
    if page == "details":
        visitor.send("/goods-in/what", category="other")
    visitor.send(f"/goods-in/{page}", **fields)
    assert (visitor.status, visitor.path) == (422, f"/goods-in/{page}")
    assert "-problem" in visitor.page
    assert visitor.see("/goods-in/summary").path == f"/goods-in/{page}", "the page stays due"


def test_other_goods_are_told_in_words(gate: TestGate, visitor: Visitor) -> None:
    to_what(visitor).send("/goods-in/what", category="other")
    visitor.send("/goods-in/details", description="aquarium")
    visitor.send("/goods-in/photo", do="skip")
    assert "1 × aquarium" in visitor.page
    visitor.send("/goods-in/change", step="what")
    visitor.send("/goods-in/what", category="parcel")
    assert visitor.path == "/goods-in/summary", "a parcel needs no words"
    done(visitor, "gate")
    assert (newest(gate).category, newest(gate).description) == (GoodsCategory.PARCEL, "")


@pytest.fixture
def waiting(app: Flask) -> Visitor:
    visitor = to_summary(Visitor(app), "dangerous")
    assert "The guard decides whether they may come in." in visitor.page
    done(visitor, "door")
    assert "Please wait. The guard has to look at these goods." in visitor.page
    return visitor


def test_dangerous_goods_wait_and_go_on_with_the_guards_yes(gate: TestGate, waiting: Visitor) -> None:
    goods = newest(gate)
    opened = len(gate.relay("in").pulses)
    assert (goods.state, goods.is_dangerous) == (GoodsState.WAITING, True)
    assert goods.description == "石油氣瓶 Gas cylinder", "the guard reads it, whatever the courier speaks"
    assert 'data-idle-s="300"' in waiting.page
    assert waiting.see("/").path == "/goods-in/goods", "the first page leads back to who waits"
    gate.appliance.goods.goods_in.let_in(goods.id, actor="user guard", note="looked at")
    assert waiting.see("/goods-in/goods/state").path == "/visit"
    assert goods.number in waiting.page
    gate.wait_for_pulses(opened + 1)


def test_dangerous_goods_may_be_kept(gate: TestGate, visitor: Visitor) -> None:
    done(to_summary(visitor, "dangerous"), "gate")
    gate.appliance.goods.goods_in.let_in(newest(gate).id, actor="user guard", note="empty")
    assert 'data-state="kept"' in visitor.see("/goods-in/goods/state").page
    assert f'class="shelf digits">{newest(gate).shelf}<' in visitor.page


def test_the_guards_no_is_said_kindly(gate: TestGate, waiting: Visitor) -> None:
    gate.appliance.goods.goods_in.refuse(newest(gate).id, actor="user guard", reason="smells")
    assert "Sorry, these goods cannot come in." in waiting.see("/goods-in/goods").page
    assert "smells" not in waiting.page
    assert waiting.send("/goods-in/cancel").path == "/goods-in/goods", "there is nothing to cancel any more"
    assert newest(gate).state is GoodsState.REFUSED


@pytest.mark.parametrize("path", ["/goods-in/cancel", "/leave"])
def test_who_waits_no_longer_has_given_up(gate: TestGate, waiting: Visitor, path: str) -> None:
    assert waiting.send(path).path == "/"
    assert newest(gate).state is GoodsState.CANCELLED
    assert waiting.see("/goods-in/goods").path == "/"


def test_something_dangerous_in_words_waits_too(gate: TestGate, visitor: Visitor) -> None:
    to_what(visitor).send("/goods-in/what", category="dangerous")
    assert visitor.see("/goods-in/summary").path == "/goods-in/details"
    visitor.send("/goods-in/details", danger="Plutonium")
    assert visitor.status == 422, "no button sends this, and nothing is said in words"
    visitor.send("/goods-in/details", description="refrigerant")
    visitor.send("/goods-in/photo", do="skip")
    done(visitor, "gate")
    assert (newest(gate).state, newest(gate).description) == (GoodsState.WAITING, "refrigerant")
    visitor.send("/leave")


def test_a_double_tap_registers_once(gate: TestGate, visitor: Visitor) -> None:
    to_summary(visitor)
    before = count(gate)
    fields = {"csrf_token": visitor.token, "once": visitor.once, "handling": "gate"}
    cookie = visitor.client.get_cookie("gatehouse")
    assert cookie is not None

    def tap(_: int) -> str | None:
        finger = visitor.client.application.test_client()
        finger.set_cookie("gatehouse", cookie.value)
        return finger.post("/goods-in/done", data=fields).location

    with ThreadPoolExecutor(4) as fingers:
        assert list(fingers.map(tap, range(4))) == ["/goods-in/goods"] * 4
    assert count(gate) == before + 1


def test_what_no_button_sends_registers_nothing(gate: TestGate, visitor: Visitor) -> None:
    before = count(gate)
    stale = to_summary(visitor).once
    to_summary(visitor)
    assert visitor.send("/goods-in/done", handling="gate", once=stale).path == "/goods-in/summary"
    assert visitor.send("/goods-in/done", handling="roof", once=visitor.once).path == "/goods-in/summary"
    answer = visitor.client.post("/goods-in/done", data={"once": visitor.once, "handling": "gate"})
    assert (answer.status_code, answer.location) == (303, "/"), "a form without its token"
    begin(visitor)
    assert visitor.send("/goods-in/done", handling="gate").path == "/goods-in/carrier"
    assert visitor.send("/goods-in/what", category="bomb").path == "/goods-in/carrier"
    assert count(gate) == before


def test_back_goes_through_every_page(visitor: Visitor) -> None:
    to_summary(visitor, "dangerous")
    seen = []
    for step in ("summary", "photo", "details", "what", "place", "place", "carrier"):
        visitor.send("/goods-in/back", step=step)
        seen.append(visitor.path.rpartition("/")[2])
    assert seen == ["photo", "details", "what", "place", "place", "carrier", "goods"]


def test_pages_cannot_be_jumped_over_and_are_not_mixed(visitor: Visitor) -> None:
    begin(visitor)
    for path in ("place", "what", "details", "contact", "photo", "summary"):
        assert visitor.see(f"/goods-in/{path}").path == "/goods-in/carrier"
    for path in ("/sign-in/kind", "/sign-in/place", "/take-out/items", "/take-out/summary", "/collect"):
        assert visitor.see(path).path == "/goods-in/carrier", "another way's page leads to one's own"
    assert visitor.client.get("/sign-in/photo/preview.jpg").status_code == 404


def test_leaving_and_the_idle_time_wipe_everything(app: Flask, clock: ClockAhead, visitor: Visitor) -> None:
    to_summary(visitor)
    visitor.send("/leave")
    assert draft_count(app) == 0
    to_summary(visitor)
    clock.advance(60 + GRACE_S + 1)
    assert visitor.see("/goods-in/summary").path == "/"
    assert "Sorry, we have to start again." in visitor.page
    to_summary(visitor)
    visitor.see("/goods")
    assert draft_count(app) == 0, "the three doors end a turn as the first page does"
    assert WAITING_S > 60


def test_a_photo_is_looked_at_again_from_the_summary(gate: TestGate, visitor: Visitor) -> None:
    to_what(visitor).send("/goods-in/what", category="parcel")
    assert 'data-timer="3"' in visitor.page
    visitor.send("/goods-in/photo", do="take")
    assert visitor.send("/goods-in/change", step="photo").path == "/goods-in/photo"
    assert "Is this photo all right?" in visitor.page
    assert "data-timer" not in visitor.send("/goods-in/photo", do="again").page
    assert "Is this photo all right?" in visitor.send("/goods-in/photo", do="take").page
    shown = visitor.client.get("/goods-in/photo/taken.jpg").data
    visitor.send("/goods-in/photo", do="keep")
    done(visitor, "gate")
    photo_id = newest(gate).photo_id
    assert photo_id is not None
    assert gate.appliance.photos.jpeg(photo_id) == shown


def test_a_camera_that_is_gone_costs_no_touch(gate: TestGate, visitor: Visitor) -> None:
    gate.camera("in").unplug()
    try:
        wait_for(lambda: gate.appliance.cameras["in"].latest() is None)
        to_what(visitor).send("/goods-in/what", category="parcel")
        assert visitor.path == "/goods-in/summary"
        visitor.send("/goods-in/change", step="photo")
        assert "The camera is resting" in visitor.page
        assert visitor.send("/goods-in/photo", do="skip").path == "/goods-in/summary"
        done(visitor, "gate")
        assert newest(gate).photo_id is None
    finally:
        gate.camera("in").replug()
        gate.wait_for_condition("in.camera", DeviceCondition.READY)
        wait_for(gate.appliance.cameras["in"].latest)


def test_a_resident_with_a_telephone_is_said_to_be_told(tmp_path: Path) -> None:
    settings = document(hosts={"base_url": "http://gate.invalid"})
    with demo_appliance(tmp_path, settings=settings) as gate:
        link = NewLink("2-C-12-A", "李太", address="json://127.0.0.1:9")
        gate.appliance.resident_links.make(link, actor="user desk")
        visitor = Visitor(create_app(gate.appliance))
        wait_for(gate.appliance.cameras["in"].latest)
        done(to_summary(visitor), "gate")
        assert "The resident is told." in visitor.page


def test_a_printed_label_is_told(gate: TestGate, visitor: Visitor) -> None:
    done(to_summary(visitor), "gate")
    gate.wait_for_entry("label.printed", goods=newest(gate).id)
    assert "Please stick the label on." in visitor.see("/goods-in/goods/state").page


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    units = (*UNITS, Unit("CLUB", "會所", "", "", ""))
    asks = {"name": "required", "phone": "required", "vehicle_plate": "required"}
    settings = document(
        goods={"drop_off_points": ["2-C-12-B", "CLUB", "NOWHERE"], "carriers": []},
        visits={"kinds": {"delivery": {"asks": asks, "approval": "guard"}}},
    )
    with demo_appliance(tmp_path_factory.mktemp("strict"), units=units, settings=settings) as gate:
        yield gate


def test_drop_off_points_stand_before_the_phases(strict: TestGate) -> None:
    visitor = begin(Visitor(create_app(strict.appliance)))
    assert 'name="carrier" value=""' in visitor.page, "without companies the name is typed at once"
    visitor.send("/goods-in/carrier", carrier="DHL")
    buttons = re.findall(r'<button class="tile[^"]*" name="(\w+)" value="([^"]+)"', visitor.page)
    assert buttons == [("unit", "2-C-12-B"), ("unit", "CLUB"), *(("phase", each) for each in ("1/A", "1/B", "2/C"))]
    visitor.send("/goods-in/place", unit="CLUB")
    assert visitor.path == "/goods-in/what"
    visitor.send("/goods-in/back", step="what")
    assert 'value="CLUB"' in visitor.page
    visitor.send("/goods-in/place", unit="2-C-12-A")
    assert visitor.path == "/goods-in/place", "a unit that is not among the buttons"
    visitor.send("/goods-in/place", phase="1/A")
    assert 'value="CLUB"' not in visitor.page
    assert visitor.send("/goods-in/place", unit="CLUB").path == "/goods-in/place"


def test_what_a_delivery_has_to_tell_is_asked(strict: TestGate) -> None:
    visitor = begin(Visitor(create_app(strict.appliance)))
    visitor.send("/goods-in/carrier", carrier="DHL")
    visitor.send("/goods-in/place", unit="CLUB")
    assert visitor.send("/goods-in/what", category="parcel").status == 422, "the plate is required"
    visitor.send("/goods-in/what", category="parcel", vehicle_plate="AB 1234")
    assert visitor.path == "/goods-in/contact"
    assert visitor.send("/goods-in/contact", phone="").status == 422
    assert visitor.send("/goods-in/contact", phone="me").status == 422
    visitor.send("/goods-in/contact", phone="5550 1234")
    visitor.send("/goods-in/photo", do="skip")
    done(visitor, "door")
    assert visitor.path == "/visit"
    assert "The guard is being asked." in visitor.page, "deliveries wait for the guard at this gate"
    goods = newest(strict)
    assert goods.number in visitor.page
    assert (goods.phone, goods.unit, goods.handling) == ("5550 1234", "CLUB", Handling.DOOR)
    visitor.send("/visit/cancel")
    assert visits(strict)[0].state is VisitState.CANCELLED


def test_a_unit_that_has_left_the_directory_meanwhile_registers_nothing(tmp_path: Path) -> None:
    with demo_appliance(tmp_path) as gate:
        visitor = to_summary(Visitor(create_app(gate.appliance)))
        with gate.appliance.store.write() as transaction:
            transaction.connection.exec_driver_sql("DELETE FROM units WHERE code = '2-C-12-A'")
        done(visitor, "gate")
        assert visitor.path == "/"
        assert "Sorry, we have to start again." in visitor.page
        assert count(gate) == 0
