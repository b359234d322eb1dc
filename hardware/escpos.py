"""The few ESC/POS commands that Gatehouse needs, as bytes.

The real driver and the simulated printer both speak through here, so that what a test reads back is what a
printer would get. Source: Epson, "ESC/POS Command Reference": ESC @, GS v 0, GS V, DLE EOT, GS r.
"""

from __future__ import annotations

from typing import Final

from hardware.interfaces import PrinterState, Raster

INITIALISE: Final = b"\x1b@"
FEED_AND_CUT: Final = b"\x1dVB\x00"  # GS V 66 0: feed to the cutter, cut, leave one point uncut
MAX_BAND_DOTS: Final = 960
"""Rows sent with one GS v 0: taller pictures overrun the buffer of common 58 mm printers."""

# DLE EOT n: answered at once, whatever waits in the receive buffer, and while the printer is offline.
ASK_PRINTER: Final = b"\x10\x04\x01"
ASK_OFFLINE_CAUSE: Final = b"\x10\x04\x02"
ASK_ERROR_CAUSE: Final = b"\x10\x04\x03"
ASK_PAPER: Final = b"\x10\x04\x04"
ASK_WHEN_DONE: Final = b"\x1dr\x01"
"""GS r 1: a status byte, sent when all that came before it was processed; an offline printer does not send it."""

_RASTER: Final = b"\x1dv0\x00"
_RASTER_HEADER_BYTES: Final = 8

_REAL_TIME_IN_PICTURES: Final = ((b"\x10\x04", b"\x10\x0c"), (b"\x10\x05", b"\x10\x0d"), (b"\x10\x14", b"\x10\x1c"))

_OFFLINE: Final = 0x08  # DLE EOT 1, bit 3
_COVER_OPEN: Final = 0x04  # DLE EOT 2, bit 2
_STOPPED_BY_PAPER_END: Final = 0x20  # DLE EOT 2, bit 5
_ERROR: Final = 0x40  # DLE EOT 2, bit 6
_PAPER_END: Final = 0x60  # DLE EOT 4, bits 5 and 6; bits 2 and 3 are the near-end sensor, which stops nothing
_ERROR_CAUSES: Final = (  # DLE EOT 3
    (0x04, "recoverable error"),
    (0x08, "autocutter error"),
    (0x20, "unrecoverable error"),
    (0x40, "head too hot or voltage out of range"),
)


def encode_raster(raster: Raster) -> bytes:
    """Encode a whole job: initialise, the raster in bands, feed and cut.

    A printer picks real-time commands (DLE EOT, DLE ENQ, DLE DC4) out of the stream even in the middle of a picture,
    and some then lose three bytes of it. Where dots would spell the start of one, a single further dot is printed.
    """
    row_bytes = raster.width_dots // 8
    parts = [INITIALISE]
    for top in range(0, raster.height_dots, MAX_BAND_DOTS):
        height = min(MAX_BAND_DOTS, raster.height_dots - top)
        rows = raster.rows[top * row_bytes : (top + height) * row_bytes]
        for command, harmless in _REAL_TIME_IN_PICTURES:
            rows = rows.replace(command, harmless)
        parts.append(_RASTER + row_bytes.to_bytes(2, "little") + height.to_bytes(2, "little") + rows)
    parts.append(FEED_AND_CUT)
    return b"".join(parts)


def decode_raster(job: bytes) -> Raster:
    """Read back what `encode_raster` wrote, for showing on a screen the paper that a job makes.

    Raises:
        ValueError: the bytes are not such a job.
    """
    if not job.startswith(INITIALISE) or not job.endswith(FEED_AND_CUT):
        raise ValueError("not a whole job")
    bands: list[bytes] = []
    widths: set[int] = set()
    position, end = len(INITIALISE), len(job) - len(FEED_AND_CUT)
    while position < end:
        header = job[position : position + _RASTER_HEADER_BYTES]
        if not header.startswith(_RASTER):
            raise ValueError(f"no raster at byte {position}")
        row_bytes, height = int.from_bytes(header[4:6], "little"), int.from_bytes(header[6:8], "little")
        position += _RASTER_HEADER_BYTES
        bands.append(job[position : position + row_bytes * height])
        widths.add(row_bytes)
        position += row_bytes * height
    if position != end or len(widths) != 1:
        raise ValueError("the bands do not make one picture")
    row_bytes = widths.pop()
    rows = b"".join(bands)
    return Raster(row_bytes * 8, len(rows) // row_bytes, rows)


def is_real_time_status(byte: int) -> bool:
    """Tell an answer to DLE EOT: bits 1 and 4 on, 0 and 7 off. An answer to GS r has bit 4 off."""
    return byte & 0x93 == 0x12


def is_done_status(byte: int) -> bool:
    """Tell an answer to GS r: bits 4 and 7 off."""
    return byte & 0x90 == 0


def printer_state(printer: int, offline_cause: int, paper: int) -> PrinterState:
    """Combine the answers to DLE EOT 1, 2 and 4.

    An open cover comes first: with the cover up most paper sensors see no paper either. Printers of other makes
    that stay online without paper are told by the paper's own sensor.
    """
    if offline_cause & _COVER_OPEN:
        return PrinterState.COVER_OPEN
    if paper & _PAPER_END or offline_cause & _STOPPED_BY_PAPER_END:
        return PrinterState.OUT_OF_PAPER
    if printer & _OFFLINE or offline_cause & _ERROR:
        return PrinterState.OFFLINE
    return PrinterState.READY


def error_cause(error: int) -> str:
    """Put the answer to DLE EOT 3 into words for an installer; empty when it names no error."""
    return ", ".join(words for bit, words in _ERROR_CAUSES if error & bit)
