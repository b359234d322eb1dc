"""PINs: what is one, what anybody would try first, and which two a slip of the finger takes for each other."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kiosk.domain.pins import are_mistakable, is_guessed_first, is_pin

digits = st.sampled_from("0123456789")
pins = st.text(digits, min_size=4, max_size=8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1357", True), ("12345678", True), ("135", False), ("123456789", False), ("", False), ("13 57", False),
        ("１３５７", False), ("一三五七", False), ("-135", False), ("1e57", False), ("1357\n", False),
    ],
)  # fmt: skip
def test_a_pin_is_of_four_to_eight_plain_digits(text: str, expected) -> None:
    assert is_pin(text) is expected


@pytest.mark.parametrize("pin", ["0000", "1234", "4321", "7890", "2109", "99999999", "234567"])
def test_what_anybody_tries_first(pin: str) -> None:
    assert is_guessed_first(pin)


@pytest.mark.parametrize("pin", ["1357", "1235", "1122", "2580", "1212"])
def test_what_not_anybody_tries_first(pin: str) -> None:
    assert not is_guessed_first(pin)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("2580", "2580", True),
        ("2580", "2581", True),  # one digit
        ("2580", "5280", True),  # two neighbours swapped
        ("2580", "25800", True),  # one too many; and the dots on the screen are counted
        ("2580", "2508", True),
        ("2580", "2631", False),
        ("2580", "0582", False),  # two digits apart changed places
        ("2580", "0859", False),
    ],
)
def test_which_are_mistaken_for_each_other(one: str, other: str, expected) -> None:
    assert are_mistakable(one, other) is expected


@given(one=pins, place=st.integers(0, 7), digit=digits)
def test_no_slip_makes_one_of_the_other(one: str, place: int, digit: str) -> None:
    """A digit wrong, missing, too many, typed twice, or swapped with its neighbour: none is ever another's PIN."""
    place %= len(one)
    slips = {
        one[:place] + digit + one[place + 1 :],
        one[:place] + one[place + 1 :],
        one[:place] + digit + one[place:],
        one[:place] + one[place] + one[place:],
        one[:place] + one[place : place + 2][::-1] + one[place + 2 :],
    }
    assert all(are_mistakable(one, slip) and are_mistakable(slip, one) for slip in slips)


@given(one=pins, other=pins)
def test_it_does_not_matter_which_comes_first(one: str, other: str) -> None:
    assume(one != other)
    assert are_mistakable(one, other) is are_mistakable(other, one)
