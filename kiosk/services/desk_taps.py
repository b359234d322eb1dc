"""Cards shown at the desk: for whoever waits for one at the panel, else kept a while for the card office.

Nothing here opens anything, and no lane hears of it. A card is judged by the rules about cards that every lane goes by;
what a good one is taken for, a signature or a number to put on record, is the business of whoever waits for it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from hardware.interfaces import CardPresented
from kiosk.clock import Clock
from kiosk.config import DeskSettings
from kiosk.domain.access import Code, CredentialState, judge
from kiosk.domain.card_proof import CardProof, CardTechnology
from kiosk.domain.ids import new_id
from kiosk.errors import Conflict, Unavailable
from kiosk.services.card_watch import CardTapped
from kiosk.services.cards import card_from
from kiosk.services.credential_facts import CredentialRecords, recognise
from kiosk.services.lane_rules import LaneRules
from kiosk.services.repeats import Repeats
from kiosk.store.database import Store
from kiosk.store.tables import cards

log = logging.getLogger(__name__)

DESK_READER: Final = "desk.reader"
"""The name under which the reader is supervised."""

WAITED_FOR: Final = timedelta(seconds=60)
"""Long enough to find a card in a bag; after that whoever was to tap has gone, and the next card is somebody else's."""
KEPT_FOR: Final = timedelta(minutes=5)
"""How long a tap waits to be taken, or stands on the card office's page: the time to walk to another screen."""
TAPS_KEPT: Final = 5
"""A handful of new fobs is tapped one after another and then put on record."""

_TO_BE_REPEATED: Final = frozenset({Code.UNREADABLE, Code.TRY_AGAIN})
"""What came of a card that was held badly: whoever waits goes on waiting for it to be held up again."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody at the panel waits for a card.

    Attributes:
        purpose: what for, by a word that the asking page knows again; it never leaves the box's memory.
        holder: who waits, as the journal names an actor.
        ends_at: when nobody waits any longer.
    """

    id: str
    purpose: str
    holder: str
    armed_at: datetime
    ends_at: datetime

    def stands_at(self, now: datetime) -> bool:
        """Whether a tap would be for it. A clock set back past its beginning ends it too: it must not come back."""
        return self.armed_at <= now < self.ends_at


@dataclass(frozen=True, slots=True)
class Tap:
    """A card shown at the desk.

    Attributes:
        code: how it was judged, as a lane would have; `Code.GRANTED` is a good card.
        uid: upper-case hex, as a card's; empty when it told none.
        card_id: None when it is not on record; then all that a record tells is empty.
        technology: what the card is, as far as known.
        holder: whose card it is, as typed.
        is_nobodys: it is lent to visitors or a courier's, and so nobody's own.
        purpose: that of the wish that it came for; whoever takes it has to look whether it is his. Empty without one.
    """

    code: Code
    at: datetime
    proof: CardProof
    uid: str = ""
    card_id: str | None = None
    technology: CardTechnology | None = None
    state: CredentialState | None = None
    unit: str = ""
    holder: str = ""
    is_nobodys: bool = False
    purpose: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it is on record, active, valid, and no copy."""
        return self.code is Code.GRANTED


class WishState(StrEnum):
    """What became of a wish."""

    WAITING = "waiting"
    TAPPED = "tapped"  # its tap waits to be taken
    OVER = "over"  # its time is up, it was cancelled or replaced, or its tap has been taken


@dataclass(frozen=True, slots=True)
class WishView:
    """A wish as its holder's page shows it.

    Attributes:
        ends_at: None once it is over.
        trouble: why the last card did not count (`Code.UNREADABLE`, `Code.TRY_AGAIN`); None when none was held badly.
        fault: why the reader does not work, a `HardwareError.code`; empty while it does.
    """

    state: WishState
    ends_at: datetime | None = None
    trouble: Code | None = None
    fault: str = ""


@dataclass(slots=True)
class _Standing:
    """The wish that the next tap is for. `armed_ns` is monotonic: a card put down before it is not for it."""

    wish: Wish
    armed_ns: int
    trouble: Code | None = None


class DeskTaps:
    """The desk's card reader. Everything may be called from any thread; `note` is the reader's worker's."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        records: CredentialRecords,
        rules: LaneRules,
        settings: DeskSettings,
        *,
        faults: Callable[[], Mapping[str, str]],
    ) -> None:
        """`faults` tells the devices that are not well, each with its fault."""
        self._store = store
        self._clock = clock
        self._records = records
        self._rules = rules
        self._faults = faults
        self.has_reader = settings.reader is not None
        self._lock = threading.Lock()
        self._standing: _Standing | None = None
        self._answered: dict[str, tuple[Wish, Tap]] = {}
        self._recent: deque[Tap] = deque(maxlen=TAPS_KEPT)
        self._repeats = Repeats()

    # --- whoever waits at the panel ---

    def arm(self, purpose: str, *, holder: str, now: datetime) -> Wish:
        """Wait for the next card, for at most `WAITED_FOR`; takes the place of an older wish of the same holder.

        Raises:
            Unavailable: `no-desk-reader`: there is none; `desk-reader-unwell`: it does not work.
            Conflict: `desk-busy`: somebody else waits for a card at this moment.
        """
        if not self.has_reader:
            raise Unavailable("no-desk-reader", "There is no card reader at the desk.")
        if DESK_READER in self._faults():
            raise Unavailable("desk-reader-unwell", "The card reader at the desk does not work.")
        wish = Wish(new_id(now), purpose, holder, now, now + WAITED_FOR)
        with self._lock:
            self._forget_old(now)
            if self._standing is not None and self._standing.wish.holder != holder:
                raise Conflict("desk-busy", "Somebody else waits for a card at the desk.")
            self._answered = {id_: one for id_, one in self._answered.items() if one[0].holder != holder}
            self._standing = _Standing(wish, time.monotonic_ns())
        return wish

    def look(self, wish_id: str, holder: str) -> WishView:
        """What became of a wish; one that is not the holder's is over for him."""
        fault = self._faults().get(DESK_READER, "")
        with self._lock:
            self._forget_old(self._clock.now())
            standing, answered = self._standing, self._answered.get(wish_id)
            if answered is not None and answered[0].holder == holder:
                return WishView(WishState.TAPPED, fault=fault)
            if standing is not None and (standing.wish.id, standing.wish.holder) == (wish_id, holder):
                return WishView(WishState.WAITING, standing.wish.ends_at, standing.trouble, fault)
        return WishView(WishState.OVER, fault=fault)

    def take(self, wish_id: str, user: str) -> Tap | None:
        """The tap that came for a wish of this user, once; None before it came and ever after."""
        with self._lock:
            self._forget_old(self._clock.now())
            answered = self._answered.get(wish_id)
            if answered is None or answered[0].holder != user:
                return None
            del self._answered[wish_id]
            return answered[1]

    def cancel(self, wish_id: str, user: str) -> None:
        """Wait no longer; does nothing about a wish that is over or another user's."""
        with self._lock:
            standing, answered = self._standing, self._answered.get(wish_id)
            if standing is not None and (standing.wish.id, standing.wish.holder) == (wish_id, user):
                self._standing = None
            if answered is not None and answered[0].holder == user:
                del self._answered[wish_id]

    # --- the card office ---

    def recent(self) -> list[Tap]:
        """The last taps that nobody waited for, the newest first."""
        with self._lock:
            self._forget_old(self._clock.now())
            return list(reversed(self._recent))

    # --- the reader ---

    def note(self, tapped: CardTapped) -> None:
        """Take in a card. Never raises: a register that cannot be read must not pass for a reader that is unwell."""
        card = tapped.card
        if card.was_lying:
            log.info("a card lay on the desk's reader when it was opened")
            return
        uid = card.uid.hex().upper() if isinstance(card, CardPresented) else ""
        if self._repeats.is_repeat(uid or "unreadable card", tapped.presented_ns):
            return
        try:
            tap = self._judged(tapped, uid)
        except Exception:
            log.exception("a card at the desk could not be judged")
            tap = Tap(Code.DOUBTFUL, self._clock.now(), tapped.proof.result, uid)
        if tap.code in _TO_BE_REPEATED:
            self._repeats.forget()
        with self._lock:
            self._hand_over(tap, tapped.presented_ns)

    def _hand_over(self, tap: Tap, presented_ns: int) -> None:
        self._forget_old(tap.at)
        standing = self._standing if self._standing is not None and self._standing.armed_ns <= presented_ns else None
        if tap.code in _TO_BE_REPEATED:
            if standing is not None:
                standing.trouble = tap.code
        elif standing is not None:
            self._standing = None
            self._answered[standing.wish.id] = (standing.wish, replace(tap, purpose=standing.wish.purpose))
        else:
            self._recent.append(tap)

    def _judged(self, tapped: CardTapped, uid: str) -> Tap:
        with self._store.write() as transaction:
            known = self._records.of_card(transaction, tapped, None)
            code = judge(known.facts, self._rules.anywhere(transaction), transaction.now)
            tap = Tap(code, transaction.now, tapped.proof.result, uid)
            payload: dict[str, Any] = {"verdict": code.value}
            if known.record is None:
                payload |= {"uid": uid} if uid else {}
            else:
                recognise(transaction, known, actor="desk")
                row = transaction.connection.execute(cards.select().where(cards.c.id == known.record.id)).one()
                card = card_from(row)
                tap = replace(
                    tap, card_id=card.id, technology=known.facts.technology, state=card.state, unit=card.unit,
                    holder=card.holder, is_nobodys=card.for_visits or card.carrier != "",
                )  # fmt: skip
                payload["card"] = card.id
                if tapped.proof.reason and known.facts.must_prove:
                    payload["proof"] = tapped.proof.reason
            transaction.record("desk", "desk.card_tapped", payload)
        return tap

    def _forget_old(self, now: datetime) -> None:
        """Let go of what nobody waits for any longer. With the lock held."""
        if self._standing is not None and not self._standing.wish.stands_at(now):
            self._standing = None
        self._answered = {id_: one for id_, one in self._answered.items() if _is_fresh(one[1], now)}
        while self._recent and not _is_fresh(self._recent[0], now):
            self._recent.popleft()


def _is_fresh(tap: Tap, now: datetime) -> bool:
    return abs(now - tap.at) < KEPT_FOR
