"""Names, numbers and plates as people really type them."""

from __future__ import annotations

import pytest

from kiosk.domain.text import can_be_seen, phone_digits, plate_key, same_name, search_tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("葛\U000e0100城", "葛城"),  # with a variation selector, as an identity card's font wants it
        ("王\u200b小\u2060明", "王小明"),
        ("\u202bمحمد\u202c", "محمد"),
        ("𝐀𝐥𝐢𝐜𝐞", "alice"),
        ("ＣＨＡＮ", "chan"),
        ("\uf9e1", "\u674e"),  # 李 as the compatibility character of an old Korean code page
        ("Ångström", "A\u030angstro\u0308m"),
    ],
)
def test_what_looks_alike_is_the_same_name(one, other):
    assert search_tokens(one) == search_tokens(other)
    assert same_name(one, other)


@pytest.mark.parametrize("name", ["", " ", "...", "--", "\u0301"])
def test_a_name_without_a_letter_is_nobodys(name):
    assert not same_name(name, name)
    assert not same_name(name, "")


@pytest.mark.parametrize("text", ["", " \u3000", "\u200b\u200d", "\u202e", "\u3164", "\u2800", "\ufe0f"])
def test_what_leaves_no_ink_cannot_be_seen(text):
    assert not can_be_seen(text)


@pytest.mark.parametrize("text", ["王", "a", "👩\u200d👧", "\u202bم\u202c", "5", "?"])
def test_any_ink_can_be_seen(text):
    assert can_be_seen(text)


@pytest.mark.parametrize(("typed", "digits"), [("９１２３ ４５６７", "91234567"), ("٠١٢", "012"), ("²½五Ⅳ①", "")])
def test_digits_of_any_script_are_digits_and_nothing_else_is(typed, digits):
    assert phone_digits(typed) == digits


def test_a_plate_keeps_its_province():
    assert plate_key(" 粤Ｂ・1２345 ") == "粤B12345"
