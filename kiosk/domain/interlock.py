"""Interlock: of the lanes of one group only one stands open at a time, as in an airlock.

A lane counts as open from the moment its relay is energised: until its contact has said open and closed again, or
until so long has passed that nobody can have gone through; and as long as its contact says open, whatever opened it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Final

from kiosk.domain.contact import GRANT_NS

PASSAGE_NS: Final = GRANT_NS
"""How long a lane without a contact, or whose contact has not moved, counts as open after its relay was energised."""


class Interlock:
    """The lanes of one group. Times are nanoseconds of one monotonic clock. Safe to use from any thread."""

    def __init__(self, lanes: Iterable[str] = ()) -> None:
        """Group these lanes; a group of one, or of none, holds nobody up."""
        self._lock = threading.Lock()
        self._open_until: dict[str, int] = dict.fromkeys(lanes, 0)
        self._standing_open: set[str] = set()

    def blocker(self, lane: str, now_ns: int) -> str:
        """The other lane of the group that stands open; empty when there is none."""
        with self._lock:
            return self._blocker(lane, now_ns)

    def take(self, lane: str, now_ns: int) -> str:
        """Count `lane` as open from now on, unless another one is: then its name is returned and nothing changes."""
        with self._lock:
            blocker = self._blocker(lane, now_ns)
            if not blocker:
                self._open_until[lane] = now_ns + PASSAGE_NS
            return blocker

    def force(self, lane: str, now_ns: int) -> None:
        """Count `lane` as open whatever the others do: a way out that waits for nothing."""
        with self._lock:
            self._open_until[lane] = now_ns + PASSAGE_NS

    def give_back(self, lane: str) -> None:
        """The lane that was taken has not opened after all."""
        with self._lock:
            self._open_until[lane] = 0

    def contact(self, lane: str, *, is_open: bool) -> None:
        """A lane's contact says so."""
        with self._lock:
            if is_open:
                self._standing_open.add(lane)
            elif lane in self._standing_open:
                self._standing_open.discard(lane)
                self._open_until[lane] = 0  # whoever was let through has gone through

    def _blocker(self, lane: str, now_ns: int) -> str:
        for other, until_ns in self._open_until.items():
            if other != lane and (now_ns < until_ns or other in self._standing_open):
                return other
        return ""
