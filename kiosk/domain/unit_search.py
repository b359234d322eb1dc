"""Finding a unit by what people type: `73`, `2C73`, `C 7 3`, `C座7樓3室`, a block's name. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
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

    WHOLE = 0  # floor and door are told, with block and phase before them or without
    PHASE = 1  # and with the phase alone: `273` is phase 2 after whatever floor 27 has
    PART = 2  # whole parts of the address, as `C 7`
    BEGUN = 3  # what is typed may go on
    WITHIN = 4


def find_units(directory: Iterable[Unit], query: str, limit: int, *, by_door: bool = False) -> list[Unit]:
    """The units that a query may mean, the best first and else in the directory's order; none for an empty query.

    Doors may be typed with the nought that they are often written with: `703`, `0703`. `by_door`: the floor is known,
    so that the door alone tells a unit.
    """
    tokens = _tokens(query[:MAX_QUERY])
    if not tokens:
        return []
    ranked = [(rank, unit) for unit in directory if (rank := _rank(unit, tokens, by_door=by_door)) is not None]
    ranked.sort(key=lambda pair: pair[0])
    return [unit for _rank, unit in ranked[:limit]]


def _rank(unit: Unit, tokens: tuple[str, ...], *, by_door: bool) -> _Rank | None:
    phase, block, floor, door = parts = tuple(map(_key, (unit.phase, unit.block, unit.floor, unit.door)))
    typed = "".join(tokens)
    inner = (floor + door, f"{floor}0{door}", f"0{floor}0{door}")
    whole = [outer + each for outer in ("", block, phase + block) for each in inner]
    if by_door:
        whole.append(door)
    with_phase = [phase + each for each in inner]
    if typed in whole:
        return _Rank.WHOLE
    if typed in with_phase:
        return _Rank.PHASE
    said = [part for part in parts if part]
    if any(tuple(said[at : at + len(tokens)]) == tokens for at in range(len(said))):
        return _Rank.PART
    if any(each.startswith(typed) for each in (*whole, *with_phase, _key(unit.code))):
        return _Rank.BEGUN
    # Numbers are not looked for in the middle of others; a name is known by any piece of it.
    return _Rank.WITHIN if not typed.isascii() and typed in phase + block + floor + door else None


@lru_cache(maxsize=4096)  # an estate's blocks, floors and doors are few, and each is read at every key
def _key(part: str) -> str:
    return "".join(_tokens(part))


def _tokens(text: str) -> tuple[str, ...]:
    folded = unicodedata.normalize("NFKC", text).upper()
    return tuple(_TOKEN.findall(_WORDS.sub(" ", folded)))
