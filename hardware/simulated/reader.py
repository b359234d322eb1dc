"""A card reader without a reader: cards are put down and taken away by calling methods."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final, Protocol

from hardware.errors import CardGone
from hardware.interfaces import UID_LENGTHS, CardEvent, CardPresented, CardReader, CardRemoved, CardUnreadable
from hardware.simulated.base import SimulatedSource

MIFARE_CLASSIC_1K_ATR: Final = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
"""What PC/SC readers answer for the commonest access card (PC/SC part 3, section 3.1.3.2.3)."""


NO_SUCH_FUNCTION: Final = bytes.fromhex("6A81")
"""What a reader answers for a card that takes no commands (ISO/IEC 7816-4, section 5.6: function not supported)."""


class SimulatedCard(Protocol):
    """The card's side of what is said over a reader."""

    def answer(self, apdu: bytes) -> bytes | None:
        """Answer a command; None is a card taken away in the middle of it."""


class SimulatedCardReader(SimulatedSource[CardEvent], CardReader):
    """One card at a time: a card put down while another lies there replaces it.

    A card left lying while the reader is closed or unplugged is reported at the next `open()` as one that was lying,
    as by the real one.
    """

    def __init__(self) -> None:
        super().__init__("the simulated card reader")
        self._lying: CardPresented | CardUnreadable | None = None
        self._card: SimulatedCard | None = None

    def wait_for_event(self, timeout_s: float) -> CardEvent | None:
        """See `CardReader.wait_for_event`."""
        return self._next(timeout_s)

    def transmit(self, apdu: bytes) -> bytes:
        """See `CardReader.transmit`."""
        with self._changed:
            self._require_usable()
            answer = None
            if self._lying is not None:
                answer = NO_SUCH_FUNCTION if self._card is None else self._card.answer(apdu)
            if answer is None:
                self.remove()
                raise CardGone("the card was taken away")
            return answer

    # --- the world ---

    def present(self, uid: bytes, atr: bytes = MIFARE_CLASSIC_1K_ATR, *, card: SimulatedCard | None = None) -> int:
        """Put a card down and tell the event's `presented_ns`.

        Args:
            card: what answers the commands sent to it; without one the card tells its UID and nothing else.

        Raises:
            ValueError: the UID is not 4, 7 or 10 bytes long.
        """
        if len(uid) not in UID_LENGTHS:
            raise ValueError("a card's UID has 4, 7 or 10 bytes")
        return self._put_down(CardPresented(uid, atr, time.monotonic_ns()), card)

    def present_unreadable(self, reason: str, atr: bytes = MIFARE_CLASSIC_1K_ATR) -> int:
        """Put down a card that tells no UID, and tell the event's `presented_ns`."""
        return self._put_down(CardUnreadable(atr, reason, time.monotonic_ns()), None)

    def remove(self) -> None:
        """Take the card away; does nothing when there is none."""
        with self._changed:
            if self._lying is not None:
                self._lying = self._card = None
                self._report(CardRemoved(time.monotonic_ns()))

    def tap(self, uid: bytes) -> int:
        """Put a card down, take it away, and tell the first event's `presented_ns`."""
        with self._changed:
            presented_ns = self.present(uid)
            self.remove()
        return presented_ns

    def _put_down(self, event: CardPresented | CardUnreadable, card: SimulatedCard | None) -> int:
        with self._changed:
            self.remove()
            self._lying, self._card = event, card
            self._report(event)
        return event.presented_ns

    def _opened(self) -> None:
        if self._lying is not None:
            self._report(replace(self._lying, presented_ns=time.monotonic_ns(), was_lying=True))
