"""A receipt printer without a printer: keeps the very bytes a real one would be sent."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Final

from hardware import escpos
from hardware.errors import CoverOpen, DeviceClosed, OutOfPaper, PrinterNotReady, PrintUncertain
from hardware.interfaces import PrinterState, Raster, ReceiptPrinter
from hardware.simulated.base import Plug

KEPT_RECEIPTS: Final = 100
"""Receipts kept; a demonstration left running for a month must not fill the memory with paper."""


@dataclass(frozen=True, slots=True)
class PrintedReceipt:
    """One receipt that came out: `id` counts from 1 in the order of printing, `data` is the job's ESC/POS bytes."""

    id: int
    data: bytes
    printed_ns: int


class SimulatedPrinter(ReceiptPrinter):
    """Obeys the rules of the real driver; the methods below "the world" act as the people around it.

    All methods may be called from any thread.
    """

    def __init__(self, *, width_dots: int = 576) -> None:
        if not isinstance(width_dots, int) or width_dots <= 0 or width_dots % 8:
            raise ValueError("width_dots is a positive multiple of 8")
        self.width_dots = width_dots
        self._changed = threading.Condition(threading.RLock())
        self._plug = Plug("the simulated printer")
        self._is_open = False
        self._state = PrinterState.READY
        self._jams_into: PrinterState | None = None
        self._printed_count = 0
        self._receipts: deque[PrintedReceipt] = deque(maxlen=KEPT_RECEIPTS)

    def open(self) -> None:
        """See `Device.open`."""
        with self._changed:
            if not self._is_open:
                self._plug.connect()
                self._is_open = True

    def close(self) -> None:
        """See `Device.close`."""
        with self._changed:
            self._is_open = False

    def status(self) -> PrinterState:
        """See `ReceiptPrinter.status`."""
        with self._changed:
            return self._state if self._is_open and not self._plug.broken else PrinterState.UNPLUGGED

    def print_raster(self, raster: Raster) -> None:
        """See `ReceiptPrinter.print_raster`."""
        if raster.width_dots > self.width_dots:
            raise ValueError(f"the raster is {raster.width_dots} dots wide, the paper {self.width_dots}")
        data = escpos.encode_raster(raster)
        with self._changed:
            self._require_ready()
            if self._jams_into is not None:
                state, self._jams_into = self._jams_into, None
                self.set_state(state)
                raise PrintUncertain("the simulated printer stopped in the middle of the receipt")
            self._printed_count += 1
            self._receipts.append(PrintedReceipt(self._printed_count, data, time.monotonic_ns()))
            self._changed.notify_all()

    # --- the world ---

    @property
    def receipts(self) -> tuple[PrintedReceipt, ...]:
        """What came out whole, oldest first; the last hundred."""
        with self._changed:
            return tuple(self._receipts)

    @property
    def unplugged(self) -> bool:
        """Whether the cable is out."""
        return self._plug.unplugged

    def wait_for_receipts(self, count: int, timeout_s: float) -> bool:
        """Wait until `count` receipts came out since construction; False when they did not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._printed_count >= count, timeout_s)

    def set_state(self, state: PrinterState) -> None:
        """Put the printer into any state; UNPLUGGED pulls the plug and any other has it in."""
        with self._changed:
            if state is PrinterState.UNPLUGGED:
                self._plug.pull()
            else:
                self._plug.put_back()
                self._state = state

    def run_out_of_paper(self) -> None:
        """Let the last receipt take the last of the paper."""
        self.set_state(PrinterState.OUT_OF_PAPER)

    def open_cover(self) -> None:
        """Lift the cover."""
        self.set_state(PrinterState.COVER_OPEN)

    def go_offline(self) -> None:
        """Stop the printer for a reason of its own, as a jammed cutter does."""
        self.set_state(PrinterState.OFFLINE)

    def make_ready(self) -> None:
        """Fill in paper, shut the cover, free the cutter."""
        self.set_state(PrinterState.READY)

    def jam_midway(self, into: PrinterState = PrinterState.OFFLINE) -> None:
        """Let the next job stop in the middle, which leaves its fate unknown and the printer in the state `into`."""
        with self._changed:
            self._jams_into = into

    def unplug(self) -> None:
        """Pull the cable. After `replug()` the printer must be closed and opened again, as a real one."""
        with self._changed:
            self._plug.pull()

    def replug(self) -> None:
        """Put the cable back. Paper and cover are as they were."""
        with self._changed:
            self._plug.put_back()

    def _require_ready(self) -> None:
        if not self._is_open:
            raise DeviceClosed("the simulated printer is not open")
        self._plug.require_whole()
        if self._state is PrinterState.OUT_OF_PAPER:
            raise OutOfPaper("the simulated printer is out of paper")
        if self._state is PrinterState.COVER_OPEN:
            raise CoverOpen("the simulated printer's cover is open")
        if self._state is not PrinterState.READY:
            raise PrinterNotReady("the simulated printer is offline")
