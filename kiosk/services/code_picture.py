"""A picture of a QR code as a camera would have it, for a decoder to be tested by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import segno

if TYPE_CHECKING:
    from hardware.interfaces import GrayImage

_SIZE: Final = (720, 1280)
_MODULE_PX: Final = 8
_GROUND, _PAPER, _INK = 110, 235, 20


def draw_code(text: str) -> GrayImage:
    """Draw the code of a short text in the middle of a gray frame of 1280 x 720, paper and ink as cameras see them."""
    import numpy as np  # with the cameras, where there are any

    modules = np.array(segno.make_qr(text, error="m").matrix, dtype=bool)
    symbol = np.pad(modules, 4).repeat(_MODULE_PX, axis=0).repeat(_MODULE_PX, axis=1)
    frame = np.full(_SIZE, _GROUND, np.uint8)
    top, left = ((whole - symbol.shape[0]) // 2 for whole in _SIZE)
    frame[top : top + symbol.shape[0], left : left + symbol.shape[1]] = np.where(symbol, _INK, _PAPER)
    frame.flags.writeable = False
    return frame
