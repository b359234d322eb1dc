"""PINs: the few digits by which somebody who is logged in confirms that it is them, and the few that say: I must."""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from typing import Final

MIN_DIGITS: Final = 4
MAX_DIGITS: Final = 8


class PinCheck(StrEnum):
    """What a typed PIN turned out to be."""

    OK = "ok"
    DURESS = "duress"  # to be answered exactly as OK; the alarm has been raised
    WRONG = "wrong"
    NONE_SET = "none-set"  # the account has no PIN, and none is asked


def is_pin(text: str) -> bool:
    """Tell whether a text is of 4 to 8 digits from 0 to 9."""
    return text.isascii() and text.isdigit() and MIN_DIGITS <= len(text) <= MAX_DIGITS


def is_guessed_first(pin: str) -> bool:
    """Tell whether a PIN is one digit over and over, or a row of them up or down: what anybody tries first."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    return len(steps) == 1 and steps <= {0, 1, 9}


def are_mistakable(one: str, other: str) -> bool:
    """Tell whether a slip of the finger makes one PIN of the other: at most one digit differs, or two have swapped.

    PINs of different length are too: dots on a screen are easily counted, and the number must give nothing away.
    """
    if len(one) != len(other):
        return True
    places = [place for place in range(len(one)) if one[place] != other[place]]
    if len(places) != 2:
        return len(places) < 2
    first, second = places
    has_swapped = (one[first], one[second]) == (other[second], other[first])
    return second == first + 1 and has_swapped
