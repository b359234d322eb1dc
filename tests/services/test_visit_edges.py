"""The visitor register at its edges: clocks that jump, crowds, numbers, names without ink, settings that change."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from kiosk.domain.access import Code
from kiosk.domain.visits import NewVisit, VisitKind, VisitState
from kiosk.errors import Conflict, FieldProblem, Invalid
from kiosk.services.housekeeping import Chore, Housekeeping
from kiosk.services.visits import Repeatable
from kiosk.store import journal
from kiosk.store.tables import visits
from tests.support.desk import UNIT, ZONE, open_desk

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(tmp_path):
    with open_desk(tmp_path) as desk:
        yield desk


def _state(desk, visit):
    return desk.queries.get(visit.id).state


def _housekeeping(desk, zone=ZONE, at=time(4)):
    return Housekeeping(
        desk.clock, zone, always=[desk.spool.lapse_overdue], daily=[Chore(at, desk.visits.expire_overdue)]
    )


def _entries(desk, type_):
    with desk.store.read() as connection:
        return [entry for entry in journal.after(connection, 0, 10_000) if entry.type == type_]


# --- clocks ---


def test_who_came_in_may_leave_when_the_clock_has_been_set_back(desk):
    signed_in = desk.sign_in()
    desk.clock.move(-2 * HOUR)
    assert desk.show(signed_in.issued.token, "in").decision.code is Code.CLOCK_NOT_TRUSTED
    assert desk.show(signed_in.issued.token, "out").decision.code is Code.GRANTED
    assert _state(desk, signed_in.visit) is VisitState.SIGNED_OUT


def test_numbers_go_on_when_the_clock_returns_to_a_day(desk):
    first = desk.sign_in().visit.number
    desk.clock.move(timedelta(days=1))
    other_day = desk.sign_in().visit.number
    desk.clock.move(-timedelta(days=1))
    assert [first, other_day, desk.sign_in().visit.number] == ["260301-001", "260302-001", "260301-002"]


def test_a_number_belongs_to_the_estates_day(desk):
    desk.clock.set(datetime(2026, 3, 1, 15, 59, 59, 999_999, tzinfo=UTC))
    assert desk.sign_in().visit.number == "260301-001"
    desk.clock.move(timedelta(microseconds=1))
    assert desk.sign_in().visit.number == "260302-001"


def test_the_day_ends_again_after_a_clock_that_ran_ahead_was_set_right(desk):
    housekeeping = _housekeeping(desk)
    desk.clock.move(timedelta(days=400))
    assert housekeeping.run_due() == 0
    desk.clock.move(-timedelta(days=400))
    desk.sign_in()
    desk.clock.move(timedelta(days=1))
    assert housekeeping.run_due() == 1
    assert housekeeping.run_due() == 0


@pytest.mark.parametrize("minute", [0, 29, 31, 59])
def test_an_hour_that_the_night_skips_expires_nobody_early(desk, minute):
    berlin = ZoneInfo("Europe/Berlin")  # 2026-03-29: 02:00 becomes 03:00
    desk.clock.set(datetime(2026, 3, 29, 1, 30, tzinfo=berlin) - 4 * HOUR + timedelta(minutes=minute))
    visit = desk.sign_in().visit
    desk.clock.set(datetime(2026, 3, 29, 3, 5, tzinfo=berlin))
    _housekeeping(desk, berlin, time(2, 30)).run_due()
    assert _state(desk, visit) is (VisitState.EXPIRED if visit.ends_at <= desk.clock.now() else VisitState.SIGNED_IN)


def test_an_hour_that_the_night_has_twice_ends_the_day_once(desk):
    berlin = ZoneInfo("Europe/Berlin")  # 2026-10-25: 03:00 becomes 02:00
    housekeeping = _housekeeping(desk, berlin, time(2, 30))
    desk.clock.set(datetime(2026, 10, 25, 2, 31, tzinfo=berlin))
    desk.sign_in()
    housekeeping.run_due()
    runs = []
    for minutes in range(0, 121, 10):
        desk.clock.set(datetime(2026, 10, 25, 0, 31, tzinfo=UTC) + timedelta(minutes=minutes))
        runs.append(housekeeping.run_due())
    assert runs == [0] * 13


# --- crowds ---


def test_a_crowd_expires_whole_and_each_once(desk):
    with desk.store.write() as transaction:
        for index in range(130):
            desk.register.enter(
                transaction, NewVisit(VisitKind.GUEST, UNIT, f"客{index}"), state=VisitState.SIGNED_IN,
                source=desk.source, lane="in", ends_at=transaction.now + HOUR,
            )  # fmt: skip
    assert desk.visits.expire_overdue(desk.clock.now()) == 0
    assert desk.visits.expire_overdue(desk.clock.now() + HOUR) == 130
    assert desk.visits.expire_overdue(desk.clock.now() + HOUR) == 0
    expired = [entry.payload["visit"] for entry in _entries(desk, "visit.expired")]
    assert len(expired) == len(set(expired)) == 130


def test_the_thousandth_visit_of_a_day_has_a_number_and_is_found_by_it(desk):
    for _ in range(3):
        desk.sign_in()
    with desk.store.write() as transaction:
        transaction.connection.exec_driver_sql("UPDATE counters SET value = 999")
    visit = desk.sign_in().visit
    assert visit.number == "260301-1000"
    for typed in ("1000", "260301-1000", "2603011000", "２６０３０１ １０００"):
        assert desk.visits.find_inside(typed).id == visit.id


@pytest.mark.parametrize("typed", ["1", "001", "0001", "260301-1", "260301-001", "260301 001", "٠٠١"])
def test_a_number_is_found_however_its_zeros_are_typed(desk, typed):
    visit = desk.sign_in().visit
    desk.sign_in()
    assert desk.visits.find_inside(typed).id == visit.id


@pytest.mark.parametrize("typed", ["", "%", "_", "²", "0", "9" * 5000, "260301-", "2"])
def test_what_is_no_number_of_anybody_inside_finds_nobody(desk, typed):
    desk.sign_in()
    assert desk.visits.find_inside(typed) is None


# --- waiting ---


def test_who_still_waits_when_the_day_ends_has_gone_away(desk):
    gone = desk.sign_in(kind=VisitKind.CONTRACTOR).visit
    desk.clock.set(datetime(2026, 3, 2, 3, 30, tzinfo=ZONE))
    new = desk.sign_in(kind=VisitKind.CONTRACTOR).visit
    desk.clock.move(HOUR)
    assert _housekeeping(desk).run_due() == 0
    assert [_state(desk, visit) for visit in (gone, new)] == [VisitState.CANCELLED, VisitState.WAITING]
    assert [entry.payload["visit"] for entry in _entries(desk, "visit.cancelled")] == [gone.id]


def test_a_lane_that_the_settings_no_longer_have_is_not_opened(desk):
    visit = desk.sign_in(kind=VisitKind.CONTRACTOR).visit
    with desk.store.write() as transaction:
        transaction.connection.execute(visits.update().values(lane="west"))
    assert desk.visits.approve(visit.id, actor="user guard").visit.state is VisitState.SIGNED_IN
    assert desk.pulses == []


def test_a_sign_out_at_a_lane_that_is_not_there_changes_nothing(desk):
    visit = desk.sign_in().visit
    with pytest.raises(Invalid):
        desk.visits.sign_out(visit.id, actor="user guard", lane="west")
    assert _state(desk, visit) is VisitState.SIGNED_IN


@pytest.mark.parametrize("name", ["\u200b", " \u3164 ", "\u202e\u202c"])
def test_a_name_that_cannot_be_seen_is_none(desk, name):
    with pytest.raises(Invalid) as refusal:
        desk.sign_in(name)
    assert refusal.value.fields == {"visitor_name": FieldProblem.REQUIRED}


# --- pre-registration ---


def _issue(desk, holder, **changes):
    now = desk.clock.now()
    wanted = {"unit": UNIT, "holder": holder, "not_before": now, "not_after": now + HOUR, "uses": 1, "lanes": None}
    return desk.passes.issue(actor="api test", **(wanted | changes))


def test_a_pre_registration_admits_only_at_its_lanes_and_only_its_holder(tmp_path):
    with open_desk(tmp_path, visits={"kinds": {"guest": {"approval": "pre-registration"}}}) as desk:
        _issue(desk, "王小明", lanes=frozenset({"side"}))
        _issue(desk, "...")
        assert desk.sign_in("王小明", lane="in").visit.state is VisitState.WAITING
        assert desk.sign_in("?!", lane="in").visit.state is VisitState.WAITING
        assert desk.sign_in("王 小明", lane="side").visit.state is VisitState.SIGNED_IN
        assert desk.sign_in("王小明", lane="side").visit.state is VisitState.WAITING


# --- at the same time ---


def _at_once(*actions):
    start = threading.Barrier(len(actions))
    outcomes = [None] * len(actions)

    def act(index, action):
        start.wait(30)
        try:
            outcomes[index] = action()
        except Conflict as refusal:
            outcomes[index] = refusal

    threads = [threading.Thread(target=act, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return [outcome for outcome in outcomes if not isinstance(outcome, Conflict)]


def test_of_approval_refusal_and_cancelling_one_wins(desk):
    for _ in range(10):
        visit = desk.sign_in(kind=VisitKind.CONTRACTOR).visit
        won = _at_once(
            lambda visit=visit: desk.visits.approve(visit.id, actor="user one"),
            lambda visit=visit: desk.visits.approve(visit.id, actor="user two"),
            lambda visit=visit: desk.visits.refuse(visit.id, actor="user three", reason="no"),
            lambda visit=visit: desk.visits.cancel(visit.id, actor="touch"),
        )
        assert len(won) == 1
        said = [entry.type for entry in _entries(desk, f"visit.{_word(desk, visit)}") if _is_of(entry, visit)]
        assert len(said) == 1
    approved = len(_entries(desk, "visit.approved"))
    assert len(desk.pulses) == approved == len(desk.queries.inside())


def _word(desk, visit):
    return _state(desk, visit).value


def _is_of(entry, visit):
    return entry.payload["visit"] == visit.id


def test_one_use_is_spent_once_at_two_lanes(desk):
    for _ in range(10):
        issued = _issue(desk, "王小明")
        at_in = lambda token=issued.token: desk.show(token, "in")  # noqa: E731
        granted = [admitted for admitted in _at_once(at_in, at_in, at_in) if admitted.decision.granted]
        assert len(granted) == 1
        assert granted[0].opening is not None
    assert len(desk.queries.inside()) == 10


def test_one_key_signs_in_once_however_many_ask_at_once(desk):
    with desk.store.write() as transaction:
        transaction.connection.exec_driver_sql("INSERT INTO api_keys VALUES ('k', 'test', 'h', 0)")
    new = NewVisit(VisitKind.GUEST, UNIT, "王小明")

    def ask():
        return desk.visits.sign_in_once(new, actor="api test", lane="in", repeatable=Repeatable("k", "1", "same"))

    answers = _at_once(*[ask] * 6)
    assert len({answer["id"] for answer, _ in answers}) == 1
    assert sorted(repeated for _, repeated in answers) == [False] + [True] * 5
    assert len(desk.pulses) == 1
