"""IC cards on record."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from kiosk.domain.access import CredentialState
from kiosk.domain.card_proof import CardTechnology
from kiosk.domain.ids import new_id
from kiosk.domain.visits import VisitState
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.units import require_unit
from kiosk.store.database import Store
from kiosk.store.tables import cards, visits

CARD_STATES = frozenset(
    {CredentialState.ACTIVE, CredentialState.LOST, CredentialState.SUSPENDED, CredentialState.RETURNED}
)


@dataclass(frozen=True, slots=True)
class Card:
    """A card. `uid` is upper-case hex as the reader tells it, most significant byte first."""

    id: str
    uid: str
    holder: str
    unit: str
    valid_from: datetime | None
    valid_to: datetime | None
    state: CredentialState
    for_visits: bool = False
    technology: CardTechnology | None = None


def parse_uid(text: str) -> bytes:
    """Read a UID from hex, with or without colons and spaces.

    Raises:
        Invalid: it is not 4, 7 or 10 bytes (ISO/IEC 14443-3, section 6.5.4).
    """
    try:
        uid = bytes.fromhex(text.replace(":", " "))
    except ValueError:
        uid = b""
    if len(uid) not in {4, 7, 10}:
        raise Invalid({"uid": FieldProblem.NOT_A_UID})
    return uid


class CardService:
    """The card office's ledger."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self,
        *,
        actor: str,
        uid: str,
        holder: str,
        unit: str,
        valid_from: datetime | None = None,
        valid_to: datetime | None = None,
        for_visits: bool = False,
        technology: CardTechnology | None = None,
    ) -> Card:
        """Put a card on record, active.

        A card `for_visits` belongs to the gate: it opens nothing by itself, is lent to a visitor
        (`VisitService.lend_card`), and lets that visitor out. The first tap tells its `technology` when the clerk
        does not; one that is put on record as a DESFire has to prove itself from the first.

        Raises:
            Invalid: bad UID, unknown unit, or it ends before it starts or in the past.
            Conflict: `card-exists`: the UID is on record already.
        """
        uid_hex = parse_uid(uid).hex().upper()
        if valid_from and valid_to and valid_to <= valid_from:
            raise Invalid({"valid_to": FieldProblem.ENDS_BEFORE_START})
        with self._store.write() as transaction:
            if valid_to and valid_to <= transaction.now:
                raise Invalid({"valid_to": FieldProblem.IN_THE_PAST})
            require_unit(transaction.connection, unit)
            if transaction.connection.execute(select(cards.c.id).where(cards.c.uid == uid_hex)).first():
                raise Conflict("card-exists", "A card with this UID is on record already.")
            card = Card(
                new_id(transaction.now), uid_hex, holder, unit, valid_from, valid_to, CredentialState.ACTIVE,
                for_visits, technology,
            )  # fmt: skip
            transaction.connection.execute(
                insert(cards),
                {
                    "id": card.id, "uid": uid_hex, "holder": holder, "unit": unit, "valid_from": valid_from,
                    "valid_to": valid_to, "state": card.state.value, "for_visits": for_visits,
                    "technology": technology.value if technology else None, "created_at": transaction.now,
                },
            )  # fmt: skip
            transaction.record(actor, "card.added", {"card": card.id})
        return card

    def set_state(self, card_id: str, state: CredentialState, *, actor: str) -> Card:
        """Change a card's state.

        Raises:
            NotFound: there is none of that id.
        """
        with self._store.write() as transaction:
            row = transaction.connection.execute(select(cards).where(cards.c.id == card_id)).first()
            if row is None:
                raise NotFound("card")
            if row.state != state:
                transaction.connection.execute(update(cards).where(cards.c.id == card_id).values(state=state.value))
                transaction.record(actor, "card.changed", {"card": card_id, "from": row.state, "to": state.value})
        return replace(_card(row), state=state)

    def get(self, card_id: str) -> Card:
        """The card of that id.

        Raises:
            NotFound: there is none.
        """
        with self._store.read() as connection:
            row = connection.execute(select(cards).where(cards.c.id == card_id)).first()
        if row is None:
            raise NotFound("card")
        return _card(row)

    def these(self, ids: Collection[str]) -> dict[str, Card]:
        """The cards of these ids, by id."""
        if not ids:
            return {}
        with self._store.read() as connection:
            return {row.id: _card(row) for row in connection.execute(select(cards).where(cards.c.id.in_(ids)))}

    def first(self, limit: int) -> list[Card]:
        """The cards that were put on record first, at most `limit`."""
        with self._store.read() as connection:
            rows = connection.execute(select(cards).order_by(cards.c.seq).limit(limit)).all()
        return [_card(row) for row in rows]

    def lendable(self) -> list[Card]:
        """The visitor cards that are active and that nobody inside has, by their UID."""
        with self._store.read() as connection:
            return [_card(row) for row in connection.execute(_LENDABLE.order_by(cards.c.uid))]


_LENDABLE: Final = select(cards).where(
    cards.c.for_visits,
    cards.c.state == CredentialState.ACTIVE.value,
    cards.c.id.not_in(
        select(visits.c.card_id).where(visits.c.state == VisitState.SIGNED_IN.value, visits.c.card_id.is_not(None))
    ),
)


def require_lendable(connection: Connection, card_id: str) -> None:
    """Refuse a card that cannot be lent at this moment.

    Raises:
        Conflict: `card-not-lendable`.
    """
    if connection.execute(_LENDABLE.where(cards.c.id == card_id)).first() is None:
        raise Conflict("card-not-lendable", "This card cannot be lent: it is in use, or it is no visitor card.")


def _card(row: Row[Any]) -> Card:
    return Card(
        row.id, row.uid, row.holder, row.unit, row.valid_from, row.valid_to, CredentialState(row.state),
        row.for_visits, CardTechnology(row.technology) if row.technology else None,
    )  # fmt: skip
