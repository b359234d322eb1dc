"""Why a card or code was let through or not: a decision of the journal, taken apart for whoever has to explain it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kiosk.domain.access import CredentialFacts, Direction, LaneFacts
from kiosk.domain.explanation import RuleVerdict, explain, facts_from
from kiosk.errors import NotFound
from kiosk.services.feed_view import FeedItem, FeedView
from kiosk.store import journal
from kiosk.store.database import Store

_TYPES = frozenset({"access.granted", "access.refused"})


@dataclass(frozen=True, slots=True)
class Known:
    """What was known when a decision fell, and what each rule said of it."""

    facts: CredentialFacts
    lane: LaneFacts
    verdicts: Sequence[RuleVerdict]


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision on record.

    Attributes:
        item: the same as the feed shows it.
        clock: how far the clock was believed, as the journal says.
        card_id: the card's id; empty for a pass, and for a card that is not on record.
        known: None where nothing could be read, and for decisions made before facts were kept.
        faults: the devices that were not well at that moment, each with its fault.
        digest: the entry's short digest, as receipts carry it.
    """

    item: FeedItem
    clock: str
    direction: Direction
    card_id: str
    known: Known | None
    faults: Mapping[str, str]
    digest: str


class DecisionService:
    """Reads decisions. Safe to use from any thread."""

    def __init__(self, store: Store, feed_view: FeedView) -> None:
        self._store = store
        self._feed_view = feed_view

    def get(self, seq: int) -> Decided:
        """The decision of that number in the journal.

        Raises:
            NotFound: there is no such entry, or it is none of a decision.
        """
        with self._store.read() as connection:
            entries = journal.these(connection, [seq])
        if not entries or entries[0].type not in _TYPES:
            raise NotFound("decision")
        entry = entries[0]
        known = None
        if "why" in entry.payload:
            facts, lane = facts_from(entry.payload["why"])
            known = Known(facts, lane, explain(facts, lane, entry.at))
        return Decided(
            item=self._feed_view.item(entry),
            clock=entry.clock,
            direction=Direction(entry.payload["direction"]),
            card_id=entry.payload.get("card", ""),
            known=known,
            faults=entry.payload.get("faults", {}),
            digest=journal.short_digest(entry.hash),
        )
