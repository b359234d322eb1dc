"""What a card is, and whether it has proven to be the one it says it is.

A UID only identifies: every reader may ask for it, and blank cards with any UID are sold. So are copies of MIFARE
Classic cards, whose cipher is broken. A DESFire that answers a challenge with its own key cannot be copied so.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class CardTechnology(StrEnum):
    """What a card on record is."""

    UID_ONLY = "uid-only"
    CLASSIC = "classic"
    DESFIRE = "desfire"  # it has this estate's key and must prove it each time


class CardProof(StrEnum):
    """What came of asking a card to prove itself."""

    NOT_TRIED = "not-tried"  # the gate holds no key, or could not read it
    PROVEN = "proven"
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # the card left in the middle of it


_STORAGE_CARD: Final = bytes.fromhex("3B8F8001804F0CA000000306")
"""How the ATR of every contactless storage card begins, up to the RID of the PC/SC workgroup."""
_CARD_NAME: Final = slice(13, 15)
_CLASSIC_NAMES: Final = frozenset({b"\x00\x01", b"\x00\x02", b"\x00\x26"})
"""MIFARE Classic 1K, 4K and Mini among the names of storage cards."""


def is_storage_card(atr: bytes) -> bool:
    """Tell whether a reader says that a card takes no commands (PC/SC part 3, section 3.1.3.2.3.2)."""
    return atr.startswith(_STORAGE_CARD)


def technology_of(atr: bytes) -> CardTechnology:
    """What a card that has proven nothing is, by the reader's word: a hint, for a copy may say anything."""
    is_classic = is_storage_card(atr) and atr[_CARD_NAME] in _CLASSIC_NAMES
    return CardTechnology.CLASSIC if is_classic else CardTechnology.UID_ONLY
