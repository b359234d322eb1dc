"""The rules as admission feeds them: what is remembered of cards and lanes, over time, failures and restarts."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from kiosk.clock import ClockConfidence
from kiosk.domain.access import Code, CredentialState, Direction, decide
from kiosk.domain.explanation import facts_from
from kiosk.domain.time_profiles import Day, Span, TimeProfile
from kiosk.domain.visits import VisitState
from kiosk.errors import Conflict, NotFound
from kiosk.services.openings import Outcome, close_interrupted, record_outcome
from kiosk.store import journal
from kiosk.store.tables import cards
from tests.support.appliance import UNITS
from tests.support.desk import UNIT, ZONE, SetClock, open_desk

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
UID, OTHER = "04A1B2C3D4E5F6", "04A1B2C3D4E5F7"
HARD = {"entering": "hard", "leaving": "hard"}
ZONED = {"in": {"zone": "estate", "passback": HARD}, "out": {"zone": "estate", "passback": HARD}}


def keep_card(desk, uid=UID, unit=UNIT, **columns):
    card = desk.cards.add(actor="user clerk", uid=uid, holder="李太", unit=unit)
    if columns:
        with desk.store.write() as transaction:
            transaction.connection.execute(update(cards).where(cards.c.id == card.id).values(columns))
    return card


def tap(desk, lane="in", uid=UID):
    return desk.tap(uid, lane).decision.code


def fail(desk, admitted, outcome=Outcome.FAILED):
    record_outcome(desk.store, admitted.opening, outcome, {}, desk.admission.take_back)


def entries(desk, type_):
    with desk.store.read() as connection:
        return [entry for entry in journal.after(connection, 0, 10_000) if entry.type == type_]


def walk(desk, *lanes):
    return [tap(desk, lane) for lane in lanes]


def test_who_is_inside_does_not_come_in_and_who_is_outside_does_not_leave(tmp_path):
    with open_desk(tmp_path, lanes=ZONED) as desk:
        keep_card(desk)
        assert walk(desk, "in", "in", "out", "out", "in") == [
            Code.GRANTED, Code.ALREADY_INSIDE, Code.GRANTED, Code.NOT_INSIDE, Code.GRANTED,
        ]  # fmt: skip


def test_a_card_that_was_never_seen_leaves(tmp_path):
    with open_desk(tmp_path, lanes=ZONED) as desk:
        keep_card(desk)
        assert walk(desk, "out", "out") == [Code.GRANTED, Code.NOT_INSIDE]


def test_zones_are_kept_apart(tmp_path):
    lanes = ZONED | {"side": {"direction": "in", "zone": "car park", "passback": HARD}}
    with open_desk(tmp_path, lanes=lanes) as desk:
        keep_card(desk)
        assert walk(desk, "in", "side", "side", "out") == [
            Code.GRANTED, Code.GRANTED, Code.ALREADY_INSIDE, Code.GRANTED,
        ]  # fmt: skip


def test_a_lane_for_both_ways_goes_by_where_the_holder_is(tmp_path):
    lanes = {"side": {"zone": "estate", "passback": HARD}}
    with open_desk(tmp_path, lanes=lanes) as desk:
        keep_card(desk)
        ways = [desk.tap(UID, "side").decision for _ in range(4)]
        assert [way.direction for way in ways] == [Direction.IN, Direction.OUT] * 2
        assert all(way.granted for way in ways)


def test_soft_lets_through_and_says_so(tmp_path):
    with open_desk(tmp_path, lanes={"in": {"zone": "estate", "passback": {"entering": "soft"}}}) as desk:
        keep_card(desk)
        assert walk(desk, "in", "in") == [Code.GRANTED, Code.GRANTED_PASSED_BACK]


def test_too_soon_at_the_same_lane_only(tmp_path):
    with open_desk(tmp_path, lanes={"in": {"passback": {"timed": "hard", "timed_s": 60}}}) as desk:
        keep_card(desk)
        assert walk(desk, "in", "in", "out") == [Code.GRANTED, Code.TOO_SOON, Code.GRANTED]
        desk.clock.move(MINUTE)
        assert tap(desk) is Code.GRANTED


def test_what_a_guard_forgives_is_forgotten(tmp_path):
    with open_desk(tmp_path, lanes=ZONED) as desk:
        card = keep_card(desk)
        walk(desk, "in")
        desk.passback.forgive(card.id, actor="user chan", reason="went out by the side door")
        assert walk(desk, "in") == [Code.GRANTED]
        assert entries(desk, "passback.forgiven")[0].payload["card"] == card.id
        with pytest.raises(NotFound):
            desk.passback.forgive("0" * 32, actor="user chan", reason="nobody")


def test_at_the_set_hour_what_was_before_it_is_forgiven(tmp_path):
    with open_desk(tmp_path, lanes=ZONED) as desk:
        keep_card(desk)
        keep_card(desk, OTHER)
        walk(desk, "in")
        desk.clock.move(HOUR)
        due = desk.clock.now()
        tap(desk, uid=OTHER)
        assert desk.passback.forgive_all(due) == 1
        assert tap(desk) is Code.GRANTED
        assert tap(desk, uid=OTHER) is Code.ALREADY_INSIDE


def test_passages_that_later_ones_follow_are_dropped(tmp_path):
    with open_desk(tmp_path, lanes=ZONED) as desk:
        keep_card(desk)
        walk(desk, "in", "out", "in", "out")
        assert desk.passback.forget_superseded(desk.clock.now()) == 0
        desk.clock.move(HOUR)
        assert desk.passback.forget_superseded(desk.clock.now()) == 2
        assert walk(desk, "out", "in") == [Code.NOT_INSIDE, Code.GRANTED]


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.LATE])
def test_a_gate_that_did_not_open_has_let_nobody_through(tmp_path, outcome):
    lanes = ZONED | {"in": ZONED["in"] | {"first_card": {"group": "staff"}}}
    with open_desk(tmp_path, lanes=lanes, access={"household_exits_per_day": 1}) as desk:
        keep_card(desk, card_group="staff")
        fail(desk, desk.tap(UID, "in"), outcome)
        assert desk.states.awaited_group("in", desk.clock.now()) == "staff"
        fail(desk, desk.tap(UID, "out"), outcome)
        assert walk(desk, "in", "out") == [Code.GRANTED, Code.GRANTED]


def test_what_a_crash_leaves_open_binds_nobody(tmp_path):
    with open_desk(tmp_path, lanes=ZONED) as desk:
        keep_card(desk)
        desk.tap(UID, "in")
        assert close_interrupted(desk.store, desk.admission.take_back) == 1
        assert tap(desk) is Code.GRANTED


def test_a_household_goes_out_as_often_as_it_may(tmp_path):
    with open_desk(tmp_path, access={"household_exits_per_day": 2}) as desk:
        keep_card(desk)
        keep_card(desk, OTHER)
        keep_card(desk, "04000000000001", unit=UNITS[1].code)
        assert [tap(desk, "out"), tap(desk, "out", OTHER), tap(desk, "out")] == [
            Code.GRANTED, Code.GRANTED, Code.QUOTA_USED_UP,
        ]  # fmt: skip
        assert tap(desk, "out", "04000000000001") is Code.GRANTED
        assert tap(desk, "in") is Code.GRANTED
        desk.clock.set(datetime(2026, 3, 2, 0, 0, tzinfo=ZONE))
        assert tap(desk, "out") is Code.GRANTED
        assert desk.passback.forget_exits_before(desk.clock.now()) == 3


def test_a_visitor_leaves_whatever_the_household_has_used_up(tmp_path):
    with open_desk(tmp_path, access={"household_exits_per_day": 0}) as desk:
        keep_card(desk)
        assert tap(desk, "out") is Code.QUOTA_USED_UP
        assert desk.show(desk.sign_in().issued.token, "out").decision.granted


def test_a_first_card_opens_the_lane_until_its_hour(tmp_path):
    lanes = {"in": {"first_card": {"group": "staff", "until": "22:00:00"}}}
    with open_desk(tmp_path, lanes=lanes) as desk:
        keep_card(desk)
        keep_card(desk, OTHER, card_group="staff")
        assert [tap(desk), tap(desk, uid=OTHER), tap(desk)] == [
            Code.FIRST_CARD_AWAITED, Code.GRANTED, Code.GRANTED,
        ]  # fmt: skip
        desk.clock.set(datetime(2026, 3, 1, 22, 0, tzinfo=ZONE))
        assert tap(desk) is Code.FIRST_CARD_AWAITED
    with open_desk(tmp_path, lanes=lanes, clock=SetClock(datetime(2026, 3, 1, 21, 0, tzinfo=ZONE))) as desk:
        assert desk.states.awaited_group("in", desk.clock.now()) == "", "a restart forgets nothing"


def test_a_locked_lane_opens_to_nobody_until_it_is_unlocked(tmp_path):
    with open_desk(tmp_path) as desk:
        keep_card(desk)
        inside = desk.sign_in()
        desk.states.lock("in", actor="user chan", reason="repairs")
        desk.states.lock("out", actor="user chan", reason="repairs")
        assert walk(desk, "in", "out") == [Code.LANE_LOCKED, Code.LANE_LOCKED]
        assert desk.show(inside.issued.token, "out").decision.code is Code.LANE_LOCKED
        with pytest.raises(Conflict, match="locked"):
            desk.visits.sign_out(inside.visit.id, actor="user chan", lane="out")
        with pytest.raises(Conflict, match="already"):
            desk.states.lock("in", actor="user chan", reason="again")
    with open_desk(tmp_path) as desk:
        assert tap(desk) is Code.LANE_LOCKED, "a restart unlocks nothing"
        desk.states.unlock("in", actor="user chan")
        assert tap(desk) is Code.GRANTED
        with pytest.raises(Conflict, match="not locked"):
            desk.states.unlock("in", actor="user chan")
        with pytest.raises(NotFound):
            desk.states.unlock("nowhere", actor="user chan")


def test_who_signs_in_at_a_locked_lane_waits_for_the_guard_who_unlocks_it(tmp_path):
    with open_desk(tmp_path) as desk:
        desk.states.lock("in", actor="user chan", reason="repairs")
        visit = desk.sign_in().visit
        assert visit.state is VisitState.WAITING
        with pytest.raises(Conflict, match="locked"):
            desk.visits.approve(visit.id, actor="user chan")
        assert desk.queries.get(visit.id).state is VisitState.WAITING
        desk.states.unlock("in", actor="user chan")
        assert desk.visits.approve(visit.id, actor="user chan").visit.state is VisitState.SIGNED_IN


class DoubtfulClock(SetClock):
    """A clock that nothing has set since power-up."""

    def confidence(self):
        return ClockConfidence.UNCONFIRMED


@pytest.mark.parametrize(("opens", "code"), [(False, Code.CLOCK_NOT_TRUSTED), (True, Code.GRANTED)])
def test_what_is_good_for_a_time_waits_for_a_clock_that_is(tmp_path, opens, code):
    with open_desk(tmp_path, clock=DoubtfulClock(), access={"unconfirmed_clock_opens": opens}) as desk:
        now = desk.clock.now()
        token = desk.passes.issue(
            actor="api test", unit=UNIT, holder="陳", not_before=now, not_after=now + HOUR, uses=1, lanes=None
        ).token
        keep_card(desk)
        assert desk.show(token).decision.code is code
        assert tap(desk) is Code.GRANTED, "a card without an end needs no clock"
        assert entries(desk, "access.granted")[0].clock == "unconfirmed"


def test_a_clock_behind_the_journal_is_believed_by_nobody(tmp_path):
    with open_desk(tmp_path, clock=DoubtfulClock(), access={"unconfirmed_clock_opens": True}) as desk:
        token = desk.sign_in().issued.token
        desk.clock.move(-HOUR)
        assert desk.show(token).decision.code is Code.CLOCK_NOT_TRUSTED
        assert entries(desk, "access.refused")[0].clock == "behind"
        assert desk.show(token, "out").decision.granted


def test_every_decision_can_be_made_again_from_the_journal(tmp_path):
    lanes = ZONED | {"side": {"first_card": {"group": "staff"}}}
    with open_desk(tmp_path, lanes=lanes, access={"household_exits_per_day": 1}) as desk:
        card = keep_card(desk)
        receipt = desk.sign_in().issued.token
        for lane in ("in", "in", "out", "side"):
            tap(desk, lane)
            desk.show(receipt, lane)
        desk.cards.set_state(card.id, CredentialState.LOST, actor="user clerk")
        tap(desk)
        tap(desk, uid="01020304")
        desk.show("HELLO")
        made = entries(desk, "access.granted") + entries(desk, "access.refused")
        assert len({entry.payload["code"] for entry in made}) >= 6
        for entry in made:
            assert decide(*facts_from(entry.payload["why"]), entry.at).code.value == entry.payload["code"]


steps = st.lists(
    st.tuples(
        st.sampled_from(["in", "out", "side"]),
        st.sampled_from([UID, OTHER]),
        st.sampled_from([None, "fail", "wait", "set back"]),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_nobody_comes_in_twice_nor_leaves_twice(tmp_path_factory, steps):
    """Hard anti-passback over any walk: of each card in and out alternate, and nobody's count goes below nought."""
    lanes = ZONED | {"side": {"zone": "estate", "passback": HARD}}
    with open_desk(tmp_path_factory.mktemp("walk"), lanes=lanes) as desk:
        keep_card(desk)
        keep_card(desk, OTHER)
        inside: Counter[str] = Counter()
        known: set[str] = set()
        for lane, uid, what in steps:
            admitted = desk.tap(uid, lane)
            desk.clock.move({"wait": HOUR, "set back": -HOUR}.get(what, timedelta()))
            if admitted.opening is None:
                assert uid in known
                continue
            if what == "fail":
                fail(desk, admitted)
                continue
            if admitted.decision.direction is Direction.IN:
                assert inside[uid] == 0
                inside[uid] = 1
            else:
                assert uid not in known or inside[uid] == 1
                inside[uid] = 0
            known.add(uid)


def test_whose_pass_is_on_the_blocklist_waits_and_whoever_is_inside_leaves(tmp_path):
    with open_desk(tmp_path) as desk:
        now = desk.clock.now()
        token = desk.passes.issue(
            actor="api test", unit=UNIT, holder="馬志偉", not_before=now, not_after=now + HOUR, uses=2, lanes=None
        ).token
        assert desk.show(token).decision.granted
        entry = desk.blocklist.add(actor="user chief", name="馬志偉", reason="threats")
        assert desk.show(token, "out").decision.granted
        assert desk.show(token).decision.code is Code.BLOCKED
        assert entries(desk, "access.refused")[0].payload["blocklist"] == entry.id


@pytest.mark.parametrize(("hour", "code"), [(9, Code.GRANTED), (12, Code.OUTSIDE_HOURS)])
def test_a_card_opens_within_its_hours(tmp_path, hour, code):
    with open_desk(tmp_path, clock=SetClock(datetime(2026, 3, 2, hour, 0, tzinfo=ZONE))) as desk:
        morning = TimeProfile({Day.MONDAY: (Span(9 * 60, 12 * 60),)})
        profile = desk.time_profiles.add(actor="user clerk", name="mornings", profile=morning)
        keep_card(desk, time_profile_id=profile.id)
        assert walk(desk, "in", "out") == [code, Code.GRANTED]


def test_a_card_opens_the_lanes_it_is_good_for(tmp_path):
    with open_desk(tmp_path) as desk:
        keep_card(desk, lanes=["out"])
        assert walk(desk, "in", "out") == [Code.WRONG_LANE, Code.GRANTED]


def test_a_clock_that_is_behind_does_not_catch_up_with_its_own_entries(tmp_path):
    with open_desk(tmp_path, clock=DoubtfulClock(), access={"unconfirmed_clock_opens": True}) as desk:
        token = desk.sign_in().issued.token
        desk.clock.move(-2 * HOUR)
        desk.show(token)
        desk.clock.move(HOUR)
        assert desk.show(token).decision.code is Code.CLOCK_NOT_TRUSTED
    with open_desk(tmp_path, clock=desk.clock, access={"unconfirmed_clock_opens": True}) as desk:
        assert desk.show(token).decision.code is Code.CLOCK_NOT_TRUSTED, "nor over a restart"
