"""A card's numbers: as published of real cards and readers, and there and back for any card."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kiosk.domain.card_numbers import (
    UID_LENGTHS,
    UNIQUE,
    CardNumberFormat,
    UidPattern,
    read_any,
    read_number,
    wiegand_frame,
    write_number,
)

Form = CardNumberFormat


def _is_a_uid(uid: bytes) -> bool:
    """ISO/IEC 14443-3: what begins with the cascade tag is no UID of four bytes."""
    return not (len(uid) == 4 and uid[0] == 0x88)


uids = (
    st.sampled_from(UID_LENGTHS).flatmap(lambda length: st.binary(min_size=length, max_size=length)).filter(_is_a_uid)
)
forms = st.sampled_from(Form)


@pytest.mark.parametrize(
    ("uid", "form", "number"),
    [
        # The same card at a MFRC522 and at a Wiegand-34 reader (stackoverflow.com/questions/70022011).
        ("1EA68671", Form.HEX, "1EA68671"),
        ("1EA68671", Form.HEX_REVERSED, "7186A61E"),
        ("1EA68671", Form.DECIMAL_REVERSED, "1904649758"),
        ("1EA68671", Form.WIEGAND_34_REVERSED, "29062:42526"),
        # A Mifare wristband and a fob, as a desk reader types them (github.com/geeksoflondon/hamster, RFID-Scanners).
        ("1C78F2BF", Form.DECIMAL_REVERSED, "3220338716"),
        ("04C43BC21C2680", Form.WIEGAND_34_REVERSED, "15300:01160"),
        # An Ultralight at a Wiegand-26 reader that told 4392072 (stackoverflow.com/questions/44094706).
        ("0443EB61E02580", Form.WIEGAND_26_REVERSED, "067:01160"),
        # A CSN of seven bytes of which the last four go out (Suprema, BioStar 2, "truncates CSN").
        ("043D3A32773280", Form.WIEGAND_34, "12919:12928"),
        # A fob on which both `0007625328` and `116,23152` are printed: the data of 26 bits.
        ("00745A70", Form.DECIMAL, "0007625328"),
        ("00745A70", Form.WIEGAND_26, "116:23152"),
    ],
)
def test_a_card_has_the_number_that_others_saw(uid: str, form: Form, number: str) -> None:
    assert write_number(bytes.fromhex(uid), form) == number
    assert any(pattern.covers(bytes.fromhex(uid)) for pattern in read_number(number, form))


@pytest.mark.parametrize(
    ("facility", "number", "bits"),
    [
        (101, 4095, "00110010100001111111111111"),  # Allegion, how parity of the 26A format is calculated
        (90, 324, "00101101000000001010001000"),  # the readme of npm's wiegand-encoder
        (68, 41551, "00100010010100010010011111"),  # Z9's tests of its 26 bit format
        (0x4996, 0x02D2, "1010010011001011000000010110100100"),  # Hikvision's manual of Wiegand 34, 1234567890
    ],
)
def test_a_frame_has_the_bits_that_were_published(facility: int, number: int, bits: str) -> None:
    form = Form.WIEGAND_26 if len(bits) == 26 else Form.WIEGAND_34
    data = facility.to_bytes((len(bits) - 18) // 8) + number.to_bytes(2)
    assert wiegand_frame(data) == bits
    assert read_number(bits, form) == read_number(f"{facility}:{number}", form)


@given(st.sampled_from((3, 4)).flatmap(lambda length: st.binary(min_size=length, max_size=length)), st.data())
def test_a_frame_with_a_wrong_bit_is_none(data: bytes, draw: st.DataObject) -> None:
    bits = wiegand_frame(data)
    at = draw.draw(st.integers(0, len(bits) - 1))
    wrong = bits[:at] + ("1" if bits[at] == "0" else "0") + bits[at + 1 :]
    with pytest.raises(ValueError, match="parity"):
        read_number(wrong, Form.WIEGAND_26 if len(data) == 3 else Form.WIEGAND_34)


@given(uids, forms)
def test_a_card_is_among_those_that_its_number_can_be(uid: bytes, form: Form) -> None:
    number = write_number(uid, form)
    patterns = read_number(number, form)
    assert any(pattern.covers(uid) for pattern in patterns)
    assert patterns[0].length == min(pattern.length for pattern in patterns)
    assert set(patterns) <= read_any(number)


@given(uids, st.sampled_from([form for form in Form if "wiegand" not in form]))
def test_a_number_that_has_every_byte_names_one_card(uid: bytes, form: Form) -> None:
    assert read_number(write_number(uid, form), form)[0] == UidPattern(len(uid), uid)


@given(st.binary(min_size=4, max_size=4).filter(_is_a_uid), st.sampled_from(UNIQUE))
def test_a_short_uid_comes_back_from_every_unique_number(uid: bytes, form: Form) -> None:
    assert read_number(write_number(uid, form), form)[0].uid == uid


@given(uids, uids, forms)
def test_cards_of_one_number_are_found_by_it_and_others_are_not(one: bytes, other: bytes, form: Form) -> None:
    assume(len(one) == len(other))
    number = write_number(one, form)
    found = any(pattern.covers(other) for pattern in read_number(number, form))
    assert found == (write_number(other, form) == number)


@given(uids, forms)
def test_26_bits_never_name_one_card(uid: bytes, form: Form) -> None:
    if form not in UNIQUE:
        assert all(pattern.uid is None for pattern in read_number(write_number(uid, form), form))


@pytest.mark.parametrize(
    "text", ["04:A2:24:5B:6C:7D:80", "04 a2 24 5b 6c 7d 80", "04-A2-24-5B-6C-7D-80", " 04A2245B6C7D80 "]
)
def test_hex_is_read_however_its_bytes_are_set_apart(text: str) -> None:
    assert read_number(text, Form.HEX) == (UidPattern(7, bytes.fromhex("04A2245B6C7D80")),)


@pytest.mark.parametrize(
    "text", ["116:23152", "116,23152", "116/23152", "116-23152", "116 : 23152", "0007625328", "7625328"]
)
def test_a_wiegand_number_is_read_however_it_is_printed(text: str) -> None:
    assert read_number(text, Form.WIEGAND_26)[0] == UidPattern(4, tail=bytes.fromhex("745A70"))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", Form.HEX), ("0102", Form.HEX), ("①②③④", Form.HEX), ("GG010203", Form.HEX),
        ("", Form.DECIMAL), ("-1", Form.DECIMAL), ("１２３", Form.DECIMAL), ("9" * 26, Form.DECIMAL),
        ("256:1", Form.WIEGAND_26), ("1:65536", Form.WIEGAND_26), ("16777216", Form.WIEGAND_26),
        ("65536:1", Form.WIEGAND_34), ("4294967296", Form.WIEGAND_34), ("1:2:3", Form.WIEGAND_34),
        ("陳", Form.WIEGAND_34),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused(text: str, form: Form) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_number(text, form)


@given(st.text())
def test_any_text_can_be_tried(text: str) -> None:
    for pattern in read_any(text):
        assert pattern.length in UID_LENGTHS
