"""Reading the ledger of cards: finding one by whatever is known of it, where it was last, and cards nobody knows.

A search reads the whole ledger once: 50,000 cards take some milliseconds, which is less than an index for each of the
formats of a number would cost whoever adds a card.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from kiosk.domain.access import Code, CredentialState
from kiosk.domain.card_numbers import UidPattern, read_any
from kiosk.domain.text import search_tokens
from kiosk.services.cards import Card, card_from
from kiosk.services.paging import Page, cut
from kiosk.store import journal
from kiosk.store.database import Store
from kiosk.store.tables import cards, residents, time_profiles
from kiosk.store.tables import journal as journal_table

_MAX_QUERY_CHARACTERS: Final = 100
_LAST_SEQ: Final = 2**63 - 1
_LOOKED_BACK: Final = 500
"""So many entries are more than any gate writes while a clerk walks from the reader to the desk."""

_TAPS_OF_CARD: Final = journal.naming("card", "AND type IN ('access.granted', 'access.refused')")


@dataclass(frozen=True, slots=True)
class CardFilter:
    """What a list of cards is narrowed to; None and empty mean all."""

    query: str = ""
    state: CredentialState | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A tap: when, at which lane, and what was decided (a `Code`'s value)."""

    at: datetime
    lane: str
    code: str


@dataclass(frozen=True, slots=True)
class UnknownCard:
    """A card that was held to a reader and is not on record. `uid` as a card's."""

    uid: str
    lane: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ProfileName:
    """A time profile to choose."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who lives in a card's unit. `phone` is as typed, empty when not known."""

    name: str
    phone: str


class CardQueries:
    """Reads only. Lists run from the card put on record last to the first."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def page(self, wanted: CardFilter, *, before: int | None, limit: int) -> Page[Card]:
        """A page of cards that stand before `before` in the ledger.

        The query is a holder's name or part of one (one Chinese character is enough), a unit's code, a group, a
        courier's company, or the card's number: its UID, or what is printed on it in any format.
        """
        query = unicodedata.normalize("NFKC", wanted.query[:_MAX_QUERY_CHARACTERS]).strip()
        conditions = [cards.c.seq < (_LAST_SEQ if before is None else before)]
        if wanted.state is not None:
            conditions.append(cards.c.state == wanted.state.value)
        if wanted.unit:
            conditions.append(cards.c.unit == wanted.unit)
        if query:
            conditions.append(or_(*_meant_by(query)))
        statement = select(cards).where(*conditions).order_by(cards.c.seq.desc()).limit(limit + 1)
        with self._store.read() as connection:
            rows = [card_from(row) for row in connection.execute(statement)]
        return cut(rows, limit, lambda card: card.seq)

    def of_uid(self, uid: str) -> Card | None:
        """The card that has this UID, in hex; None when none has."""
        with self._store.read() as connection:
            row = connection.execute(select(cards).where(cards.c.uid == uid)).first()
        return None if row is None else card_from(row)

    def last_seen(self, card_ids: Iterable[str]) -> dict[str, Seen]:
        """The last tap of each of these cards, by its id; one that was never held up is not among them."""
        with self._store.read() as connection:
            found = {card_id: _last_tap(connection, card_id) for card_id in card_ids}
        return {card_id: seen for card_id, seen in found.items() if seen is not None}

    def numbered(self, number: str) -> list[Card]:
        """The cards of a number, in any of the formats in which one is printed or read; several may share it."""
        ways = _numbered(number)
        if not ways:
            return []
        with self._store.read() as connection:
            return [card_from(row) for row in connection.execute(select(cards).where(or_(*ways)).order_by(cards.c.seq))]

    def unknown_since(self, since: datetime) -> list[UnknownCard]:
        """The newest card at each reader that was held to it since then and is on record nowhere, newest first."""
        with self._store.read() as connection:
            head = journal.head(connection)[0]
            recent = select(journal_table.c.seq).where(
                journal_table.c.seq > head - _LOOKED_BACK,
                journal_table.c.type == "access.refused",
                journal_table.c.at >= since,
            )
            entries = journal.these(connection, connection.execute(recent).scalars().all())
            newest: dict[str, UnknownCard] = {}
            for entry in reversed(entries):
                uid, lane = entry.payload.get("uid"), entry.payload.get("lane", "")
                if entry.payload.get("code") == Code.UNKNOWN and isinstance(uid, str) and lane not in newest:
                    newest[lane] = UnknownCard(uid, lane, entry.at)
            uids = [unknown.uid for unknown in newest.values()]
            known = set(connection.execute(select(cards.c.uid).where(cards.c.uid.in_(uids))).scalars())
        return [unknown for unknown in newest.values() if unknown.uid not in known]

    def time_profiles(self) -> list[ProfileName]:
        """The time profiles that a card can have, by name."""
        statement = select(time_profiles.c.id, time_profiles.c.name).order_by(time_profiles.c.name)
        with self._store.read() as connection:
            return [ProfileName(row.id, row.name) for row in connection.execute(statement)]

    def groups(self) -> list[str]:
        """The groups that cards are in."""
        statement = select(cards.c.card_group).where(cards.c.card_group != "").distinct().order_by(cards.c.card_group)
        with self._store.read() as connection:
            return list(connection.execute(statement).scalars())

    def has_couriers(self) -> bool:
        """Tell whether any courier has a card that is active."""
        wanted = select(cards.c.id).where(cards.c.carrier != "", cards.c.state == CredentialState.ACTIVE.value).limit(1)
        with self._store.read() as connection:
            return connection.execute(wanted).first() is not None

    def residents(self, unit: str) -> list[Resident]:
        """Who lives in a unit, by name."""
        statement = select(residents.c.name, residents.c.phone).where(residents.c.unit == unit)
        with self._store.read() as connection:
            return [Resident(row.name, row.phone) for row in connection.execute(statement.order_by(residents.c.name))]


def _meant_by(query: str) -> list[ColumnElement[bool]]:
    ways = [cards.c.unit == query.upper(), cards.c.card_group == query, cards.c.carrier == query]
    words = search_tokens(query)
    if words:
        # The last word may be the beginning of one. A word is letters and digits only, so it needs no escape.
        is_open = query[-1].isascii() and query[-1].isalnum()
        ways.append(func.instr(cards.c.holder_key, f" {' '.join(words)}{'' if is_open else ' '}") > 0)
    return ways + _numbered(query)


def _numbered(query: str) -> list[ColumnElement[bool]]:
    ways: list[ColumnElement[bool]] = []
    patterns = read_any(query)
    whole = {pattern.uid.hex().upper() for pattern in patterns if pattern.uid is not None}
    if whole:
        ways.append(cards.c.uid.in_(sorted(whole)))
    ways += [_fits(pattern) for pattern in patterns if pattern.uid is None]
    return ways


def _fits(pattern: UidPattern) -> ColumnElement[bool]:
    head, tail = pattern.head.hex().upper(), pattern.tail.hex().upper()
    return and_(
        func.length(cards.c.uid) == 2 * pattern.length, cards.c.uid.startswith(head), cards.c.uid.endswith(tail)
    )


def _last_tap(connection: Connection, card_id: str) -> Seen | None:
    seqs = connection.execute(_TAPS_OF_CARD, {"id": card_id, "limit": 1}).scalars().all()
    for entry in journal.these(connection, seqs):
        return Seen(entry.at, entry.payload.get("lane", ""), entry.payload.get("code", ""))
    return None
