"""The observer: sees how the gate does, changes nothing, and learns nobody's name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from kiosk.domain.goods import GoodsCategory, Handling, NewGoods
from kiosk.domain.visits import Visit, VisitKind, VisitSource
from kiosk.services.feed_view import anonymous
from tests.panel.guard import Guard
from tests.panel.test_panel_access import routes
from tests.support.appliance import TestGate
from web.panel.blueprint import NEEDS

NAME, HOLDER, PHONE, PLATE, REASON, UNIT = "歐陽詠欣", "司徒志強", "5550 1234", "ZZ 9876", "吵鬧", "1-A-1-A"
CARD = "04A1B2C3D4E5F6"
PERSONAL = (NAME, HOLDER, PHONE, PLATE, REASON, UNIT, CARD, "chan.tai.man")


@pytest.fixture(scope="module")
def observer(app: Flask) -> Guard:
    observer = Guard(app)
    observer.log_in("observer")
    return observer


@pytest.fixture
def busy(gate: TestGate, arrive: Callable[..., Visit]) -> TestGate:
    """A gate at which something of everything has happened that names people."""
    box = gate.appliance
    if not gate.entries("lane.locked"):
        facts = {"phone": PHONE, "vehicle_plate": PLATE, "purpose": HOLDER}
        arrive(NAME, VisitKind.CONTRACTOR, lane="in", **facts)
        refused = arrive(NAME, VisitKind.CONTRACTOR, lane="in", **facts)
        box.visits.refuse(refused.id, actor="user chan.tai.man", reason=REASON)
        arrive(NAME, lane="in", **facts)
        box.cards.add(actor="user chan.tai.man", uid=CARD, holder=HOLDER, unit=UNIT)
        gate.tap(CARD)
        gate.wait_for_entry("access.granted")
        gate.tap("0BADCAFE")
        gate.wait_for_entry("access.refused")
        goods = NewGoods(unit=UNIT, carrier=HOLDER, category=GoodsCategory.PARCEL, handling=Handling.GATE, phone=PHONE)
        box.goods.goods_in.register(goods, actor="user chan.tai.man", source=VisitSource.PANEL, lane=None)
        box.lanes.states.lock("out", actor="user chan.tai.man", reason=REASON)
    return gate


@pytest.mark.usefixtures("busy")
def test_no_page_that_an_observer_may_see_names_anybody(app: Flask, observer: Guard) -> None:
    seen = 0
    for endpoint, method, path in routes(app):
        if method != "GET" or endpoint == "panel.stream_feed":
            continue
        with observer.get(path) as answer:
            if answer.status_code == 200:
                seen += 1
                assert [one for one in PERSONAL if one in answer.text] == [], endpoint
    assert seen >= 7


@pytest.mark.usefixtures("busy")
def test_somebody_else_reads_all_of_it(guard: Guard) -> None:
    page = guard.get("/panel/").text
    assert [one for one in PERSONAL if one not in page and one not in {PLATE, CARD}] == []


def test_the_feed_tells_what_happened_and_to_nobody(busy: TestGate) -> None:
    for item in busy.appliance.feed_view.latest(500).items:
        line = anonymous(item)
        assert [one for one in PERSONAL if one in repr(line)] == []
        assert (line.seq, line.type, line.tone, line.lane, line.code) == (
            item.seq, item.type, item.tone, item.lane, item.code,
        )  # fmt: skip


@pytest.mark.usefixtures("busy")
def test_the_live_feed_names_nobody(observer: Guard) -> None:
    with observer.get("/panel/feed?after=0") as answer:
        told = b"".join(next(answer.response) for _turn in range(3)).decode()
    assert "Let through" in told
    assert "Why?" not in told
    assert [one for one in PERSONAL if one in told] == []


@pytest.mark.usefixtures("busy")
def test_a_guard_reads_the_live_feed_as_the_page(guard: Guard) -> None:
    with guard.get("/panel/feed?after=0") as answer:
        told = b"".join(next(answer.response) for _turn in range(3)).decode()
    assert HOLDER in told
    assert "Why?" in told


def test_an_observer_is_told_how_many_there_are(busy: TestGate, observer: Guard) -> None:
    part = observer.get("/panel/parts/people").text
    waiting, inside = len(busy.appliance.visit_queries.waiting()), len(busy.appliance.visit_queries.inside())
    assert f"<dd>{waiting}</dd>" in part
    assert f"<dd>{inside}</dd>" in part


def test_an_observer_changes_nothing(app: Flask, busy: TestGate, observer: Guard) -> None:
    before = busy.appliance.feed.last_seq
    for endpoint, method, path in routes(app):
        if method == "POST" and NEEDS[endpoint].permission is not None:
            assert observer.post(path, reason="x").status_code == 403, endpoint
    assert busy.appliance.feed.last_seq == before
