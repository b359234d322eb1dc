"""When two telephone numbers are the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.phones import phone_tail, same_phone, significant_digits


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ("+852 9123 4567", "91234567", True),
        ("00852-9123-4567", "(852) 9123 4567", True),
        ("+86 138 1234 5678", "13812345678", True),
        ("+886 912 345 678", "0912 345 678", True),
        ("+1 212 555 0123", "(212) 555-0123", True),
        ("９１２３４５６７", "91234567", True),
        ("23456", "23456", True),
        # not the whole number, or another one
        ("1234567", "91234567", False),
        ("4567", "91234567", False),
        ("8123456", "23456", False),
        ("13891234567", "91234567", False),
        ("+86 138 1234 5678", "12345678", False),
        ("71234567", "1234567", False),
        ("3812345678", "13812345678", True),
        ("55501234", "55501235", False),
        ("", "", False),
        ("", "91234567", False),
        ("+", "000", False),
    ],
)
def test_same_phone(one: str, other: str, are_same) -> None:
    assert same_phone(one, other) is are_same
    assert same_phone(other, one) is are_same


phones = st.text("0123456789 +-()", max_size=20)


@given(phones, phones)
def test_the_same_number_is_found_by_the_same_tail(one: str, other: str) -> None:
    if same_phone(one, other):
        assert phone_tail(one) == phone_tail(other) != ""


@given(st.from_regex(r"[2-9][0-9]{7,9}", fullmatch=True), st.sampled_from(["852", "853", "86", "44", "886"]))
def test_a_country_code_makes_no_other_number(national: str, code: str) -> None:
    assert same_phone(f"+{code} {national}", national)
    assert same_phone(f"00{code}{national}", f"0{national}")


@given(phones)
def test_leading_zeros_are_no_part_of_a_number(phone: str) -> None:
    assert not significant_digits(phone).startswith("0")
    assert len(phone_tail(phone)) <= 8
