"""The vocabulary that the table's maker and its reader share: ways of typing, scripts, and how the file is laid out."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import Final

TABLE_PATH: Final = Path(__file__).with_name("table.sqlite3")
"""Where set-up puts the table. It is not in the repository."""

FORMAT: Final = 1
"""Of the layout below; `PRAGMA user_version` of a table that this code can read."""

MOST_CANDIDATES: Final = 40
MOST_KEYS: Final = 32

SCHEMA: Final = """
CREATE TABLE keys (
    way TEXT, script TEXT, key TEXT,
    at_start TEXT, inside TEXT,
    surnames TEXT, surname_costs BLOB, given TEXT, given_costs BLOB, is_whole INTEGER,
    PRIMARY KEY (way, script, key)
) WITHOUT ROWID;
CREATE TABLE words (
    way TEXT, script TEXT, key TEXT, text TEXT, surname_cost INTEGER, given_cost INTEGER, word_cost INTEGER,
    PRIMARY KEY (way, script, key, text)
) WITHOUT ROWID;
CREATE TABLE strokes (
    script TEXT, key TEXT, text TEXT, start_cost INTEGER, inside_cost INTEGER,
    PRIMARY KEY (script, key, text)
) WITHOUT ROWID;
"""
"""`keys`: single characters of a syllable, with and without its tone, of a syllable's beginning, and of the first
`STROKES_READY` strokes of a character. `at_start` and `inside` hold the best `MOST_CANDIDATES`, best first; `surnames`
and `given` what names are put together from, with the cost of each character as a byte. `words`: more than one
character, their syllables joined by `SYLLABLE_MARK`. `strokes`: every character with its strokes in full."""

SYLLABLE_MARK: Final = "'"
STROKES_READY: Final = 5
"""Longer beginnings match so few characters that they are sorted when asked for."""

NO_COST: Final = 255
"""As rare as it gets; also what stands where something is never a surname, a given name or a word."""


class Way(StrEnum):
    """How characters are typed. Strokes are h s p n z: 橫 豎 撇 捺 折."""

    PINYIN = "pinyin"
    JYUTPING = "jyutping"
    STROKE = "stroke"


class Script(StrEnum):
    """Whose forms are offered. Nothing is ever converted from one to the other."""

    HANT = "hant"
    HANS = "hans"


class Place(StrEnum):
    """What stands before: nothing, so that a name may begin with its surname; or something."""

    START = "start"
    INSIDE = "inside"


def cost_of(probability: float) -> int:
    """A probability as it is stored: ten times its negative natural logarithm, from 0 to `NO_COST`."""
    return NO_COST if probability <= 0 else min(NO_COST, round(-10 * math.log(probability)))
