"""Numbers of identity documents: how they are written, whether they add up, and how they are shown.

- Hong Kong identity card: one or two letters, six digits and a check digit of 0 to 9 or A, written in brackets (OECD,
  "Hong Kong, China: information on tax identification numbers", section I). The characters stand for 10 (A) to 35
  (Z), a missing first letter for 36; weighted 9 down to 1 they add up to a multiple of 11. The Immigration Department
  publishes no rule for the check digit; all programs that check one use this (hkid_ops, HKID-Check-Digit, validid).
- Resident identity card of the mainland: 17 digits and a check character by ISO 7064 MOD 11-2, the birthday in the
  seventh to fourteenth (GB 11643-1999, sections 4.2 and 5).
- Whatever else there is (passports, travel permits) has 4 to 20 letters and digits, and no rule they all keep: ICAO
  Doc 9303 puts the check digit into the machine-readable lines only.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

HIDDEN: Final = "****"
"""In place of what is not shown, however long that is."""

_HONG_KONG: Final = re.compile(r"[A-Z]{1,2}[0-9]{6}[0-9A]")
_MAINLAND: Final = re.compile(r"[0-9]{17}[0-9X]")
_OTHER: Final = re.compile(r"[A-Z0-9]{4,20}")
_NO_LETTER: Final = 36
_LEFT_OUT: Final = re.compile(r"[\s\-.()（）/·]")


class DocumentKind(StrEnum):
    """Whose rules a number keeps."""

    HONG_KONG = "hong-kong"
    MAINLAND = "mainland"
    OTHER = "other"


class DocumentFault(StrEnum):
    """What is wrong with a number."""

    SHAPE = "shape"
    CHECK_DIGIT = "check-digit"


@dataclass(frozen=True, slots=True)
class Document:
    """The number of an identity document. It shows in no log and no traceback: `repr` leaves it out."""

    kind: DocumentKind
    number: str = field(repr=False)

    def tidied(self) -> Document:
        """The same with capital letters and digits only, as it is compared and kept."""
        return Document(self.kind, _LEFT_OUT.sub("", unicodedata.normalize("NFKC", self.number)).upper())

    def fault(self) -> DocumentFault | None:
        """What is wrong with a number that has been tidied; None for nothing."""
        if self.kind is DocumentKind.OTHER:
            return None if _OTHER.fullmatch(self.number) else DocumentFault.SHAPE
        is_hong_kong = self.kind is DocumentKind.HONG_KONG
        if not (_HONG_KONG if is_hong_kong else _MAINLAND).fullmatch(self.number):
            return DocumentFault.SHAPE
        if not (_hong_kong_adds_up(self.number) if is_hong_kong else _mainland_adds_up(self.number)):
            return DocumentFault.CHECK_DIGIT
        return None if is_hong_kong or _has_birthday(self.number) else DocumentFault.SHAPE

    def masked(self) -> str:
        """The end of a number that has been tidied: as much as tells two people apart who stand side by side."""
        if self.kind is DocumentKind.HONG_KONG:
            return f"{HIDDEN}{self.number[-3:-1]}({self.number[-1:]})"
        shown = 4 if len(self.number) >= 12 else 3 if len(self.number) >= 8 else 2 if len(self.number) >= 6 else 1
        return HIDDEN + self.number[-shown:]

    def written(self) -> str:
        """A number that has been tidied as its card has it."""
        return f"{self.number[:-1]}({self.number[-1:]})" if self.kind is DocumentKind.HONG_KONG else self.number


class DocumentReason(StrEnum):
    """Why somebody looks at a whole number: one of few, as the journal keeps it and must name nobody."""

    INCIDENT = "incident"
    POLICE = "police"
    CHECK = "check"
    HOLDER = "holder"


def _hong_kong_adds_up(number: str) -> bool:
    values = [int(character, 36) for character in number]
    if len(values) == 8:
        values.insert(0, _NO_LETTER)
    # `A` as a check digit is 10, as it is in base 36.
    return sum(value * weight for value, weight in zip(values, range(9, 0, -1), strict=True)) % 11 == 0


def _mainland_adds_up(number: str) -> bool:
    values = [10 if character == "X" else int(character) for character in number]
    return sum(value * pow(2, 17 - place, 11) for place, value in enumerate(values)) % 11 == 1


def _has_birthday(number: str) -> bool:
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return True
