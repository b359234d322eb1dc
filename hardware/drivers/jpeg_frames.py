"""Makes whole JPEG pictures of the frames of a Motion-JPEG camera.

A USB camera's frame is a JPEG with liberties (USB Device Class Definition for Video Devices: Motion-JPEG Payload,
section 3): the Huffman tables may be left out, since they are always the standard's typical ones, and the buffer
may be longer than the picture. Decoders of moving pictures know that; a browser or an office's viewer may not.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from typing import Final

from PIL import Image

SOI: Final = b"\xff\xd8"
EOI: Final = b"\xff\xd9"
DHT: Final = 0xC4
SOS: Final = 0xDA
FRAME_STARTS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Start-of-frame markers (ITU-T T.81, table B.1); their segment holds the size."""


@dataclass(frozen=True, slots=True)
class JpegPicture:
    """A whole JPEG and the size it says it has."""

    data: bytes
    width_px: int
    height_px: int


def whole_jpeg(buffer: bytes) -> JpegPicture | None:
    """Cut the picture out of a camera's buffer and add the Huffman tables if they are missing.

    Returns:
        None when the frame is damaged: no start, no end, segments that lead nowhere.
    """
    if not buffer.startswith(SOI):
        return None
    at, size, has_tables = len(SOI), None, False
    while at + 4 <= len(buffer) and buffer[at] == 0xFF:
        marker, length = buffer[at + 1], int.from_bytes(buffer[at + 2 : at + 4], "big")
        if marker == SOS:
            # Within the scan 0xFF is always followed by 0x00 or a restart marker: the first EOI is the end.
            end = buffer.find(EOI, at + 2 + length)
            if end < 0 or size is None:
                return None
            tables = b"" if has_tables else _typical_huffman_tables()
            return JpegPicture(buffer[:at] + tables + buffer[at : end + len(EOI)], *size)
        if marker in FRAME_STARTS and at + 9 <= len(buffer):
            height_px, width_px = (int.from_bytes(buffer[at + i : at + i + 2], "big") for i in (5, 7))
            size = (width_px, height_px)
        has_tables |= marker == DHT
        at += 2 + length
    return None


@cache
def _typical_huffman_tables() -> bytes:
    """The tables of ITU-T T.81, annex K.3, as segments; libjpeg writes them into every picture it encodes."""
    encoded = io.BytesIO()
    Image.new("RGB", (8, 8)).save(encoded, "JPEG", optimize=False)
    data = encoded.getvalue()
    at, tables = len(SOI), b""
    while data[at + 1] != SOS:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == DHT:
            tables += data[at:end]
        at = end
    return tables
