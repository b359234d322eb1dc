"""Admission: from a credential held up to a committed decision.

Facts are read, judged by the pure `decide` and recorded in one write transaction, so that two lanes can never spend
the same use of a pass. The signature of a pass is checked before, outside the writer's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, update

from hardware.interfaces import CardPresented
from kiosk.clock import Clock
from kiosk.domain.access import (
    Code,
    CredentialFacts,
    CredentialKind,
    Decision,
    Direction,
    LaneFacts,
    decide,
)
from kiosk.domain.alarms import AlarmKind
from kiosk.domain.explanation import record_of
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource, VisitState
from kiosk.services.alarms import raise_within
from kiosk.services.blocklist import journalled_block
from kiosk.services.card_watch import CardTapped
from kiosk.services.credential_facts import CardRecord, CredentialRecords, Known, recognise
from kiosk.services.lane_rules import LaneRules
from kiosk.services.lane_states import LaneStates
from kiosk.services.openings import Opening, OpeningCause, decide_to_open
from kiosk.services.pass_keys import PassKeys
from kiosk.services.passages import CardOfUnit, Passages
from kiosk.services.passages import take_back as take_back_passage
from kiosk.services.qr_watch import QrPresented
from kiosk.services.register import Register
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import passes

OPEN_WITHIN_NS: Final = 5_000_000_000
"""How long after its decision a gate may still open."""

Faults = Callable[[], Mapping[str, str]]
"""Tells the devices that are not well at this moment, each with its fault."""


@dataclass(frozen=True, slots=True)
class AtLane:
    """Where and how a credential was presented.

    Attributes:
        is_repeat: it was there a moment ago, and is still the same event.
        is_held_open: the lane stands open for a fire.
    """

    name: str
    is_repeat: bool = False
    is_held_open: bool = False


@dataclass(frozen=True, slots=True)
class Admitted:
    """A decision on the disk, and the opening it led to when granted."""

    decision: Decision
    opening: Opening | None


class Admission:
    """Decides about cards and codes. Called by a lane's own worker."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        keys: PassKeys,
        register: Register,
        *,
        records: CredentialRecords,
        rules: LaneRules,
        states: LaneStates,
        passages: Passages,
        faults: Faults,
    ) -> None:
        self._store = store
        self._clock = clock
        self._keys = keys
        self._register = register
        self._records = records
        self._rules = rules
        self._states = states
        self._passages = passages
        self._faults = faults

    def present_card(self, at: AtLane, tapped: CardTapped) -> Admitted:
        """Decide about a card.

        What a card is, is put on record with its first tap; that it has the estate's key, whenever it proves that.
        From then on it has to. A repeat of the same event is told to be one, and leaves no trace.
        """
        if at.is_repeat:
            return self._repeated(at.name, CredentialKind.CARD)
        lane = at.name
        subject: dict[str, Any] = {"credential": CredentialKind.CARD.value}
        with self._store.write() as transaction:
            known = self._records.of_card(transaction, tapped, lane)
            stands = self._rules.at(lane, transaction, is_held_open=at.is_held_open)
            case = _Presented(lane, known.facts, stands, tapped.presented_ns)
            decision = decide(case.facts, case.lane, transaction.now)
            if known.record is None:
                subject |= {"uid": tapped.card.uid.hex().upper()} if isinstance(tapped.card, CardPresented) else {}
                return self._record(transaction, case, decision, subject)
            subject["card"] = known.record.id
            if tapped.proof.reason and known.facts.must_prove:
                subject["proof"] = tapped.proof.reason
            if known.visit is not None:
                subject["visit"] = known.visit.id
            recognise(transaction, known, actor=f"lane {lane}")
            if decision.code is Code.CLONED:
                raise_within(transaction, AlarmKind.CLONED, lane, card=known.record.id)
            if decision.granted and known.record.for_duress:
                raise_within(transaction, AlarmKind.DURESS, lane, card=known.record.id)
            if decision.granted and known.visit is not None and known.visit.state == VisitState.SIGNED_IN:
                self._sign_out(transaction, lane, known.visit)
            admitted = self._record(transaction, case, decision, subject)
            if admitted.opening is not None and not known.record.for_visits:
                self._pass(transaction, case, decision, known.record, admitted.opening)
            return admitted

    def present_code(self, at: AtLane, event: QrPresented) -> Admitted:
        """Decide about the text of a QR code; repeats as with cards."""
        if at.is_repeat:
            return self._repeated(at.name, CredentialKind.PASS)
        lane = at.name
        reading = self._keys.read(event.text)
        subject: dict[str, Any] = {"credential": CredentialKind.PASS.value}
        with self._store.write() as transaction:
            known = self._records.of_code(transaction, reading, event.text, lane)
            stands = self._rules.at(lane, transaction, is_held_open=at.is_held_open)
            case = _Presented(lane, known.facts, stands, event.presented_ns)
            decision = decide(case.facts, case.lane, transaction.now)
            if known.row is not None:
                subject["pass"] = known.row.id
            if known.visit is not None:
                subject["visit"] = known.visit.id
            if decision.code is Code.BLOCKED:
                subject |= journalled_block(known.block)
            if decision.granted and known.row is not None:
                subject |= self._move(transaction, case, decision, known, known.row)
            return self._record(transaction, case, decision, subject)

    def refuse_in_doubt(self, lane: LaneFacts, kind: CredentialKind) -> None:
        """Put on record that a credential could not be decided about, so that the guard sees who was kept waiting."""
        direction = Direction.OUT if lane.direction is Direction.OUT else Direction.IN
        with self._store.write() as transaction:
            payload = _payload(lane.name, Decision(Code.DOUBTFUL, direction), {"credential": kind.value})
            transaction.record(f"lane {lane.name}", "access.refused", payload)

    def take_back(self, transaction: Transaction, opening: Opening) -> None:
        """The gate did not open: whoever was let through has not passed."""
        if opening.cause is OpeningCause.CREDENTIAL:
            take_back_passage(transaction, opening.id)
            self._states.take_back(transaction, opening)

    def _repeated(self, lane: str, kind: CredentialKind) -> Admitted:
        facts = CredentialFacts(kind, is_repeat=True)
        return Admitted(decide(facts, self._rules.settled(lane), self._clock.now()), None)

    def _move(
        self, transaction: Transaction, case: _Presented, decision: Decision, known: Known, row: Row[Any]
    ) -> dict[str, Any]:
        """Carry out what a granted pass means for the register; returns what the journal should name."""
        lane = case.name
        if known.visit is not None and known.visit.state == VisitState.SIGNED_IN:
            self._sign_out(transaction, lane, known.visit)
            return {}
        if case.lane.is_held_open:
            return {}  # the gate stands open, and no use of a pass is spent on that
        transaction.connection.execute(update(passes).where(passes.c.id == row.id).values(uses=passes.c.uses + 1))
        if decision.direction is Direction.OUT:
            return {}
        entered = self._register.enter(
            transaction,
            NewVisit(VisitKind.GUEST, row.unit, row.holder, known.phone, vehicle_plate=known.vehicle_plate),
            state=VisitState.SIGNED_IN,
            source=VisitSource.PASS,
            lane=lane,
            ends_at=row.not_after,
            pass_id=row.id,
            decided_by=f"pass {row.id}",
        )
        self._register.note_signed_in(transaction, entered, actor=f"lane {lane}")
        return {"visit": entered.id}

    def _pass(
        self, transaction: Transaction, case: _Presented, decision: Decision, card: CardRecord, opening: Opening
    ) -> None:
        """Carry out what a granted card means for those that come after it."""
        self._passages.note(transaction, case.name, CardOfUnit(card.id, card.unit), decision.direction, opening)
        if decision.direction is Direction.IN and case.lane.first_card_group:
            self._states.note_first_card(transaction, case.name, opening)

    def _sign_out(self, transaction: Transaction, lane: str, visit: Row[Any]) -> None:
        self._register.sign_out(transaction, visit.id, actor=f"lane {lane}", lane=lane)

    def _record(
        self, transaction: Transaction, case: _Presented, decision: Decision, subject: dict[str, Any]
    ) -> Admitted:
        payload = _payload(case.name, decision, subject) | {"why": record_of(case.facts, case.lane)}
        faults = self._faults()
        if faults:
            payload["faults"] = dict(faults)
        if not decision.granted:
            transaction.record(f"lane {case.name}", "access.refused", payload)
            return Admitted(decision, None)
        opening = decide_to_open(transaction, case.name, OpeningCause.CREDENTIAL, case.presented_ns + OPEN_WITHIN_NS)
        transaction.record(f"lane {case.name}", "access.granted", {**payload, "opening": opening.id})
        return Admitted(decision, opening)


@dataclass(frozen=True, slots=True)
class _Presented:
    """A credential before its lane. `presented_ns` is monotonic."""

    name: str
    facts: CredentialFacts
    lane: LaneFacts
    presented_ns: int


def _payload(lane: str, decision: Decision, subject: Mapping[str, Any]) -> dict[str, Any]:
    return {"lane": lane, "code": decision.code.value, "direction": decision.direction.value, **subject}
