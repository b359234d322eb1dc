"""Breaks text into lines, for anything that can tell how wide a text is: Chinese, English, and both in one."""

from __future__ import annotations

import unicodedata
from typing import Final, Protocol

MOST_CHARACTERS: Final = 200
MOST_LINES: Final = 3
_ABOUT_A_LINE: Final = 32  # characters: measuring all of a long text for each of its lines would take seconds


class Measure(Protocol):
    """A font, or whatever else knows how wide a text would be."""

    def getlength(self, text: str, /) -> float:
        """The width of a text, in the unit that the room is told in."""


def wrap(
    text: str, font: Measure, room: float, *, most_lines: int = MOST_LINES, most_characters: int = MOST_CHARACTERS
) -> list[str]:
    """Break a text into lines that fit: at spaces, beside Chinese characters, and inside a word that is too long.

    What does not fit into `most_lines`, or is longer than `most_characters`, ends in an ellipsis.
    """
    rest = text[:most_characters]
    lines: list[str] = []
    while rest and len(lines) < most_lines:
        fitting = _fitting(rest, font, room)
        cut = len(rest) if fitting == len(rest) else _break_at(rest, fitting)
        lines.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if rest or len(text) > most_characters:
        last = lines[-1]
        while last and font.getlength(last + "…") > room:
            last = last[:-1]
        lines[-1] = last + "…"
    return lines


def balanced(lines: list[str], text: str, font: Measure, room: int) -> list[str]:
    """The same number of lines, but of like length: a last line of one character looks like a mistake."""
    if len(lines) == 1 or lines[-1].endswith("…"):
        return lines
    low, high = room // len(lines), room
    while low < high:
        middle = (low + high) // 2
        narrower = wrap(text, font, middle)
        if len(narrower) > len(lines) or narrower[-1].endswith("…"):
            low = middle + 1
        else:
            high = middle
    return wrap(text, font, high)


def _fitting(text: str, font: Measure, room: float) -> int:
    """How many characters of `text` fit; at least one, or nothing would ever end."""
    high = _ABOUT_A_LINE
    while high < len(text) and font.getlength(text[:high]) <= room:
        high *= 2
    low, high = 1, min(high, len(text))
    while low < high:
        middle = (low + high + 1) // 2
        if font.getlength(text[:middle]) <= room:
            low = middle
        else:
            high = middle - 1
    return low


def _break_at(text: str, most: int) -> int:
    for cut in range(most, 0, -1):
        before, after = text[cut - 1], text[cut]
        if unicodedata.combining(after) or before == "\u200d" or after == "\u200d":
            continue
        if before in " -/" or after == " " or _is_wide(before) or _is_wide(after):
            return cut
    return most


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"
