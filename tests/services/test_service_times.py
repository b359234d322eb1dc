"""Service times: counted once a barrier has opened, or at the end where none opens, whoever ended the turn."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from kiosk.domain.goods import GoodsCategory, GoodsSource, Handling, NewGoods
from kiosk.domain.service_times import Turn
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource, VisitState
from kiosk.services.openings import Outcome, close_interrupted, record_outcome
from kiosk.services.service_times import KEPT, ServiceTimes
from kiosk.store.tables import service_times, visits
from tests.support.desk import UNIT, ZONE, open_desk

SECOND = timedelta(seconds=1)
PARCEL = NewGoods(UNIT, "順豐速運 SF Express", GoodsCategory.PARCEL, Handling.GATE)
SOFA = NewGoods(UNIT, "Lalamove", GoodsCategory.FURNITURE, Handling.DOOR, carrier_name="陳師傅")


@pytest.fixture
def desk(tmp_path):
    with open_desk(tmp_path, goods={"shelves": 3}) as desk:
        yield desk


def sign_in(desk, kind=VisitKind.GUEST, *, typing_s=20, lane="in", is_returning=False, **more):
    """Sign in after so many seconds at the touchscreen."""
    turn = Turn(desk.clock.now(), is_returning)
    desk.clock.move(typing_s * SECOND)
    new = NewVisit(kind, UNIT, "王小明", phone="9123 4567", purpose="lift")
    wanted = {"source": VisitSource.TOUCH, "actor": "touchscreen", "lane": lane, "turn": turn}
    return desk.visits.sign_in(new, **(wanted | more)).visit


def register(desk, new, *, lane="in"):
    turn = Turn(desk.clock.now())
    desk.clock.move(30 * SECOND)
    return desk.goods.goods_in.register(new, source=GoodsSource.TOUCH, actor="touchscreen", lane=lane, turn=turn)


def gate_moves(desk, outcome=Outcome.OPENED, after_ms=250):
    """The gate does what it was last told to, a moment later."""
    desk.clock.move(timedelta(milliseconds=after_ms))
    record_outcome(desk.store, desk.pulses[-1], outcome, {}, desk.admission.take_back)


def times(desk):
    columns = service_times.c
    with desk.store.read() as connection:
        query = select(columns.service, columns.is_returning, columns.entered_ms, columns.took_ms)
        return [tuple(row) for row in connection.execute(query)]


@pytest.mark.parametrize("is_returning", [False, True])
def test_a_visit_counts_when_its_barrier_has_opened(desk, is_returning):
    visit = sign_in(desk, is_returning=is_returning)
    assert times(desk) == [], "nobody knows yet whether it opens"
    gate_moves(desk)
    assert times(desk) == [("guest", is_returning, 20_000, 20_250)]
    with desk.store.read() as connection:
        row = connection.execute(select(visits).where(visits.c.id == visit.id)).one()
    assert (row.created_at - row.begun_at, row.is_returning) == (20 * SECOND, is_returning)


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.LATE])
def test_a_barrier_that_stayed_down_has_served_nobody(desk, outcome):
    sign_in(desk)
    gate_moves(desk, outcome)
    assert times(desk) == []


def test_what_a_crash_has_left_open_leaves_no_time(desk):
    sign_in(desk)
    assert close_interrupted(desk.store, desk.admission.take_back) == 1
    assert times(desk) == []


def test_where_no_barrier_opens_it_is_over_with_the_last_button(desk):
    sign_in(desk, lane=None, typing_s=44)
    assert times(desk) == [("guest", False, 44_000, 44_000)]


def test_waiting_for_the_guard_counts_to_whoever_waits(desk):
    visit = sign_in(desk, VisitKind.CONTRACTOR)
    assert (visit.state, times(desk)) == (VisitState.WAITING, [])
    desk.clock.move(100 * SECOND)
    desk.visits.approve(visit.id, actor="user guard")
    gate_moves(desk)
    assert times(desk) == [("contractor", False, 20_000, 120_250)]


def test_whoever_is_turned_away_is_no_service(desk):
    desk.visits.refuse(sign_in(desk, VisitKind.CONTRACTOR).id, actor="user guard", reason="x")
    desk.visits.cancel(sign_in(desk, VisitKind.CONTRACTOR).id, actor="touchscreen")
    assert times(desk) == []


def test_what_the_guard_finishes_counts_from_the_visitors_first_touch(desk):
    sign_in(desk, VisitKind.CONTRACTOR, source=VisitSource.PANEL, actor="user guard", approved_by="user guard")
    gate_moves(desk)
    assert times(desk) == [("contractor", False, 20_000, 20_250)]


def test_only_turns_at_the_touchscreen_count(desk):
    desk.sign_in()
    gate_moves(desk)
    desk.visits.sign_out(desk.sign_in(lane=None).visit.id, actor="touchscreen", lane="out")
    gate_moves(desk)
    visit = desk.sign_in(kind=VisitKind.CONTRACTOR, phone="9123 4567", purpose="lift").visit
    desk.visits.approve(visit.id, actor="user guard")
    gate_moves(desk)
    assert times(desk) == []


def test_goods_are_a_service_of_their_own(desk):
    register(desk, SOFA)
    assert times(desk) == []
    gate_moves(desk)
    register(desk, PARCEL)
    register(desk, SOFA, lane=None)
    assert times(desk) == [
        ("goods", False, 30_000, 30_250), ("goods", False, 30_000, 30_000), ("goods", False, 30_000, 30_000),
    ]  # fmt: skip


def test_goods_whose_carrier_waits_stay_goods(desk):
    desk.blocklist.add(name="陳師傅", reason="x", actor="user boss")
    registered = register(desk, SOFA)
    visit = registered.sign_in.visit
    assert visit.state is VisitState.WAITING
    desk.clock.move(60 * SECOND)
    desk.visits.approve(visit.id, actor="user guard", reason="known by now")
    gate_moves(desk)
    assert times(desk) == [("goods", False, 30_000, 90_250)]


def test_figures_are_of_the_days_that_are_asked_for(desk):
    service = ServiceTimes(desk.store)
    sign_in(desk, lane=None, typing_s=70)
    later = desk.clock.now() + SECOND
    desk.clock.move(timedelta(days=1))
    sign_in(desk, lane=None, typing_s=50)
    assert [(line.count, line.within_target) for line in service.since(datetime(2026, 1, 1, tzinfo=ZONE))] == [(2, 0.5)]
    assert [(line.count, line.within_target) for line in service.since(later)] == [(1, 1)]
    assert service.since(desk.clock.now() + SECOND) == []


def test_times_go_after_a_year(desk):
    service = ServiceTimes(desk.store)
    sign_in(desk, lane=None)
    old = desk.clock.now()
    desk.clock.move(timedelta(days=1))
    sign_in(desk, lane=None, typing_s=10)
    assert service.forget_old(old + KEPT - SECOND) == 0
    assert service.forget_old(old + KEPT) == 1
    assert times(desk) == [("guest", False, 10_000, 10_000)]
