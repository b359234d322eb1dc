"""How likely a character or word is: as a surname, in a given name, in any text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk.services.ime.build.scripts import Scripts
from kiosk.services.ime.forms import SYLLABLE_MARK, Script, Way

_LISTS: Final = Path(__file__).parent
_FIRST_RANKS: Final = 6
"""The commonest surname is (n + 6) / 6 times as likely as the nth: as flat as the censuses' first hundred."""

_SELDOM: Final = 0.6
_SHARE_OF_OTHER_FORM: Final = 0.5
_RARELY_WRITTEN: Final = 0.1


@dataclass(frozen=True)
class Surname:
    """A surname as one script writes it, with its syllables by way of typing, the usual reading first."""

    text: str
    readings: Mapping[Way, tuple[tuple[str, ...], ...]]
    weight: float


def surnames(script: Script) -> list[Surname]:
    """The surnames of a script, commonest first."""
    found: dict[str, Surname] = {}
    for rank, (hant, hans, pinyin, jyutping) in enumerate(line.split() for line in _lines("surnames.txt")):
        text = hant if script is Script.HANT else hans
        readings = {Way.PINYIN: _readings(pinyin), Way.JYUTPING: _readings(jyutping)}
        found.setdefault(text, Surname(text, readings, 1 / (rank + _FIRST_RANKS)))
    return list(found.values())


def given_names(scripts: Scripts, script: Script) -> Counter[str]:
    """Given names as a script writes them, with how often each is listed."""
    names = Counter(scripts.written(name, script) for line in _lines("given_names.txt") for name in line.split())
    return Counter({name: count for name, count in names.items() if scripts.has(name, script)})


def given_characters(scripts: Scripts, script: Script) -> dict[str, float]:
    """Probabilities of the characters of given names."""
    weights: defaultdict[str, float] = defaultdict(float)
    for name, count in given_names(scripts, script).items():
        for character in name:
            weights[character] += count
    seldom = list(_lines("name_characters.txt"))
    for rank, line in enumerate(seldom):
        for character in scripts.written(line, script):
            weights[character] += _SELDOM * (1 - rank / len(seldom))
    return _probabilities(scripts, script, weights)


def characters(scripts: Scripts, script: Script, counts: Mapping[str, int]) -> dict[str, float]:
    """Probabilities of characters in text of any kind: by themselves and in words."""
    weights: defaultdict[str, float] = defaultdict(float)
    for text, count in counts.items():
        for character in scripts.written(text, script):
            weights[character] += count
    return _probabilities(scripts, script, weights)


def words(scripts: Scripts, script: Script, counts: Mapping[str, int], *, longest: int) -> dict[str, int]:
    """Words of two and more characters as a script writes them, with how often each occurs."""
    found: Counter[str] = Counter()
    for text, count in counts.items():
        if 1 < len(text) <= longest and count > 0:
            written = scripts.written(text, script)
            if scripts.has(written, script):
                found[written] += count
    return found


def _probabilities(scripts: Scripts, script: Script, weights: defaultdict[str, float]) -> dict[str, float]:
    _share_between_forms(scripts.two_forms(script), weights)
    listed = {text: weight for text, weight in weights.items() if weight > 0 and scripts.has(text, script)}
    total = sum(listed.values())
    return {text: weight / total for text, weight in listed.items()}


def _share_between_forms(pairs: list[tuple[str, str]], weights: defaultdict[str, float]) -> None:
    """A list of words is in one form throughout; registers are not. The other form must not be the last to be found."""
    for first, second in pairs:
        most = max(weights[first], weights[second])
        if weights[first] < _RARELY_WRITTEN * most:
            weights[first] = most
        if weights[second] < _RARELY_WRITTEN * most:
            weights[second] = _SHARE_OF_OTHER_FORM * most


def _readings(column: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(reading.split(SYLLABLE_MARK)) for reading in column.split(","))


def _lines(name: str) -> Iterator[str]:
    for line in (_LISTS / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line
