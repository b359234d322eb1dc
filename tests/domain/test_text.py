from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.text import is_one_line, phone_digits, plate_key, same_name, search_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("王小明", ["u738b", "u5c0f", "u660e"]),
        ("Chan Tai-man", ["chan", "tai", "u2d", "man"]),
        ("José 李", ["jose", "u674e"]),
        ("𨋢", ["u282e2"]),
        ("", []),
    ],
)
def test_search_tokens(text, tokens):
    expected = [token for token in tokens if token != "u2d"]  # ASCII punctuation only parts words
    assert search_tokens(text) == expected


@given(st.text())
def test_tokens_are_safe_inside_a_quoted_phrase(text):
    assert all(token.isascii() and token.isalnum() for token in search_tokens(text))


@given(st.text("王小明李曾單ab "), st.text("王小明李曾單"))
def test_any_run_of_chinese_characters_is_a_run_of_tokens(before, name):
    assert f" {' '.join(search_tokens(name))} ".replace("  ", " ") in f" {' '.join(search_tokens(before + name))} "


def test_same_name_ignores_case_accents_and_spacing_only():
    assert same_name("Chan  Tai man", "chan tai MAN")
    assert not same_name("范冰", "範冰")


def test_phones_and_plates_are_compared_by_what_counts():
    assert phone_digits("+852 9123-4567") == "85291234567"
    assert plate_key("粤 b·12345") == "粤B12345"
    assert plate_key("ＡＢ 1234") == "AB1234"


@pytest.mark.parametrize("text", ["王\n明", "a\x00b", "\ud800", "a\u2028b"])
def test_control_characters_are_no_part_of_a_line(text):
    assert not is_one_line(text)


@pytest.mark.parametrize("text", ["👩\u200d👧 Mum", "\u202bمحمد\u202c", "王 小明", "𨋢"])
def test_emoji_and_right_to_left_names_are_fine(text):
    assert is_one_line(text)
