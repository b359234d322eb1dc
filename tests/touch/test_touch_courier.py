"""A courier's card at the touchscreen: what its tap begins, and what it does not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta

import pytest

from kiosk.domain.access import CredentialState
from kiosk.domain.goods import GoodsState, Handling
from kiosk.services.cards import Card
from kiosk.services.goods.goods_queries import GoodsFilter
from tests.support.appliance import UNITS, TestGate, demo_appliance, document
from tests.support.visitor import Visitor, draft_count
from tests.touch.test_touch_goods_in import done, to_summary
from tests.touch.test_touch_sign_out import _events
from web import create_app
from web.turns.claims import FRESH

UNIT = UNITS[0].code
NUMBERS = itertools.count(1)


@pytest.fixture
def card(gate: TestGate) -> Card:
    """A card of its own for each test: the same one twice in a moment would be one event."""
    uid = f"04C0FFEE{next(NUMBERS):06X}"
    return gate.appliance.cards.add(actor="test", uid=uid, holder="陳大文", unit=UNIT, carrier="DHL")


def tap(gate: TestGate, card: Card, lane: str = "in", code: str = "courier-card") -> int:
    """Tap a card; returns the number of the entry that refused it."""
    before = gate.appliance.feed.last_seq
    gate.tap(card.uid, lane)
    return gate.wait_for_entry("access.refused", before, card=card.id, code=code).seq


def test_a_tap_goes_on_with_the_place_and_names_nobody(gate: TestGate, visitor: Visitor, card: Card) -> None:
    pulses = len(gate.relay("in").pulses)
    visitor.send("/language", language="en")
    seq = tap(gate, card)
    assert _events(visitor, f"/events?after={seq - 1}", 1)[0][0] == "courier"
    assert visitor.send("/goods-in/courier", seq=seq).path == "/goods-in/place"
    visitor.go_to("1/A", "1", UNIT).send("/goods-in/what", category="parcel")
    visitor.send("/goods-in/photo", do="take")
    assert ("DHL" in visitor.page, "陳大文" in visitor.page) == (True, False)
    assert 'name="seq"' in visitor.send("/goods-in/done", handling="gate", once=visitor.once).page, (
        "the next tap begins"
    )
    goods = gate.appliance.goods.goods_queries.page(GoodsFilter(), before=None, limit=1).items[0]
    assert (goods.carrier, goods.unit, goods.state) == ("DHL", UNIT, GoodsState.KEPT)
    assert len(gate.relay("in").pulses) == pulses, "it opened nothing"
    assert gate.entries("access.granted", card=card.id) == []
    assert visitor.send("/goods-in/courier", seq=tap_again(gate, card)).path == "/goods-in/place"


def tap_again(gate: TestGate, card: Card) -> int:
    """The same card later than the moment in which it would be the same event."""
    payload = gate.entries("access.refused", card=card.id)[-1].payload
    with gate.appliance.store.write() as transaction:
        transaction.record("lane in", "access.refused", payload)
    return gate.appliance.feed.last_seq


def test_the_first_question_is_answered_by_a_tap_and_keeps_the_rest(
    gate: TestGate, visitor: Visitor, card: Card
) -> None:
    visitor.send("/language", language="en")
    visitor.see("/goods")
    assert 'name="seq"' in visitor.page
    visitor.send("/goods-in")
    assert "Or hold your courier's card to the reader." in visitor.page
    visitor.send("/goods-in/carrier", carrier="Keeta")
    visitor.go_to("1/A").send("/goods-in/back", step="place")
    visitor.send("/goods-in/back", step="place")
    assert visitor.path == "/goods-in/carrier"
    drafts = draft_count(visitor.client.application)
    assert visitor.send("/goods-in/courier", seq=tap(gate, card)).path == "/goods-in/place"
    assert draft_count(visitor.client.application) == drafts
    assert 'value="DHL" aria-pressed="true"' in visitor.send("/goods-in/back", step="place").page


def test_without_a_couriers_card_on_record_none_is_asked_for(strict: TestGate) -> None:
    visitor = Visitor(create_app(strict.appliance))
    visitor.send("/language", language="en")
    assert "courier's card" not in visitor.send("/goods-in").page


def test_a_tap_that_is_none_of_a_good_couriers_card_here_begins_nothing(
    gate: TestGate, visitor: Visitor, card: Card
) -> None:
    elsewhere = tap(gate, card, "out")
    assert _events(visitor, f"/events?after={elsewhere - 1}&leaving=1", 1)[0][0] == "access"
    gate.appliance.cards.set_state(card.id, CredentialState.SUSPENDED, actor="test")
    suspended = tap(gate, card, code="suspended")
    name, data = _events(visitor, f"/events?after={suspended - 1}", 1)[0]
    assert name == "access"
    assert "暫停" in data
    for seq in (elsewhere, suspended, 0, -1, 10**30, gate.appliance.feed.last_seq + 1, "x", ""):
        assert visitor.send("/goods-in/courier", seq=seq).path == "/", seq
    assert draft_count(visitor.client.application) == 0


def test_a_tap_of_long_ago_or_of_a_card_that_is_a_couriers_no_more_begins_nothing(
    gate: TestGate, visitor: Visitor, card: Card
) -> None:
    seq = tap(gate, card)
    with gate.appliance.store.write() as transaction:
        transaction.now -= FRESH
        payload = gate.entries("access.refused", card=card.id)[-1].payload
        transaction.record("lane in", "access.refused", payload)
    assert visitor.send("/goods-in/courier", seq=seq + 1).path == "/"
    gate.appliance.cards.change(card.id, actor="test", carrier="")
    assert visitor.send("/goods-in/courier", seq=seq).path == "/"


def test_whoever_waits_for_the_guard_keeps_the_screen(gate: TestGate, visitor: Visitor, card: Card) -> None:
    done(to_summary(visitor, "dangerous"), "gate")
    assert "The guard has to look at these goods." in visitor.page
    assert 'name="seq"' not in visitor.page
    assert visitor.send("/goods-in/courier", seq=tap(gate, card)).path == "/goods-in/goods"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(
        tmp_path_factory.mktemp("strict"),
        settings=document(goods={"drop_off_points": [UNIT]}, cards={"identify_only_opens": False}),
    ) as gate:
        yield gate


def test_a_card_that_may_open_nothing_alone_says_whose_courier_it_is_and_the_drop_off_comes_first(
    strict: TestGate,
) -> None:
    now = strict.appliance.clock.now()
    card = strict.appliance.cards.add(
        actor="test", uid="04C0FFEE5F0001", holder="1", unit=UNIT, carrier="DHL", valid_to=now + timedelta(hours=1)
    )
    visitor = Visitor(create_app(strict.appliance))
    visitor.send("/goods-in/courier", seq=tap(strict, card))
    assert 'class="tile point"' in visitor.page
    touches = 0
    for path, fields in (("place", {"unit": UNIT}), ("what", {"category": "parcel"})):
        visitor.send(f"/goods-in/{path}", **fields)
        touches += 1
    visitor.send("/goods-in/photo", do="take")  # the page's script does this
    visitor.send("/goods-in/done", handling=Handling.GATE, once=visitor.once)
    assert (visitor.path, touches + 1) == ("/goods-in/goods", 3)
