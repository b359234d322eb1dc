"""How keys are cut and the table of Chinese input is made: its sources, and refusing one that cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.services.ime.build import sources
from kiosk.services.ime.build.readings import other_spellings
from kiosk.services.ime.build.table import TableBuilder
from kiosk.services.ime.forms import NO_COST, Way, cost_of
from kiosk.services.ime.syllables import MOST_SYLLABLES, cuts

WHOLE = frozenset(
    ["xi", "xian", "an", "fang", "fan", "gan", "ang", "chen", "jia", "ming", "can", "cang", "gaa", "aa", "ng", "wo"]
)
BEGUN = frozenset(key[:length] for key in WHOLE for length in range(1, len(key)))


def cut(keys: str) -> list[str]:
    return [
        "'".join(syllable.key for syllable in found) for found in cuts(keys, WHOLE.__contains__, BEGUN.__contains__)
    ]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("xian", ["xian", "xi'an"]),
        ("xi'an", ["xi'an"]),
        ("xi'", ["xi"]),
        ("fangan", ["fang'an", "fan'gan"]),
        ("cangaaming", ["cang'aa'ming", "can'gaa'ming"]),
        ("chenj", ["chen'j"]),
        ("chjm", ["ch'j'm"]),
        ("chenvv", ["chen"]),
        ("vchen", []),
        ("", []),
        ("'", []),
    ],
)
def test_keys_are_cut_into_the_fewest_syllables(keys: str, expected: list[str]) -> None:
    assert cut(keys)[: len(expected)] == expected
    assert bool(cut(keys)) == bool(expected)


def test_a_long_line_is_cut_to_its_first_syllables() -> None:
    found = cuts("ng" * 16, WHOLE.__contains__, BEGUN.__contains__)
    assert [len(each) for each in found] == [MOST_SYLLABLES] * len(found)
    assert found[0][-1].end == 2 * MOST_SYLLABLES


@pytest.mark.parametrize(
    ("proper", "way", "typed"),
    [
        ("can", Way.JYUTPING, {"chan", "tsan"}),
        ("zoeng", Way.JYUTPING, {"cheung", "joeng"}),
        ("ng", Way.JYUTPING, set()),
        ("ngo", Way.JYUTPING, {"o"}),
        ("gwok", Way.JYUTPING, {"gok", "kwok"}),
        ("jyun", Way.JYUTPING, {"yuen", "yun"}),
        ("nei", Way.JYUTPING, {"lei", "lee"}),
        ("lv", Way.PINYIN, {"lyu"}),
        ("chen", Way.PINYIN, set()),
    ],
)
def test_a_syllable_may_be_spelt_otherwise(proper: str, way: Way, typed: set[str]) -> None:
    found = set(other_spellings(proper, way))
    assert typed <= found
    assert proper not in found
    assert bool(found) == bool(typed)


def test_a_cost_grows_as_a_text_gets_rarer() -> None:
    costs = [cost_of(probability) for probability in (1.0, 0.5, 0.01, 1e-6, 1e-30, 0.0)]
    assert costs == sorted(costs)
    assert (costs[0], costs[-1]) == (0, NO_COST)


def write_sources(packages: Path, rime: Path) -> None:
    """What each package has, with next to nothing in it."""
    for folder in (packages / "pypinyin", packages / "ToJyutping", packages / "opencc/dictionary", rime):
        folder.mkdir(parents=True)
    (packages / "pypinyin/pinyin_dict.json").write_text(json.dumps({str(ord("曾")): "céng,zēng", str(ord("吕")): "lǚ"}))
    (packages / "pypinyin/phrases_dict.json").write_text(json.dumps({"曾经": [["céng"], ["jīng"]]}))
    # 陳 and 陳皮 in the tree; see `sources.jyutping` for how a syllable is numbered.
    (packages / "ToJyutping/trie.txt").write_text(
        "{陳" + pair("c", "an", 4) + "{皮" + pair("c", "an", 4) + pair("p", "ei", 4) + "}}"
    )
    for name in ("TSCharacters", "STCharacters", "HKVariants", "TSPhrases"):
        (packages / f"opencc/dictionary/{name}.txt").write_text("陳\t陈\n")
    (rime / "stroke.dict.yaml").write_text("# a comment\n---\nname: stroke\n...\n\n陳\tzszhszhhspn\n")
    (rime / "essay.txt").write_text("陳\t13953\n")


def pair(onset: str, rhyme: str, tone: int) -> str:
    """A syllable as ToJyutping writes it."""
    onsets = ("", *["b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "ng", "gw", "kw", "w", "h", "z", "c", "s", "j"])
    rhymes = [
        nucleus + coda
        for nucleus in ("aa", "a", "e", "i", "o", "u")
        for coda in ("", *["i", "u", "m", "n", "ng", "p", "t", "k"])
    ]
    number = onsets.index(onset) * 402 + rhymes.index(rhyme) * 6 + tone - 1
    return chr(33 + number // 90) + chr(33 + number % 90)


def test_the_sources_are_read_as_they_are_written(tmp_path: Path) -> None:
    packages, rime = tmp_path / "packages", tmp_path / "rime"
    write_sources(packages, rime)
    assert sources.pinyin_of_characters(packages) == {"曾": ("ceng2", "zeng1"), "吕": ("lv3",)}
    assert sources.pinyin_of_phrases(packages) == {"曾经": ("ceng2", "jing1")}
    assert sources.jyutping(packages) == {"陳": [("can4",)], "陳皮": [("can4", "pei4")]}
    assert list(sources.strokes(rime)) == [("陳", "zszhszhhspn")]
    assert sources.frequencies(rime) == {"陳": 13953}
    assert sources.script_tables(packages).to_simplified == {"陳": ("陈",)}


def test_a_source_that_has_lost_its_contents_makes_no_table(tmp_path: Path) -> None:
    packages, rime = tmp_path / "packages", tmp_path / "rime"
    write_sources(packages, rime)
    with pytest.raises(ValueError, match="pypinyin gives only 2 entries"):
        TableBuilder(packages, rime)
