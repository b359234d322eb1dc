"""A person shown to somebody who may be that person: enough to say yes, and no more for anybody else.

What is left out is replaced by a fixed number of stars, so that the length tells nothing either.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from kiosk.domain.text import phone_digits, plate_key

HIDDEN: Final = "**"
_HIDDEN_DIGITS: Final = "****"

_PAIRS: Final = (
    "歐陽欧阳司馬司马司徒司空司寇上官諸葛诸葛東方东方東郭东郭皇甫尉遲尉迟公孫公孙公羊公冶公西令狐慕容夏侯"
    "宇文長孫长孙軒轅轩辕鍾離鐘離钟离澹臺澹台申屠端木百里呼延獨孤独孤赫連赫连太史太叔西門西门南宮南宫南門"
    "南门聞人闻人濮陽濮阳淳于單于单于拓跋完顏完颜納蘭纳兰宗政仲孫仲孙閭丘闾丘鮮于鲜于梁丘左丘羊舌微生穀梁"
    "谷梁巫馬巫马顓孫颛孙壤駟壤驷漆雕樂正乐正宰父亓官夾谷夹谷段干万俟萬俟叱干第五東門东门呂丘叔孫叔孙屈突"
    "爾朱尔朱范姜葉赫叶赫"
)
_COMPOUND_SURNAMES: Final = frozenset(_PAIRS[at : at + 2] for at in range(0, len(_PAIRS), 2))
"""The family names of two characters, in both scripts."""


def mask_name(name: str) -> str:
    """A name's family name where it can be told, else its first letter: `王小明` gives `王**`, `Tom Wu` gives `T**`.

    A name in Chinese characters begins with its family name, a compound one only where something follows that stays
    hidden. Which word of another name is the family's cannot be told, and a whole word could be the whole name.
    """
    letters = [each for each in unicodedata.normalize("NFC", name) if _is_letter(each)]
    if len(letters) > 2 and "".join(letters[:2]) in _COMPOUND_SURNAMES:
        return "".join(letters[:2]) + HIDDEN
    return "".join(letters[:1]) + HIDDEN


def mask_phone(phone: str) -> str:
    """A number's first and last digits: `13812345678` gives `138****5678`; of a shorter one less is left.

    At least four digits stay hidden, and of a number of five to seven all but its ends.
    """
    digits = phone_digits(phone)
    first, last = (
        (3, 4) if len(digits) >= 11 else (2, 2) if len(digits) >= 8 else (1, 1) if len(digits) >= 5 else (0, 0)
    )
    return digits[:first] + _HIDDEN_DIGITS + digits[len(digits) - last :]


def mask_plate(plate: str) -> str:
    """A plate's first and last character: `AB 1234` gives `A***4`; nothing of one with fewer than five."""
    key = plate_key(plate)
    return f"{key[0]}***{key[-1]}" if len(key) >= 5 else "***"


def _is_letter(character: str) -> bool:
    # Planes 2 and 3 hold nothing but Chinese characters; the newest have no category yet in Python's tables.
    return unicodedata.category(character).startswith("L") or 0x20000 <= ord(character) <= 0x3FFFF
