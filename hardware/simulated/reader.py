"""A card reader without a reader: cards are put down and taken away by calling methods."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

from hardware.interfaces import UID_LENGTHS, CardEvent, CardPresented, CardReader, CardRemoved, CardUnreadable
from hardware.simulated.base import SimulatedSource

MIFARE_CLASSIC_1K_ATR: Final = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
"""What PC/SC readers answer for the commonest access card (PC/SC part 3, section 3.1.3.2.3)."""


class SimulatedCardReader(SimulatedSource[CardEvent], CardReader):
    """One card at a time: a card put down while another lies there replaces it.

    A card left lying while the reader is closed or unplugged is reported at the next `open()` as one that was lying,
    as by the real one.
    """

    def __init__(self) -> None:
        super().__init__("the simulated card reader")
        self._lying: CardPresented | CardUnreadable | None = None

    def wait_for_event(self, timeout_s: float) -> CardEvent | None:
        """See `CardReader.wait_for_event`."""
        return self._next(timeout_s)

    # --- the world ---

    def present(self, uid: bytes, atr: bytes = MIFARE_CLASSIC_1K_ATR) -> int:
        """Put a card down and tell the event's `presented_ns`.

        Raises:
            ValueError: the UID is not 4, 7 or 10 bytes long.
        """
        if len(uid) not in UID_LENGTHS:
            raise ValueError("a card's UID has 4, 7 or 10 bytes")
        return self._put_down(CardPresented(uid, atr, time.monotonic_ns()))

    def present_unreadable(self, reason: str, atr: bytes = MIFARE_CLASSIC_1K_ATR) -> int:
        """Put down a card that tells no UID, and tell the event's `presented_ns`."""
        return self._put_down(CardUnreadable(atr, reason, time.monotonic_ns()))

    def remove(self) -> None:
        """Take the card away; does nothing when there is none."""
        with self._changed:
            if self._lying is not None:
                self._lying = None
                self._report(CardRemoved(time.monotonic_ns()))

    def tap(self, uid: bytes) -> int:
        """Put a card down, take it away, and tell the first event's `presented_ns`."""
        with self._changed:
            presented_ns = self.present(uid)
            self.remove()
        return presented_ns

    def _put_down(self, card: CardPresented | CardUnreadable) -> int:
        with self._changed:
            self.remove()
            self._lying = card
            self._report(card)
        return card.presented_ns

    def _opened(self) -> None:
        if self._lying is not None:
            self._report(replace(self._lying, presented_ns=time.monotonic_ns(), was_lying=True))
