"""Puts the table together and writes it."""

from __future__ import annotations

import heapq
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk.services import raster_fonts
from kiosk.services.ime.build import sources, weights
from kiosk.services.ime.build.readings import other_spellings, plain
from kiosk.services.ime.build.scripts import Scripts
from kiosk.services.ime.build.sources import Readings
from kiosk.services.ime.forms import (
    FORMAT,
    MOST_CANDIDATES,
    NO_COST,
    SCHEMA,
    STROKES_READY,
    SYLLABLE_MARK,
    Script,
    Way,
    cost_of,
)

_READ_ALSO: Final = (1.0, 0.15, 0.02)
"""How likely a character's first, second and every further reading is: dictionaries end in readings of one old text."""

_MISSPELT: Final = 0.03
_AT_START: Final = (0.80, 0.12, 0.08)
_INSIDE: Final = (0.02, 0.73, 0.25)
"""What a character is likely to be there: a surname, of a given name, of any text. Fields at the touchscreen are names
more than anything else."""

_MOST_GIVEN: Final = 32
_MOST_SURNAMES: Final = 12
_MOST_PAIRS: Final = 30_000
_MOST_LONGER: Final = 8_000
_LONGEST_WORD: Final = 4
_LEAST_ENTRIES: Final = 15_000


@dataclass(frozen=True)
class _Likely:
    """A character at one key, as likely as each of the three."""

    surname: float
    given: float
    text: float

    def score(self, mix: tuple[float, float, float]) -> float:
        return mix[0] * self.surname + mix[1] * self.given + mix[2] * self.text

    def most(self, other: _Likely) -> _Likely:
        return _Likely(max(self.surname, other.surname), max(self.given, other.given), max(self.text, other.text))

    def times(self, factor: float) -> _Likely:
        return _Likely(factor * self.surname, factor * self.given, factor * self.text)


_Key = dict[str, _Likely]
"""The characters of a key."""


class TableBuilder:
    """Reads every source once and fills a new database."""

    def __init__(self, packages: Path, rime: Path) -> None:
        self._characters: dict[Way, Mapping[str, Readings]] = {Way.PINYIN: sources.pinyin_of_characters(packages)}
        self._phrases = sources.pinyin_of_phrases(packages)
        self._jyutping = sources.jyutping(packages)
        self._characters[Way.JYUTPING] = {
            text: tuple(reading[0] for reading in readings)
            for text, readings in self._jyutping.items()
            if len(text) == 1
        }
        self._strokes = list(sources.strokes(rime))
        self._counts = sources.frequencies(rime)
        self._scripts = Scripts(
            sources.script_tables(packages),
            pronounced=frozenset(self._characters[Way.JYUTPING]),
            can_draw=raster_fonts.can_draw,
        )
        self._check()

    def _check(self) -> None:
        """A source that has come to be written otherwise must not make a table with a hole in it."""
        found = {
            "pypinyin": len(self._characters[Way.PINYIN]),
            "ToJyutping": len(self._characters[Way.JYUTPING]),
            "rime-data-stroke": len(self._strokes),
            "rime-essay": len(self._counts),
            "opencc-python-reimplemented": min(map(len, self._scripts.characters.values())),
        }
        for source, entries in found.items():
            if entries < _LEAST_ENTRIES:
                raise ValueError(f"{source} gives only {entries} entries: is it written in another way now?")

    def write(self, path: Path) -> None:
        """Write the table to a file that is not there yet; what a power cut leaves is not mistaken for it."""
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        with closing(sqlite3.connect(part, isolation_level=None)) as database:
            database.executescript(f"PRAGMA journal_mode = OFF; {SCHEMA}")
            database.execute("BEGIN")
            for script in Script:
                _ScriptWriter(database, script, self).write()
            database.execute("COMMIT")
            database.execute(f"PRAGMA user_version = {FORMAT}")
            database.execute("VACUUM")
        part.replace(path)

    def likely(self, script: Script) -> dict[str, _Likely]:
        """Every character of a script that can be typed at all."""
        surname = {name.text: name.weight for name in weights.surnames(script)}
        total = sum(surname.values())
        given = weights.given_characters(self._scripts, script)
        text = weights.characters(self._scripts, script, self._counts)
        return {
            character: _Likely(surname.get(character, 0.0) / total, given.get(character, 0.0), text.get(character, 0.0))
            for character in self._scripts.characters[script]
        }

    def readings(self, way: Way, character: str) -> Readings:
        """A character's syllables with tones, the usual one first."""
        return self._characters[way].get(character, ())

    def strokes(self, script: Script) -> Iterator[tuple[str, str]]:
        """Characters of a script with the order of their strokes."""
        for character, code in self._strokes:
            if self._scripts.has(character, script):
                yield character, code

    def words(self, script: Script) -> dict[str, tuple[int, int]]:
        """Words of a script with their costs as a given name and as a word."""
        given = weights.given_names(self._scripts, script)
        counted = weights.words(self._scripts, script, self._counts, longest=_LONGEST_WORD)
        total_given, total = given.total(), sum(counted.values())
        pairs = [word for word in counted if len(word) == 2]
        longer = [word for word in counted if len(word) > 2]
        chosen = {
            *(name for name in given if len(name) > 1),
            *heapq.nlargest(_MOST_PAIRS, pairs, key=lambda word: (counted[word], word)),
            *heapq.nlargest(_MOST_LONGER, longer, key=lambda word: (counted[word], word)),
        }
        return {
            word: (cost_of(given.get(word, 0) / total_given), cost_of(counted.get(word, 0) / total)) for word in chosen
        }

    def syllables_of(self, way: Way, word: str, script: Script) -> tuple[str, ...]:
        """How a word is typed, without tones; empty where a character of it has no reading."""
        known: tuple[str, ...] = ()
        if way is Way.PINYIN:
            simplified = word if script is Script.HANS else self._scripts.written(word, Script.HANS)
            known = self._phrases.get(simplified, ())
        else:
            known = next(iter(self._jyutping.get(word, ())), ())
        if not known:
            each = [self.readings(way, character) for character in word]
            known = tuple(readings[0] for readings in each if readings)
        return tuple(plain(syllable) for syllable in known) if len(known) == len(word) else ()


class _ScriptWriter:
    """Fills the tables for one script."""

    def __init__(self, database: sqlite3.Connection, script: Script, builder: TableBuilder) -> None:
        self._database = database
        self._script = script
        self._builder = builder
        self._likely = builder.likely(script)
        self._surnames = weights.surnames(script)

    def write(self) -> None:
        for way in (Way.PINYIN, Way.JYUTPING):
            self._write_keys(way)
            self._write_words(way)
        self._write_strokes()

    def _write_keys(self, way: Way) -> None:
        whole, toned = self._by_syllable(way)
        beginnings: dict[str, _Key] = defaultdict(dict)
        for key, characters in whole.items():
            for length in range(1, len(key)):
                _add_all(beginnings[key[:length]], characters)
        for key in {*whole, *beginnings}:
            self._write_key(way, key, whole.get(key, {}), beginnings.get(key, {}))
        for key in toned.keys() - whole.keys():
            self._write_key(way, key, toned[key], {})

    def _by_syllable(self, way: Way) -> tuple[dict[str, _Key], dict[str, _Key]]:
        whole: dict[str, _Key] = defaultdict(dict)
        toned: dict[str, _Key] = defaultdict(dict)
        for reading in self._readings(way):
            character, syllable, likely = reading
            _add(whole[plain(syllable)], character, likely)
            _add(toned[syllable], character, likely)
            for other in other_spellings(plain(syllable), way):
                _add(whole[other], character, likely.times(_MISSPELT))
        return whole, toned

    def _readings(self, way: Way) -> Iterator[tuple[str, str, _Likely]]:
        for character, likely in self._likely.items():
            for index, syllable in enumerate(self._builder.readings(way, character)):
                share = _READ_ALSO[min(index, len(_READ_ALSO) - 1)]
                # As a surname a character is read as the list of surnames says, and no other way.
                yield character, syllable, _Likely(0.0, share * likely.given, share * likely.text)
        for surname in self._surnames:
            if len(surname.text) == 1 and surname.text in self._likely:
                for index, (syllable,) in enumerate(surname.readings[way]):
                    likely = self._likely[surname.text]
                    share = _READ_ALSO[min(index, len(_READ_ALSO) - 1)]
                    yield surname.text, syllable, _Likely(share * likely.surname, 0.0, 0.0)

    def _write_key(self, way: Way, key: str, whole: _Key, further: _Key) -> None:
        names = _best(whole or further, (1.0, 0.0, 0.0), _MOST_SURNAMES, needs_score=True)
        given = _best(whole or further, (0.0, 0.95, 0.05), _MOST_GIVEN, needs_score=True)
        both = {**further, **whole}
        self._database.execute(
            "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                way,
                self._script,
                key,
                _ranked(whole, further, _AT_START),
                _ranked(whole, further, _INSIDE),
                "".join(names),
                bytes(cost_of(both[text].surname) for text in names),
                "".join(given),
                bytes(cost_of(both[text].score((0.0, 0.95, 0.05))) for text in given),
                bool(whole),
            ),
        )

    def _write_words(self, way: Way) -> None:
        for word, (given_cost, word_cost) in self._builder.words(self._script).items():
            syllables = self._builder.syllables_of(way, word, self._script)
            if syllables:
                self._write_word(way, syllables, word, NO_COST, given_cost, word_cost)
        total = sum(surname.weight for surname in self._surnames)
        for surname in self._surnames:
            if len(surname.text) > 1:
                for reading in surname.readings[way]:
                    cost = cost_of(surname.weight / total)
                    self._write_word(way, tuple(plain(part) for part in reading), surname.text, cost, NO_COST, NO_COST)

    def _write_word(self, way: Way, syllables: Iterable[str], text: str, *costs: int) -> None:
        key = SYLLABLE_MARK.join(syllables)
        self._database.execute(
            "INSERT INTO words VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET surname_cost = min(surname_cost, excluded.surname_cost)",
            (way, self._script, key, text, *costs),
        )

    def _write_strokes(self) -> None:
        whole: dict[str, _Key] = defaultdict(dict)
        beginnings: dict[str, _Key] = defaultdict(dict)
        for character, code in self._builder.strokes(self._script):
            likely = self._likely[character]
            _add(whole[code], character, likely)
            self._database.execute(
                "INSERT OR IGNORE INTO strokes VALUES (?, ?, ?, ?, ?)",
                (self._script, code, character, cost_of(likely.score(_AT_START)), cost_of(likely.score(_INSIDE))),
            )
            for length in range(1, min(STROKES_READY, len(code) - 1) + 1):
                _add(beginnings[code[:length]], character, likely)
        for key in {*beginnings, *(code for code in whole if len(code) <= STROKES_READY)}:
            self._write_key(Way.STROKE, key, whole.get(key, {}), beginnings.get(key, {}))


def _add(key: _Key, character: str, likely: _Likely) -> None:
    known = key.get(character)
    key[character] = likely.most(known) if known else likely


def _add_all(key: _Key, characters: _Key) -> None:
    for character, likely in characters.items():
        _add(key, character, likely)


def _best(characters: _Key, mix: tuple[float, float, float], most: int, *, needs_score: bool = False) -> list[str]:
    scored = [(likely.score(mix), text) for text, likely in characters.items()]
    return [text for score, text in heapq.nlargest(most, scored) if score or not needs_score]


def _ranked(whole: _Key, further: _Key, mix: tuple[float, float, float]) -> str:
    """What is typed in full stands before what only begins so."""
    first = _best(whole, mix, MOST_CANDIDATES)
    rest = {text: likely for text, likely in further.items() if text not in whole}
    return "".join(first + _best(rest, mix, MOST_CANDIDATES - len(first)))
