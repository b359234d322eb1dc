"""When two telephone numbers are the same, though one is written with its country code and the other without."""

from __future__ import annotations

import re
from typing import Final

from kiosk.domain.text import phone_digits

TAIL_DIGITS: Final = 8
"""A number is found by its last digits: eight is what a whole number of Hong Kong, Macau or Singapore has."""

# ITU-T E.164: a country code is 1, 7, or two or three digits that begin with another. The numbers under 1 and 7 have
# ten digits. No other code begins with 1, so that a mainland mobile (138 …) never meets a number of eight digits.
_CODE_OF_TEN: Final = frozenset({"1", "7"})
_OTHER_CODE: Final = re.compile(r"[2-9][0-9]{1,2}")


def significant_digits(phone: str) -> str:
    """A number's digits without what is dialled before it: `00852 9123 4567` and `0912 345 678` lose their zeros."""
    return phone_digits(phone).lstrip("0")


def phone_tail(phone: str) -> str:
    """The digits by which an index finds a number; the same for all ways of writing it, but not for it alone."""
    return significant_digits(phone)[-TAIL_DIGITS:]


def same_phone(one: str, other: str) -> bool:
    """Tell whether two numbers are the same, apart from spaces, signs, leading zeros and a country code.

    Short numbers (an estate's own extensions) are the same only when all their digits are; no number is the same as
    none.
    """
    shorter, longer = sorted((significant_digits(one), significant_digits(other)), key=len)
    if shorter == longer:
        return bool(shorter)
    if len(shorter) < TAIL_DIGITS or not longer.endswith(shorter):
        return False
    code = longer.removesuffix(shorter)
    return _OTHER_CODE.fullmatch(code) is not None or (code in _CODE_OF_TEN and len(shorter) == 10)
