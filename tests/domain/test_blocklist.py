"""How surely somebody is the one that is meant."""

from __future__ import annotations

import pytest

from kiosk.domain.blocklist import Trait, Traits, common_traits, is_certain

WANTED = Traits("陳大文", "+852 9123 4567", "AB 1234")
NAME, PHONE, PLATE = Trait


@pytest.mark.parametrize(
    ("seen", "traits", "certain"),
    [
        (Traits("陳大文", "91234567", "ab-1234"), {NAME, PHONE, PLATE}, True),
        (Traits("何文", "91234567"), {PHONE}, True),
        (Traits("何文", "", "ＡＢ１２３４"), {PLATE}, True),
        (Traits("何文", "61234567", "AB1234"), {PLATE}, True),
        # a namesake, or somebody who has another telephone today
        (Traits("陳大文"), {NAME}, False),
        (Traits(" 陳 大文", "61234567", "XY 1"), {NAME}, False),
        (Traits("陈大文"), set(), False),
        (Traits("陳大"), set(), False),
        (Traits("何文", "1234567", "AB 123"), set(), False),
        (Traits(), set(), False),
    ],
)
def test_common_traits(seen: Traits, traits: set[Trait], certain) -> None:
    assert common_traits(WANTED, seen) == common_traits(seen, WANTED) == traits
    assert is_certain(traits) is certain


@pytest.mark.parametrize("nothing", ["", " ", "-", "—", "\u200d"])
def test_what_is_not_known_is_never_the_same(nothing: str) -> None:
    assert common_traits(Traits(nothing, nothing, nothing.strip("—\u200d")), Traits("", "", "")) == frozenset()
