"""The rules of `decide` one by one and by pairs, and the record from which a decision can be made again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.access import (
    RULES,
    Code,
    CredentialFacts,
    CredentialKind,
    CredentialState,
    Direction,
    LaneFacts,
    decide,
)
from kiosk.domain.card_proof import CardProof, CardTechnology
from kiosk.domain.explanation import Verdict, explain, facts_from, record_of
from kiosk.domain.passback import PassbackMode, PassbackPolicy, Whereabouts
from kiosk.domain.visits import VisitState

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANY_WAY = frozenset({Direction.IN, Direction.OUT})
ONLY_IN, ONLY_OUT = frozenset({Direction.IN}), frozenset({Direction.OUT})
HARD = PassbackPolicy(timed=PassbackMode.HARD, timed_s=60, entering=PassbackMode.HARD, leaving=PassbackMode.HARD)
CARD = CredentialFacts(CredentialKind.CARD, where=Whereabouts())
DESFIRE = CardTechnology.DESFIRE


@dataclass(frozen=True)
class Cause:
    """What makes one rule object, and nothing else, on these ways through the lane."""

    facts: dict[str, Any]
    lane: dict[str, Any] = field(default_factory=dict)
    ways: frozenset[Direction] = ANY_WAY


CAUSES = {
    Code.DUPLICATE: Cause({"is_repeat": True}),
    Code.UNREADABLE: Cause({"readable": False}),
    Code.FORGED: Cause({"genuine": False}),
    Code.UNKNOWN: Cause({"known": False}),
    Code.CLONED: Cause({"technology": DESFIRE, "proof": CardProof.FAILED}),
    Code.REVOKED: Cause({"state": CredentialState.REVOKED}),
    Code.LOST: Cause({"state": CredentialState.LOST}),
    Code.SUSPENDED: Cause({"state": CredentialState.SUSPENDED}),
    Code.RETURNED: Cause({"state": CredentialState.RETURNED}),
    Code.BLOCKED: Cause({"is_blocked": True}, ways=ONLY_IN),
    Code.CLOCK_NOT_TRUSTED: Cause({"not_after": NOW + HOUR}, {"clock_suffices": False}, ONLY_IN),
    Code.NOT_YET_VALID: Cause({"not_before": NOW + HOUR}),
    Code.EXPIRED: Cause({"not_after": NOW}),
    Code.OUTSIDE_HOURS: Cause({"within_hours": False}, ways=ONLY_IN),
    Code.WRONG_LANE: Cause({"lanes": frozenset({"elsewhere"})}),
    Code.USED: Cause({"max_uses": 0}),
    Code.TOO_SOON: Cause({"where": Whereabouts(last_here=NOW - timedelta(seconds=59))}, {"passback": HARD}),
    Code.ALREADY_INSIDE: Cause({"where": Whereabouts(True, NOW - HOUR)}, {"passback": HARD}, ONLY_IN),
    Code.NOT_INSIDE: Cause({"where": Whereabouts(False, NOW - HOUR)}, {"passback": HARD}, ONLY_OUT),
    Code.QUOTA_USED_UP: Cause({"exits_left": 0}, ways=ONLY_OUT),
    Code.GOODS_UNCHECKED: Cause({"goods_unchecked": True}, ways=ONLY_OUT),
    Code.COURIER_CARD: Cause({"is_couriers": True}),
    Code.LANE_LOCKED: Cause({}, {"is_locked": True}),
    Code.FIRST_CARD_AWAITED: Cause({"group": "residents"}, {"first_card_group": "staff"}, ONLY_IN),
    Code.INTERLOCKED: Cause({}, {"open_beside": "inner"}),
    Code.TRY_AGAIN: Cause({"technology": DESFIRE, "proof": CardProof.INTERRUPTED}),
    Code.DOUBTFUL: Cause({"technology": DESFIRE, "proof": CardProof.NOT_TRIED}),
    Code.IDENTIFIES_ONLY: Cause({"identifying_suffices": False}),
}
"""A cause for each rule; `test_every_rule_has_a_cause` holds it complete."""

ORDER = [code for code, _ in RULES]

NEVER_MEET = {
    "one state at a time": list(combinations([Code.REVOKED, Code.LOST, Code.SUSPENDED, Code.RETURNED], 2)),
    "one proof at a time": list(combinations([Code.CLONED, Code.TRY_AGAIN, Code.DOUBTFUL], 2)),
    "one way at a time": [
        (entering, leaving)
        for entering in (
            Code.BLOCKED, Code.CLOCK_NOT_TRUSTED, Code.OUTSIDE_HOURS, Code.ALREADY_INSIDE, Code.FIRST_CARD_AWAITED,
        )
        for leaving in (Code.NOT_INSIDE, Code.QUOTA_USED_UP, Code.GOODS_UNCHECKED)
    ],
    "it has run out or is still to come": [(Code.NOT_YET_VALID, Code.EXPIRED)],
    "inside or outside": [(Code.ALREADY_INSIDE, Code.NOT_INSIDE)],
}  # fmt: skip
"""Pairs of rules that cannot both object, and why: told apart by the facts, not by the order of the rules."""


def case(*causes: Cause) -> tuple[CredentialFacts, LaneFacts]:
    """A card that is good but for these causes, at a lane on a way that all of them know."""
    ways = frozenset.intersection(*(cause.ways for cause in causes)) if causes else ANY_WAY
    way = Direction.IN if Direction.IN in ways else Direction.OUT
    facts, lane = CARD, LaneFacts("lane", way)
    where = Whereabouts()
    for cause in causes:
        facts, lane = replace(facts, **cause.facts), replace(lane, **cause.lane)
        told = cause.facts.get("where", Whereabouts())
        known = {
            name: value for name in ("is_inside", "since", "last_here") if (value := getattr(told, name)) is not None
        }
        where = replace(where, **known)
    return replace(facts, where=where), lane


def never_meet(one: Code, other: Code) -> bool:
    return any({one, other} == set(pair) for pairs in NEVER_MEET.values() for pair in pairs)


def test_every_rule_has_a_cause():
    assert list(CAUSES) == ORDER


def test_a_good_card_is_let_through():
    assert decide(*case(), NOW).code is Code.GRANTED


@pytest.mark.parametrize("code", ORDER)
def test_each_rule_speaks_of_its_own_cause(code):
    decision = decide(*case(CAUSES[code]), NOW)
    assert decision.code is code
    assert not decision.granted


@pytest.mark.parametrize("code", [code for code in ORDER if CAUSES[code].ways is not ANY_WAY])
def test_a_rule_of_one_way_says_nothing_on_the_other(code):
    facts, lane = case(CAUSES[code])
    other = Direction.OUT if lane.direction is Direction.IN else Direction.IN
    assert decide(facts, replace(lane, direction=other), NOW).code is Code.GRANTED


@pytest.mark.parametrize(("first", "second"), list(combinations(ORDER, 2)))
def test_of_two_rules_that_object_the_earlier_one_speaks(first, second):
    if never_meet(first, second):
        return
    causes = CAUSES[first], CAUSES[second]
    if {first, second} == {Code.CLOCK_NOT_TRUSTED, Code.EXPIRED}:
        causes = causes[1], Cause({}, causes[0].lane, ONLY_IN)  # what has run out is for a time
    assert decide(*case(*causes), NOW).code is first
    assert decide(*case(*reversed(causes)), NOW).code is first


@pytest.mark.parametrize(("first", "second"), [pair for pairs in NEVER_MEET.values() for pair in pairs])
def test_what_never_meets_has_no_way_or_no_fact_in_common(first, second):
    one, other = CAUSES[first], CAUSES[second]
    no_way = not one.ways & other.ways
    told_apart = {name for name in one.facts.keys() & other.facts.keys() if one.facts[name] != other.facts[name]}
    opposites = {first, second} == {Code.NOT_YET_VALID, Code.EXPIRED}
    assert no_way or told_apart or opposites


@pytest.mark.parametrize(
    ("where", "way", "policy", "code"),
    [
        (Whereabouts(True, NOW), Direction.IN, PassbackPolicy(entering=PassbackMode.SOFT), "granted-passed-back"),
        (Whereabouts(True, NOW - HOUR), Direction.IN, PassbackPolicy(leaving=PassbackMode.HARD), "granted"),
        (Whereabouts(False, NOW), Direction.OUT, PassbackPolicy(leaving=PassbackMode.SOFT), "granted-passed-back"),
        (Whereabouts(), Direction.OUT, HARD, "granted"),
        (Whereabouts(), Direction.IN, HARD, "granted"),
        (Whereabouts(True, NOW, NOW), Direction.BOTH, replace(HARD, timed=PassbackMode.OFF), "granted"),
        (Whereabouts(last_here=NOW - timedelta(seconds=60)), Direction.IN, HARD, "granted"),
        (Whereabouts(last_here=NOW + HOUR), Direction.IN, HARD, "too-soon"),
        (Whereabouts(True, NOW, NOW), Direction.IN, replace(HARD, timed=PassbackMode.SOFT), "already-inside"),
        (Whereabouts(True, NOW, NOW), Direction.IN, replace(HARD, entering=PassbackMode.SOFT), "too-soon"),
    ],
)  # fmt: skip
def test_anti_passback(where, way, policy, code):
    facts, lane = replace(CARD, where=where), LaneFacts("lane", way, passback=policy)
    assert decide(facts, lane, NOW).code.value == code


def test_a_doubtful_clock_keeps_nobody_inside_and_lets_nobody_in_for_a_time():
    lane = LaneFacts("lane", Direction.OUT, clock_suffices=False)
    for facts in (replace(CARD, not_after=NOW - HOUR), replace(CARD, not_before=NOW + HOUR)):
        assert decide(facts, lane, NOW).code is Code.GRANTED
        assert decide(facts, replace(lane, direction=Direction.IN), NOW).code is Code.CLOCK_NOT_TRUSTED
    assert decide(CARD, replace(lane, direction=Direction.IN), NOW).code is Code.GRANTED


def test_the_card_that_is_awaited_opens_the_lane():
    lane = LaneFacts("lane", Direction.IN, first_card_group="staff")
    assert decide(replace(CARD, group="staff"), lane, NOW).granted
    assert decide(CARD, lane, NOW).code is Code.FIRST_CARD_AWAITED


@pytest.mark.parametrize("code", ORDER)
def test_at_a_lane_that_stands_open_for_a_fire_only_who_it_is_is_asked(code):
    facts, lane = case(CAUSES[code])
    decision = decide(facts, replace(lane, is_held_open=True), NOW)
    asked = {Code.DUPLICATE, Code.UNREADABLE, Code.FORGED, Code.UNKNOWN, Code.CLONED, Code.COURIER_CARD}
    assert decision.direction is Direction.OUT
    assert decision.code is (code if code in asked else Code.GRANTED)


moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
maybe_moments = st.none() | moments
any_case = st.tuples(
    st.builds(
        CredentialFacts,
        kind=st.sampled_from(CredentialKind),
        is_repeat=st.booleans(),
        readable=st.booleans(),
        genuine=st.booleans(),
        known=st.booleans(),
        state=st.sampled_from(CredentialState),
        not_before=maybe_moments,
        not_after=maybe_moments,
        lanes=st.none() | st.frozensets(st.sampled_from(["in", "out", "both"])),
        uses=st.integers(0, 3),
        max_uses=st.none() | st.integers(0, 3),
        visit_state=st.none() | st.sampled_from(VisitState),
        technology=st.none() | st.sampled_from(CardTechnology),
        proof=st.sampled_from(CardProof),
        identifying_suffices=st.booleans(),
        is_blocked=st.booleans(),
        within_hours=st.none() | st.booleans(),
        group=st.sampled_from(["", "staff"]),
        where=st.builds(Whereabouts, st.none() | st.booleans(), maybe_moments, maybe_moments),
        exits_left=st.none() | st.integers(-1, 2),
        goods_unchecked=st.booleans(),
        is_couriers=st.booleans(),
    ),
    st.builds(
        LaneFacts,
        name=st.sampled_from(["in", "out", "both"]),
        direction=st.sampled_from(Direction),
        is_locked=st.booleans(),
        first_card_group=st.sampled_from(["", "staff"]),
        open_beside=st.sampled_from(["", "inner"]),
        passback=st.builds(
            PassbackPolicy,
            timed=st.sampled_from(PassbackMode),
            timed_s=st.floats(0, 3600),
            entering=st.sampled_from(PassbackMode),
            leaving=st.sampled_from(PassbackMode),
        ),
        clock_suffices=st.booleans(),
        is_held_open=st.booleans(),
    ),
)


def test_any_case_means_every_fact():
    named = {name for part in ("facts", "lane") for name in record_of(*WORST)[part]}
    assert named == {item.name for kind in (CredentialFacts, LaneFacts) for item in fields(kind)}


WORST = (
    CredentialFacts(
        CredentialKind.CARD, True, False, False, False, CredentialState.LOST, NOW, NOW, frozenset({"in"}), 1, 1,
        VisitState.WAITING, DESFIRE, CardProof.FAILED, False, True, False, "staff", Whereabouts(True, NOW, NOW), 0,
        True, True,
    ),
    LaneFacts("in", Direction.IN, True, "staff", "inner", HARD, False, True),
)  # fmt: skip


@given(any_case, moments)
def test_a_decision_can_be_made_again_from_its_record(known, now):
    facts, lane = known
    again = facts_from(json.loads(json.dumps(record_of(facts, lane))))
    assert again == known
    assert decide(*again, now) == decide(facts, lane, now)


@given(any_case, moments)
def test_the_explanation_names_the_rule_that_decided(known, now):
    verdicts = explain(*known, now)
    objected = [each.code for each in verdicts if each.verdict is Verdict.OBJECTED]
    decision = decide(*known, now)
    assert objected == ([] if decision.granted else [decision.code])
    place = ORDER.index(objected[0]) if objected else len(ORDER)
    asked = [each for each in verdicts[:place] if not known[1].is_held_open or each.verdict is not Verdict.NOT_ASKED]
    assert all(each.verdict is Verdict.PASSED for each in asked)
    assert all(each.verdict is Verdict.NOT_ASKED for each in verdicts[place + 1 :])


@given(any_case, moments)
def test_nothing_that_any_rule_objects_to_is_let_through(known, now):
    facts, lane = known
    decision = decide(facts, lane, now)
    if decision.granted and lane.is_held_open:
        assert decision.direction is Direction.OUT
        assert facts.known
    elif decision.granted:
        assert not facts.is_repeat
        assert not lane.is_locked
        assert lane.open_beside == ""
        if decision.direction is Direction.IN:
            assert not facts.is_blocked
            assert facts.within_hours is not False
            assert lane.clock_suffices or not facts.is_for_a_time
            assert lane.first_card_group in {"", facts.group}
        else:
            assert facts.exits_left is None or facts.exits_left > 0
            assert not facts.goods_unchecked


@given(any_case, moments)
def test_a_couriers_card_is_let_through_nowhere(known, now):
    facts, lane = known
    assert not decide(replace(facts, is_couriers=True), lane, now).granted


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"facts": {}},
        {"facts": {"kind": "card"}, "lane": {"name": "in"}},
        {"facts": {"kind": "card", "mood": 1}, "lane": {"name": "in", "direction": "in"}},
    ],
)
def test_what_is_no_record_is_told(record):
    with pytest.raises(ValueError, match="no facts"):
        facts_from(record)
