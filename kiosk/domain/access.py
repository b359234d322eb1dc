"""Who gets through: one pure function over a table of rules.

`decide` is handed everything it needs, so each decision can be repeated from its record and explained to a guard
in one sentence. The rules stand in the order in which they speak; the first that objects gives the refusal its code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from kiosk.domain.card_proof import CardProof, CardTechnology
from kiosk.domain.visits import VisitState


class Direction(StrEnum):
    """Which way a lane leads; seen from outside the estate."""

    IN = "in"
    OUT = "out"
    BOTH = "both"


class CredentialKind(StrEnum):
    """What was held up."""

    CARD = "card"
    PASS = "pass"  # noqa: S105 - a QR pass, not a password


class CredentialState(StrEnum):
    """What the estate says of a card or pass."""

    ACTIVE = "active"
    LOST = "lost"
    SUSPENDED = "suspended"
    RETURNED = "returned"
    REVOKED = "revoked"


class Code(StrEnum):
    """Why a decision fell as it did. Stable: programs, the journal and translations go by it."""

    GRANTED = "granted"
    GRANTED_OVERDUE = "granted-overdue"  # on the way out, past the visit's end
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"
    FORGED = "forged"
    CLONED = "cloned"  # a card with the UID of one on record and without its key
    REVOKED = "revoked"
    LOST = "lost"
    SUSPENDED = "suspended"
    RETURNED = "returned"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    WRONG_LANE = "wrong-lane"
    USED = "used"
    TRY_AGAIN = "try-again"  # the card left before it had proven anything
    IDENTIFIES_ONLY = "identifies-only"  # a card that can be copied, where those open nothing alone
    DOUBTFUL = "doubtful"  # the facts could not be read or the decision not recorded: closed


GRANTS: Final = frozenset({Code.GRANTED, Code.GRANTED_OVERDUE})


@dataclass(frozen=True, slots=True)
class LaneFacts:
    """The lane at which a credential was presented."""

    name: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class CredentialFacts:
    """What is on record about a credential at the moment of the decision.

    Attributes:
        readable: a card told its UID; a code was a Gatehouse pass in form.
        genuine: a pass carries a valid signature of a key this gate trusts. Always True for cards of this kind.
        known: there is a record of it. All later facts mean nothing without one.
        lanes: the lanes it is good for; None means all.
        max_uses: entries allowed; None means any number. A visitor card allows none: it is lent to go out with.
        visit_state: the state of the latest visit of the pass or visitor card; None without one.
        technology: what the card on record is; None for passes and before its first tap.
        proof: what came of asking the card to prove itself.
        identifying_suffices: a card that only identifies may open a lane alone.
    """

    kind: CredentialKind
    readable: bool = True
    genuine: bool = True
    known: bool = True
    state: CredentialState = CredentialState.ACTIVE
    not_before: datetime | None = None
    not_after: datetime | None = None
    lanes: frozenset[str] | None = None
    uses: int = 0
    max_uses: int | None = None
    visit_state: VisitState | None = None
    technology: CardTechnology | None = None
    proof: CardProof = CardProof.NOT_TRIED
    identifying_suffices: bool = True

    @property
    def must_prove(self) -> bool:
        """Whether this is a card that opens with a proof only."""
        if self.kind is not CredentialKind.CARD:
            return False
        return self.technology is CardTechnology.DESFIRE or not self.identifying_suffices


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. `direction` is IN or OUT: which way the bearer was going, as far as is known."""

    code: Code
    direction: Direction

    @property
    def granted(self) -> bool:
        """Whether the gate opens."""
        return self.code in GRANTS


@dataclass(frozen=True, slots=True)
class _Case:
    facts: CredentialFacts
    lane: LaneFacts
    direction: Direction
    now: datetime

    @property
    def leaving_a_visit(self) -> bool:
        return self.direction is Direction.OUT and self.facts.visit_state is VisitState.SIGNED_IN


def _state_is(state: CredentialState) -> Callable[[_Case], bool]:
    return lambda case: case.facts.state is state


def _not_yet_valid(case: _Case) -> bool:
    # Whoever is inside came in on it: the clock has been set back since.
    return case.facts.not_before is not None and case.now < case.facts.not_before and not case.leaving_a_visit


def _expired(case: _Case) -> bool:
    # Whoever is inside may leave after the pass has ended: holding a late guest at the way out helps nobody.
    return case.facts.not_after is not None and case.now >= case.facts.not_after and not case.leaving_a_visit


def _used(case: _Case) -> bool:
    if case.leaving_a_visit:
        return False
    if case.direction is Direction.IN and case.facts.visit_state is VisitState.SIGNED_IN:
        return True  # its bearer is inside: a second person must not enter on the same code
    return case.facts.max_uses is not None and case.facts.uses >= case.facts.max_uses


def _cloned(case: _Case) -> bool:
    return case.facts.technology is CardTechnology.DESFIRE and case.facts.proof is CardProof.FAILED


def _interrupted(case: _Case) -> bool:
    return case.facts.must_prove and case.facts.proof is CardProof.INTERRUPTED


def _not_asked(case: _Case) -> bool:
    return case.facts.technology is CardTechnology.DESFIRE and case.facts.proof is not CardProof.PROVEN


def _identifies_only(case: _Case) -> bool:
    return case.facts.must_prove and case.facts.proof is not CardProof.PROVEN


RULES: Final[tuple[tuple[Code, Callable[[_Case], bool]], ...]] = (
    (Code.UNREADABLE, lambda case: not case.facts.readable),
    (Code.FORGED, lambda case: not case.facts.genuine),
    (Code.UNKNOWN, lambda case: not case.facts.known),
    (Code.CLONED, _cloned),  # before the card's state: a copy of a lost card is an alarm, the lost card is none
    (Code.REVOKED, _state_is(CredentialState.REVOKED)),
    (Code.LOST, _state_is(CredentialState.LOST)),
    (Code.SUSPENDED, _state_is(CredentialState.SUSPENDED)),
    (Code.RETURNED, _state_is(CredentialState.RETURNED)),
    (Code.NOT_YET_VALID, _not_yet_valid),
    (Code.EXPIRED, _expired),
    (Code.WRONG_LANE, lambda case: case.facts.lanes is not None and case.lane.name not in case.facts.lanes),
    (Code.USED, _used),
    # Last, for only a card that would open is worth holding up again.
    (Code.TRY_AGAIN, _interrupted),
    (Code.DOUBTFUL, _not_asked),
    (Code.IDENTIFIES_ONLY, _identifies_only),
)
"""Each rule: the code it refuses with, and whether it objects. The first that objects decides."""


def decide(facts: CredentialFacts, lane: LaneFacts, now: datetime) -> Decision:
    """Decide about a credential at a lane.

    `now` is aware. Never raises on any combination of facts, and grants only when no rule objects.
    """
    direction = lane.direction
    if direction is Direction.BOTH:
        direction = Direction.OUT if facts.visit_state is VisitState.SIGNED_IN else Direction.IN
    case = _Case(facts, lane, direction, now)
    for code, objects in RULES:
        if objects(case):
            return Decision(code, direction)
    overdue = case.leaving_a_visit and facts.not_after is not None and now >= facts.not_after
    return Decision(Code.GRANTED_OVERDUE if overdue else Code.GRANTED, direction)
