"""Overstays: one alarm a visit, told again while nobody sees to it, raised anew once somebody has, ended by leaving."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.domain.alarms import AlarmKind, AlarmState
from kiosk.domain.overstay import OverstayRule
from kiosk.domain.visits import VisitKind, VisitState
from kiosk.errors import FieldProblem, Invalid, NotFound
from kiosk.services.alarms import Alarm, AlarmService
from kiosk.services.overstay import OverstayWatch
from kiosk.services.units import UnitService
from kiosk.store import journal
from kiosk.store.tables import units
from tests.support.appliance import UNITS, demo_appliance
from tests.support.desk import UNIT, Desk, SetClock, open_desk

RULE = OverstayRule(every=timedelta(minutes=30), until=timedelta(hours=3))
STAY = timedelta(hours=4)  # a guest's
LATER = timedelta(minutes=30)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as desk:
        yield desk


@pytest.fixture
def watch(desk: Desk) -> OverstayWatch:
    return OverstayWatch(desk.store, desk.clock, RULE)


def alarms_of(desk: Desk) -> list[Alarm]:
    return list(AlarmService(desk.store).page(None, None, 100).items)


def acknowledge(desk: Desk, alarm: Alarm) -> None:
    AlarmService(desk.store).acknowledge(alarm.id, actor="user chan", note="leaves at six")


def told(desk: Desk) -> list[tuple[str, str, dict]]:
    with desk.store.read() as connection:
        entries = journal.after(connection, 0, 10_000)
    return [(entry.actor, entry.type, dict(entry.payload)) for entry in entries if entry.type.startswith("alarm.")]


def test_who_stays_too_long_is_an_alarm_at_the_end_and_not_before(desk: Desk, watch: OverstayWatch) -> None:
    visit = desk.sign_in().visit
    desk.sign_in(kind=VisitKind.CONTRACTOR)  # waits: nobody has let it in
    desk.clock.move(STAY - timedelta(microseconds=1))
    assert watch.run_due() == 0
    desk.clock.move(timedelta(microseconds=1))
    assert watch.run_due() == 1
    assert watch.run_due() == 0
    (alarm,) = alarms_of(desk)
    assert (alarm.kind, alarm.lane, alarm.subject) == (AlarmKind.OVERSTAY, "", {"visit": visit.id})
    assert told(desk) == [("system", "alarm.raised", {"alarm": alarm.id, "kind": "overstay", "visit": visit.id})]


def test_nobody_sees_to_it_so_the_same_alarm_is_told_again(desk: Desk, watch: OverstayWatch) -> None:
    visit = desk.sign_in().visit
    desk.clock.move(STAY)
    for _ in range(20):
        watch.run_due()
        desk.clock.move(LATER)
    (alarm,) = alarms_of(desk)
    assert (alarm.repeats, alarm.state) == (6, AlarmState.OPEN)
    assert [type_ for _actor, type_, _payload in told(desk)] == ["alarm.raised"] + ["alarm.repeated"] * 6
    assert told(desk)[-1][2] == {"alarm": alarm.id, "kind": "overstay", "visit": visit.id, "count": 6}


def test_seen_to_and_still_inside_is_a_new_alarm_an_interval_later(desk: Desk, watch: OverstayWatch) -> None:
    desk.sign_in()
    desk.clock.move(STAY)
    watch.run_due()
    desk.clock.move(timedelta(minutes=10))
    acknowledge(desk, alarms_of(desk)[0])
    watch.run_due()
    assert len(alarms_of(desk)) == 1
    desk.clock.move(timedelta(minutes=20))
    watch.run_due()
    again, first = alarms_of(desk)
    assert (again.state, first.state) == (AlarmState.OPEN, AlarmState.ACKNOWLEDGED)
    assert (again.repeats, first.repeats, first.note) == (0, 0, "leaves at six")


def test_leaving_ends_the_alarm_and_says_so(desk: Desk, watch: OverstayWatch) -> None:
    signed_in = desk.sign_in()
    desk.clock.move(STAY)
    watch.run_due()
    desk.clock.move(timedelta(minutes=5))
    desk.show(signed_in.issued.token, "out")
    (alarm,) = alarms_of(desk)
    assert (alarm.acknowledged_by, alarm.acknowledged_at, alarm.note) == ("system", desk.clock.now(), "")
    assert told(desk)[-1] == ("system", "alarm.acknowledged", {"alarm": alarm.id, "kind": "overstay"})
    desk.clock.move(LATER)
    assert watch.run_due() == 0


def test_an_alarm_that_was_seen_to_keeps_its_note_when_the_visitor_leaves(desk: Desk, watch: OverstayWatch) -> None:
    visit = desk.sign_in().visit
    desk.clock.move(STAY)
    watch.run_due()
    acknowledge(desk, alarms_of(desk)[0])
    desk.visits.sign_out(visit.id, actor="user chan")
    (alarm,) = alarms_of(desk)
    assert (alarm.acknowledged_by, alarm.note) == ("user chan", "leaves at six")


def test_the_days_end_closes_what_nobody_signed_out(desk: Desk, watch: OverstayWatch) -> None:
    visit = desk.sign_in().visit
    desk.clock.move(STAY)
    watch.run_due()
    desk.clock.move(timedelta(hours=12))
    desk.visits.expire_overdue(desk.clock.now())
    assert desk.queries.get(visit.id).state is VisitState.EXPIRED
    assert alarms_of(desk)[0].acknowledged_by == "system"


def test_a_restart_tells_nothing_twice(tmp_path: Path) -> None:
    clock = SetClock()
    with open_desk(tmp_path, clock=clock) as desk:
        for _ in range(3):
            desk.sign_in()
        clock.move(STAY)
        assert OverstayWatch(desk.store, clock, RULE).run_due() == 3
    for _ in range(3):
        with open_desk(tmp_path, clock=clock) as desk:
            assert OverstayWatch(desk.store, clock, RULE).run_due() == 0
    clock.move(LATER)
    with open_desk(tmp_path, clock=clock) as desk:
        assert OverstayWatch(desk.store, clock, RULE).run_due() == 3
        assert [alarm.repeats for alarm in alarms_of(desk)] == [1, 1, 1]


def test_a_clock_that_leaps_makes_no_flood(desk: Desk, watch: OverstayWatch) -> None:
    desk.sign_in()
    for hours in (10, -8, 4, -3, 2, 1, -5, 3):
        desk.clock.move(timedelta(hours=hours))
        watch.run_due()
        watch.run_due()
    assert len(told(desk)) <= 7
    (alarm,) = alarms_of(desk)
    assert alarm.state is AlarmState.OPEN


def test_a_units_guests_stay_as_long_as_it_says_and_others_as_ever(desk: Desk) -> None:
    service = UnitService(desk.store)
    assert service.set_stay(UNIT, 12.0, actor="api office").stay_h == 12.0
    start = desk.clock.now()
    ends = {
        (kind, unit): desk.sign_in(kind=kind, unit=unit, phone="9123 4567").visit.ends_at
        for kind in (VisitKind.GUEST, VisitKind.DELIVERY)
        for unit in (UNIT, UNITS[1].code)
    }
    hours = {key: (end - start) / timedelta(hours=1) for key, end in ends.items()}
    assert hours == {
        (VisitKind.GUEST, UNIT): 12, (VisitKind.GUEST, UNITS[1].code): 4,
        (VisitKind.DELIVERY, UNIT): 1, (VisitKind.DELIVERY, UNITS[1].code): 1,
    }  # fmt: skip
    assert service.set_stay(UNIT, None, actor="api office").stay_h is None
    assert desk.sign_in().visit.ends_at == start + STAY


@pytest.mark.parametrize("stay_h", [0, -1, 72.5, float("nan"), float("inf")])
def test_a_stay_that_is_none_is_refused(desk: Desk, stay_h: float) -> None:
    with pytest.raises(Invalid) as refused:
        UnitService(desk.store).set_stay(UNIT, stay_h, actor="api office")
    assert refused.value.fields == {"stay_h": FieldProblem.OUT_OF_RANGE}
    with pytest.raises(NotFound):
        UnitService(desk.store).set_stay("nowhere", 5, actor="api office")
    with desk.store.read() as connection:
        assert connection.execute(units.select().where(units.c.stay_h.is_not(None))).all() == []


def test_the_running_gate_looks_by_itself(tmp_path: Path) -> None:
    clock = SetClock()
    with open_desk(tmp_path, clock=clock) as desk:
        visit = desk.sign_in().visit
    clock.move(STAY)
    with demo_appliance(tmp_path, clock=clock) as gate:
        assert gate.wait_for_entry("alarm.raised", kind="overstay").payload["visit"] == visit.id
