"""Receipt printers that speak ESC/POS: on the network, USB, a serial port, or behind `/dev/usb/lp0`.

Figures and bits: Epson, "ESC/POS Command Reference", DLE EOT and GS r; see `hardware.escpos`.
"""

from __future__ import annotations

import time
from typing import Any, Final

from hardware import escpos
from hardware.drivers.escpos_links import LINKS, Link
from hardware.errors import (
    CoverOpen,
    DeviceTimeout,
    HardwareError,
    OutOfPaper,
    PrinterNotReady,
    PrintUncertain,
)
from hardware.interfaces import PrinterState, Raster, ReceiptPrinter

_STATUS_S: Final = 1.8  # `status()` promises two seconds
_ANSWER_S: Final = 0.8
_STALL_S: Final = 10.0
_CONFIRM_S: Final = 8.0
_LOOK_S: Final = 0.5
_SLOWEST_DOTS_PER_S: Final = 400  # 50 mm/s at 8 dots/mm; the slow 58 mm printers do 60
_NO_TROUBLE: Final = 0x12
"""What a printer that knows DLE EOT 1 but not the others is taken to say to those."""


class EscposPrinter(ReceiptPrinter):
    """A receipt printer reached through python-escpos.

    Before a job the printer is asked how it is, and nothing is sent unless it is ready. After a job it is asked to
    answer when it has worked through it (GS r); a printer that does not know GS r is watched for as long as the
    printing takes. Whatever fails once a byte of the job was taken is `PrintUncertain`.

    Args:
        connection: "network" (`host`, `port`), "usb" (`vendor_id`, `product_id`), "serial" (`device`, `baudrate`)
            or "file" (`path`, by default `/dev/usb/lp0`).
        width_dots: 384 for 58 mm paper, 576 for 80 mm.
        answers_status: False for a printer that never answers DLE EOT, as many of the cheapest. It then counts as
            ready as long as it is connected, and a job as printed when it was taken: nobody is told of a paper end.

    Raises:
        TypeError, ValueError: an option is unknown, missing, or has a value that cannot be used.
    """

    def __init__(
        self, connection: str = "network", *, width_dots: int = 576, answers_status: bool = True, **address: object
    ) -> None:
        if connection not in LINKS:
            raise ValueError(f"connection is one of {', '.join(LINKS)}")
        if not isinstance(width_dots, int) or width_dots <= 0 or width_dots % 8:
            raise ValueError("width_dots is a positive multiple of 8")
        self.width_dots = width_dots
        self._link: Link[Any] = LINKS[connection](**address)
        self._answers_status = answers_status
        self._knows_done: bool | None = None  # whether it answers GS r; None until asked
        self._answer: int | None = None
        self._done = False
        self._offline_cause = ""
        self._unfinished_bytes = 0

    def open(self) -> None:
        """See `Device.open`. A network printer has three seconds to accept."""
        if not self._link.is_open:
            self._knows_done = None
            self._link.open()

    def close(self) -> None:
        """See `Device.close`."""
        self._link.close()

    def status(self) -> PrinterState:
        """See `ReceiptPrinter.status`. A printer that is connected and does not answer is OFFLINE."""
        try:
            return self._ask_state() or PrinterState.OFFLINE
        except DeviceTimeout:
            return PrinterState.OFFLINE
        except HardwareError:
            return PrinterState.UNPLUGGED

    def print_raster(self, raster: Raster) -> None:
        """See `ReceiptPrinter.print_raster`."""
        if raster.width_dots > self.width_dots:
            raise ValueError(f"the raster is {raster.width_dots} dots wide, the paper {self.width_dots}")
        self._require_ready()
        job = escpos.encode_raster(raster)
        written_before = self._link.bytes_written
        try:
            self._link.write(job, _STALL_S)
            if self._answers_status:
                self._confirm(raster.height_dots / _SLOWEST_DOTS_PER_S)
        except PrintUncertain:
            raise
        except HardwareError as error:
            if self._link.bytes_written == written_before:
                raise _as_not_ready(error) from error
            self._unfinished_bytes = len(job)
            raise PrintUncertain(
                "the connection to the printer failed during printing", vendor_reason=error.vendor_reason or error
            ) from error

    def _require_ready(self) -> None:
        """Refuse a job before a byte of it is sent; learn, once a connection, how to confirm jobs."""
        try:
            state = self._ask_state()
            if state is PrinterState.READY:
                self._finish_broken_job()
                if self._answers_status and self._knows_done is None:
                    self._knows_done = self._ask_when_done(_ANSWER_S)
        except DeviceTimeout as error:
            raise _as_not_ready(error) from error
        if state is None:
            raise PrinterNotReady("the printer does not answer")
        if state is PrinterState.OUT_OF_PAPER:
            raise OutOfPaper("the printer is out of paper")
        if state is PrinterState.COVER_OPEN:
            raise CoverOpen("the printer's cover is open")
        if state is not PrinterState.READY:
            raise PrinterNotReady("the printer is offline", vendor_reason=self._offline_cause)

    def _finish_broken_job(self) -> None:
        """Bring the printer out of a picture that a broken connection cut short, or it would eat the next receipt.

        Empty rows fill whatever is missing of that picture; a printer that was not waiting for any ignores NUL.
        """
        if self._unfinished_bytes:
            self._link.write(bytes(self._unfinished_bytes) + escpos.FEED_AND_CUT, _STALL_S)
            self._unfinished_bytes = 0

    def _confirm(self, printing_s: float) -> None:
        """Return when the job is through and the printer still ready.

        Raises:
            PrintUncertain: it is not ready any more, or never said that it is done.
            DeviceUnavailable, DeviceTimeout: the connection failed.
        """
        patience_s = _CONFIRM_S + printing_s
        started_s = time.monotonic()
        if self._knows_done:
            self._done = False
            self._link.write(escpos.ASK_WHEN_DONE, _STALL_S)
        while True:
            self._receive(_LOOK_S)
            through = self._done if self._knows_done else time.monotonic() - started_s > printing_s
            state = self._ask_state()
            if state is PrinterState.READY and through:
                return
            if state is not None and state is not PrinterState.READY:
                raise PrintUncertain(f"the printer became {state} during printing", vendor_reason=self._offline_cause)
            if time.monotonic() - started_s > patience_s:
                raise PrintUncertain("the printer did not confirm the receipt")

    def _ask_when_done(self, timeout_s: float) -> bool:
        """Ask by GS r to answer when all before is processed; False when no answer comes in time."""
        self._done = False
        self._link.write(escpos.ASK_WHEN_DONE, _ANSWER_S)
        deadline_s = time.monotonic() + timeout_s
        while not self._done and (left_s := deadline_s - time.monotonic()) > 0:
            self._receive(left_s)
        return self._done

    def _ask_state(self) -> PrinterState | None:
        """Ask DLE EOT 1, 2 and 4 and combine the answers; None when there is no answer at all.

        Raises:
            DeviceUnavailable: the connection is closed or broken.
            DeviceTimeout: the connection takes no data.
        """
        if not self._answers_status:
            self._link.read(0.0)  # raises when the connection is known to be gone
            return PrinterState.READY
        deadline_s = time.monotonic() + _STATUS_S
        printer = self._ask(escpos.ASK_PRINTER, deadline_s)
        if printer is None:
            return None
        offline = self._ask(escpos.ASK_OFFLINE_CAUSE, deadline_s)
        paper = self._ask(escpos.ASK_PAPER, deadline_s)
        state = escpos.printer_state(printer, offline or _NO_TROUBLE, paper or _NO_TROUBLE)
        if state is PrinterState.OFFLINE:
            error = self._ask(escpos.ASK_ERROR_CAUSE, deadline_s)
            self._offline_cause = escpos.error_cause(error or _NO_TROUBLE)
        return state

    def _ask(self, command: bytes, deadline_s: float) -> int | None:
        self._receive(0.0)  # a late answer to an earlier question is not the answer to this one
        self._answer = None
        deadline_s = min(deadline_s, time.monotonic() + _ANSWER_S)
        self._link.write(command, max(0.0, deadline_s - time.monotonic()))
        while self._answer is None and (left_s := deadline_s - time.monotonic()) > 0:
            self._receive(left_s)
        return self._answer

    def _receive(self, timeout_s: float) -> None:
        """Take in what the printer says and tell the two kinds of answer apart."""
        for byte in self._link.read(timeout_s):
            if escpos.is_real_time_status(byte):
                self._answer = byte
            elif escpos.is_done_status(byte):
                self._done = True


def _as_not_ready(error: HardwareError) -> HardwareError:
    """A connection that takes not one byte belongs to a printer that is there and cannot print."""
    if isinstance(error, DeviceTimeout):
        return PrinterNotReady("the printer takes no data", vendor_reason=error)
    return error
