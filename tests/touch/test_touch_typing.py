"""The keyboard's way of typing: as most readers of a language type, and remembered until the turn is over."""

from __future__ import annotations

import re

import pytest

from tests.support.visitor import Visitor

WAY = re.compile(r'data-way="(\w+)" data-script="(\w+)"')


def way_of(visitor: Visitor) -> tuple[str, str]:
    found = WAY.search(visitor.page)
    assert found, visitor.page
    return found[1], found[2]


def to_name(visitor: Visitor, language: str) -> Visitor:
    return visitor.begin("delivery", language=language).go_to("2/C", "2-C-12-A")


@pytest.mark.parametrize(
    ("language", "begins"),
    [("zh_Hant", ("stroke", "hant")), ("zh_Hans", ("pinyin", "hans")), ("en", ("latin", "hant"))],
)
def test_it_begins_as_most_readers_type(visitor: Visitor, language: str, begins: tuple[str, str]) -> None:
    assert way_of(to_name(visitor, language)) == begins


def test_a_choice_lasts_for_the_turn_and_no_longer(visitor: Visitor) -> None:
    to_name(visitor, "en")
    visitor.send("/typing", way="jyutping")
    assert way_of(visitor.see("/sign-in/about")) == ("jyutping", "hant")
    visitor.send("/typing", way="semaphore")
    assert way_of(visitor.see("/sign-in/about")) == ("jyutping", "hant")
    assert way_of(to_name(visitor, "en")) == ("latin", "hant")


def test_only_pages_with_something_to_type_bring_the_keyboard(visitor: Visitor) -> None:
    assert "touch-keyboard.js" not in visitor.page
    assert "touch-keyboard.js" not in visitor.begin("delivery").page
    assert "touch-keyboard.js" in visitor.go_to("2/C", "2-C-12-A").page
