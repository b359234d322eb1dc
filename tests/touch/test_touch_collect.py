"""Collecting goods at the touchscreen: by code, by card, by pass, and by nothing else."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from kiosk.domain.goods import CollectMethod, Goods, GoodsCategory, GoodsSource, GoodsState, Handling, NewGoods
from kiosk.domain.passes import PassKind
from kiosk.domain.time_profiles import Day, Span, TimeProfile
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource
from tests.support.appliance import TestGate
from tests.support.visitor import ClockAhead, Visitor
from web.turns.claims import FRESH, MAX_ATTEMPTS, WITHIN_S

UNIT = "1-B-1-A"
CARD_NUMBERS = itertools.count(1)


@pytest.fixture(autouse=True)
def nothing_kept(gate: TestGate) -> Iterator[None]:
    yield
    for goods in gate.appliance.goods.goods_queries.kept():
        gate.appliance.goods.goods_in.give_back(goods.id, actor="test", reason="test")


def keep(gate: TestGate, unit: str = UNIT, carrier: str = "DHL", pieces: int = 2) -> Goods:
    new = NewGoods(unit, carrier, GoodsCategory.PARCEL, Handling.GATE, carrier_name="何文", pieces=pieces)
    return gate.appliance.goods.goods_in.register(new, source=GoodsSource.PANEL, actor="test", lane=None).goods


def state(gate: TestGate, goods: Goods) -> GoodsState:
    return gate.appliance.goods.goods_queries.get(goods.id).state


def code(gate: TestGate, goods: Goods) -> str:
    return gate.appliance.goods.codes.collect_code(goods.id)


def wrong_code(gate: TestGate) -> str:
    taken = {code(gate, goods) for goods in gate.appliance.goods.goods_queries.kept()}
    return next(f"{number:06d}" for number in range(1000) if f"{number:06d}" not in taken)


def begin(visitor: Visitor) -> Visitor:
    visitor.send("/language", language="en")
    return visitor.send("/collect")


def type_code(visitor: Visitor, digits: str) -> Visitor:
    return visitor.send("/collect/code", code=digits)


def take(visitor: Visitor, *goods: Goods, page: Goods) -> Visitor:
    return visitor.send("/collect/goods", goods=[each.id for each in goods], page=page.id)


def new_card(gate: TestGate, *, for_visits: bool = False, carrier: str = "") -> str:
    """A card of the unit, by its id and UID: the same one twice in a moment would be one event."""
    uid = f"04C0117EC7{next(CARD_NUMBERS):04X}"
    return gate.appliance.cards.add(
        actor="test", uid=uid, holder="陳大文", unit=UNIT, for_visits=for_visits, carrier=carrier
    ).id


def tap_card(gate: TestGate, lane: str = "in") -> str:
    """Somebody of the unit is let through; returns the card's id."""
    card = gate.appliance.cards.get(new_card(gate))
    seq = gate.appliance.feed.last_seq
    gate.tap(card.uid, lane)
    gate.wait_for_entry("access.granted", seq, card=card.id)
    return card.id


def test_the_code_shows_its_goods_and_hands_them_out(gate: TestGate, visitor: Visitor) -> None:
    goods, others = keep(gate), keep(gate)
    begin(visitor)
    assert type_code(visitor, code(gate, goods)).path == "/collect/goods"
    assert all(told in visitor.page for told in (goods.number, f">{goods.shelf}<", "DHL", "2 pieces"))
    assert others.number not in visitor.page, "a code is for its goods alone"
    assert not any(name in visitor.page for name in ("何文", "陳大文"))
    take(visitor, goods, page=goods)
    assert "Thank you. That is all." in visitor.page
    told = gate.appliance.goods.goods_queries.get(goods.id)
    assert (told.state, told.collect_method, told.collected_by) == (GoodsState.COLLECTED, CollectMethod.CODE, "code")
    take(visitor, goods, page=goods)
    assert "Thank you. That is all." in visitor.page, "a second tap finds it done"
    assert state(gate, others) is GoodsState.KEPT
    collected = gate.entries("goods.collected", goods=goods.id)
    assert len(collected) == 1
    assert code(gate, goods) not in str(collected[0].payload)


def test_only_what_was_shown_is_handed_out(gate: TestGate, visitor: Visitor) -> None:
    goods, others = keep(gate), keep(gate, "1-A-1-A")
    type_code(begin(visitor), code(gate, goods))
    take(visitor, others, page=goods)
    assert "Nothing was handed out." in visitor.page
    assert (state(gate, goods), state(gate, others)) == (GoodsState.KEPT, GoodsState.KEPT)


@pytest.mark.parametrize("digits", ["", "12345", "1234567", "abcdef", "１２３４５６"])
def test_what_is_no_code_is_no_attempt(gate: TestGate, visitor: Visitor, digits: str) -> None:
    goods = keep(gate)
    begin(visitor)
    for _ in range(MAX_ATTEMPTS + 1):
        assert "The code has six digits." in type_code(visitor, digits).page
    assert type_code(visitor, code(gate, goods)).path == "/collect/goods"


def test_guesses_are_few_for_the_whole_touchscreen(
    app: Flask, gate: TestGate, clock: ClockAhead, visitor: Visitor
) -> None:
    goods = keep(gate)
    right, wrong = code(gate, goods), wrong_code(gate)
    for _ in range(2 * MAX_ATTEMPTS):
        assert type_code(begin(visitor), right).path == "/collect/goods", "who knows the code was not guessing"
    begin(visitor)
    for _ in range(MAX_ATTEMPTS):
        assert type_code(visitor, wrong).status == 422
    assert type_code(visitor, right).status == 429
    assert "Please ask the guard." in visitor.page
    assert type_code(begin(Visitor(app)), right).status == 429, "another turn has no more"
    clock.advance(WITHIN_S + 1)
    assert type_code(begin(visitor), right).path == "/collect/goods"


def test_a_card_shows_what_its_unit_has(gate: TestGate, visitor: Visitor) -> None:
    first, second, others = keep(gate), keep(gate, carrier="Keeta"), keep(gate, "1-A-1-A")
    begin(visitor)
    card_id = tap_card(gate)
    assert visitor.see("/collect/shown").path == "/collect/goods"
    assert first.number in visitor.page
    assert second.number in visitor.page
    assert others.number not in visitor.page
    assert "陳大文" not in visitor.page
    take(visitor, second, page=first)
    told = gate.appliance.goods.goods_queries.get(second.id)
    assert (told.collect_method, told.collected_by) == (CollectMethod.CARD, f"card {card_id}")
    assert state(gate, first) is GoodsState.KEPT, "it was unticked"
    assert visitor.see("/collect/shown").path == "/collect/shown"
    assert first.number not in visitor.page, "a card is good for one time"


def test_a_card_that_was_tapped_before_the_page_collects_nothing(gate: TestGate, visitor: Visitor) -> None:
    goods = keep(gate)
    tap_card(gate)
    begin(visitor).see("/collect/shown?card=1&pass=2")
    assert goods.number not in visitor.page
    assert "collects nothing" in visitor.page


def test_whoever_held_something_up_may_have_gone(gate: TestGate, visitor: Visitor) -> None:
    goods = keep(gate)
    payload = {"lane": "in", "code": "granted", "direction": "in", "credential": "card", "card": new_card(gate)}
    begin(visitor)
    with gate.appliance.store.write() as transaction:
        transaction.now -= FRESH
        transaction.record("lane in", "access.granted", payload)
    assert goods.number not in visitor.see("/collect/shown").page


def test_a_card_at_another_lane_collects_nothing_here(gate: TestGate, visitor: Visitor) -> None:
    goods = keep(gate)
    begin(visitor)
    tap_card(gate, "out")
    assert goods.number not in visitor.see("/collect/shown").page


def test_a_household_without_goods_is_told_so(gate: TestGate, visitor: Visitor) -> None:
    begin(visitor)
    tap_card(gate)
    assert "We keep no goods for your flat at present." in visitor.see("/collect/shown").page


ALWAYS = TimeProfile({day: (Span(0, 1440),) for day in Day})


@pytest.mark.parametrize(
    ("kind", "uses", "collects"),
    [
        (PassKind.MULTI, 5, True),
        (PassKind.RECURRING, None, True),
        (PassKind.SINGLE, 1, False),
        (PassKind.DAY, None, False),
    ],
)
def test_a_pass_for_coming_again_collects_and_a_guests_does_not(
    gate: TestGate, visitor: Visitor, kind: PassKind, uses: int | None, *, collects: bool
) -> None:
    goods = keep(gate)
    now = gate.appliance.clock.now()
    issued = gate.appliance.passes.issue(
        actor="test", unit=UNIT, holder="Maria", kind=kind, uses=uses, lanes=None,
        not_before=now - timedelta(minutes=1),
        not_after=None if kind is PassKind.DAY else now + timedelta(days=9),
        weekly=ALWAYS if kind is PassKind.RECURRING else None,
    )  # fmt: skip
    begin(visitor)
    seq = gate.appliance.feed.last_seq
    gate.hold_up(issued.token)
    gate.wait_for_entry("access.granted", seq, **{"pass": issued.id})
    visitor.see("/collect/shown")
    assert (goods.number in visitor.page) is collects
    if collects:
        take(visitor, goods, page=goods)
        told = gate.appliance.goods.goods_queries.get(goods.id)
        assert (told.collect_method, told.collected_by) == (CollectMethod.PASS, f"pass {issued.id}")


def test_a_visitors_receipt_collects_nothing(gate: TestGate, visitor: Visitor) -> None:
    goods = keep(gate)
    new = NewVisit(VisitKind.GUEST, UNIT, "何文")
    entered = gate.appliance.visits.sign_in(new, source=VisitSource.API, actor="test", lane=None)
    assert entered.issued is not None
    begin(visitor)
    payload = {"lane": "in", "code": "granted", "direction": "in", "credential": "pass", "pass": entered.issued.id}
    with gate.appliance.store.write() as transaction:
        transaction.record("lane in", "access.granted", payload)
    assert goods.number not in visitor.see("/collect/shown").page


@pytest.mark.parametrize("whose", [{"for_visits": True}, {"carrier": "DHL"}])
def test_a_card_that_is_nobodys_own_collects_nothing(gate: TestGate, visitor: Visitor, whose: dict[str, Any]) -> None:
    goods = keep(gate)
    nobodys = new_card(gate, **whose)
    begin(visitor)
    payload = {"lane": "in", "code": "granted", "direction": "in", "credential": "card", "card": nobodys}
    with gate.appliance.store.write() as transaction:
        transaction.record("lane in", "access.granted", payload)
    assert goods.number not in visitor.see("/collect/shown").page


def test_many_goods_come_page_by_page(gate: TestGate, visitor: Visitor) -> None:
    kept = [keep(gate) for _ in range(8)]
    begin(visitor)
    tap_card(gate)
    visitor.see("/collect/shown")
    assert "More follow on the next page." in visitor.page
    take(visitor, *kept, page=kept[0])
    assert state(gate, kept[7]) is GoodsState.KEPT, "it was not on the page"
    assert kept[7].number in visitor.page
    take(visitor, *kept[6:], page=kept[6])
    assert gate.appliance.goods.goods_queries.kept() == []


def test_what_was_handed_out_at_the_desk_meanwhile_is_left_out(gate: TestGate, visitor: Visitor) -> None:
    goods = keep(gate)
    type_code(begin(visitor), code(gate, goods))
    gate.appliance.goods.goods_in.collect(goods.id, method=CollectMethod.DESK, by="user guard", actor="user guard")
    take(visitor, goods, page=goods)
    assert "Nothing was handed out." in visitor.page
    assert gate.appliance.goods.goods_queries.get(goods.id).collect_method is CollectMethod.DESK


def test_without_a_turn_there_is_nothing(gate: TestGate, visitor: Visitor) -> None:
    goods = keep(gate)
    for path in ("/collect", "/collect/shown", "/collect/goods"):
        assert visitor.see(path).path == "/"
    type_code(begin(visitor), code(gate, goods))
    visitor.send("/leave")
    assert visitor.see("/collect/goods").path == "/"
