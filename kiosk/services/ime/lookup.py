"""The candidates for what was typed, from the table that set-up made."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from kiosk.errors import Unavailable
from kiosk.services.ime.forms import (
    FORMAT,
    MOST_CANDIDATES,
    MOST_KEYS,
    STROKES_READY,
    SYLLABLE_MARK,
    TABLE_PATH,
    Place,
    Script,
    Way,
)
from kiosk.services.ime.names import Costed, Offer, Word, whole
from kiosk.services.ime.syllables import Cut, cuts

_LEADING_PAIRS: Final = 6
_LEADING_NAMES: Final = 4
"""A row of the keyboard has eight: room for the first syllable alone stays beside what stands for all of them."""

_LEADING_SINGLE: Final = 8
_MOST_WHOLE: Final = 24
_MOST_SHORTER: Final = 4
_AFTER_ANY_KEY: Final = "~"
"""Sorts behind every letter, digit and mark."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text to choose, and how many of the leading keys it stands for."""

    text: str
    keys: int


class InputMethod:
    """Answers from one read-only file, opened when first asked. Any thread may ask; they take turns.

    Args:
        path: the table; where there is none, asking raises and everything else goes on.
    """

    def __init__(self, path: Path = TABLE_PATH) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._table: _Table | None = None

    def candidates(self, keys: str, way: Way, script: Script, place: Place) -> list[Candidate]:
        """At most `MOST_CANDIDATES` candidates, best first; none for keys that begin nothing.

        Args:
            keys: up to `MOST_KEYS` characters; capitals count as small letters. In pinyin v stands for ü; tones are
                left out or given as digits, and an apostrophe may part syllables.
            way: what the keys are.
            script: the only forms that are offered.
            place: what stands before them.

        Raises:
            Unavailable: there is no table, or one of another version.
            ValueError: more than `MOST_KEYS` keys.
        """
        if len(keys) > MOST_KEYS:
            raise ValueError(f"more than {MOST_KEYS} keys")
        with self._lock:
            table = self._table = self._table or _Table(self._path)
            found = _candidates(table, keys.lower(), way, script, place)
            return list(islice(_each_text_once(found), MOST_CANDIDATES))

    def close(self) -> None:
        """Close the file. Asking opens it again."""
        with self._lock:
            if self._table is not None:
                self._table.close()
            self._table = None


class _Table:
    """The file, and the syllables of each way in memory: cutting asks for them at every letter."""

    def __init__(self, path: Path) -> None:
        try:
            # immutable: nobody writes it while it is read, so that it needs neither locks nor a writable folder.
            self._database = sqlite3.connect(
                f"{path.absolute().as_uri()}?immutable=1", uri=True, check_same_thread=False, cached_statements=16
            )
            (version,) = self._database.execute("PRAGMA user_version").fetchone()
            if version != FORMAT:
                self._database.close()
                raise Unavailable("no-input-table", f"the table of Chinese input has format {version}, not {FORMAT}")
            self._whole = {way: self._keys(way, is_whole=True) for way in (Way.PINYIN, Way.JYUTPING)}
            self._begun = {way: self._keys(way, is_whole=False) for way in (Way.PINYIN, Way.JYUTPING)}
        except sqlite3.Error as error:
            raise Unavailable("no-input-table", "there is no table of Chinese input: run script/bootstrap") from error

    def close(self) -> None:
        self._database.close()

    def is_whole(self, way: Way, key: str) -> bool:
        return key in self._whole[way]

    def is_beginning(self, way: Way, key: str) -> bool:
        return key in self._begun[way]

    def rows(self, statement: str, parameters: Sequence[str]) -> list[Any]:
        return self._database.execute(statement, parameters).fetchall()

    def _keys(self, way: Way, *, is_whole: bool) -> frozenset[str]:
        found = self.rows(f"SELECT DISTINCT key FROM keys WHERE way = ? AND is_whole = {is_whole:d}", (way,))  # noqa: S608 - a digit
        return frozenset(key for (key,) in found)


class _Lexicon:
    """What the table has for one way of typing and one script, during one look-up."""

    def __init__(self, table: _Table, way: Way, script: Script) -> None:
        self._table = table
        self._of = (way.value, script.value)
        self._way = way
        self._offers: dict[str, Offer] = {}
        self._words: dict[str, list[Word]] = {}

    def cuts(self, keys: str) -> list[Cut]:
        """See `syllables.cuts`."""
        return cuts(
            keys,
            lambda key: self._table.is_whole(self._way, key),
            lambda key: self._table.is_beginning(self._way, key),
        )

    def offer(self, key: str) -> Offer:
        """See `names.Lexicon`."""
        if key not in self._offers:
            self._offers[key] = self._read_offer(key)
        return self._offers[key]

    def words(self, keys: Sequence[str]) -> list[Word]:
        """See `names.Lexicon`."""
        joined = SYLLABLE_MARK.join(key.rstrip("0123456789") for key in keys)
        if joined not in self._words:
            self._words[joined] = self._read_words(joined, is_finished=self._table.is_whole(self._way, keys[-1]))
        return self._words[joined]

    def _read_offer(self, key: str) -> Offer:
        for at_start, inside, surnames, surname_costs, given, given_costs in self._table.rows(
            "SELECT at_start, inside, surnames, surname_costs, given, given_costs FROM keys "
            "WHERE way = ? AND script = ? AND key = ?",
            (*self._of, key),
        ):
            return Offer(at_start, inside, _costed(surnames, surname_costs), _costed(given, given_costs))
        return Offer()

    def _read_words(self, joined: str, *, is_finished: bool) -> list[Word]:
        if SYLLABLE_MARK not in joined:
            return []
        columns = "SELECT text, surname_cost, given_cost, word_cost FROM words WHERE way = ? AND script = ?"
        if is_finished:
            rows = self._table.rows(f"{columns} AND key = ?", (*self._of, joined))
        else:
            rows = self._table.rows(f"{columns} AND key BETWEEN ? AND ?", (*self._of, joined, joined + _AFTER_ANY_KEY))
        length = joined.count(SYLLABLE_MARK) + 1
        return [Word(*row) for row in rows if len(row[0]) == length]


def _candidates(table: _Table, keys: str, way: Way, script: Script, place: Place) -> Iterator[Candidate]:
    if way is Way.STROKE:
        return _by_strokes(table, keys, script, place)
    return _by_sound(_Lexicon(table, way, script), keys, place)


def _by_strokes(table: _Table, keys: str, script: Script, place: Place) -> Iterator[Candidate]:
    if len(keys) <= STROKES_READY:
        column = "at_start" if place is Place.START else "inside"
        statement = f"SELECT {column} FROM keys WHERE way = '{Way.STROKE}' AND script = ? AND key = ?"  # noqa: S608 - no input
        texts: Iterable[str] = (text for (ranked,) in table.rows(statement, (script, keys)) for text in ranked)
    else:
        column = "start_cost" if place is Place.START else "inside_cost"
        statement = (
            "SELECT text FROM strokes WHERE script = ? AND key BETWEEN ? AND ? "  # noqa: S608 - no input
            f"ORDER BY key <> ?, {column}, length(key), text LIMIT {2 * MOST_CANDIDATES}"
        )
        texts = (text for (text,) in table.rows(statement, (script, keys, keys + _AFTER_ANY_KEY, keys)))
    for text in texts:
        yield Candidate(text, len(keys))


def _by_sound(lexicon: _Lexicon, keys: str, place: Place) -> Iterator[Candidate]:
    found = lexicon.cuts(keys)
    if not found:
        return
    names = _whole(lexicon, [cut for cut in found if len(cut) > 1], place)
    first = _likeliest(lexicon, found, names, place)
    singles = [Candidate(text, first[0].end) for text in _single(lexicon.offer(first[0].key), place)]
    if len(first) == 1:
        yield from singles[: 2 * _LEADING_SINGLE]
        yield from names[:_LEADING_PAIRS]
    else:
        leading = _LEADING_PAIRS if len(first) == 2 else _LEADING_NAMES
        yield from names[:leading]
        yield from singles[:_LEADING_SINGLE]
        for length in range(len(first) - 1, 1, -1):
            yield from _whole(lexicon, [first[:length]], place)[:_MOST_SHORTER]
        yield from names[leading:]
    yield from singles
    for cut in found:
        for text in _single(lexicon.offer(cut[0].key), place):
            yield Candidate(text, cut[0].end)


def _likeliest(lexicon: _Lexicon, found: list[Cut], names: list[Candidate], place: Place) -> Cut:
    """Of the cuts with the fewest syllables, the one of the likeliest name: can'gaa'ming, not cang'aa'ming."""
    fewest = [cut for cut in found if len(cut) == len(found[0])]
    if len(fewest) > 1 and names:
        for cut in fewest:
            if len(cut) > 1 and names[0] in _whole(lexicon, [cut], place):
                return cut
    return fewest[0]


def _whole(lexicon: _Lexicon, found: list[Cut], place: Place) -> list[Candidate]:
    """Texts of several characters for whole cuts, likeliest first."""
    costs: list[tuple[int, str, int]] = []
    for cut in found:
        keys = [syllable.key for syllable in cut]
        costs += [(cost, text, cut[-1].end) for text, cost in whole(lexicon, keys, place).items()]
    return list(islice(_each_text_once(Candidate(text, end) for _, text, end in sorted(costs)), _MOST_WHOLE))


def _single(offer: Offer, place: Place) -> str:
    return offer.at_start if place is Place.START else offer.inside


def _costed(texts: str, costs: bytes) -> Costed:
    return dict(zip(texts, costs, strict=True))


def _each_text_once(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    seen: set[str] = set()
    for candidate in candidates:
        if candidate.text not in seen:
            seen.add(candidate.text)
            yield candidate
