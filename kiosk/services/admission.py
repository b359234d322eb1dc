"""Admission: from a credential held up to a committed decision.

Facts are read, judged by the pure `decide` and recorded in one write transaction, so that two lanes can never spend
the same use of a pass. The signature of a pass is checked before, outside the writer's lock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Row, bindparam, select, update

from hardware.interfaces import CardPresented
from kiosk.domain.access import (
    Code,
    CredentialFacts,
    CredentialKind,
    CredentialState,
    Decision,
    Direction,
    LaneFacts,
    decide,
)
from kiosk.domain.alarms import AlarmKind
from kiosk.domain.card_proof import CardProof, CardTechnology, technology_of
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource, VisitState
from kiosk.services.alarms import raise_within
from kiosk.services.card_watch import CardTapped
from kiosk.services.openings import Opening, OpeningCause, decide_to_open
from kiosk.services.passes import PassKeys, PassReading
from kiosk.services.qr_watch import QrPresented
from kiosk.services.register import Register
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import cards, passes, visits

OPEN_WITHIN_NS: Final = 5_000_000_000
"""How long after its decision a gate may still open."""

_CARD: Final = select(
    cards.c.id, cards.c.state, cards.c.valid_from, cards.c.valid_to, cards.c.for_visits, cards.c.technology
).where(cards.c.uid == bindparam("uid"))
_PASS: Final = select(passes).where(passes.c.id == bindparam("id"))
_LATEST_VISIT: Final = select(visits.c.id, visits.c.state).order_by(visits.c.seq.desc()).limit(1)
_LATEST_OF_PASS: Final = _LATEST_VISIT.where(visits.c.pass_id == bindparam("id"))
_LATEST_OF_CARD: Final = _LATEST_VISIT.where(visits.c.card_id == bindparam("id"))


@dataclass(frozen=True, slots=True)
class Admitted:
    """A decision on the disk, and the opening it led to when granted."""

    decision: Decision
    opening: Opening | None


class Admission:
    """Decides about cards and codes. Called by a lane's own worker."""

    def __init__(self, store: Store, keys: PassKeys, register: Register, *, identify_only_opens: bool = True) -> None:
        self._store = store
        self._keys = keys
        self._register = register
        self._identify_only_opens = identify_only_opens

    def present_card(self, lane: LaneFacts, tapped: CardTapped) -> Admitted:
        """Decide about a card.

        What a card is, is put on record with its first tap; that it has the estate's key, whenever it proves that.
        From then on it has to.
        """
        event, proof = tapped.card, tapped.proof
        subject: dict[str, Any] = {"credential": CredentialKind.CARD.value}
        row: Any | None = None
        visit: Any | None = None
        with self._store.write() as transaction:
            if isinstance(event, CardPresented):
                uid = event.uid.hex().upper()
                row = transaction.connection.execute(_CARD, {"uid": uid}).first()
                subject |= {"uid": uid} if row is None else {"card": row.id}
            if row is not None and row.for_visits:
                visit = transaction.connection.execute(_LATEST_OF_CARD, {"id": row.id}).first()
            facts = self._card_facts(tapped, row, visit)
            decision = decide(facts, lane, transaction.now)
            if row is not None and facts.technology is not None and facts.technology != row.technology:
                self._recognise(transaction, lane, row.id, facts.technology)
            if proof.reason and facts.must_prove:
                subject["proof"] = proof.reason
            if decision.code is Code.CLONED:
                raise_within(transaction, AlarmKind.CLONED, lane.name, card=subject["card"])
            if visit is not None:
                subject["visit"] = visit.id
                if decision.granted:
                    self._sign_out(transaction, lane, visit)
            return self._record(transaction, lane, decision, subject, event.presented_ns)

    def present_code(self, lane: LaneFacts, event: QrPresented) -> Admitted:
        """Decide about the text of a QR code."""
        reading = self._keys.read(event.text)
        subject: dict[str, Any] = {"credential": CredentialKind.PASS.value}
        with self._store.write() as transaction:
            row, visit = _records_of(transaction, reading)
            decision = decide(_pass_facts(reading, row, visit), lane, transaction.now)
            if row is not None:
                subject["pass"] = row.id
            if visit is not None:
                subject["visit"] = visit.id
            if decision.granted and row is not None:
                subject |= self._move(transaction, lane, decision, row, visit)
            return self._record(transaction, lane, decision, subject, event.presented_ns)

    def refuse_in_doubt(self, lane: LaneFacts, kind: CredentialKind) -> None:
        """Put on record that a credential could not be decided about, so that the guard sees who was kept waiting."""
        direction = Direction.OUT if lane.direction is Direction.OUT else Direction.IN
        with self._store.write() as transaction:
            self._record(transaction, lane, Decision(Code.DOUBTFUL, direction), {"credential": kind.value}, 0)

    def _move(
        self, transaction: Transaction, lane: LaneFacts, decision: Decision, row: Row[Any], visit: Row[Any] | None
    ) -> dict[str, Any]:
        """Carry out what a granted pass means for the register; returns what the journal should name."""
        if visit is not None and visit.state == VisitState.SIGNED_IN:
            self._sign_out(transaction, lane, visit)
            return {}
        transaction.connection.execute(update(passes).where(passes.c.id == row.id).values(uses=passes.c.uses + 1))
        if decision.direction is Direction.OUT:
            return {}
        entered = self._register.enter(
            transaction,
            NewVisit(VisitKind.GUEST, row.unit, row.holder),
            state=VisitState.SIGNED_IN,
            source=VisitSource.PASS,
            lane=lane.name,
            ends_at=row.not_after,
            pass_id=row.id,
            decided_by=f"pass {row.id}",
        )
        self._register.note_signed_in(transaction, entered, actor=f"lane {lane.name}")
        return {"visit": entered.id}

    def _sign_out(self, transaction: Transaction, lane: LaneFacts, visit: Row[Any]) -> None:
        self._register.sign_out(transaction, visit.id, actor=f"lane {lane.name}", lane=lane.name)

    def _card_facts(self, tapped: CardTapped, row: Any | None, visit: Any | None) -> CredentialFacts:
        facts = CredentialFacts(CredentialKind.CARD, readable=isinstance(tapped.card, CardPresented))
        if row is None:
            return replace(facts, known=False)
        return replace(
            facts,
            state=CredentialState(row.state),
            not_before=row.valid_from,
            not_after=row.valid_to,
            max_uses=0 if row.for_visits else None,
            visit_state=VisitState(visit.state) if visit is not None else None,
            technology=_technology(tapped, row.technology),
            proof=tapped.proof.result,
            identifying_suffices=self._identify_only_opens,
        )

    @staticmethod
    def _recognise(transaction: Transaction, lane: LaneFacts, card: str, technology: CardTechnology) -> None:
        values = {"technology": technology.value}
        transaction.connection.execute(update(cards).where(cards.c.id == card).values(values))
        transaction.record(f"lane {lane.name}", "card.recognised", {"card": card, **values})

    def _record(
        self,
        transaction: Transaction,
        lane: LaneFacts,
        decision: Decision,
        subject: dict[str, Any],
        presented_ns: int,
    ) -> Admitted:
        payload = {"lane": lane.name, "code": decision.code.value, "direction": decision.direction.value, **subject}
        if not decision.granted:
            transaction.record(f"lane {lane.name}", "access.refused", payload)
            return Admitted(decision, None)
        opening = decide_to_open(transaction, lane.name, OpeningCause.CREDENTIAL, presented_ns + OPEN_WITHIN_NS)
        transaction.record(f"lane {lane.name}", "access.granted", {**payload, "opening": opening.id})
        return Admitted(decision, opening)


def _technology(tapped: CardTapped, on_record: str | None) -> CardTechnology | None:
    """What a card is: what it has proven, else what is on record, else the reader's hint about a card seen whole."""
    if tapped.proof.result is CardProof.PROVEN:
        return CardTechnology.DESFIRE
    if on_record is not None:
        return CardTechnology(on_record)
    return None if tapped.proof.result is CardProof.INTERRUPTED else technology_of(tapped.card.atr)


def _records_of(transaction: Transaction, reading: PassReading) -> tuple[Any | None, Any | None]:
    """The pass's row and that of its latest visit."""
    if reading.claims is None:
        return None, None
    wanted = {"id": reading.claims.id}
    row = transaction.connection.execute(_PASS, wanted).first()
    visit = transaction.connection.execute(_LATEST_OF_PASS, wanted).first()
    return row, visit


def _pass_facts(reading: PassReading, row: Row[Any] | None, visit: Row[Any] | None) -> CredentialFacts:
    facts = CredentialFacts(CredentialKind.PASS)
    if not reading.is_pass:
        return replace(facts, known=False)
    if reading.claims is None:
        return replace(facts, genuine=False)
    if row is None:
        return replace(facts, known=False)
    return replace(
        facts,
        state=CredentialState(row.state),
        not_before=row.not_before,
        not_after=row.not_after,
        lanes=frozenset(row.lanes) if row.lanes is not None else None,
        uses=row.uses,
        max_uses=1 if row.for_visit else row.max_uses,
        visit_state=VisitState(visit.state) if visit is not None else None,
    )
