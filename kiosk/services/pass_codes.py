"""The QR code of a pass, as its holder keeps, prints or sends it."""

from __future__ import annotations

import io
from typing import Final

import segno

_ERROR: Final = "m"
_QUIET_MODULES: Final = 4  # ISO/IEC 18004, section 9.1
_MODULE_PX: Final = 10


def code_png(token: str) -> bytes:
    """The code as a picture of about 600 x 600 dots, black on white."""
    return _save(token, "png", scale=_MODULE_PX)


def code_svg(token: str) -> bytes:
    """The code as a drawing of any size, black on white whatever lies beneath."""
    return _save(token, "svg", light="#fff", svgns=True, nl=False, omitsize=True)


def _save(token: str, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    segno.make_qr(token, error=_ERROR).save(out, kind=kind, border=_QUIET_MODULES, **options)
    return out.getvalue()
