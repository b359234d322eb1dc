"""What is on record about a card or pass at the moment of a decision: the facts that `decide` is handed.

Read within the transaction that decides, each with one look-up by its key; nothing here judges. What a tap tells of the
card itself is put on record here too, for whoever decides.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select, update

from hardware.interfaces import CardPresented
from kiosk.config import CardSettings
from kiosk.domain.access import CredentialFacts, CredentialKind, CredentialState
from kiosk.domain.card_proof import CardProof, CardTechnology, technology_of
from kiosk.domain.passback import NOWHERE
from kiosk.domain.passes import PassKind
from kiosk.domain.visits import VisitState
from kiosk.services.blocklist import blocked_by
from kiosk.services.card_watch import CardTapped
from kiosk.services.goods.carried import is_unchecked
from kiosk.services.hours import Hours
from kiosk.services.pass_keys import PassReading
from kiosk.services.pass_records import record_of, weekly_of
from kiosk.services.passages import Passages
from kiosk.services.time_profiles import TimeProfileService
from kiosk.store.database import Transaction
from kiosk.store.tables import cards, from_microseconds, invitations, visits

# As the driver has it: it stands between a card and its gate, and SQLAlchemy would take three times as long.
_CARD_SQL: Final = (
    "SELECT id, unit, state, valid_from, valid_to, for_visits, technology, lanes, time_profile_id, card_group, "
    "for_duress, carrier FROM cards WHERE uid = ?"
)
_LATEST_VISIT: Final = select(visits.c.id, visits.c.state).order_by(visits.c.seq.desc()).limit(1)
_LATEST_OF_PASS: Final = _LATEST_VISIT.where(visits.c.pass_id == bindparam("id"))
_LATEST_OF_CARD: Final = _LATEST_VISIT.where(visits.c.card_id == bindparam("id"))
_INVITED: Final = select(invitations.c.phone, invitations.c.vehicle_plate).where(
    invitations.c.pass_id == bindparam("id")
)


@dataclass(frozen=True, slots=True)
class CardRecord:
    """What is on record of a card, as far as a decision needs it."""

    id: str
    unit: str
    state: str
    valid_from: datetime | None
    valid_to: datetime | None
    for_visits: bool
    technology: str | None
    lanes: frozenset[str] | None
    time_profile_id: str | None
    group: str
    for_duress: bool
    carrier: str


@dataclass(frozen=True, slots=True)
class KnownCard:
    """A card's facts, its record where there is one, and the row of the visit it was last lent for."""

    facts: CredentialFacts
    record: CardRecord | None = None
    visit: Row[Any] | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A pass's facts, and the records they came from where there are any.

    `row` is its own, `visit` that of its latest visit, `block` the id of an entry of the blocklist. `phone` and
    `vehicle_plate` are what the host who invited the holder has said of them; else empty.
    """

    facts: CredentialFacts
    row: Row[Any] | None = None
    visit: Row[Any] | None = None
    block: str | None = None
    phone: str = ""
    vehicle_plate: str = ""


class CredentialRecords:
    """Reads facts. Stateless but for the settings."""

    def __init__(
        self, settings: CardSettings, passages: Passages, hours: Hours, time_profiles: TimeProfileService
    ) -> None:
        self._settings = settings
        self._passages = passages
        self._hours = hours
        self._time_profiles = time_profiles

    def of_card(self, transaction: Transaction, tapped: CardTapped, lane: str | None) -> KnownCard:
        """What is known of a card that was tapped at a lane; None: where nobody passes."""
        card = tapped.card
        if not isinstance(card, CardPresented):
            return KnownCard(CredentialFacts(CredentialKind.CARD, readable=False, known=False))
        record = _card_of(transaction.connection, card.uid)
        if record is None:
            return KnownCard(CredentialFacts(CredentialKind.CARD, known=False))
        visit: Any | None = None
        if record.for_visits:
            visit = transaction.connection.execute(_LATEST_OF_CARD, {"id": record.id}).first()
        passing = lane if not (record.for_visits or record.carrier) else None
        facts = CredentialFacts(
            CredentialKind.CARD,
            state=CredentialState(record.state),
            not_before=record.valid_from,
            not_after=record.valid_to,
            lanes=record.lanes,
            max_uses=0 if record.for_visits else None,
            visit_state=VisitState(visit.state) if visit is not None else None,
            technology=_technology(tapped, record.technology),
            proof=tapped.proof.result,
            identifying_suffices=self._settings.identify_only_opens,
            within_hours=self._within(record.time_profile_id, transaction.now),
            group=record.group,
            where=self._passages.whereabouts(transaction.connection, record.id, passing) if passing else NOWHERE,
            exits_left=self._passages.exits_left(transaction, record.unit, passing) if passing else None,
            goods_unchecked=_goods_unchecked(transaction, visit),
            is_couriers=record.carrier != "",
        )
        return KnownCard(facts, record, visit)

    def of_code(self, transaction: Transaction, reading: PassReading, token: str, lane: str) -> Known:
        """What is known of a code that was held up at a lane."""
        if not reading.is_pass:
            return Known(CredentialFacts(CredentialKind.PASS, known=False))
        if reading.claims is None:
            return Known(CredentialFacts(CredentialKind.PASS, genuine=False))
        row = record_of(transaction, reading, token, actor=f"lane {lane}")
        if row is None:
            return Known(CredentialFacts(CredentialKind.PASS, known=False))
        visit: Any | None = transaction.connection.execute(_LATEST_OF_PASS, {"id": row.id}).first()
        if row.kind == PassKind.VISIT:  # a receipt leads out only, and out goes whoever is inside
            return Known(self.of_pass(transaction, row, visit, is_blocked=False), row, visit)
        guest = transaction.connection.execute(_INVITED, {"id": row.id}).first()
        phone, plate = (guest.phone, guest.vehicle_plate) if guest is not None else ("", "")
        block = blocked_by(transaction.connection, name=row.holder, phone=phone, plate=plate, now=transaction.now)
        facts = self.of_pass(transaction, row, visit, is_blocked=block is not None)
        return Known(facts, row, visit, block, phone, plate)

    def of_pass(
        self, transaction: Transaction, row: Row[Any], visit: Row[Any] | None, *, is_blocked: bool
    ) -> CredentialFacts:
        """What is known of a pass on record, however its holder has named it."""
        weekly = weekly_of(row)
        return CredentialFacts(
            CredentialKind.PASS,
            state=CredentialState(row.state),
            not_before=row.not_before,
            not_after=row.not_after,
            lanes=frozenset(row.lanes) if row.lanes is not None else None,
            uses=row.uses,
            max_uses=1 if row.kind == PassKind.VISIT else row.max_uses,
            within_hours=self._hours.covers(weekly, transaction.now) if weekly is not None else None,
            visit_state=VisitState(visit.state) if visit is not None else None,
            is_blocked=is_blocked,
            goods_unchecked=_goods_unchecked(transaction, visit),
        )

    def _within(self, profile_id: str | None, now: datetime) -> bool | None:
        """Whether a time profile covers this moment; None without one."""
        if profile_id is None:
            return None
        return self._hours.covers(self._time_profiles.profile_of(profile_id).profile, now)


def recognise(transaction: Transaction, known: KnownCard, *, actor: str) -> None:
    """Put on record what a tapped card is, where that is news."""
    card, technology = known.record, known.facts.technology
    if card is None or technology is None or technology == card.technology:
        return
    values = {"technology": technology.value}
    transaction.connection.execute(update(cards).where(cards.c.id == card.id).values(values))
    transaction.record(actor, "card.recognised", {"card": card.id, **values})


def _goods_unchecked(transaction: Transaction, visit: Row[Any] | None) -> bool:
    if visit is None or visit.state != VisitState.SIGNED_IN:
        return False
    return is_unchecked(transaction.connection, visit.id)


def _card_of(connection: Connection, uid: bytes) -> CardRecord | None:
    found = connection.connection.cursor().execute(_CARD_SQL, (uid.hex().upper(),)).fetchone()
    if found is None:
        return None
    (card_id, unit, state, valid_from, valid_to, for_visits, technology, lanes, profile, group, for_duress,
     carrier) = found  # fmt: skip
    return CardRecord(
        card_id, unit, state, from_microseconds(valid_from), from_microseconds(valid_to), bool(for_visits), technology,
        frozenset(json.loads(lanes)) if lanes is not None else None, profile, group, bool(for_duress), carrier,
    )  # fmt: skip


def _technology(tapped: CardTapped, on_record: str | None) -> CardTechnology | None:
    """What a card is: what it has proven, else what is on record, else the reader's hint about a card seen whole."""
    if tapped.proof.result is CardProof.PROVEN:
        return CardTechnology.DESFIRE
    if on_record is not None:
        return CardTechnology(on_record)
    return None if tapped.proof.result is CardProof.INTERRUPTED else technology_of(tapped.card.atr)
