"""QR codes as pages show them."""

from __future__ import annotations

import io
from typing import Final

import segno
from markupsafe import Markup

_DOTS_A_MODULE: Final = 12


def qr_svg(text: str) -> Markup:
    """A text as a QR code in SVG, dark on whatever it lies on, with its quiet zone."""
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(border=4, omitsize=True, dark="#000", light="#fff"))  # noqa: S704 - shapes only


def qr_png(text: str) -> bytes:
    """A text as a QR code in PNG, large enough to be sent and shown on another telephone."""
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="png", scale=_DOTS_A_MODULE, border=4)
    return picture.getvalue()
