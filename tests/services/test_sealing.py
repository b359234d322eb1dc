"""Sealed values and the key that seals them: changed, cut, swapped, half written."""

from __future__ import annotations

import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from kiosk.services.sealing import SealingError, SealingKey, load_or_make
from kiosk.store.tables import photos
from tests.support.desk import open_desk

KEY = SealingKey(bytes(32))


@given(st.binary(max_size=100), st.text(max_size=20))
def test_what_is_sealed_opens_under_its_own_name_only(plain, name):
    sealed = KEY.seal(plain, name)
    assert KEY.unseal(sealed, name) == plain
    with pytest.raises(SealingError):
        KEY.unseal(sealed, f"{name}.")
    with pytest.raises(SealingError):
        SealingKey(bytes([1] * 32)).unseal(sealed, name)


@given(st.integers(0, 39), st.integers(1, 255))
def test_a_changed_byte_and_a_cut_anywhere_are_noticed(place, change):
    sealed = KEY.seal(b"passport no.", "document")
    assert len(sealed) == 40
    with pytest.raises(SealingError):
        KEY.unseal(sealed[:place], "document")
    changed = bytearray(sealed)
    changed[place] ^= change
    with pytest.raises(SealingError):
        KEY.unseal(bytes(changed), "document")


def test_photos_that_have_changed_places_do_not_open(tmp_path):
    with open_desk(tmp_path) as desk:
        with desk.store.write() as transaction:
            one, other = (desk.photos.keep(transaction, jpeg) for jpeg in (b"one", b"other"))
        assert (desk.photos.jpeg(one), desk.photos.jpeg(other)) == (b"one", b"other")
        with desk.store.write() as transaction:
            sealed = transaction.connection.execute(select(photos.c.sealed).where(photos.c.id == one)).scalar_one()
            transaction.connection.execute(update(photos).where(photos.c.id == other).values(sealed=sealed))
        with pytest.raises(SealingError):
            desk.photos.jpeg(other)


def test_a_key_is_the_owners_alone_whole_and_made_once(tmp_path):
    path = tmp_path / "keys" / "sealing-key"
    path.parent.mkdir()
    path.with_name("sealing-key.part").write_bytes(b"half a k")  # power failed while an earlier one was written
    sealed = load_or_make(path).seal(b"plain", "name")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["sealing-key"]
    assert load_or_make(path).unseal(sealed, "name") == b"plain"


@pytest.mark.parametrize("content", [b"", b"short", bytes(33)])
def test_a_file_that_is_no_key_is_said_and_left_alone(tmp_path, content):
    path = tmp_path / "sealing-key"
    path.write_bytes(content)
    with pytest.raises(SealingError):
        load_or_make(path)
    assert path.read_bytes() == content
