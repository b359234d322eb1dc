"""How characters are typed: the usual syllables, and the spellings that people take for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from kiosk.services.ime.forms import Way

_ONSETS: Final[Mapping[str, tuple[str, ...]]] = {
    "n": ("l",),
    "ng": ("",),
    "gw": ("kw",),
    "z": ("j", "ch", "ts"),
    "c": ("ch", "ts"),
    "s": ("sh",),
    "j": ("y",),
    "b": ("p",),
    "d": ("t",),
    "g": ("k",),
}
_RHYMES: Final[Mapping[str, tuple[str, ...]]] = {
    **{f"aa{coda}": (f"a{coda}",) for coda in ("", "i", "u", "m", "n", "ng", "p", "t", "k")},
    "au": ("ow",),
    "ei": ("ee", "i"),
    "eoi": ("oei", "ui"),
    "eon": ("oen", "un"),
    "eot": ("oet", "ut"),
    "oeng": ("eung",),
    "oek": ("euk",),
    "o": ("aw", "or"),
    "ou": ("o", "ow"),
    "un": ("oon",),
    "yu": ("u", "ue"),
    "yun": ("un", "uen"),
    "yut": ("ut", "uet"),
}
"""Jyutping as it is typed by ear (你 lei, 我 o, 國 gok, 葉 yip), and the spellings of Hong Kong's identity cards, which
more people know than any jyutping: 陳 chan, 張 cheung, 李 lee, 周 chow, 徐 tsui, 袁 yuen, 羅 law. Either half of a
syllable may be spelt so."""

_BEFORE_O: Final = {"gw": "g", "kw": "k"}
_VOWELS: Final = frozenset("aeiou")
_EVERY_ONSET: Final = ("ng", "gw", "kw", *"bpmfdtnlgkhwzcsj", "")

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
    if not set(syllable) & _VOWELS:
        return  # m and ng: a rhyme by themselves
    onset = next(onset for onset in _EVERY_ONSET if syllable.startswith(onset) and syllable != onset)
    rhyme = syllable[len(onset) :]
    onsets = (onset, *_ONSETS.get(onset, ()), *([_BEFORE_O[onset]] if onset in _BEFORE_O and rhyme[0] == "o" else []))
    spellings = {first + second for first in onsets for second in (rhyme, *_RHYMES.get(rhyme, ()))}
    yield from sorted(spellings - {syllable})
