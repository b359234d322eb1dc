"""The bytes themselves."""

from __future__ import annotations

import pytest

from hardware import escpos
from hardware.interfaces import PrinterState, Raster


def test_a_job_reads_back_as_the_picture_it_was_made_of() -> None:
    raster = Raster(72, 2 * escpos.MAX_BAND_DOTS + 7, b"\x5a" * 9 * (2 * escpos.MAX_BAND_DOTS + 7))
    assert escpos.decode_raster(escpos.encode_raster(raster)) == raster


@pytest.mark.parametrize(
    "job",
    [b"", b"\x1b@", b"\x1b@\x1dVB\x00", b"\x1b@hello\x1dVB\x00", b"\x1b@\x1dv0\x00\x02\x00\x09\x00\xff\x1dVB\x00"],
)
def test_anything_else_does_not_read_back(job: bytes) -> None:
    with pytest.raises(ValueError, match=r"job|raster|picture"):
        escpos.decode_raster(job)


@pytest.mark.parametrize(
    ("printer", "offline_cause", "paper", "state"),
    [
        (0x12, 0x12, 0x12, PrinterState.READY),
        (0x16, 0x12, 0x12, PrinterState.READY),  # drawer
        (0x12, 0x12, 0x1E, PrinterState.READY),  # paper near its end
        (0x1A, 0x32, 0x7E, PrinterState.OUT_OF_PAPER),
        (0x12, 0x12, 0x72, PrinterState.OUT_OF_PAPER),  # stays online without paper
        (0x1A, 0x16, 0x12, PrinterState.COVER_OPEN),
        (0x1A, 0x36, 0x7E, PrinterState.COVER_OPEN),  # with the cover up there seems to be no paper
        (0x1A, 0x52, 0x12, PrinterState.OFFLINE),
        (0x1A, 0x1A, 0x12, PrinterState.OFFLINE),  # somebody holds the feed button
    ],
)
def test_status_bits_become_a_state(printer: int, offline_cause: int, paper: int, state: PrinterState) -> None:
    assert all(escpos.is_real_time_status(byte) for byte in (printer, offline_cause, paper))
    assert escpos.printer_state(printer, offline_cause, paper) is state


def test_the_two_kinds_of_answer_are_told_apart() -> None:
    assert [escpos.is_done_status(byte) for byte in (0x00, 0x03, 0x0F, 0x12, 0x1A)] == [True, True, True, False, False]
    assert not any(escpos.is_real_time_status(byte) for byte in (0x00, 0x03, 0x0F, 0x11, 0x13, 0x92))
