"""The numbers that one card goes by: what a reader tells, what is printed on the fob, what a controller's log says.

All are made from the UID, `uid` here: 4, 7 or 10 bytes in the order in which the card tells them (ISO/IEC 14443-3,
section 6.5.4). Whoever prints or logs it may turn the bytes round, write them in decimal, or keep a part of them only.

**Wiegand** readers send a frame: a parity bit, data, a parity bit. With 26 bits (HID's open format H10301,
"Understanding Card Data Formats") the data is 8 bits of facility and 16 bits of number; with 34 it is 16 and 16. The
first bit makes the ones among itself and the first half of the data even, the last bit makes those among the second
half and itself odd.

A UID does not fit into either, and no standard says which part of it is sent. Two ways are seen:

- the last three (four) bytes as they come: Suprema's BioStar 2 ("how BioStar 2 truncates CSN") and its like;
- the bytes that the first anticollision level tells, from the last to the first: readers that are built on a chip which
  knows that level only. A UID of 4 bytes is all of that level; of a longer one it has a cascade tag, 88, and the first
  three bytes. In 26 bits its first three bytes are left, of which the tag is one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class CardNumberFormat(StrEnum):
    """A way to write a card's number."""

    HEX = "hex"
    DECIMAL = "decimal"
    HEX_REVERSED = "hex-reversed"
    DECIMAL_REVERSED = "decimal-reversed"
    WIEGAND_26 = "wiegand-26"
    WIEGAND_34 = "wiegand-34"
    WIEGAND_26_REVERSED = "wiegand-26-reversed"
    WIEGAND_34_REVERSED = "wiegand-34-reversed"


class UidOrder(StrEnum):
    """In which order a reader tells a UID's bytes."""

    AS_TOLD = "as-told"
    REVERSED = "reversed"


UID_LENGTHS: Final = (4, 7, 10)
"""Bytes of a UID of single, double and triple size."""

UNIQUE: Final = (
    CardNumberFormat.HEX, CardNumberFormat.DECIMAL, CardNumberFormat.HEX_REVERSED, CardNumberFormat.DECIMAL_REVERSED,
    CardNumberFormat.WIEGAND_34, CardNumberFormat.WIEGAND_34_REVERSED,
)  # fmt: skip
"""The formats in which a number can name one card; 26 bits are always those of many."""

_DIGITS: Final[Mapping[int, int]] = {length: len(str(256**length - 1)) for length in UID_LENGTHS}
"""So many digits are printed for a UID of that length: 10 on the usual fob."""
_CASCADE_TAG: Final = 0x88
_DATA_BYTES: Final[Mapping[CardNumberFormat, int]] = {
    CardNumberFormat.WIEGAND_26: 3,
    CardNumberFormat.WIEGAND_34: 4,
    CardNumberFormat.WIEGAND_26_REVERSED: 3,
    CardNumberFormat.WIEGAND_34_REVERSED: 4,
}
_FROM_THE_END: Final = frozenset(
    {
        CardNumberFormat.HEX_REVERSED, CardNumberFormat.DECIMAL_REVERSED,
        CardNumberFormat.WIEGAND_26_REVERSED, CardNumberFormat.WIEGAND_34_REVERSED,
    }
)  # fmt: skip
_IN_HEX: Final = frozenset({CardNumberFormat.HEX, CardNumberFormat.HEX_REVERSED})
_BETWEEN_BYTES: Final = re.compile(r"[\s:\-]")
_TWO_NUMBERS: Final = re.compile(r"([0-9]{1,5})\s*[:,/\-]\s*([0-9]{1,5})")
_ONE_NUMBER: Final = re.compile(r"[0-9]{1,10}")
_BITS: Final = re.compile(r"[01]+")


@dataclass(frozen=True, slots=True)
class UidPattern:
    """What a number says about a UID: its length in bytes, how it begins and how it ends.

    It is one UID when `head` is as long as that, else any that fits.
    """

    length: int
    head: bytes = b""
    tail: bytes = b""

    @property
    def uid(self) -> bytes | None:
        """The one UID it can be; None when it can be several."""
        return self.head if len(self.head) == self.length else None

    def covers(self, uid: bytes) -> bool:
        """Tell whether it can be this one."""
        return len(uid) == self.length and uid.startswith(self.head) and uid.endswith(self.tail)


def write_number(uid: bytes, form: CardNumberFormat) -> str:
    """Write a UID of 4, 7 or 10 bytes in one of the formats, always with all its digits."""
    if form in _DATA_BYTES:
        data = _data(uid, form)
        facility, number = data[:-2], data[-2:]
        return f"{int.from_bytes(facility):0{2 * len(facility) + 1}d}:{int.from_bytes(number):05d}"
    told = uid[::-1] if form in _FROM_THE_END else uid
    return told.hex().upper() if form in _IN_HEX else f"{int.from_bytes(told):0{_DIGITS[len(uid)]}d}"


def wiegand_frame(data: bytes) -> str:
    """The bits that a reader sends for three or four bytes of data, parity at both ends."""
    bits = f"{int.from_bytes(data):0{8 * len(data)}b}"
    half = len(bits) // 2
    return f"{bits[:half].count('1') % 2}{bits}{1 - bits[half:].count('1') % 2}"


def read_number(text: str, form: CardNumberFormat) -> tuple[UidPattern, ...]:
    """What a number in that format says, the shortest UID first.

    Hex may have colons, dashes and spaces; decimals may lack zeros in front. A Wiegand number is `facility:number` (a
    comma, slash or dash will do), the same data as one decimal, or the bits of the whole frame.

    Raises:
        ValueError: no card has this number in that format.
    """
    text = text.strip()
    if form in _DATA_BYTES:
        found = _from_data(_read_data(text, _DATA_BYTES[form]), form)
    else:
        told = [_read_hex(text)] if form in _IN_HEX else _read_decimal(text)
        uids = [uid[::-1] if form in _FROM_THE_END else uid for uid in told]
        found = tuple(UidPattern(len(uid), uid) for uid in uids)
    if not found:
        raise ValueError("no card has this number")
    return found


def read_any(text: str) -> frozenset[UidPattern]:
    """Everything that a text can say about a card's number, tried in every format; empty when it says nothing."""
    found: set[UidPattern] = set()
    for form in CardNumberFormat:
        try:
            found.update(read_number(text, form))
        except ValueError:
            continue
    return frozenset(found)


def _data(uid: bytes, form: CardNumberFormat) -> bytes:
    if form in _FROM_THE_END:
        level = uid if len(uid) == UID_LENGTHS[0] else bytes((_CASCADE_TAG, *uid[:3]))
        uid = level[::-1]
    return uid[-_DATA_BYTES[form] :]


def _from_data(data: bytes, form: CardNumberFormat) -> tuple[UidPattern, ...]:
    if form not in _FROM_THE_END:
        whole = (UidPattern(4, data),) if len(data) == 4 else (UidPattern(4, tail=data),)
        return (*whole, *(UidPattern(length, tail=data) for length in UID_LENGTHS[1:]))
    level = data[::-1]
    if level[0] == _CASCADE_TAG:  # no UID of 4 bytes begins with it (ISO/IEC 14443-3, section 6.5.4)
        return tuple(UidPattern(length, level[1:]) for length in UID_LENGTHS[1:])
    return (UidPattern(UID_LENGTHS[0], level),)


def _read_data(text: str, length: int) -> bytes:
    if len(text) == 8 * length + 2 and _BITS.fullmatch(text):
        data = int(text[1:-1], 2).to_bytes(length)
        if wiegand_frame(data) != text:
            raise ValueError("the parity of these bits is wrong")
        return data
    if _ONE_NUMBER.fullmatch(text):
        return _to_bytes(int(text), length)
    parts = _TWO_NUMBERS.fullmatch(text)
    if parts is None:
        raise ValueError("this is no number of a Wiegand reader")
    return _to_bytes(int(parts[1]), length - 2) + _to_bytes(int(parts[2]), 2)


def _to_bytes(number: int, length: int) -> bytes:
    if number >= 256**length:
        raise ValueError("this number is too large")
    return number.to_bytes(length)


def _read_hex(text: str) -> bytes:
    uid = bytes.fromhex(_BETWEEN_BYTES.sub("", text))
    if len(uid) not in UID_LENGTHS:
        raise ValueError("this is no UID")
    return uid


def _read_decimal(text: str) -> list[bytes]:
    if not (text.isascii() and text.isdigit()):
        raise ValueError("this is no number")
    return [
        int(text).to_bytes(length) for length in UID_LENGTHS if len(text) <= _DIGITS[length] and int(text) < 256**length
    ]
