"""The supervisor's corner of the touchscreen: who stands there is told by a PIN, or by a card at the screen's own lane.

While the corner waits for a card, a good one of somebody who may run the screen is for the corner: it opens no lane and
is no entry of anybody. Every other card is the lane's as ever, so that nobody holds up the gate by opening the corner.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hardware.interfaces import CardPresented
from kiosk.domain.access import Code, judge
from kiosk.domain.roles import Permission, may
from kiosk.services.accounts import User
from kiosk.services.card_watch import CardTapped
from kiosk.services.credential_facts import CredentialRecords
from kiosk.services.lane_rules import LaneRules
from kiosk.store.database import Store

WAITS_S: Final = 30.0
"""Time to bring out a card; after that whoever opened the corner has gone."""


@dataclass(slots=True)
class _Waiting:
    holder: str
    since_ns: int
    user: User | None = None

    def is_over(self, now_ns: int) -> bool:
        return now_ns - self.since_ns >= WAITS_S * 1e9


class CornerCards:
    """The corner's ear at the touchscreen's lane. `hears` is the lane's worker's; the rest may come from any thread."""

    def __init__(
        self,
        store: Store,
        records: CredentialRecords,
        rules: LaneRules,
        user_of_card: Callable[[str], User | None],
        lane: str,
    ) -> None:
        self._store = store
        self._records = records
        self._rules = rules
        self._user_of_card = user_of_card
        self._lane = lane
        self._memory = threading.Lock()
        self._waiting: _Waiting | None = None

    def wait(self, holder: str) -> None:
        """Wait for a card, for whoever has `holder`; takes the place of anybody who waited before."""
        with self._memory:
            self._waiting = _Waiting(holder, time.monotonic_ns())

    def take(self, holder: str) -> User | None:
        """Whose card was shown to this holder, once; None while none was, and when the time is over."""
        with self._memory:
            waiting = self._waiting
            if waiting is None or waiting.holder != holder or waiting.is_over(time.monotonic_ns()):
                return None
            if waiting.user is not None:
                self._waiting = None
            return waiting.user

    def stop(self) -> None:
        """Wait no longer."""
        with self._memory:
            self._waiting = None

    def hears(self, lane: str, tapped: CardTapped) -> bool:
        """Tell whether a card at a lane is for the corner. It is judged as a lane judges cards, copies and all."""
        waiting = self._waiting
        if waiting is None or lane != self._lane or waiting.is_over(time.monotonic_ns()):
            return False
        if tapped.presented_ns < waiting.since_ns or not isinstance(tapped.card, CardPresented):
            return False
        with self._store.write() as transaction:
            known = self._records.of_card(transaction, tapped, None)
            code = judge(known.facts, self._rules.anywhere(transaction), transaction.now)
        user = self._user_of_card(known.record.id) if known.record is not None and code is Code.GRANTED else None
        if user is None or not may(user.role, Permission.RUN_SCREEN):
            return False
        with self._memory:
            if self._waiting is waiting and waiting.user is None:
                waiting.user = user
        return True
