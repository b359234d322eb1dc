"""Cuts what was typed into syllables. There is seldom a mark between them, and the last one may be unfinished."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from kiosk.services.ime.forms import SYLLABLE_MARK

MOST_SYLLABLES: Final = 4
"""As many as the longest word or name that is offered; what is typed behind stays composition."""

_LONGEST_SYLLABLE: Final = 7
_MOST_CUTS: Final = 4


@dataclass(frozen=True)
class Syllable:
    """A syllable as it was typed, and where it ends."""

    key: str
    end: int


Cut = tuple[Syllable, ...]


def cuts(keys: str, is_whole: Callable[[str], bool], is_beginning: Callable[[str], bool]) -> list[Cut]:
    """The ways to cut `keys`, likeliest first: the fewest syllables, and of these the longest first one first.

    Where no way leads to the end, the syllables that can be made out, each of them abbreviated if need be: `chjm` is
    ch, j, m. Empty where not even one begins here. A cut is told up to its first `MOST_SYLLABLES`.

    Args:
        keys: letters, digits for tones, and marks between syllables.
        is_whole: whether a key is a syllable.
        is_beginning: whether a key begins one.
    """
    cutter = _Cutter(keys, is_whole, is_beginning)
    least = cutter.fewest(0)
    if least is None:
        cut = cutter.abbreviated()
        return [cut] if cut else []
    found = [*cutter.every(0, least), *cutter.every(0, least + 1)]
    return [cut[:MOST_SYLLABLES] for cut in found[:_MOST_CUTS] if cut]


class _Cutter:
    """The syllables at each place of some keys. What is found from a place on is kept: places are few, ways many."""

    def __init__(self, keys: str, is_whole: Callable[[str], bool], is_beginning: Callable[[str], bool]) -> None:
        self._keys = keys
        self._is_whole = is_whole
        self._is_beginning = is_beginning
        self._fewest: dict[int, int | None] = {}
        self._every: dict[tuple[int, int], list[Cut]] = {}

    def fewest(self, start: int) -> int | None:
        """How many syllables the rest takes at least; None where it cannot be cut to the end."""
        if start not in self._fewest:
            counts = [count for syllable in self._at(start) if (count := self.fewest(syllable.end)) is not None]
            self._fewest[start] = 0 if self._is_end(start) else 1 + min(counts) if counts else None
        return self._fewest[start]

    def every(self, start: int, count: int) -> list[Cut]:
        """The first few cuts of the rest into exactly `count` syllables."""
        if (start, count) not in self._every:
            self._every[start, count] = self._cut(start, count)
        return self._every[start, count]

    def abbreviated(self) -> Cut:
        """Syllables and beginnings of syllables, the longest at each place, as far as there are any."""
        found: list[Syllable] = []
        at = 0
        while len(found) < MOST_SYLLABLES:
            syllable = next(iter(self._at(at, abbreviated=True)), None)
            if syllable is None:
                break
            found.append(syllable)
            at = syllable.end
        return tuple(found)

    def _cut(self, start: int, count: int) -> list[Cut]:
        if self._is_end(start):
            return [()] if count == 0 else []
        if count == 0:
            return []
        ways = ((syllable, *rest) for syllable in self._at(start) for rest in self.every(syllable.end, count - 1))
        return list(islice(ways, _MOST_CUTS))

    def _at(self, start: int, *, abbreviated: bool = False) -> Iterator[Syllable]:
        """The syllables that may stand at a place, longest first; only the last of all keys may be unfinished."""
        start += self._keys[start : start + 1] == SYLLABLE_MARK
        for end in range(min(start + _LONGEST_SYLLABLE, len(self._keys)), start, -1):
            key = self._keys[start:end]
            if self._is_whole(key) or ((abbreviated or end == len(self._keys)) and self._is_beginning(key)):
                yield Syllable(key, end)

    def _is_end(self, start: int) -> bool:
        return self._keys[start:] in {"", SYLLABLE_MARK}
