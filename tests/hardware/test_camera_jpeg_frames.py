"""Frames of Motion-JPEG cameras, with the liberties such cameras take."""

from __future__ import annotations

import io
import random

import numpy as np
import pytest
from PIL import Image

from hardware import pictures as reading
from hardware.drivers.jpeg_frames import JpegPicture, whole_jpeg
from hardware.drivers.v4l2_camera import JpegFrame
from tests.support import qr_pictures as pictures
from tests.support.jpeg_parts import without_huffman_tables

WHOLE = pictures.jpeg(pictures.scene(pictures.symbol(b"frame"), size=(320, 240)).convert("RGB"))


def test_a_whole_picture_is_kept_to_the_byte() -> None:
    assert whole_jpeg(WHOLE) == JpegPicture(WHOLE, 320, 240)


def test_what_the_buffer_holds_behind_the_picture_is_cut_off() -> None:
    assert whole_jpeg(WHOLE + bytes(500) + WHOLE[-300:]) == JpegPicture(WHOLE, 320, 240)


def test_missing_huffman_tables_are_put_back() -> None:
    bare = without_huffman_tables(WHOLE)
    assert b"\xff\xc4" not in bare
    picture = whole_jpeg(bare)
    assert picture is not None
    assert b"\xff\xc4" in picture.data
    assert np.array_equal(reading.jpeg_to_gray(picture.data), reading.jpeg_to_gray(WHOLE))


def test_an_end_marker_within_a_segment_is_not_the_end() -> None:
    with Image.open(io.BytesIO(WHOLE)) as image:
        data = io.BytesIO()
        image.save(data, "JPEG", comment=b"thumbnail \xff\xd8\xff\xda\xff\xd9 inside")
    assert whole_jpeg(data.getvalue() + b"\x00") == JpegPicture(data.getvalue(), 320, 240)


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 20, 300, 700, len(WHOLE) - 2])
def test_a_picture_cut_short_is_none(length: int) -> None:
    assert whole_jpeg(WHOLE[:length]) is None


def test_noise_never_raises(capfd: pytest.CaptureFixture[str]) -> None:
    generator = random.Random(5)  # noqa: S311 - noise, not a secret
    for _ in range(300):
        damaged = bytearray(WHOLE)
        for _ in range(generator.randrange(1, 40)):
            damaged[generator.randrange(2, len(damaged))] = generator.randrange(256)
        picture = whole_jpeg(bytes(damaged))
        if picture is not None and picture.width_px * picture.height_px <= reading.MAX_PIXELS:
            gray = JpegFrame(picture, 1).gray()
            assert gray.dtype == np.uint8
            assert not gray.flags.writeable
    assert capfd.readouterr() == ("", "")


def test_a_damaged_frame_shows_nothing() -> None:
    size_only = WHOLE[:-2][:900]
    frame = JpegFrame(JpegPicture(size_only, 320, 240), 1)
    assert frame.gray().shape == (240, 320)
    assert not frame.gray().any()
