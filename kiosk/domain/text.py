"""How names, phones and plates are compared and found. What a person typed is always kept as typed."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_UNSEEN: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs by category that are drawn as nothing: Hangul fillers, the empty Braille pattern."""


def search_tokens(text: str) -> list[str]:
    """Cut a text into the words a full-text index keeps: Latin words whole, any other letter by itself.

    Chinese has no spaces, so each character is a word and a name is found by any part of it as a phrase. Other
    characters are written as their code point (`u738b`): an index's tokenizer knows the letters of some Unicode
    version only, and would take a rare surname's character for punctuation. What cannot be seen (joiners, direction
    marks, the selectors that pick a character's variant) is left out: nobody types it who looks for the name.
    """
    # Folded twice: some letters have a case only once they are decomposed (the bold ones of mathematics).
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    tokens: list[str] = []
    word = ""
    for character in folded:
        if character.isascii() and character.isalnum():
            word += character
            continue
        if unicodedata.combining(character) or _is_invisible(character):
            continue
        if word:
            tokens.append(word)
            word = ""
        if not character.isascii() and not character.isspace():
            tokens.append(f"u{ord(character):x}")
    if word:
        tokens.append(word)
    return tokens


def name_key(name: str) -> str:
    """The words of a name, each between spaces: a phrase of its words stands in it word for word.

    For tables that are few enough rows to be read through, where a full-text index would have to be kept as well.
    """
    return f" {' '.join(search_tokens(name))} "


def same_name(one: str, other: str) -> bool:
    """Tell whether two names are written alike but for case, accents and spacing; a name without a letter is none."""
    tokens = search_tokens(one)
    return bool(tokens) and tokens == search_tokens(other)


def phone_digits(phone: str) -> str:
    """The digits of a phone or visit number, as ASCII, for comparing: `+852 9123 4567` gives `85291234567`."""
    return "".join(str(unicodedata.decimal(character)) for character in phone if character.isdecimal())


def plate_key(plate: str) -> str:
    """A number plate as it is compared: upper case, without spaces, dots and dashes."""
    folded = unicodedata.normalize("NFKC", plate).upper()
    return re.sub(r"[\s.\-·•・]", "", folded)


def is_one_line(text: str) -> bool:
    """Tell whether a text is free of control characters and lone surrogates (joiners, direction marks, emoji pass)."""
    return all(unicodedata.category(character) not in {"Cc", "Cs", "Zl", "Zp"} for character in text)


def can_be_seen(text: str) -> bool:
    """Tell whether any character of a text leaves ink: a name of joiners and spaces is none."""
    return any(unicodedata.category(character)[0] in "LNPS" and character not in _UNSEEN for character in text)


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or unicodedata.name(character, "").startswith("VARIATION SELECTOR")
