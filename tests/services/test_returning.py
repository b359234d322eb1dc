"""Visitors who have been here before: who is offered, and who is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from kiosk.domain.visits import VisitKind
from kiosk.services.blocklist import BlocklistService
from kiosk.services.returning import MAX_ATTEMPTS, WITHIN_S, ReturningVisitors
from tests.support.desk import UNIT, Desk, SetClock, open_desk

PHONE = "9123 4567"


class TickingClock(SetClock):
    """A clock that is set, monotonic time too."""

    passed_ns = 0

    def monotonic_ns(self) -> int:
        return self.passed_ns


@pytest.fixture
def clock() -> TickingClock:
    return TickingClock()


@pytest.fixture
def desk(tmp_path: Path, clock: TickingClock) -> Iterator[Desk]:
    with open_desk(tmp_path, clock=clock) as desk:
        yield desk


@pytest.fixture
def returning(desk: Desk) -> ReturningVisitors:
    return ReturningVisitors(desk.store, desk.clock, 30)


def leave(desk: Desk, visit_id: str) -> None:
    desk.visits.sign_out(visit_id, actor="test")


@pytest.mark.parametrize("typed", ["91234567", "+852 9123 4567", "0085291234567"])
def test_the_latest_visitor_of_a_number_is_found(desk: Desk, returning: ReturningVisitors, typed: str) -> None:
    leave(desk, desk.sign_in("何文", phone=PHONE).visit.id)
    leave(desk, desk.sign_in("陳大文", VisitKind.DELIVERY, phone=PHONE, vehicle_plate="AB 1234").visit.id)
    desk.sign_in("李明", phone="61234567")
    known = returning.find(typed)
    assert known is not None
    assert (known.visitor_name, known.vehicle_plate) == ("陳大文", "AB 1234")
    assert (known.kind, known.unit) == (VisitKind.DELIVERY, UNIT)
    assert "陳大文" not in repr(known)
    assert "AB 1234" not in repr(known)


@pytest.mark.parametrize("typed", ["4567", "1234567", "", "91234568", "13891234567", "not a number", "9" * 5000])
def test_another_number_or_a_part_of_one_finds_nobody(desk: Desk, returning: ReturningVisitors, typed: str) -> None:
    desk.sign_in(phone=PHONE)
    assert returning.find(typed) is None


def test_who_is_still_inside_or_never_signed_out_is_found(desk: Desk, returning: ReturningVisitors) -> None:
    desk.sign_in(phone=PHONE)
    assert returning.find(PHONE) is not None
    desk.clock.move(timedelta(days=1))
    assert desk.visits.expire_overdue(desk.clock.now()) == 1
    assert returning.find(PHONE) is not None


def test_who_was_refused_last_time_is_not_offered(desk: Desk, returning: ReturningVisitors) -> None:
    leave(desk, desk.sign_in(phone=PHONE).visit.id)
    waiting = desk.sign_in("李工", VisitKind.CONTRACTOR, phone=PHONE, purpose="lift").visit
    assert returning.find(PHONE) is None, "somebody with this number is being asked about"
    desk.visits.refuse(waiting.id, actor="guard", reason="not expected")
    assert returning.find(PHONE) is None
    leave(desk, desk.sign_in(phone=PHONE).visit.id)
    assert returning.find(PHONE) is not None


def test_who_gave_up_waiting_is_as_before(desk: Desk, returning: ReturningVisitors) -> None:
    desk.visits.cancel(desk.sign_in("李工", VisitKind.OTHER, phone=PHONE, purpose="piano").visit.id, actor="touch")
    assert returning.find(PHONE) is None, "never let in"
    desk.sign_in(phone=PHONE)
    desk.visits.cancel(desk.sign_in("李工", VisitKind.OTHER, phone=PHONE, purpose="piano").visit.id, actor="touch")
    assert returning.find(PHONE) is not None


@pytest.mark.parametrize("person", [{"name": "王小明"}, {"phone": "+852 91234567"}, {"vehicle_plate": "ab1234"}])
def test_who_is_on_the_blocklist_is_not_offered(
    desk: Desk, returning: ReturningVisitors, person: dict[str, str]
) -> None:
    leave(desk, desk.sign_in("王小明", phone=PHONE, vehicle_plate="AB 1234").visit.id)
    listed = BlocklistService(desk.store)
    entry = listed.add(actor="user chief", reason="x", **person)
    assert returning.find(PHONE) is None
    listed.remove(entry.id, actor="user chief")
    assert returning.find(PHONE) is not None


def test_a_visit_of_long_ago_is_forgotten(desk: Desk, returning: ReturningVisitors) -> None:
    desk.sign_in(phone=PHONE)
    desk.clock.move(timedelta(days=30))
    assert returning.find(PHONE) is not None
    desk.clock.move(timedelta(seconds=1))
    assert returning.find(PHONE) is None


def test_it_can_be_switched_off(desk: Desk) -> None:
    desk.sign_in(phone=PHONE)
    off = ReturningVisitors(desk.store, desk.clock, 0)
    assert not off.may_ask()
    assert off.find(PHONE) is None


def test_attempts_are_few_whoever_makes_them(desk: Desk, clock: TickingClock, returning: ReturningVisitors) -> None:
    desk.sign_in(phone=PHONE)
    for _ in range(3):
        assert returning.find("123") is None, "no number, and no attempt"
    for number in range(MAX_ATTEMPTS):
        assert returning.may_ask()
        returning.find(f"6000000{number}")
    assert not returning.may_ask()
    assert returning.find(PHONE) is None
    clock.passed_ns = int(WITHIN_S * 1e9)
    assert returning.may_ask()
    for _ in range(20):
        assert returning.find(PHONE) is not None
        returning.note_signed_in()
    assert returning.may_ask()


def test_a_number_is_found_by_its_index(desk: Desk) -> None:
    statements: list[str] = []
    returning = ReturningVisitors(desk.store, desk.clock, 30)
    desk.sign_in(phone=PHONE)
    with desk.store.read() as connection:
        connection.connection.driver_connection.set_trace_callback(statements.append)
        returning._latest(connection, PHONE)
        connection.connection.driver_connection.set_trace_callback(None)
        (query,) = [each for each in statements if "FROM visits" in each]
        plan = connection.execute(text(f"EXPLAIN QUERY PLAN {query.replace(':', chr(92) + ':')}")).all()
    assert any("visits_by_phone" in row[3] for row in plan)
