"""Numbers of identity documents: what adds up, and what is shown of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.documents import HIDDEN, Document, DocumentFault, DocumentKind

HONG_KONG, MAINLAND, OTHER = DocumentKind
SPECIMENS = [
    (HONG_KONG, "E364912(5)", "****12(5)"),
    (HONG_KONG, "CA 182361 (1)", "****61(1)"),
    (HONG_KONG, "a123456（3）", "****56(3)"),
    (HONG_KONG, "AB987654(3)", "****54(3)"),
    (HONG_KONG, "G123456(A)", "****56(A)"),
    (MAINLAND, "11010519491231002x", "****002X"),  # the examples of GB 11643-1999, annex A
    (MAINLAND, "440524188001010014", "****0014"),
    (OTHER, "EA 1234567", "****567"),
    (OTHER, "x-12345", "****45"),
    (OTHER, "1234", "****4"),
]


@pytest.mark.parametrize(("kind", "typed", "masked"), SPECIMENS)
def test_a_number_that_adds_up_is_taken_however_it_is_written(kind, typed, masked):
    document = Document(kind, typed).tidied()
    assert document.fault() is None
    assert document.masked() == masked
    assert document.tidied() == document


@pytest.mark.parametrize(
    ("kind", "typed", "fault"),
    [
        (HONG_KONG, "A123456(4)", DocumentFault.CHECK_DIGIT),
        (HONG_KONG, "B123456(3)", DocumentFault.CHECK_DIGIT),
        (HONG_KONG, "A12345(3)", DocumentFault.SHAPE),
        (HONG_KONG, "A123456(B)", DocumentFault.SHAPE),
        (HONG_KONG, "陳123456(3)", DocumentFault.SHAPE),
        (HONG_KONG, "", DocumentFault.SHAPE),
        (MAINLAND, "110105194912310021", DocumentFault.CHECK_DIGIT),
        (MAINLAND, "11010519491231002", DocumentFault.SHAPE),
        (MAINLAND, "110105194913310021", DocumentFault.SHAPE),  # adds up, but there is no thirteenth month
        (MAINLAND, "X10105194912310021", DocumentFault.SHAPE),
        (OTHER, "123", DocumentFault.SHAPE),
        (OTHER, "A" * 21, DocumentFault.SHAPE),
        (OTHER, "AB#1234", DocumentFault.SHAPE),
        (OTHER, "護照1234", DocumentFault.SHAPE),
    ],
)
def test_what_cannot_be_a_number_is_told(kind, typed, fault):
    assert Document(kind, typed).tidied().fault() is fault


@given(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), st.integers(0, 999999), st.integers(1, 9), st.integers(0, 5))
def test_every_wrong_digit_of_a_hong_kong_number_is_noticed(letter, digits, change, place):
    (whole,) = (
        number
        for check in "0123456789A"
        if Document(HONG_KONG, number := f"{letter}{digits:06d}{check}").fault() is None
    )
    wrong = str((int(whole[1 + place]) + change) % 10)
    mistyped = whole[: 1 + place] + wrong + whole[2 + place :]
    assert Document(HONG_KONG, mistyped).fault() is DocumentFault.CHECK_DIGIT


@given(st.sampled_from(DocumentKind), st.text("ABCDEFGHIJ0123456789", min_size=4, max_size=20))
def test_the_mask_hides_four_characters_and_repr_hides_all(kind, number):
    document = Document(kind, number)
    if document.fault() is None:
        shown = [character for character in document.masked().removeprefix(HIDDEN) if character.isalnum()]
        assert len(number) - len(shown) >= min(4, len(number) - 1)
        assert document.written().replace("(", "").replace(")", "") == number
    assert number not in repr(document)


@given(st.sampled_from(DocumentKind), st.text(max_size=60))
def test_anything_can_be_typed(kind, text):
    document = Document(kind, text).tidied()
    if document.fault() is None:
        assert document.number.isascii()
