"""Where cards have passed: what anti-passback and a household's quota go by.

A passage is written with the decision that grants it, and taken back when the gate did not open: a grant that moved
nothing says nothing about where anybody is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, delete, func, select

from kiosk.config import LaneSettings
from kiosk.domain.access import Direction
from kiosk.domain.muster import Person, PersonKind
from kiosk.domain.passback import NOWHERE, Whereabouts
from kiosk.errors import NotFound
from kiosk.services.openings import Opening
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import card_passages, cards, from_microseconds, household_exits, to_microseconds

SYSTEM: Final = "system"

# These two go to the driver as they are: they stand between a card and its gate, and what SQLAlchemy does for a
# statement is more than all the rest of it.
_WHEREABOUTS_SQL: Final = (
    "SELECT (SELECT at FROM card_passages WHERE card_id = :card AND lane = :lane ORDER BY seq DESC LIMIT 1), "
    "zone.is_inward, zone.at FROM (SELECT 1) LEFT JOIN (SELECT is_inward, at FROM card_passages "
    "WHERE card_id = :card AND zone = :zone AND zone != '' ORDER BY seq DESC LIMIT 1) AS zone"
)
_PASSED_SQL: Final = (
    "INSERT INTO card_passages (seq, opening_id, card_id, lane, zone, is_inward, at) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_EXITS: Final = (
    select(func.count())
    .select_from(household_exits)
    .where(household_exits.c.unit == bindparam("unit"), household_exits.c.day == bindparam("day"))
)


@dataclass(frozen=True, slots=True)
class CardOfUnit:
    """Whose passage it is: a card and the unit it belongs to."""

    id: str
    unit: str


class Passages:
    """Reads and writes within the caller's transaction. Stateless but for the settings."""

    def __init__(self, lanes: Mapping[str, LaneSettings], exits_per_day: int | None, zone: ZoneInfo) -> None:
        """Follow cards where `lanes` say so; `zone` is the one in which a day begins."""
        self._lanes = lanes
        self._exits_per_day = exits_per_day
        self._zone = zone

    def whereabouts(self, connection: Connection, card_id: str, lane: str) -> Whereabouts:
        """What the last passages of a card say at a lane."""
        settings = self._lanes[lane]
        if not settings.follows_cards:
            return NOWHERE
        wanted = {"card": card_id, "lane": lane, "zone": settings.zone}
        here, is_inward, at = connection.connection.cursor().execute(_WHEREABOUTS_SQL, wanted).fetchone()
        is_inside = None if is_inward is None else bool(is_inward)
        return Whereabouts(is_inside, from_microseconds(at), from_microseconds(here))

    def exits_left(self, transaction: Transaction, unit: str, lane: str) -> int | None:
        """How often the cards of a unit may still let out today; None where nobody counts: at a way in, or at all."""
        if self._exits_per_day is None or self._lanes[lane].direction is Direction.IN:
            return None
        today = {"unit": unit, "day": self._day(transaction)}
        return self._exits_per_day - int(transaction.connection.execute(_EXITS, today).scalar_one())

    def note(
        self, transaction: Transaction, lane: str, card: CardOfUnit, direction: Direction, opening: Opening
    ) -> None:
        """A card has been let through; the transaction's last journal entry says so."""
        settings = self._lanes[lane]
        if settings.follows_cards and transaction.last_entry is not None:
            is_inward, at_us = direction is Direction.IN, to_microseconds(transaction.now)
            row = (transaction.last_entry[0], opening.id, card.id, lane, settings.zone, is_inward, at_us)
            transaction.connection.exec_driver_sql(_PASSED_SQL, row)
        if self._exits_per_day is not None and direction is Direction.OUT:
            exit_ = {"opening_id": opening.id, "unit": card.unit, "day": self._day(transaction)}
            transaction.connection.execute(household_exits.insert(), exit_)

    def _day(self, transaction: Transaction) -> str:
        return transaction.now.astimezone(self._zone).date().isoformat()


def take_back(transaction: Transaction, opening_id: str) -> None:
    """The gate did not open for this one: nobody has passed."""
    newest = card_passages.select().order_by(card_passages.c.seq.desc())
    passage = newest.with_only_columns(card_passages.c.seq).where(card_passages.c.opening_id == opening_id).limit(1)
    transaction.connection.execute(delete(card_passages).where(card_passages.c.seq == passage.scalar_subquery()))
    transaction.connection.execute(delete(household_exits).where(household_exits.c.opening_id == opening_id))


def holders_inside(connection: Connection) -> list[Person]:
    """The source of residents for a muster list: whoever came in by card through a lane with a zone, and not out."""
    latest = (
        select(func.max(card_passages.c.seq))
        .where(card_passages.c.zone != "")
        .group_by(card_passages.c.card_id, card_passages.c.zone)
    )
    inside = (
        select(cards.c.id, cards.c.holder, cards.c.unit, func.min(card_passages.c.at).label("since"))
        .join(cards, cards.c.id == card_passages.c.card_id)
        .where(card_passages.c.seq.in_(latest), card_passages.c.is_inward)
        .group_by(cards.c.id)
    )
    return [
        Person(
            kind=PersonKind.CARD, id=row.id, name=row.holder, unit=row.unit, number="", companions=0, since=row.since
        )
        for row in connection.execute(inside)
    ]


class PassbackService:
    """Forgives. Safe to use from any thread."""

    def __init__(self, store: Store, zone: ZoneInfo) -> None:
        self._store = store
        self._zone = zone

    def forgive(self, card_id: str, *, actor: str, reason: str) -> None:
        """Take a card's holder to be neither inside nor outside: its next passage either way is let through.

        Raises:
            NotFound: there is no such card.
        """
        with self._store.write() as transaction:
            if transaction.connection.execute(select(cards.c.id).where(cards.c.id == card_id)).first() is None:
                raise NotFound("card")
            transaction.connection.execute(delete(card_passages).where(card_passages.c.card_id == card_id))
            transaction.record(actor, "passback.forgiven", {"card": card_id, "reason": reason})

    def forgive_all(self, due: datetime) -> int:
        """The same for every card that has not passed since `due`; returns how many that were."""
        with self._store.write() as transaction:
            before = card_passages.c.at < due
            counted = select(func.count(func.distinct(card_passages.c.card_id))).where(before)
            count = int(transaction.connection.execute(counted).scalar_one())
            if count:
                transaction.connection.execute(delete(card_passages).where(before))
                transaction.record(SYSTEM, "passback.forgiven", {"cards": count})
        return count

    def forget_superseded(self, due: datetime) -> int:
        """Drop the passages before `due` that a later one of the same card at the same lane follows; how many.

        They were kept in case the later one came to nothing, which is known within seconds.
        """
        latest = select(func.max(card_passages.c.seq)).group_by(card_passages.c.card_id, card_passages.c.lane)
        superseded = (card_passages.c.at < due) & card_passages.c.seq.not_in(latest)
        with self._store.write() as transaction:
            return int(transaction.connection.execute(delete(card_passages).where(superseded)).rowcount)

    def forget_exits_before(self, due: datetime) -> int:
        """Drop the households' exits of the days before that of `due`, as nobody counts them any more; how many."""
        with self._store.write() as transaction:
            today = due.astimezone(self._zone).date().isoformat()
            gone = transaction.connection.execute(delete(household_exits).where(household_exits.c.day < today))
        return int(gone.rowcount)
