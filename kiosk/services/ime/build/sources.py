"""The files of other packages, read as they are. Licences and why these: docs/decisions/0032-chinese-input.md."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

Readings = tuple[str, ...]
"""Syllables with their tone's digit, the usual one first."""

_TONE_MARKS: Final = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}
_DIAERESIS: Final = "\u0308"

# How ToJyutping numbers a syllable (its Jyutping.py): 402 rhymes with tones an onset, 6 tones a rhyme.
_ONSETS: Final = (
    "",
    *["b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "ng", "gw", "kw", "w", "h", "z", "c", "s", "j"],
)
_NUCLEI: Final = ("aa", "a", "e", "i", "o", "u")
_CODAS: Final = ("", *["i", "u", "m", "n", "ng", "p", "t", "k"])
_FURTHER_RHYMES: Final = ("oe", "oen", "oeng", "oet", "oek", "eoi", "eon", "eot", "yu", "yun", "yut", "m", "ng")
_TONES: Final = 6
_RHYMES_WITH_TONES: Final = 402


def pinyin_of_characters(packages: Path) -> dict[str, Readings]:
    """Every character with its syllables, from pypinyin."""
    table: dict[str, str] = _json(packages / "pypinyin/pinyin_dict.json")
    found = {chr(int(code)): _plain_all(marked.split(",")) for code, marked in table.items()}
    return {character: readings for character, readings in found.items() if readings}


def pinyin_of_phrases(packages: Path) -> dict[str, Readings]:
    """Words in Simplified characters with a syllable for each, from pypinyin."""
    table: dict[str, list[list[str]]] = _json(packages / "pypinyin/phrases_dict.json")
    found = {phrase: tuple(_plain(choice[0]) for choice in marked) for phrase, marked in table.items()}
    return {phrase: read for phrase, read in found.items() if len(read) == len(phrase) and all(read)}


def jyutping(packages: Path) -> dict[str, list[Readings]]:
    """Characters and words in both scripts with the ways to read them, the usual one first, from ToJyutping.

    Its tree is written as text: characters stand for themselves, pairs of printable characters for syllables, braces
    around what goes on from there.
    """
    text = (packages / "ToJyutping/trie.txt").read_text(encoding="utf-8")
    found: dict[str, list[Readings]] = {}
    prefixes = [""]
    at = 1
    while prefixes:
        word = prefixes[-1]
        while ord(text[at]) > 0xFF:
            word += text[at]
            at += 1
        while text[at] < "{":
            syllables: list[str] = []
            while len(syllables) < len(word):
                syllable = _jyutping((ord(text[at]) - 33) * 90 + ord(text[at + 1]) - 33)
                at += 2
                if text[at] == "~":  # a character of two syllables: the next one is its as well
                    at += 1
                    continue
                syllables.append(syllable)
            found.setdefault(word, []).append(tuple(syllables))
        if text[at] == "{":
            prefixes.append(word)
            at += 1
        elif text[at] == "}":
            prefixes.pop()
            at += 1
    return found


def strokes(rime: Path) -> Iterator[tuple[str, str]]:
    """Characters and the order of their strokes as h s p n z, from rime-stroke; a character may have several."""
    for text, code in _rows(rime / "stroke.dict.yaml"):
        if len(text) == 1:
            yield text, code


def frequencies(rime: Path) -> dict[str, int]:
    """Characters and words in Traditional characters with how often each occurs, from rime-essay."""
    return {text: int(count) for text, count in _rows(rime / "essay.txt")}


@dataclass(frozen=True)
class ScriptTables:
    """OpenCC's tables. Each character is given with its forms in the other script, the usual one first."""

    to_simplified: Mapping[str, Readings]
    to_traditional: Mapping[str, Readings]
    hong_kong: Mapping[str, Readings]
    phrases_to_simplified: Mapping[str, Readings]


def script_tables(packages: Path) -> ScriptTables:
    """The tables, from opencc-python-reimplemented."""

    def read(name: str) -> dict[str, Readings]:
        return {text: tuple(forms.split()) for text, forms in _rows(packages / "opencc/dictionary" / name)}

    return ScriptTables(
        to_simplified=read("TSCharacters.txt"),
        to_traditional=read("STCharacters.txt"),
        hong_kong=read("HKVariants.txt"),
        phrases_to_simplified=read("TSPhrases.txt"),
    )


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    """The lines that have exactly two columns: comments and a dictionary's head have one."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            columns = line.rstrip("\n").split("\t")
            if len(columns) == 2 and not line.startswith("#"):
                yield columns[0], columns[1]


def _plain_all(marked: list[str]) -> Readings:
    return tuple(dict.fromkeys(plain for plain in map(_plain, marked) if plain))


def _plain(marked: str) -> str:
    """`lǚ` as `lv3`; the neutral tone is 5. Empty for an interjection without a vowel (`hm`, `ng`)."""
    letters, tone = "", "5"
    for part in unicodedata.normalize("NFD", marked.strip()):
        if part in _TONE_MARKS:
            tone = _TONE_MARKS[part]
        elif part == _DIAERESIS and letters.endswith("u"):
            letters = letters[:-1] + "v"
        elif part.isascii() and part.isalpha():
            letters += part
    return letters + tone if set(letters) & set("aeiouv") else ""


def _jyutping(number: int) -> str:
    onset, rest = divmod(number, _RHYMES_WITH_TONES)
    rhyme, tone = divmod(rest, _TONES)
    simple = len(_NUCLEI) * len(_CODAS)
    if rhyme < simple:
        nucleus, coda = divmod(rhyme, len(_CODAS))
        return f"{_ONSETS[onset]}{_NUCLEI[nucleus]}{_CODAS[coda]}{tone + 1}"
    return f"{_ONSETS[onset]}{_FURTHER_RHYMES[rhyme - simple]}{tone + 1}"
