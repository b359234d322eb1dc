"""What a person can do before the simulated camera."""

from __future__ import annotations

import io
import struct
import threading
import time
import zlib
from itertools import product

import numpy as np
import pytest
from PIL import Image

from hardware.drivers.qr_decoders import ZxingDecoder
from hardware.interfaces import Frame, QrCode
from hardware.simulated.camera import SimulatedCamera
from tests.support import qr_pictures as pictures

LONG_S = 30.0


def png_of_size(width_px: int, height_px: int) -> bytes:
    """A PNG of a few bytes that claims a size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def texts(frame: Frame) -> list[str]:
    with ZxingDecoder() as decoder:
        return [code.text for code in decoder.decode(frame.gray())]


def test_a_picture_held_up_is_seen_at_once_and_not_at_the_next_frames_time() -> None:
    frames: list[Frame] = []
    with SimulatedCamera(fps=1) as camera:
        camera.read(LONG_S)
        reader = threading.Thread(target=lambda: frames.append(camera.read(LONG_S)))
        reader.start()
        shown_ns = camera.show(pictures.png(pictures.symbol(b"NOW")), 60.0)
        reader.join(LONG_S)
        assert texts(frames[0]) == ["NOW"]
        assert frames[0].captured_ns >= shown_ns


def test_a_picture_is_held_up_for_its_time_and_then_taken_away() -> None:
    with SimulatedCamera(fps=100) as camera:
        idle = camera.read(LONG_S).gray()
        shown_ns = camera.show(pictures.png(pictures.symbol(b"BRIEF")), 0.25)
        frames = [camera.read(LONG_S)]
        while frames[-1].gray() is not idle:
            frames.append(camera.read(LONG_S))
    assert all(texts(frame) == ["BRIEF"] for frame in frames[:1] + frames[-2:-1])
    assert frames[-1].captured_ns - shown_ns >= 250_000_000
    assert time.monotonic_ns() > frames[-1].captured_ns


def test_a_second_picture_replaces_the_first() -> None:
    with SimulatedCamera() as camera:
        camera.show(pictures.png(pictures.symbol(b"FIRST")), 60.0)
        camera.show(pictures.jpeg(pictures.symbol(b"SECOND")), 60.0)
        assert texts(camera.read(LONG_S)) == ["SECOND"]


def test_an_idle_camera_converts_its_picture_once() -> None:
    with SimulatedCamera(fps=1000) as camera:
        one, other = camera.read(LONG_S), camera.read(LONG_S)
        assert one.captured_ns < other.captured_ns
        assert one.gray() is other.gray()
        assert one.jpeg() is other.jpeg()
        assert texts(one) == []


@pytest.mark.parametrize("size", [(40, 40), (300, 1200), (3000, 900), (1280, 720)])
def test_pictures_of_any_shape_are_fitted_whole(size: tuple[int, int]) -> None:
    picture = Image.new("L", size, 255)
    mark_px = size[0] // 20
    for left, top in product((0, size[0] - mark_px), (0, size[1] - mark_px)):
        picture.paste(0, (left, top, left + mark_px, top + mark_px))
    with SimulatedCamera() as camera:
        camera.show(pictures.png(picture), 60.0)
        gray = camera.read(LONG_S).gray()
    scale = min(1280 / size[0], 720 / size[1])
    left, top = ((whole - side * scale) / 2 for whole, side in zip((1280, 720), size, strict=True))
    corners = [gray[round(y), round(x)] for x in (left + 3, 1276 - left) for y in (top + 3, 716 - top)]
    assert max(corners) < 90


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_is_read(mode: str) -> None:
    symbol = pictures.symbol(b"KINDS")
    if mode in {"LA", "RGBA"}:  # black modules on nothing
        picture = Image.new(mode, symbol.size)
        picture.putalpha(symbol.point(lambda tone: 255 - tone))
    elif mode == "I;16":
        picture = Image.fromarray(np.asarray(symbol).astype(np.uint16) * 257)
    else:
        picture = symbol.convert(mode)
    with SimulatedCamera() as camera:
        camera.show(pictures.png(picture), 60.0)
        assert texts(camera.read(LONG_S)) == ["KINDS"]


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "not a whole picture"),
        (b"hello", "not a whole picture"),
        (b"GIF89a" + bytes(100), "not a whole picture"),
        (pictures.png(pictures.symbol(b"CUT"))[:200], "not a whole picture"),
        (pictures.jpeg(pictures.symbol(b"CUT"))[:900], "not a whole picture"),
        (png_of_size(60_000, 60_000), "pixels"),
        (png_of_size(10_000, 9_000), "pixels"),
        (png_of_size(8_000, 7_000), "pixels"),
        (png_of_size(0, 7_000), "not a whole picture"),
        (png_of_size(2_000_000_000, 1), "pixels"),
    ],
    ids=["empty", "text", "gif", "cut-png", "cut-jpeg", "huge", "bomb", "large", "flat", "wide"],
)
def test_what_is_no_picture_is_refused_and_changes_nothing(data: bytes, complaint: str) -> None:
    with SimulatedCamera() as camera:
        idle = camera.read(LONG_S).gray()
        with pytest.raises(ValueError, match=complaint):
            camera.show(data)
        assert camera.read(LONG_S).gray() is idle


@pytest.mark.parametrize("duration_s", [0, -1, 61, float("inf"), float("nan")])
def test_a_picture_is_held_up_for_a_sane_time(duration_s: float) -> None:
    with pytest.raises(ValueError, match="seconds"):
        SimulatedCamera().show(pictures.png(pictures.symbol(b"TIME")), duration_s)


def test_the_photograph_is_in_colour() -> None:
    with SimulatedCamera() as camera:
        camera.show(pictures.png(Image.new("RGB", (640, 360), (200, 30, 30))), 60.0)
        with Image.open(io.BytesIO(camera.read(LONG_S).jpeg())) as photograph:
            red, green, _ = photograph.getpixel((640, 360))
            assert red - green > 120


def test_the_plug() -> None:
    camera = SimulatedCamera()
    assert not camera.unplugged
    camera.unplug()
    assert camera.unplugged
    camera.replug()
    camera.replug()
    assert not camera.unplugged
    with camera, ZxingDecoder() as decoder:
        camera.show(pictures.png(pictures.symbol(b"BACK")), 60.0)
        assert decoder.decode(camera.read(LONG_S).gray()) == (QrCode(b"BACK"),)
