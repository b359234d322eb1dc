"""Who gets through: one pure function over a table of rules.

`decide` is handed everything it needs, so each decision can be repeated from its record and explained to a guard
in one sentence. The rules stand in the order in which they speak; the first that objects gives the refusal its code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from kiosk.domain.card_proof import CardProof, CardTechnology
from kiosk.domain.passback import (
    NO_PASSBACK,
    NOWHERE,
    PassbackMode,
    PassbackPolicy,
    PassbackScope,
    Whereabouts,
    scope_of,
)
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
    GRANTED_PASSED_BACK = "granted-passed-back"  # anti-passback objects, and is soft here
    DUPLICATE = "duplicate"  # the same event once more: nothing is done, nothing recorded
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"
    FORGED = "forged"
    CLONED = "cloned"  # a card with the UID of one on record and without its key
    REVOKED = "revoked"
    LOST = "lost"
    SUSPENDED = "suspended"
    RETURNED = "returned"
    BLOCKED = "blocked"  # on the blocklist: the person, the phone or the plate
    CLOCK_NOT_TRUSTED = "clock-not-trusted"  # it is good for a time only, and nobody knows what time it is
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    OUTSIDE_HOURS = "outside-hours"
    WRONG_LANE = "wrong-lane"
    USED = "used"
    TOO_SOON = "too-soon"  # anti-passback: at this lane a moment ago
    ALREADY_INSIDE = "already-inside"  # anti-passback: its holder has come in and not gone out
    NOT_INSIDE = "not-inside"  # anti-passback: its holder has gone out and not come in
    QUOTA_USED_UP = "quota-used-up"  # the household has gone out as often as it may in a day
    GOODS_UNCHECKED = "goods-unchecked"  # its bearer has carried things in that nobody has looked at on the way out
    COURIER_CARD = "courier-card"  # it is good, and opens nothing: its courier goes on at the touchscreen
    LANE_LOCKED = "lane-locked"
    FIRST_CARD_AWAITED = "first-card-awaited"  # closed until somebody of the lane's group has come
    INTERLOCKED = "interlocked"  # another lane of the group stands open
    TRY_AGAIN = "try-again"  # the card left before it had proven anything
    IDENTIFIES_ONLY = "identifies-only"  # a card that can be copied, where those open nothing alone
    DOUBTFUL = "doubtful"  # the facts could not be read or the decision not recorded: closed


GRANTS: Final = frozenset({Code.GRANTED, Code.GRANTED_OVERDUE, Code.GRANTED_PASSED_BACK})


@dataclass(frozen=True, slots=True)
class LaneFacts:
    """The lane at which a credential was presented, as it stands at that moment.

    Attributes:
        is_locked: a guard has locked it.
        first_card_group: the group whose card it awaits; empty when it awaits none.
        open_beside: the lane of its interlock group that stands open; empty when none does.
        passback: what it does about cards that are passed back.
        clock_suffices: the box's clock is believed enough for what is good for a time only.
        is_held_open: it stands open for a fire. Whoever holds something up there leaves, and is only put on record.
    """

    name: str
    direction: Direction
    is_locked: bool = False
    first_card_group: str = ""
    open_beside: str = ""
    passback: PassbackPolicy = NO_PASSBACK
    clock_suffices: bool = True
    is_held_open: bool = False


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
        is_repeat: it was presented at this lane a moment ago, and is still the same event.
        is_blocked: whoever it is for is on the blocklist.
        within_hours: now is within its hours; None when it has none.
        group: the group of cards that it belongs to; empty for none.
        where: what its last passages say; for residents' cards.
        exits_left: how often its household may still go out today; None when nobody counts.
        goods_unchecked: its visit is inside and has carried things in that no guard has looked at on the way out.
        is_couriers: it says which company its courier is of, and opens nothing.
    """

    kind: CredentialKind
    is_repeat: bool = False
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
    is_blocked: bool = False
    within_hours: bool | None = None
    group: str = ""
    where: Whereabouts = NOWHERE
    exits_left: int | None = None
    goods_unchecked: bool = False
    is_couriers: bool = False

    @property
    def is_for_a_time(self) -> bool:
        """Whether it opens at some times and not at others."""
        return self.not_before is not None or self.not_after is not None or self.within_hours is not None

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
class Case:
    """One decision to be made: what the rules look at.

    `direction` is IN or OUT; `passed_back` the scope of anti-passback by which it is passed back.
    """

    facts: CredentialFacts
    lane: LaneFacts
    direction: Direction
    now: datetime
    passed_back: PassbackScope | None

    @property
    def is_entering(self) -> bool:
        """Whether the bearer is on the way in."""
        return self.direction is Direction.IN

    @property
    def leaving_a_visit(self) -> bool:
        """Whether the bearer came in on it and is on the way out."""
        return not self.is_entering and self.facts.visit_state is VisitState.SIGNED_IN

    @property
    def time_matters(self) -> bool:
        """Whether the clock decides. Whoever is inside came in on it; and a doubtful clock keeps nobody in."""
        return not self.leaving_a_visit and (self.is_entering or self.lane.clock_suffices)


Objects = Callable[[Case], bool]
"""Whether a rule objects."""


def _state_is(state: CredentialState) -> Objects:
    return lambda case: case.facts.state is state


def _not_yet_valid(case: Case) -> bool:
    return case.time_matters and case.facts.not_before is not None and case.now < case.facts.not_before


def _expired(case: Case) -> bool:
    # Whoever is inside may leave after the pass has ended: holding a late guest at the way out helps nobody.
    return case.time_matters and case.facts.not_after is not None and case.now >= case.facts.not_after


def _used(case: Case) -> bool:
    if case.leaving_a_visit:
        return False
    if case.is_entering and case.facts.visit_state is VisitState.SIGNED_IN:
        return True  # its bearer is inside: a second person must not enter on the same code
    return case.facts.max_uses is not None and case.facts.uses >= case.facts.max_uses


def _passed_back(scope: PassbackScope) -> Objects:
    return lambda case: case.passed_back is scope and case.lane.passback.mode(scope) is PassbackMode.HARD


def _quota_used_up(case: Case) -> bool:
    return not case.is_entering and case.facts.exits_left is not None and case.facts.exits_left <= 0


def _goods_unchecked(case: Case) -> bool:
    return not case.is_entering and case.facts.goods_unchecked


def _first_card_awaited(case: Case) -> bool:
    awaited = case.lane.first_card_group
    return case.is_entering and awaited not in {"", case.facts.group}


def _cloned(case: Case) -> bool:
    return case.facts.technology is CardTechnology.DESFIRE and case.facts.proof is CardProof.FAILED


def _interrupted(case: Case) -> bool:
    return case.facts.must_prove and case.facts.proof is CardProof.INTERRUPTED


def _not_asked(case: Case) -> bool:
    return case.facts.technology is CardTechnology.DESFIRE and case.facts.proof is not CardProof.PROVEN


def _identifies_only(case: Case) -> bool:
    return case.facts.must_prove and case.facts.proof is not CardProof.PROVEN


RULES: Final[tuple[tuple[Code, Objects], ...]] = (
    (Code.DUPLICATE, lambda case: case.facts.is_repeat),
    # What was held up: is it anything, and is it what it says?
    (Code.UNREADABLE, lambda case: not case.facts.readable),
    (Code.FORGED, lambda case: not case.facts.genuine),
    (Code.UNKNOWN, lambda case: not case.facts.known),
    (Code.CLONED, _cloned),  # before the card's state: a copy of a lost card is an alarm, the lost card is none
    # What the estate says of it and of whoever it is for.
    (Code.REVOKED, _state_is(CredentialState.REVOKED)),
    (Code.LOST, _state_is(CredentialState.LOST)),
    (Code.SUSPENDED, _state_is(CredentialState.SUSPENDED)),
    (Code.RETURNED, _state_is(CredentialState.RETURNED)),
    (Code.BLOCKED, lambda case: case.is_entering and case.facts.is_blocked),
    # When: first whether anybody knows what time it is.
    (
        Code.CLOCK_NOT_TRUSTED,
        lambda case: case.is_entering and case.facts.is_for_a_time and not case.lane.clock_suffices,
    ),
    (Code.NOT_YET_VALID, _not_yet_valid),
    (Code.EXPIRED, _expired),
    (Code.OUTSIDE_HOURS, lambda case: case.is_entering and case.facts.within_hours is False),
    # Where, and how often.
    (Code.WRONG_LANE, lambda case: case.facts.lanes is not None and case.lane.name not in case.facts.lanes),
    (Code.USED, _used),
    (Code.TOO_SOON, _passed_back(PassbackScope.TIMED)),
    (Code.ALREADY_INSIDE, _passed_back(PassbackScope.ENTERING)),
    (Code.NOT_INSIDE, _passed_back(PassbackScope.LEAVING)),
    (Code.QUOTA_USED_UP, _quota_used_up),
    (Code.GOODS_UNCHECKED, _goods_unchecked),
    # A courier's card that is good asks nothing of the lane, nor a proof: what it does, a touch on a button does too.
    (Code.COURIER_CARD, lambda case: case.facts.is_couriers),
    # The lane itself. A credential that is good is told so: it need only wait.
    (Code.LANE_LOCKED, lambda case: case.lane.is_locked),
    (Code.FIRST_CARD_AWAITED, _first_card_awaited),
    (Code.INTERLOCKED, lambda case: case.lane.open_beside != ""),
    # Last, for only a card that would open is worth holding up again.
    (Code.TRY_AGAIN, _interrupted),
    (Code.DOUBTFUL, _not_asked),
    (Code.IDENTIFIES_ONLY, _identifies_only),
)
"""Each rule: the code it refuses with, and whether it objects. The first that objects decides."""

_WHO: Final = frozenset({Code.DUPLICATE, Code.UNREADABLE, Code.FORGED, Code.UNKNOWN, Code.CLONED, Code.COURIER_CARD})
"""The rules that say whether anybody knows who it is: all that is asked at a lane that stands open for a fire. A
courier's card names a company and nobody, and an opening that is decided as the fire ends would still be one."""


def rules_at(lane: LaneFacts) -> Iterator[tuple[Code, Objects]]:
    """The rules that are asked at a lane, in their order."""
    return (rule for rule in RULES if not lane.is_held_open or rule[0] in _WHO)


_OF_THE_CARD: Final = frozenset(
    {
        Code.UNREADABLE, Code.UNKNOWN, Code.CLONED,
        Code.REVOKED, Code.LOST, Code.SUSPENDED, Code.RETURNED,
        Code.CLOCK_NOT_TRUSTED, Code.NOT_YET_VALID, Code.EXPIRED,
        Code.TRY_AGAIN, Code.DOUBTFUL, Code.IDENTIFIES_ONLY,
    }
)  # fmt: skip
"""The rules about a card itself: all that is asked where it opens nothing and only says whose it is."""


def judge(facts: CredentialFacts, where: LaneFacts, now: datetime) -> Code:
    """Judge a card that is shown where nobody passes; GRANTED when it is good.

    The same rules in the same order as at a lane, as on a way in, without those about passing: hours, lanes, uses,
    passages, locks. Of `where` only `clock_suffices` matters.
    """
    case = Case(facts, where, Direction.IN, now, None)
    return next((code for code, objects in RULES if code in _OF_THE_CARD and objects(case)), Code.GRANTED)


def decide(facts: CredentialFacts, lane: LaneFacts, now: datetime) -> Decision:
    """Decide about a credential at a lane.

    `now` is aware. Never raises on any combination of facts, and grants only when no rule objects.
    """
    case = case_of(facts, lane, now)
    for code, objects in rules_at(lane):
        if objects(case):
            return Decision(code, case.direction)
    return Decision(_grant(case), case.direction)


def case_of(facts: CredentialFacts, lane: LaneFacts, now: datetime) -> Case:
    """What the rules look at. At a lane for both ways, who is inside as far as anybody knows is on the way out."""
    direction = Direction.OUT if lane.is_held_open else lane.direction
    if direction is Direction.BOTH:
        is_inside = facts.visit_state is VisitState.SIGNED_IN or facts.where.is_inside is True
        direction = Direction.OUT if is_inside else Direction.IN
    passed_back = scope_of(facts.where, lane.passback, now, is_entering=direction is Direction.IN)
    return Case(facts, lane, direction, now, passed_back)


def _grant(case: Case) -> Code:
    if case.passed_back is not None and not case.lane.is_held_open:
        return Code.GRANTED_PASSED_BACK
    if case.leaving_a_visit and case.facts.not_after is not None and case.now >= case.facts.not_after:
        return Code.GRANTED_OVERDUE
    return Code.GRANTED
