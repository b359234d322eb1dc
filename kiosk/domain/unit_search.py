"""Finding a unit by what people type: `73`, `2C73`, `C 7 3`, `C座7樓3室`, a block's name. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Final

from kiosk.domain.units import Unit

MAX_QUERY: Final = 40
"""Longer than anybody's address within an estate."""

_WORDS: Final = re.compile(
    r"\b(?:PHASE|BLOCK|TOWER|FLAT|FLOOR|UNIT|ROOM|HOUSE)\b|(?<=[0-9A-Z])/F\b|單位|单元|[期座棟栋幢樓楼層层室號号]"
)
"""What is said around the numbers of an address. `G/F` keeps its G."""

_TOKEN: Final = re.compile(r"[0-9A-Z]+|[^\W0-9A-Z_]+")


class _Rank(IntEnum):
    """How well a unit fits; the least is the best."""

    WHOLE = 0  # the door is told, from wherever in the address one begins
    PART = 1  # whole parts of the address, as `C 7`
    BEGUN = 2  # what is typed may go on
    WITHIN = 3


def find_units(directory: Iterable[Unit], query: str, limit: int) -> list[Unit]:
    """The units that a query may mean, the best first and else in the directory's order; none for an empty query."""
    tokens = _tokens(query[:MAX_QUERY])
    if not tokens:
        return []
    ranked = [(rank, unit) for unit in directory if (rank := _rank(unit, tokens)) is not None]
    ranked.sort(key=lambda pair: pair[0])
    return [unit for _rank, unit in ranked[:limit]]


def _rank(unit: Unit, tokens: Sequence[str]) -> _Rank | None:
    parts = ["".join(_tokens(part)) for part in (unit.phase, unit.block, unit.floor, unit.door)]
    parts = [part for part in parts if part]
    typed = "".join(tokens)
    tails = ["".join(parts[at:]) for at in range(len(parts))]
    if typed in tails:
        return _Rank.WHOLE
    if any(parts[at : at + len(tokens)] == list(tokens) for at in range(len(parts))):
        return _Rank.PART
    if any(tail.startswith(typed) for tail in tails) or "".join(_tokens(unit.code)).startswith(typed):
        return _Rank.BEGUN
    # Numbers are not looked for in the middle of others; a name is known by any piece of it.
    return _Rank.WITHIN if not typed.isascii() and typed in tails[0] else None


def _tokens(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text).upper()
    return _TOKEN.findall(_WORDS.sub(" ", folded))
