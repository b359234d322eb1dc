"""Puts names together from what each syllable offers. No list has every name that parents think of."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from kiosk.services.ime.forms import NO_COST, Place, cost_of

Costed = dict[str, int]
"""Texts with what each costs by the cheapest way that leads to it; see `cost_of`."""

_MOST_COMBINED: Final = 30
_COMPOUND: Final = 2
_LONGEST_GIVEN: Final = 2

_LISTED: Final = cost_of(0.5)
_COMBINED: Final = cost_of(0.5)
"""Half of the given names that one meets are on the list."""

_SURNAME_FIRST: Final = cost_of(0.6)
_GIVEN_ALONE: Final = {Place.START: cost_of(0.15), Place.INSIDE: cost_of(0.7)}
_ANY_WORD: Final = {Place.START: cost_of(0.1), Place.INSIDE: cost_of(0.3)}


@dataclass(frozen=True)
class Offer:
    """The characters of one syllable: the best of either place, and what names are made from with the costs."""

    at_start: str = ""
    inside: str = ""
    surnames: Costed = field(default_factory=dict)
    given: Costed = field(default_factory=dict)


@dataclass(frozen=True)
class Word:
    """Several characters that the table lists, with what they cost as a surname, a given name and a word."""

    text: str
    surname: int
    given: int
    word: int


class Lexicon(Protocol):
    """Where syllables are looked up."""

    def offer(self, key: str) -> Offer:
        """What a syllable offers by itself."""

    def words(self, keys: Sequence[str]) -> list[Word]:
        """The words of several syllables, the last of which may be unfinished."""


def whole(lexicon: Lexicon, keys: Sequence[str], place: Place) -> Costed:
    """Texts for two or more syllables with a character for each, the likeliest ones only."""
    listed = lexicon.words(keys)
    found: Costed = {}
    for word in listed:
        _add(found, word.text, word.word, _ANY_WORD[place])
        _add(found, word.text, word.surname, _SURNAME_FIRST)
    for text, cost in given(lexicon, keys).items():
        _add(found, text, cost, _GIVEN_ALONE[place])
    if place is Place.START:
        for length in (1, _COMPOUND):
            surnames = _surnames(lexicon, keys[:length])
            for text, cost in _combine(surnames, given(lexicon, keys[length:])).items():
                _add(found, text, cost, _SURNAME_FIRST)
    return found


def given(lexicon: Lexicon, keys: Sequence[str]) -> Costed:
    """Given names of as many characters: listed ones, and such as are put together. Of one or two, or none."""
    if not 0 < len(keys) <= _LONGEST_GIVEN:
        return {}
    offers = [lexicon.offer(key) for key in keys]
    if len(offers) == 1:
        return offers[0].given
    found: Costed = {}
    for text, cost in _combine(offers[0].given, offers[1].given).items():
        _add(found, text, cost, _COMBINED)
    for word in lexicon.words(keys):
        _add(found, word.text, word.given, _LISTED)
    return found


def _surnames(lexicon: Lexicon, keys: Sequence[str]) -> Costed:
    if len(keys) == 1:
        return lexicon.offer(keys[0]).surnames
    return {word.text: word.surname for word in lexicon.words(keys) if word.surname < NO_COST}


def _combine(first: Costed, second: Costed) -> Costed:
    every = ((one + two, head + tail) for head, one in first.items() for tail, two in second.items())
    return {text: cost for cost, text in heapq.nsmallest(_MOST_COMBINED, every)}


def _add(found: Costed, text: str, cost: int, further: int) -> None:
    if cost < NO_COST:
        found[text] = min(cost + further, found.get(text, cost + further))
