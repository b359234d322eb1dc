"""Which characters each script has, and which forms of one character stand side by side in it.

Traditional is what Hong Kong writes: Big5 with the Hong Kong supplementary character set, less what is there only as
a Simplified form. Simplified is GBK and such forms given to rare characters since as the screen's font has, less the
Traditional form of whatever has a Simplified one in GBK. A Traditional character whose Simplified form is newer stays
(頔): registers printed it for decades, and names keep it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final

from kiosk.services.ime.build.sources import ScriptTables
from kiosk.services.ime.forms import Script

_BIG5_RARE: Final = b"\xc9"
"""From this first byte on Big5 holds its rare half, where 体 and 宁 are other, obsolete characters."""

_TWO_FORMS: Final = ("峰峯", "裡裏", "群羣", "啟啓", "恒恆", "鑑鑒", "艷豔", "床牀", "線綫", "秘祕")
"""Pairs that Hong Kong's registers hold both of, beside those of OpenCC; the commoner one first."""


class Scripts:
    """The two lists of characters, and the forms that vocabulary takes in each."""

    def __init__(self, tables: ScriptTables, *, pronounced: frozenset[str], can_draw: Callable[[str], bool]) -> None:
        self._tables = tables
        self._hong_kong = {standard: forms[0] for standard, forms in tables.hong_kong.items()}
        self._newer = {
            text: forms[0]
            for text, forms in tables.to_simplified.items()
            if forms[0] != text and not any(_is_in(form, "gbk") for form in forms) and can_draw(forms[0])
        }
        hong_kong = frozenset(self._hong_kong.values())
        old_forms = {form for form, standard in _reverse(self._hong_kong) if self._is_traditional_only(standard)}
        self.simplified_only: Final = frozenset(
            text
            for text, forms in tables.to_traditional.items()
            if text not in forms and text not in hong_kong and not _is_common_in_big5(text)
        )
        self.traditional_only: Final = frozenset(
            text for text in {*tables.to_simplified, *old_forms} if self._is_traditional_only(text) or text in old_forms
        ) - {text for text in old_forms if _is_in(text, "gb2312")}
        every = [chr(code) for code in (*range(0x3400, 0xA000), *range(0x20000, 0x32000))]
        every = [text for text in every if unicodedata.name(text, "").startswith("CJK UNIFIED")]
        newer = frozenset(self._newer.values())
        in_hong_kong = {text for text in every if _is_in(text, "big5hkscs")}
        # Hong Kong's own characters (㗎 𨋢) have no other form and are as good in either script.
        self.characters: Final = {
            Script.HANT: frozenset((in_hong_kong | hong_kong) - self.simplified_only),
            Script.HANS: frozenset(
                {text for text in every if _is_in(text, "gbk") or text in newer}
                | {text for text in in_hong_kong & pronounced if text not in self.simplified_only}
            )
            - self.traditional_only,
        }

    def two_forms(self, script: Script) -> list[tuple[str, str]]:
        """Pairs of forms that are both written in a script, the one that more programs can write first."""
        if script is Script.HANS:
            return list(self._newer.items())
        return [(pair[0], pair[1]) for pair in _TWO_FORMS] + [
            (standard, form) if _is_common_in_big5(standard) else (form, standard)
            for standard, form in self._hong_kong.items()
        ]

    def written(self, text: str, script: Script) -> str:
        """Vocabulary of OpenCC's standard Traditional as a script writes it. Never for what somebody typed."""
        if script is Script.HANT:
            return "".join(
                character if _is_common_in_big5(character) else self._hong_kong.get(character, character)
                for character in text
            )
        phrase = self._tables.phrases_to_simplified.get(text)
        if phrase:
            return phrase[0]
        forms = (self._tables.to_simplified.get(character, (character,))[0] for character in text)
        offered = self.characters[Script.HANS]
        return "".join(form if form in offered else character for form, character in zip(forms, text, strict=True))

    def has(self, text: str, script: Script) -> bool:
        """Whether every character is in the script's list."""
        return all(character in self.characters[script] for character in text)

    def _is_traditional_only(self, text: str) -> bool:
        forms = self._tables.to_simplified.get(text, (text,))
        return text not in forms and not _is_in(text, "gb2312") and any(_is_in(form, "gbk") for form in forms)


def _reverse(mapping: dict[str, str]) -> list[tuple[str, str]]:
    return [(value, key) for key, value in mapping.items()]


def _is_in(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _is_common_in_big5(text: str) -> bool:
    return _is_in(text, "big5") and text.encode("big5") < _BIG5_RARE
