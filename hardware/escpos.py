"""The few ESC/POS commands that Gatehouse needs, as bytes.

The real driver and the simulated printer both speak through here, so that what a test reads back is what a
printer would get. Source: Epson, "ESC/POS Command Reference", GS v 0, GS V, ESC @, DLE EOT.
"""

from __future__ import annotations

from typing import Final

from hardware.interfaces import Raster

INITIALISE: Final = b"\x1b@"
FEED_AND_CUT: Final = b"\x1dVB\x00"  # GS V 66 0: feed to the cutter, cut, leave one point uncut
MAX_BAND_DOTS: Final = 960
"""Rows sent with one GS v 0: taller pictures overrun the buffer of common 58 mm printers."""


def encode_raster(raster: Raster) -> bytes:
    """Encode a whole job: initialise, the raster in bands, feed and cut."""
    row_bytes = raster.width_dots // 8
    parts = [INITIALISE]
    for top in range(0, raster.height_dots, MAX_BAND_DOTS):
        height = min(MAX_BAND_DOTS, raster.height_dots - top)
        header = b"\x1dv0\x00" + row_bytes.to_bytes(2, "little") + height.to_bytes(2, "little")
        parts.append(header + raster.rows[top * row_bytes : (top + height) * row_bytes])
    parts.append(FEED_AND_CUT)
    return b"".join(parts)
