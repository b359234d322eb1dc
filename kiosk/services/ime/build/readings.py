"""How characters are typed: the usual syllables, and the spellings that people take for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kiosk.services.ime.forms import Way

_INITIALS: Final = (("gwo", "go"), ("kwo", "ko"), ("jyu", "yu"), ("jyu", "ju"), ("ng", ""), ("n", "l"), ("j", "y"))
_FINALS: Final = (("oei", "eoi"), ("eoi", "oei"), ("oen", "eon"), ("eon", "oen"))
"""Jyutping as it is typed by ear: 你 lei, 我 o, 國 gok, 元 yun, 葉 yip. What a typist of Cantonese does every day."""

_PINYIN: Final = (("lve", "lue"), ("nve", "nue"), ("lv", "lyu"), ("nv", "nyu"))
"""ü after l and n: lü is lv, and lyu in passports."""


def plain(syllable: str) -> str:
    """A syllable without its tone."""
    return syllable.rstrip("0123456789")


def other_spellings(syllable: str, way: Way) -> Iterator[str]:
    """Other ways of typing a syllable that has no tone."""
    if way is Way.PINYIN:
        yield from (typed + syllable[len(proper) :] for proper, typed in _PINYIN if syllable.startswith(proper))
        return
    for proper, typed in _INITIALS:
        if syllable.startswith(proper) and syllable != proper and not (proper == "n" and syllable.startswith("ng")):
            yield typed + syllable[len(proper) :]
    for proper, typed in _FINALS:
        if syllable.endswith(proper):
            yield syllable[: -len(proper)] + typed
