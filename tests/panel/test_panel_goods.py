"""Goods in at the panel: deciding, finding, handing out by code, by card and by a guard's word, and registering."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from kiosk.domain.goods import CollectMethod, Goods, GoodsCategory, GoodsSource, GoodsState, Handling, NewGoods
from kiosk.domain.roles import Role
from kiosk.services.goods.goods_queries import GoodsFilter
from kiosk.store.tables import goods_in
from tests.panel.conftest import UNIT
from tests.panel.guard import Guard
from tests.support.appliance import TestGate

GAS = {"category": GoodsCategory.OTHER, "handling": Handling.DOOR, "description": "兩個石油氣瓶"}
FORM = {"unit": UNIT, "carrier": "順豐速運 SF Express", "category": "parcel", "handling": "gate", "pieces": "2"}

Deliver = Callable[..., Goods]


@pytest.fixture
def deliver(gate: TestGate) -> Deliver:
    def deliver(**facts: object) -> Goods:
        known = {"unit": UNIT, "carrier": "Lalamove", "category": GoodsCategory.PARCEL, "handling": Handling.GATE}
        new = NewGoods(**(known | facts))  # type: ignore[arg-type]
        goods_in = gate.appliance.goods.goods_in
        return goods_in.register(new, source=GoodsSource.TOUCH, actor="touchscreen", lane="in").goods

    return deliver


def stands(gate: TestGate, goods: Goods) -> GoodsState:
    return gate.appliance.goods.goods_queries.get(goods.id).state


def newest(gate: TestGate) -> Goods:
    return gate.appliance.goods.goods_queries.page(GoodsFilter(), before=None, limit=1).items[0]


def page_of(goods: Goods) -> str:
    return f"/panel/goods/{goods.id}"


def test_goods_that_wait_come_first_and_are_let_in_with_a_note(gate: TestGate, guard: Guard, deliver: Deliver) -> None:
    goods = deliver(**GAS)
    page = guard.get("/panel/goods").text
    assert page.index("Goods wait for a decision: 1") < page.index("Kept at the gate")
    assert "Dangerous goods" in page
    assert "Goods wait for a decision: 1" in guard.get("/panel/parts/alerts").text
    assert guard.post(f"{page_of(goods)}/let-in", reason=" ").status_code == 422
    assert stands(gate, goods) is GoodsState.WAITING
    opened = len(gate.relay("in").pulses)
    answer = guard.post(f"{page_of(goods)}/let-in", reason="工程部陪同")
    assert answer.location == page_of(goods)
    gate.wait_for_pulses(opened + 1)
    let_in = gate.appliance.goods.goods_queries.get(goods.id)
    assert (let_in.state, let_in.reason, let_in.decided_by) == (GoodsState.TO_DOOR, "工程部陪同", "user guard")
    page = guard.get(page_of(goods)).text
    assert f"/panel/visits/{let_in.visit_id}" in page
    assert "Goods wait for a guard&#39;s decision" in page
    assert "Goods go to the door" in page
    assert "/let-in" not in page


def test_goods_that_wait_are_refused_with_a_reason_once(gate: TestGate, guard: Guard, deliver: Deliver) -> None:
    goods = deliver(**GAS)
    guard.post(f"{page_of(goods)}/refuse", reason="不可入內")
    assert stands(gate, goods) is GoodsState.REFUSED
    late = guard.post(f"{page_of(goods)}/let-in", reason="but yes")
    assert late.status_code == 409
    assert "Somebody was faster" in late.text


def test_kept_goods_are_handed_out_by_the_code_of_their_unit_only(
    gate: TestGate, guard: Guard, deliver: Deliver
) -> None:
    goods = deliver()
    code = gate.appliance.goods.codes.collect_code(goods.id)
    wrong = guard.post(f"{page_of(goods)}/hand-out", code=f"{(int(code) + 1) % 10**6:06d}")
    assert (wrong.status_code, "not the code of these goods" in wrong.text) == (409, True)
    assert stands(gate, goods) is GoodsState.KEPT
    guard.post(f"{page_of(goods)}/hand-out", code=f" {code} ")
    collected = gate.appliance.goods.goods_queries.get(goods.id)
    assert (collected.state, collected.collect_method) == (GoodsState.COLLECTED, CollectMethod.CODE)
    assert code not in guard.get(page_of(goods)).text, "a code is told to the unit alone"


def test_kept_goods_are_handed_out_on_a_guards_word(gate: TestGate, guard: Guard, deliver: Deliver) -> None:
    goods = deliver()
    guard.post(f"{page_of(goods)}/hand-out")
    collected = gate.appliance.goods.goods_queries.get(goods.id)
    assert (collected.collect_method, collected.collected_by) == (CollectMethod.DESK, "user guard")


def test_kept_goods_go_back_with_a_reason(gate: TestGate, guard: Guard, deliver: Deliver) -> None:
    goods = deliver()
    assert guard.post(f"{page_of(goods)}/give-back").status_code == 422
    guard.post(f"{page_of(goods)}/give-back", reason="無人領取")
    assert stands(gate, goods) is GoodsState.RETURNED


def test_a_label_is_printed_again(gate: TestGate, guard: Guard, deliver: Deliver) -> None:
    goods = deliver()
    first = gate.wait_for_entry("label.printed", goods=goods.id)
    assert guard.post(f"{page_of(goods)}/reprint-label").status_code == 303
    gate.wait_for_entry("label.printed", first.seq, goods=goods.id)


class TestByCard:
    def test_a_card_of_the_unit_takes_the_goods(self, gate: TestGate, guard: Guard, deliver: Deliver) -> None:
        goods = deliver()
        card = gate.appliance.cards.add(uid="04A0B0C0D0E0F1", unit=UNIT, holder="陳太", actor="user clerk")
        answer = self.tap(gate, guard, goods, card.uid)
        assert answer.status_code == 303, answer.text
        collected = gate.appliance.goods.goods_queries.get(goods.id)
        assert (collected.collect_method, collected.collected_by) == (CollectMethod.CARD, f"card {card.id}")

    @pytest.mark.parametrize(
        ("uid", "known", "told"),
        [
            ("04A0B0C0D0E0F2", {"unit": "1-B-1-A"}, "This card is of another unit."),
            ("04A0B0C0D0E0F3", {"unit": UNIT, "for_visits": True}, "This card is of another unit."),
            ("04A0B0C0D0E0F4", None, "Not on record"),
            ("04A0B0C0D0E0FC", {"unit": UNIT, "carrier": "DHL"}, "This card is of another unit."),
        ],
    )
    def test_no_other_card_does(
        self, gate: TestGate, guard: Guard, uid: str, known: dict[str, Any] | None, told: str
    ) -> None:
        new = NewGoods(UNIT, "Lalamove", GoodsCategory.PARCEL, Handling.GATE)
        registered = gate.appliance.goods.goods_in.register(
            new, source=GoodsSource.TOUCH, actor="touchscreen", lane=None
        )
        goods = registered.goods
        if known is not None:
            gate.appliance.cards.add(uid=uid, holder="X", actor="user clerk", **known)
        answer = self.tap(gate, guard, goods, uid)
        assert (answer.status_code, told in answer.text) == (409, True), answer.text
        assert stands(gate, goods) is GoodsState.KEPT

    def test_a_card_for_other_goods_does_not(self, gate: TestGate, guard: Guard, deliver: Deliver) -> None:
        goods, other = deliver(), deliver()
        card = gate.appliance.cards.add(uid="04A0B0C0D0E0F5", unit=UNIT, holder="陳太", actor="user clerk")
        answer = self.tap(gate, guard, other, card.uid, then=f"{page_of(goods)}/hand-out-by-card")
        assert (answer.status_code, "No card was held" in answer.text) == (409, True)
        assert stands(gate, goods) is GoodsState.KEPT

    @staticmethod
    def tap(gate: TestGate, guard: Guard, goods: Goods, uid: str, then: str = "") -> object:
        """Wait for a card as the goods' page says, hold it up, and go on."""
        page = guard.get(page_of(goods)).text
        purpose = re.search(r'name="purpose" value="([^"]+)"', page)
        onward = re.search(r'name="then" value="([^"]+)"', page)
        assert purpose and onward  # noqa: PT018 - one form
        waiting = guard.post("/panel/desk", purpose=purpose[1], then=onward[1], back=page_of(goods)).text
        wish = re.search(r'name="give_up" value="([0-9a-f-]+)"', waiting)
        assert wish
        before = gate.appliance.feed.last_seq
        gate.desk_reader().tap(bytes.fromhex(uid))
        gate.wait_for_entry("desk.card_tapped", before)
        return guard.post(then or onward[1], wish=wish[1])


def test_what_has_been_kept_for_long_is_marked_by_its_shelf(gate: TestGate, guard: Guard, deliver: Deliver) -> None:
    goods = deliver(carrier="Yesterday & Co")
    assert "for 4 days" not in guard.get("/panel/goods").text
    with gate.appliance.store.write() as transaction:
        long_ago = transaction.now - timedelta(days=4)
        transaction.connection.execute(update(goods_in).where(goods_in.c.id == goods.id).values(created_at=long_ago))
    page = guard.get("/panel/goods").text
    assert re.search(r'class="facts late">for 4 days', page)
    people = guard.get("/panel/parts/people").text
    assert "longest: 4 days" in people
    assert f"Kept at the gate: {len(gate.appliance.goods.goods_queries.kept())}" in people
    gate.appliance.goods.goods_in.give_back(goods.id, actor="user guard", reason="too long")


def test_goods_are_found_and_taken_away_as_a_file(app: Flask, gate: TestGate, guard: Guard, deliver: Deliver) -> None:
    goods = deliver(carrier="粵港物流", description="古琴", vehicle_plate="粤Z 9988")
    for query in ("古琴", "粤z99", goods.number):
        page = guard.get(f"/panel/goods?q={query}&state=kept").text
        assert goods.number in page
        assert "Shelf" not in page, "a search shows what it found and no shelves"
    assert "Nothing was found." in guard.get("/panel/goods?q=古琴&state=collected").text
    assert goods.number not in guard.get(f"/panel/goods?before={goods.seq}").text
    desk = Guard(app)
    desk.log_in("frontdesk")
    with desk.get("/panel/goods.csv?q=古琴") as answer:
        (row,) = csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""))
    assert (row["Number"], row["Carrier"], row["Description"], row["Shelf"]) == (
        goods.number, "粵港物流", "古琴", goods.shelf,
    )  # fmt: skip
    assert gate.appliance.goods.codes.collect_code(goods.id) not in str(row)


def test_a_guard_registers_what_is_left_at_the_gate(gate: TestGate, guard: Guard) -> None:
    page = guard.get("/panel/goods/new").text
    assert "<option>順豐速運 SF Express</option>" in page
    assert f"<option>{UNIT}</option>" in page
    answer = guard.post("/panel/goods/new", **FORM, photo_from="in")
    goods = newest(gate)
    assert answer.location == page_of(goods)
    assert (goods.state, goods.pieces, goods.source) == (GoodsState.KEPT, 2, GoodsSource.PANEL)
    assert goods.photo_id
    assert f"/panel/photos/{goods.photo_id}.jpg" in guard.get(page_of(goods)).text


def test_what_is_wrong_with_the_form_is_said_by_the_field(gate: TestGate, guard: Guard) -> None:
    before = newest(gate).id
    answer = guard.post("/panel/goods/new", **(FORM | {"unit": "9-Z", "pieces": "many", "carrier": "SF <b>"}))
    assert answer.status_code == 422
    assert 'id="pieces-problem"' in answer.text
    assert "SF &lt;b&gt;" in answer.text, "what was typed stays"
    answer = guard.post("/panel/goods/new", **(FORM | {"unit": "9-Z"}))
    assert 'id="unit-problem"' in answer.text
    assert newest(gate).id == before


def test_whatever_is_wrong_with_the_form_is_said_at_once(gate: TestGate, guard: Guard) -> None:
    before = gate.appliance.feed.last_seq
    form = {"carrier": " ", "unit": UNIT, "category": "other", "handling": "gate", "pieces": "many", "phone": "no"}
    answer = guard.post("/panel/goods/new", **form)
    assert answer.status_code == 422
    assert all(f'id="{name}-problem"' in answer.text for name in ("carrier", "description", "pieces", "phone"))
    assert 'value="many"' in answer.text
    assert gate.appliance.feed.last_seq == before


def test_dangerous_goods_are_registered_with_a_note(gate: TestGate, guard: Guard) -> None:
    gas = FORM | {"category": "other", "description": "Gas cylinder", "handling": "door", "lane": "in"}
    answer = guard.post("/panel/goods/new", **gas)
    assert (answer.status_code, "on what terms do they come in?" in answer.text) == (422, True)
    opened = len(gate.relay("in").pulses)
    guard.post("/panel/goods/new", **gas, reason="工程部陪同")
    gate.wait_for_pulses(opened + 1)
    assert (newest(gate).state, newest(gate).is_dangerous) == (GoodsState.TO_DOOR, True)


def test_a_carrier_on_the_blocklist_is_let_in_with_a_reason_only(gate: TestGate, guard: Guard) -> None:
    gate.appliance.blocklist.add(actor="user chief", reason="broke the barrier", vehicle_plate="XX 6666")
    sofa = FORM | {"handling": "door", "category": "furniture", "vehicle_plate": "xx6666"}
    answer = guard.post("/panel/goods/new", **sofa)
    assert (answer.status_code, "broke the barrier" in answer.text) == (409, True)
    assert 'value="xx6666"' in answer.text
    guard.post("/panel/goods/new", **sofa, reason="the management allows it")
    assert newest(gate).state is GoodsState.TO_DOOR


@pytest.mark.parametrize("role", [Role.CLERK])
def test_who_only_watches_is_offered_nothing(app: Flask, deliver: Deliver, role: Role) -> None:
    kept, waiting = deliver(), deliver(**GAS)
    someone = Guard(app)
    someone.log_in(role.value)
    for page in ("/panel/goods", page_of(kept), page_of(waiting)):
        shown = someone.get(page)
        assert shown.status_code == 200
        assert not re.search(r"hand-out|let-in|give-back|reprint-label|/goods/new", shown.text)
