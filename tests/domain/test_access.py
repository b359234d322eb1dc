"""The table of `decide`, and what must hold for any credential whatever."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.access import (
    Code,
    CredentialFacts,
    CredentialKind,
    CredentialState,
    Direction,
    LaneFacts,
    decide,
)
from kiosk.domain.card_proof import CardProof, CardTechnology
from kiosk.domain.visits import VisitState

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
IN, OUT, BOTH = (LaneFacts(direction.value, direction) for direction in Direction)

CARD = CredentialFacts(CredentialKind.CARD)
DESFIRE = replace(CARD, technology=CardTechnology.DESFIRE, proof=CardProof.PROVEN)
CLONE = replace(DESFIRE, proof=CardProof.FAILED)
CLASSIC = replace(CARD, technology=CardTechnology.CLASSIC, proof=CardProof.FAILED)
VISITOR_CARD = replace(CARD, max_uses=0)
COURIERS = replace(CARD, is_couriers=True)
PASS = CredentialFacts(CredentialKind.PASS, not_before=NOW - HOUR, not_after=NOW + HOUR, max_uses=1)
INSIDE = replace(PASS, uses=1, visit_state=VisitState.SIGNED_IN)
WITH_TOOLS = replace(INSIDE, goods_unchecked=True)
LEFT = replace(PASS, uses=1, visit_state=VisitState.SIGNED_OUT)

TABLE = [
    (CARD, IN, Code.GRANTED),
    (CARD, OUT, Code.GRANTED),
    (replace(CARD, readable=False), IN, Code.UNREADABLE),
    (replace(CARD, known=False), IN, Code.UNKNOWN),
    (replace(CARD, state=CredentialState.LOST), IN, Code.LOST),
    (replace(CARD, state=CredentialState.SUSPENDED), IN, Code.SUSPENDED),
    (replace(CARD, state=CredentialState.RETURNED), OUT, Code.RETURNED),
    (replace(CARD, not_before=NOW + HOUR), IN, Code.NOT_YET_VALID),
    (replace(CARD, not_after=NOW), IN, Code.EXPIRED),
    (replace(CARD, not_after=NOW), OUT, Code.EXPIRED),
    (DESFIRE, IN, Code.GRANTED),
    (replace(DESFIRE, identifying_suffices=False), IN, Code.GRANTED),
    (CLONE, IN, Code.CLONED),
    (CLONE, OUT, Code.CLONED),
    (replace(DESFIRE, proof=CardProof.INTERRUPTED), IN, Code.TRY_AGAIN),
    (replace(DESFIRE, proof=CardProof.NOT_TRIED), IN, Code.DOUBTFUL),
    (replace(DESFIRE, proof=CardProof.NOT_TRIED, identifying_suffices=False), IN, Code.DOUBTFUL),
    (CLASSIC, IN, Code.GRANTED),
    (replace(CLASSIC, proof=CardProof.INTERRUPTED), IN, Code.GRANTED),
    (replace(CLASSIC, identifying_suffices=False), IN, Code.IDENTIFIES_ONLY),
    (replace(CLASSIC, identifying_suffices=False, proof=CardProof.NOT_TRIED), OUT, Code.IDENTIFIES_ONLY),
    (replace(CARD, identifying_suffices=False, proof=CardProof.INTERRUPTED), IN, Code.TRY_AGAIN),
    (replace(CARD, identifying_suffices=False), IN, Code.IDENTIFIES_ONLY),
    (replace(PASS, identifying_suffices=False), IN, Code.GRANTED),
    (VISITOR_CARD, IN, Code.USED),
    (VISITOR_CARD, OUT, Code.USED),
    (replace(VISITOR_CARD, visit_state=VisitState.SIGNED_IN), IN, Code.USED),
    (replace(VISITOR_CARD, visit_state=VisitState.SIGNED_IN), OUT, Code.GRANTED),
    (replace(VISITOR_CARD, visit_state=VisitState.SIGNED_OUT), OUT, Code.USED),
    *((COURIERS, lane, Code.COURIER_CARD) for lane in (IN, OUT, BOTH, replace(OUT, is_held_open=True))),
    (replace(COURIERS, state=CredentialState.SUSPENDED), IN, Code.SUSPENDED),
    (replace(COURIERS, not_after=NOW), IN, Code.EXPIRED),
    (replace(COURIERS, within_hours=False), IN, Code.OUTSIDE_HOURS),
    (replace(COURIERS, lanes=frozenset({"out"})), IN, Code.WRONG_LANE),
    (COURIERS, replace(IN, is_locked=True, open_beside="inner", first_card_group="staff"), Code.COURIER_CARD),
    (replace(COURIERS, identifying_suffices=False), IN, Code.COURIER_CARD),
    (replace(COURIERS, technology=CardTechnology.DESFIRE, proof=CardProof.FAILED), IN, Code.CLONED),
    (PASS, IN, Code.GRANTED),
    (PASS, OUT, Code.GRANTED),
    (replace(PASS, genuine=False), IN, Code.FORGED),
    (replace(PASS, known=False), IN, Code.UNKNOWN),
    (replace(PASS, state=CredentialState.REVOKED), IN, Code.REVOKED),
    (replace(PASS, not_before=NOW + HOUR, not_after=NOW + 2 * HOUR), IN, Code.NOT_YET_VALID),
    (replace(PASS, not_after=NOW), IN, Code.EXPIRED),
    (replace(PASS, lanes=frozenset({"out"})), IN, Code.WRONG_LANE),
    (replace(PASS, lanes=frozenset()), IN, Code.WRONG_LANE),
    (replace(PASS, uses=1), IN, Code.USED),
    (replace(PASS, uses=1), OUT, Code.USED),
    (replace(PASS, uses=9, max_uses=None), IN, Code.GRANTED),
    (INSIDE, IN, Code.USED),
    (replace(INSIDE, max_uses=None), IN, Code.USED),
    (INSIDE, OUT, Code.GRANTED),
    (INSIDE, BOTH, Code.GRANTED),
    (WITH_TOOLS, OUT, Code.GOODS_UNCHECKED),
    (WITH_TOOLS, BOTH, Code.GOODS_UNCHECKED),
    (WITH_TOOLS, replace(OUT, is_held_open=True), Code.GRANTED),
    (replace(WITH_TOOLS, not_after=NOW), OUT, Code.GOODS_UNCHECKED),
    (replace(VISITOR_CARD, visit_state=VisitState.SIGNED_IN, goods_unchecked=True), OUT, Code.GOODS_UNCHECKED),
    (replace(INSIDE, not_after=NOW), OUT, Code.GRANTED_OVERDUE),
    (replace(INSIDE, not_after=NOW), IN, Code.EXPIRED),
    (replace(INSIDE, state=CredentialState.REVOKED), OUT, Code.REVOKED),
    (replace(INSIDE, lanes=frozenset({"in"})), OUT, Code.WRONG_LANE),
    (LEFT, IN, Code.USED),
    (LEFT, OUT, Code.USED),
    (LEFT, BOTH, Code.USED),
    (replace(LEFT, max_uses=2), IN, Code.GRANTED),
]


@pytest.mark.parametrize(("facts", "lane", "code"), TABLE)
def test_table(facts, lane, code):
    assert decide(facts, lane, NOW).code is code


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (replace(PASS, genuine=False, known=False, state=CredentialState.REVOKED), Code.FORGED),
        (replace(PASS, known=False, not_after=NOW), Code.UNKNOWN),
        (replace(PASS, state=CredentialState.REVOKED, not_after=NOW, uses=1), Code.REVOKED),
        (replace(PASS, not_after=NOW, lanes=frozenset(), uses=1), Code.EXPIRED),
        (replace(PASS, lanes=frozenset(), uses=1), Code.WRONG_LANE),
        (replace(CLONE, readable=False), Code.UNREADABLE),
        (replace(CLONE, known=False), Code.UNKNOWN),
        (replace(CLONE, state=CredentialState.LOST, not_after=NOW), Code.CLONED),
        (replace(DESFIRE, state=CredentialState.LOST, proof=CardProof.INTERRUPTED), Code.LOST),
        (replace(DESFIRE, not_after=NOW, proof=CardProof.NOT_TRIED), Code.EXPIRED),
        (replace(CLASSIC, identifying_suffices=False, not_before=NOW + HOUR), Code.NOT_YET_VALID),
        (replace(CLASSIC, identifying_suffices=False, max_uses=0), Code.USED),
    ],
)
def test_of_several_objections_the_first_rule_speaks(facts, code):
    assert decide(facts, IN, NOW).code is code


def test_a_lane_for_both_ways_tells_the_direction_by_the_visit():
    assert decide(INSIDE, BOTH, NOW).direction is Direction.OUT
    assert decide(PASS, BOTH, NOW).direction is Direction.IN


moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
any_facts = st.builds(
    CredentialFacts,
    kind=st.sampled_from(CredentialKind),
    readable=st.booleans(),
    genuine=st.booleans(),
    known=st.booleans(),
    state=st.sampled_from(CredentialState),
    not_before=st.none() | moments,
    not_after=st.none() | moments,
    lanes=st.none() | st.frozensets(st.sampled_from(["in", "out", "both"])),
    uses=st.integers(0, 3),
    max_uses=st.none() | st.integers(0, 3),
    visit_state=st.none() | st.sampled_from(VisitState),
    technology=st.none() | st.sampled_from(CardTechnology),
    proof=st.sampled_from(CardProof),
    identifying_suffices=st.booleans(),
)


@given(any_facts, st.sampled_from([IN, OUT, BOTH]), moments)
def test_nothing_doubtful_gets_in(facts, lane, now):
    decision = decide(facts, lane, now)
    if not decision.granted or decision.direction is Direction.OUT:
        return
    assert facts.readable
    assert facts.genuine
    assert facts.known
    assert facts.state is CredentialState.ACTIVE
    assert facts.not_before is None or facts.not_before <= now
    assert facts.not_after is None or now < facts.not_after
    assert facts.lanes is None or lane.name in facts.lanes
    if facts.technology is CardTechnology.DESFIRE or (
        facts.kind is CredentialKind.CARD and not facts.identifying_suffices
    ):
        assert facts.proof is CardProof.PROVEN
    if facts.max_uses is not None or facts.visit_state is not None:
        assert facts.visit_state is not VisitState.SIGNED_IN
        assert facts.max_uses is None or facts.uses < facts.max_uses


@given(any_facts, st.sampled_from([IN, OUT, BOTH]), moments)
def test_a_genuine_active_pass_always_lets_its_visitor_out(facts, lane, now):
    facts = replace(
        facts, kind=CredentialKind.PASS, readable=True, genuine=True, known=True, state=CredentialState.ACTIVE,
        not_before=None, lanes=None, visit_state=VisitState.SIGNED_IN, technology=None,
    )  # fmt: skip
    if lane.direction is not Direction.IN:
        assert decide(facts, lane, now).granted
