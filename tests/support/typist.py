"""Somebody who types names at the keyboard: what is typed, and how far down the candidates the name is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kiosk.services.ime.forms import Place, Script, Way
from kiosk.services.ime.lookup import InputMethod

ROW = 8
"""How many candidates the keyboard shows at a time."""

NOWHERE = 10_000
"""The rank of what is not among the candidates."""

STROKES_FILE = Path("/usr/share/rime-data/stroke.dict.yaml")
_NAMES = Path(__file__).with_name("typed_names.txt")


@dataclass(frozen=True)
class Person:
    """Somebody's name and how it is read, a syllable for each character."""

    script: Script
    surname: str
    given: str
    surname_keys: dict[Way, list[str]]
    given_keys: dict[Way, list[str]]

    @property
    def name(self) -> str:
        """The name as it is written."""
        return self.surname + self.given

    def keys(self, way: Way) -> str:
        """All of it without a mark between, as one types."""
        return "".join(self.surname_keys[way] + self.given_keys[way])


def people() -> list[Person]:
    """Two hundred of them."""
    found = []
    for line in _NAMES.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            script, surname, given, *keys = line.split()
            in_pinyin, given_in_pinyin, in_jyutping, given_in_jyutping = (text.split("'") for text in keys)
            found.append(
                Person(
                    Script(script), surname, given,
                    {Way.PINYIN: in_pinyin, Way.JYUTPING: in_jyutping},
                    {Way.PINYIN: given_in_pinyin, Way.JYUTPING: given_in_jyutping},
                )
            )  # fmt: skip
    return found


def strokes() -> dict[str, list[str]]:
    """The order of every character's strokes; a character that is written in two ways has two."""
    found: dict[str, list[str]] = {}
    for line in STROKES_FILE.read_text(encoding="utf-8").splitlines():
        columns = line.split("\t")
        if len(columns) == 2 and len(columns[0]) == 1:
            found.setdefault(columns[0], []).append(columns[1])
    return found


class Typist:
    """Types with one input method in one way and script."""

    def __init__(self, method: InputMethod, way: Way, script: Script) -> None:
        self._method = method
        self._way = way
        self._script = script

    def rank(self, text: str, keys: str, place: Place) -> int:
        """How many candidates stand before a text that uses up all the keys; `NOWHERE` if it is not there."""
        found = self._method.candidates(keys, self._way, self._script, place)
        for index, candidate in enumerate(found):
            if candidate.text == text and candidate.keys == len(keys):
                return index
        return NOWHERE

    def in_one(self, person: Person) -> int:
        """Where the name stands when it was typed from end to end."""
        return self.rank(person.name, person.keys(self._way), Place.START)

    def in_words(self, person: Person) -> int:
        """The worse of surname and given name, each typed and chosen by itself."""
        surname = self.rank(person.surname, "".join(person.surname_keys[self._way]), Place.START)
        return max(surname, self.rank(person.given, "".join(person.given_keys[self._way]), Place.INSIDE))

    def in_characters(self, person: Person) -> int:
        """The worst of all characters, each typed and chosen by itself."""
        syllables = person.surname_keys[self._way] + person.given_keys[self._way]
        places = [Place.START, *[Place.INSIDE] * (len(syllables) - 1)]
        return max(map(self.rank, person.name, syllables, places))

    def by_strokes(self, person: Person, codes: dict[str, list[str]]) -> int:
        """The same by every stroke of each character."""
        places = [Place.START, *[Place.INSIDE] * (len(person.name) - 1)]
        return max(
            min(self.rank(character, code, place) for code in codes[character])
            for character, place in zip(person.name, places, strict=True)
        )


def keystrokes(person: Person, way: Way) -> Iterator[tuple[str, Place]]:
    """What is asked at each key of a name that is typed from end to end, and of one that is typed in words."""
    keys = person.keys(way)
    yield from ((keys[:length], Place.START) for length in range(1, len(keys) + 1))
    given = "".join(person.given_keys[way])
    yield from ((given[:length], Place.INSIDE) for length in range(1, len(given) + 1))
