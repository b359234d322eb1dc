"""IC cards on record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypedDict, Unpack

from sqlalchemy import Connection, Row, insert, select, update

from kiosk.domain.access import CredentialState
from kiosk.domain.card_numbers import CardNumberFormat, read_number
from kiosk.domain.card_proof import CardTechnology
from kiosk.domain.ids import new_id
from kiosk.domain.text import can_be_seen, is_one_line, name_key
from kiosk.domain.visits import VisitState
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.accounts import end_card_within
from kiosk.services.goods.goods_input import MAX_CHARACTERS as OF_GOODS
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import cards, time_profiles, units, visits

CARD_STATES = frozenset(
    {CredentialState.ACTIVE, CredentialState.LOST, CredentialState.SUSPENDED, CredentialState.RETURNED}
)
_GIVEN_UP: Final = frozenset({CredentialState.LOST, CredentialState.RETURNED})
"""A card that is found or given out again is not taken for the signature of whoever had it."""
MAX_HOLDER_CHARACTERS: Final = 80
MAX_GROUP_CHARACTERS: Final = 32
MAX_REASON_CHARACTERS: Final = 200


class CardDetails(TypedDict, total=False):
    """What can be said of a card when it is put on record or later.

    `valid_from` and `valid_to` are aware; None: from the beginning, without an end. `lanes` are those it is good for,
    at least one; None: all. `time_profile_id` names the hours at which it opens; None: at all. Cards of a `group` are
    the ones whose first of a day opens a lane for the others; empty: none. One `for_duress` opens and alarms silently.
    The tap of an `is_owner` card at the desk signs its unit's release slips. A card with a `carrier` is a courier's of
    that company: it opens nothing, and its tap at the touchscreen's lane begins a delivery there.
    """

    valid_from: datetime | None
    valid_to: datetime | None
    lanes: frozenset[str] | None
    time_profile_id: str | None
    group: str
    for_duress: bool
    is_owner: bool
    carrier: str


class CardChanges(CardDetails, total=False):
    """What can change about a card; what is left out stays."""

    holder: str
    unit: str
    state: CredentialState


@dataclass(frozen=True, slots=True)
class Card:
    """A card; see `CardDetails`. `uid` is upper-case hex in the order in which the card tells its bytes.

    Attributes:
        seq: its place in the ledger, in the order in which cards were put on record.
        state_reason, state_at, state_by: why, when and by whom (as the journal names an actor) the state was last
            changed; empty and None for a card that is still as it was added.
    """

    seq: int
    id: str
    uid: str
    holder: str
    unit: str
    valid_from: datetime | None
    valid_to: datetime | None
    state: CredentialState
    for_visits: bool
    technology: CardTechnology | None
    lanes: frozenset[str] | None
    time_profile_id: str | None
    group: str
    for_duress: bool
    is_owner: bool
    carrier: str
    state_reason: str
    state_at: datetime | None
    state_by: str | None
    created_at: datetime


def parse_uid(text: str) -> bytes:
    """Read a UID from hex, with or without colons and spaces.

    Raises:
        Invalid: it is not 4, 7 or 10 bytes (ISO/IEC 14443-3, section 6.5.4).
    """
    try:
        return read_number(text, CardNumberFormat.HEX)[0].head
    except ValueError:
        raise Invalid({"uid": FieldProblem.NOT_A_UID}) from None


def uid_of_number(number: str, form: CardNumberFormat) -> str:
    """The UID of the card that has this number, in hex.

    A number that four bytes suffice for is taken to be that of a UID of four.

    Raises:
        Invalid: with the field `number`: it is none, or only a part of the UID is in it.
    """
    try:
        uid = read_number(number, form)[0].uid
    except ValueError:
        raise Invalid({"number": FieldProblem.NOT_A_CARD_NUMBER}) from None
    if uid is None:
        raise Invalid({"number": FieldProblem.NOT_ONE_CARD})
    return uid.hex().upper()


class CardService:
    """The card office's ledger."""

    def __init__(self, store: Store, lanes: frozenset[str]) -> None:
        """Keep the ledger in `store`, for cards that may be good for some of `lanes` only."""
        self._store = store
        self._lanes = lanes

    def add(
        self,
        *,
        actor: str,
        uid: str,
        holder: str,
        unit: str,
        for_visits: bool = False,
        technology: CardTechnology | None = None,
        **details: Unpack[CardDetails],
    ) -> Card:
        """Put a card on record, active.

        A card `for_visits` belongs to the gate: it opens nothing by itself, is lent to a visitor
        (`VisitService.lend_card`), and lets that visitor out. The first tap tells its `technology` when the clerk
        does not; one that is put on record as a DESFire has to prove itself from the first.

        Raises:
            Invalid: bad UID, unknown unit, lane or time profile, a holder, group or carrier that cannot be written, it
                ends before it starts or in the past, or it is a courier's and a visitor card, an owner's or for duress.
            Conflict: `card-exists`: the UID is on record already.
        """
        uid_hex = parse_uid(uid).hex().upper()
        given: dict[str, Any] = {"valid_from": None, "valid_to": None, "lanes": None, "time_profile_id": None}
        given |= {"group": "", "for_duress": False, "is_owner": False, "carrier": "", **_stripped(details)}
        with self._store.write() as transaction:
            card = Card(
                seq=0, id=new_id(transaction.now), uid=uid_hex, holder=holder.strip(), unit=unit,
                state=CredentialState.ACTIVE, for_visits=for_visits, technology=technology, state_reason="",
                state_at=None, state_by=None, created_at=transaction.now, **given,
            )  # fmt: skip
            self._check(transaction, card, {"holder", "unit", *given})
            if transaction.connection.execute(select(cards.c.id).where(cards.c.uid == uid_hex)).first():
                raise Conflict("card-exists", "A card with this UID is on record already.")
            seq = transaction.connection.execute(insert(cards).returning(cards.c.seq), _columns(card)).scalar_one()
            transaction.record(actor, "card.added", {"card": card.id})
        return replace(card, seq=seq)

    def change(self, card_id: str, *, actor: str, reason: str = "", **changes: Unpack[CardChanges]) -> Card:
        """Change what is said of a card; what is the same as before changes nothing.

        The journal names what has changed, and from what to what where that names nobody. The `reason` for another
        state stays with the card.

        Raises:
            NotFound: there is none of that id.
            Invalid: as for `add`, of what has changed; or the reason cannot be written.
        """
        with self._store.write() as transaction:
            row = transaction.connection.execute(select(cards).where(cards.c.id == card_id)).first()
            if row is None:
                raise NotFound("card")
            before = card_from(row)
            changed = {name: value for name, value in _stripped(changes).items() if value != getattr(before, name)}
            if not changed:
                return before
            after = replace(before, **changed)
            if "state" in changed:
                after = replace(after, state_reason=reason.strip(), state_at=transaction.now, state_by=actor)
            self._check(transaction, after, changed)
            transaction.connection.execute(update(cards).where(cards.c.id == card_id).values(_columns(after)))
            if after.state in _GIVEN_UP or {"holder", "carrier"} & changed.keys():
                end_card_within(transaction, card_id, actor=actor)
            transaction.record(actor, "card.changed", {"card": card_id, **_told(before, after, changed)})
        return after

    def set_state(self, card_id: str, state: CredentialState, *, actor: str, reason: str = "") -> Card:
        """Change a card's state; see `change`."""
        return self.change(card_id, actor=actor, reason=reason, state=state)

    def get(self, card_id: str) -> Card:
        """The card of that id.

        Raises:
            NotFound: there is none.
        """
        with self._store.read() as connection:
            row = connection.execute(select(cards).where(cards.c.id == card_id)).first()
        if row is None:
            raise NotFound("card")
        return card_from(row)

    def these(self, ids: Collection[str]) -> dict[str, Card]:
        """The cards of these ids, by id."""
        if not ids:
            return {}
        with self._store.read() as connection:
            return {row.id: card_from(row) for row in connection.execute(select(cards).where(cards.c.id.in_(ids)))}

    def first(self, limit: int) -> list[Card]:
        """The cards that were put on record first, at most `limit`."""
        with self._store.read() as connection:
            rows = connection.execute(select(cards).order_by(cards.c.seq).limit(limit)).all()
        return [card_from(row) for row in rows]

    def lendable(self) -> list[Card]:
        """The visitor cards that are active and that nobody inside has, by their UID."""
        with self._store.read() as connection:
            return [card_from(row) for row in connection.execute(_LENDABLE.order_by(cards.c.uid))]

    def _check(self, transaction: Transaction, card: Card, fields: Collection[str]) -> None:
        """Refuse a card of which one of `fields` cannot be so.

        Raises:
            Invalid: with every field at fault.
        """
        problems = _problems_of_texts(card)
        if card.carrier and (card.for_visits or card.is_owner or card.for_duress):
            problems["carrier"] = FieldProblem.NOT_OF_KIND
        if "unit" in fields and not _has(transaction, units.c.code, card.unit):
            problems["unit"] = FieldProblem.UNKNOWN_UNIT
        if "lanes" in fields and card.lanes is not None and not (card.lanes and card.lanes <= self._lanes):
            problems["lanes"] = FieldProblem.UNKNOWN_LANE
        profile = card.time_profile_id if "time_profile_id" in fields else None
        if profile is not None and not _has(transaction, time_profiles.c.id, profile):
            problems["time_profile"] = FieldProblem.UNKNOWN_PROFILE
        if {"valid_from", "valid_to"} & set(fields) and card.valid_to is not None:
            if "valid_to" in fields and card.valid_to <= transaction.now:
                problems["valid_to"] = FieldProblem.IN_THE_PAST
            if card.valid_from is not None and card.valid_to <= card.valid_from:
                problems["valid_to"] = FieldProblem.ENDS_BEFORE_START
        if problems:
            raise Invalid(problems)


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


def card_from(row: Row[Any]) -> Card:
    """A row of the ledger as a card."""
    return Card(
        seq=row.seq, id=row.id, uid=row.uid, holder=row.holder, unit=row.unit, valid_from=row.valid_from,
        valid_to=row.valid_to, state=CredentialState(row.state), for_visits=row.for_visits,
        technology=CardTechnology(row.technology) if row.technology else None,
        lanes=frozenset(row.lanes) if row.lanes is not None else None, time_profile_id=row.time_profile_id,
        group=row.card_group, for_duress=row.for_duress, is_owner=row.is_owner, carrier=row.carrier,
        state_reason=row.state_reason, state_at=row.state_at, state_by=row.state_by, created_at=row.created_at,
    )  # fmt: skip


def _columns(card: Card) -> dict[str, Any]:
    return {
        "id": card.id, "uid": card.uid, "holder": card.holder, "holder_key": name_key(card.holder), "unit": card.unit,
        "valid_from": card.valid_from, "valid_to": card.valid_to, "state": card.state.value,
        "for_visits": card.for_visits, "technology": card.technology.value if card.technology else None,
        "lanes": _as_list(card.lanes), "time_profile_id": card.time_profile_id, "card_group": card.group,
        "for_duress": card.for_duress, "is_owner": card.is_owner, "carrier": card.carrier,
        "state_reason": card.state_reason,
        "state_at": card.state_at, "state_by": card.state_by, "created_at": card.created_at,
    }  # fmt: skip


def _as_list(lanes: frozenset[str] | None) -> list[str] | None:
    return None if lanes is None else sorted(lanes)


def _stripped(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.strip() if name in {"holder", "group", "carrier"} else value for name, value in given.items()}


def _problems_of_texts(card: Card) -> dict[str, FieldProblem]:
    problems: dict[str, FieldProblem] = {}
    if not can_be_seen(card.holder):
        problems["holder"] = FieldProblem.REQUIRED
    for name, text, longest in (
        ("holder", card.holder, MAX_HOLDER_CHARACTERS),
        ("group", card.group, MAX_GROUP_CHARACTERS),
        ("carrier", card.carrier, OF_GOODS["carrier"]),
        ("reason", card.state_reason, MAX_REASON_CHARACTERS),
    ):
        if len(text) > longest:
            problems[name] = FieldProblem.TOO_LONG
        elif not is_one_line(text):
            problems[name] = FieldProblem.NOT_ONE_LINE
    return problems


def _has(transaction: Transaction, column: Any, value: str) -> bool:
    return transaction.connection.execute(select(column).where(column == value)).first() is not None


_NAMELESS: Final[Mapping[str, str]] = {
    "unit": "unit", "lanes": "lanes", "time_profile_id": "time_profile", "for_duress": "for_duress",
    "is_owner": "is_owner", "valid_from": "valid_from", "valid_to": "valid_to",
}  # fmt: skip
"""What may stand in the journal for ever, by the name that it has there."""


def _told(before: Card, after: Card, changed: Collection[str]) -> dict[str, Any]:
    """What the journal says of a change: of free text (holder, group, carrier) its name, the state as events do."""
    told: dict[str, Any] = {"changed": {name: {} for name in sorted(changed) if name not in _NAMELESS}}
    for name in _NAMELESS.keys() & changed:
        was_and_is = {"from": _plain(getattr(before, name)), "to": _plain(getattr(after, name))}
        told["changed"][_NAMELESS[name]] = was_and_is
    if "state" in changed:
        told |= {"from": before.state.value, "to": after.state.value}
    return told


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return sorted(value) if isinstance(value, frozenset) else value
