"""Papers as they come out of a printer, and whether a text stands on them."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw

from hardware import escpos
from kiosk.domain.receipts import Block
from kiosk.services.raster_fonts import font_for
from kiosk.services.receipt_render import render
from tests.support.escpos_peer import PrinterEngine

ALIKE = 0.9
"""Of 1: a text with one other letter is less like the paper."""

Seen = np.ndarray[Any, np.dtype[np.uint8]]


def printed(blocks: tuple[Block, ...], width_dots: int) -> Seen:
    """What comes out of a printer that is sent the paper, as a camera sees it: black 0, white 255."""
    engine = PrinterEngine()
    engine.feed(escpos.encode_raster(render(blocks, width_dots)), lambda _: None)
    (paper,) = engine.papers
    assert engine.unknown == b""
    bits = np.unpackbits(np.frombuffer(paper.picture, np.uint8)).reshape(-1, paper.width_dots)
    return ((1 - bits) * 255).astype(np.uint8)


def shows(paper: Seen, text: str, size: int, *, bold: bool = True) -> bool:
    """Whether a text of `size` dots stands somewhere on the paper, black on white or white on black."""
    font = font_for(text, size, bold=bold)
    left, top, right, bottom = font.getbbox(text)
    picture = Image.new("L", (round(right - left) + 4, round(bottom - top) + 4), 255)
    ImageDraw.Draw(picture).text((2 - left, 2 - top), text, 0, font)
    wanted = (np.asarray(picture) > 143).astype(np.uint8) * 255
    found = cv2.matchTemplate(paper, wanted, cv2.TM_CCOEFF_NORMED)
    return bool(max(found.max(), -found.min()) >= ALIKE)
