"""Photographs made into what is kept: upright, small, and nothing in them but the pixels."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from hardware.pictures import photograph_to_jpeg


def photograph(size: tuple[int, int], form: str = "JPEG", **saved: object) -> bytes:
    left, right = Image.new("RGB", size, "black"), Image.new("RGB", (size[0] // 2, size[1]), "white")
    left.paste(right, (size[0] // 2, 0))
    data = io.BytesIO()
    left.save(data, form, **saved)
    return data.getvalue()


def opened(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
    assert picture.format == "JPEG"
    return picture


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_large_picture_of_any_known_kind_becomes_small(form):
    kept = opened(photograph_to_jpeg(photograph((3000, 1500), form), most_side_px=1600))
    assert kept.size == (1600, 800)


def test_a_small_one_keeps_its_size():
    assert opened(photograph_to_jpeg(photograph((60, 40)), most_side_px=1600)).size == (60, 40)


def test_it_stands_as_the_telephone_was_held():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter: what was on the right is at the bottom
    kept = opened(photograph_to_jpeg(photograph((80, 40), exif=exif), most_side_px=1600))
    assert kept.size == (40, 80)
    assert kept.getpixel((20, 10))[0] < 30
    assert kept.getpixel((20, 70))[0] > 225


def test_nothing_of_what_the_telephone_wrote_into_it_is_kept():
    exif = Image.Exif()
    exif[0x010F] = "Telephone Maker"
    exif.get_ifd(0x8825)[1] = "N"
    kept = photograph_to_jpeg(photograph((80, 40), exif=exif, comment=b"at home"), most_side_px=1600)
    assert not opened(kept).getexif()
    assert not any(told in kept for told in (b"Telephone Maker", b"at home", b"Exif"))


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"<svg/>", photograph((800, 800))[:700]])
def test_what_is_no_whole_picture_is_refused(data):
    with pytest.raises(ValueError, match="not a whole picture"):
        photograph_to_jpeg(data, most_side_px=1600)


def test_more_pixels_than_are_decoded_are_refused():
    data = photograph((9000, 6000), "PNG", compress_level=1)
    with pytest.raises(ValueError, match="pixels"):
        photograph_to_jpeg(data, most_side_px=1600)
