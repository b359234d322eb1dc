"""What is left of a person who is shown masked."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.masking import mask_name, mask_phone, mask_plate
from kiosk.domain.text import phone_digits, plate_key


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("王小明", "王**"),
        ("王明", "王**"),
        ("王", "王**"),
        ("歐陽詠欣", "歐陽**"),
        ("欧阳锋", "欧阳**"),
        ("司馬 懿", "司馬**"),
        ("司马光", "司马**"),
        # two characters are a family name and a given one
        ("司馬", "司**"),
        ("上官", "上**"),
        ("諸葛孔明", "諸葛**"),
        ("阿明", "阿**"),
        ("陳黃美玲", "陳**"),
        (" （王）小明", "王**"),
        ("𠮷野 健", "𠮷**"),
        ("\U00031350小明", "\U00031350**"),  # newer than Python's tables
        ("Chan Tai Man", "C**"),
        ("Tom Whitaker", "T**"),
        ("d'Souza", "d**"),
        ("Émile", "É**"),
        ("E\u0301mile", "É**"),
        ("Ольга Петрова", "О**"),
        ("김민준", "김**"),
        ("\u202bمحمد\u202c", "م**"),
        ("👩\u200d👧 Mum", "M**"),
        ("👩\u200d👧", "**"),
        ("", "**"),
    ],
)
def test_mask_name(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("138 1234 5678", "138****5678"),
        ("13812345678", "138****5678"),
        ("9123 4567", "91****67"),
        ("+852 9123 4567", "852****4567"),
        ("0912345678", "09****78"),
        ("23456", "2****6"),
        ("123", "****"),
        ("", "****"),
    ],
)
def test_mask_phone(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("plate", "masked"),
    [
        ("AB 1234", "A***4"),
        ("粤B·12345", "粤***5"),
        ("粤Z 1234 港", "粤***港"),
        ("A1234", "A***4"),
        ("AB 12", "***"),
        ("", "***"),
    ],
)
def test_mask_plate(plate: str, masked: str) -> None:
    assert mask_plate(plate) == masked


@given(st.text("王歐陽司馬明小Aé \u0301\u202b-", max_size=12) | st.text(max_size=12))
def test_a_name_never_shows_more_than_its_beginning(name: str) -> None:
    shown = mask_name(name).removesuffix("**")
    letters = [each for each in unicodedata.normalize("NFC", name) if each.isalpha()]
    assert len(shown) <= 2
    if len(shown) == 2:
        assert len(letters) > 2, "a whole name is not shown"
        assert shown == "".join(letters[:2])
    assert "*" not in shown


@given(st.text("0123456789 +-()٣", max_size=24))
def test_at_least_three_digits_and_most_of_a_short_number_stay_hidden(phone: str) -> None:
    digits, shown = phone_digits(phone), mask_phone(phone).replace("*", "")
    first, last = mask_phone(phone).split("****")
    assert digits.startswith(first)
    assert digits.endswith(last)
    assert len(shown) <= max(0, len(digits) - 3)
    assert len(digits) < 8 or len(shown) <= len(digits) - 4


@given(st.text(max_size=16))
def test_two_characters_of_a_plate_at_most(plate: str) -> None:
    shown = mask_plate(plate)
    assert len(shown) in {3, 5}
    assert len(shown) == 3 or shown[0] + shown[-1] == plate_key(plate)[0] + plate_key(plate)[-1]
