"""Uploaded pictures as they are kept."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from hardware.pictures import KEPT_SIDE_PX, to_kept_jpeg

ORIENTATION, GPS = 0x112, 0x8825


def _encoded(image, kind, **more):
    data = io.BytesIO()
    image.save(data, kind, **more)
    return data.getvalue()


def _kept(data):
    return Image.open(io.BytesIO(to_kept_jpeg(data)))


def test_a_telephones_picture_is_turned_upright_made_small_and_tells_no_place():
    exif = Image.Exif()
    exif[ORIENTATION], exif[GPS] = 6, {1: "N"}
    kept = _kept(_encoded(Image.new("RGB", (4000, 2000), "red"), "JPEG", exif=exif))
    assert (kept.format, kept.size, dict(kept.getexif())) == ("JPEG", (KEPT_SIDE_PX // 2, KEPT_SIDE_PX), {})


def test_a_small_picture_is_not_made_larger_and_what_is_transparent_is_white():
    kept = _kept(_encoded(Image.new("RGBA", (20, 10), (0, 0, 0, 0)), "PNG"))
    assert (kept.size, kept.getpixel((5, 5))) == ((20, 10), (255, 255, 255))


@pytest.mark.parametrize(
    "data",
    [
        b"", b"%PDF-1.7", _encoded(Image.new("RGB", (9, 9)), "GIF"), _encoded(Image.new("RGB", (90, 90)), "JPEG")[:-99],
        _encoded(Image.new("1", (9000, 9000)), "PNG"),
    ],
)  # fmt: skip
def test_what_is_no_whole_picture_of_a_usual_size_is_refused(data):
    with pytest.raises(ValueError, match="picture"):
        to_kept_jpeg(data)
