"""What every receipt printer does, simulated or real: one suite, run against each."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import pytest

from hardware import escpos
from hardware.drivers.escpos_printer import EscposPrinter
from hardware.errors import (
    CoverOpen,
    DeviceClosed,
    DeviceUnavailable,
    HardwareError,
    OutOfPaper,
    PrinterNotReady,
    PrintUncertain,
)
from hardware.interfaces import PrinterState, Raster, ReceiptPrinter
from hardware.simulated.printer import SimulatedPrinter
from tests.support.escpos_peer import Peer, PrinterEngine, PtyPrinterPeer, TcpPrinterPeer
from tests.support.usb_printer import PRODUCT_ID, VENDOR_ID, UsbPrinterPeer

WIDTH_DOTS = 384
REFUSALS = {
    PrinterState.OUT_OF_PAPER: OutOfPaper,
    PrinterState.COVER_OPEN: CoverOpen,
    PrinterState.OFFLINE: PrinterNotReady,
}


def picture(seed: int, height_dots: int = 40, width_dots: int = WIDTH_DOTS) -> Raster:
    """A picture that no other seed gives, of bytes that mean nothing to a printer."""
    noise = random.Random(seed)  # noqa: S311 - a picture, not a secret
    return Raster(width_dots, height_dots, bytes(noise.choices(range(0x20, 0x100), k=width_dots // 8 * height_dots)))


class World(Protocol):
    """A printer under test and what a person at it can do and see."""

    printer: ReceiptPrinter

    def set_state(self, state: PrinterState) -> None: ...
    def unplug(self) -> None: ...
    def replug(self) -> None: ...
    def run_out_midway(self) -> None: ...
    def pictures(self) -> list[tuple[int, bytes]]: ...


class SimulatedWorld:
    def __init__(self) -> None:
        self.printer = SimulatedPrinter(width_dots=WIDTH_DOTS)
        self.set_state = self.printer.set_state
        self.unplug = self.printer.unplug
        self.replug = self.printer.replug

    def run_out_midway(self) -> None:
        self.printer.jam_midway(into=PrinterState.OUT_OF_PAPER)

    def pictures(self) -> list[tuple[int, bytes]]:
        rasters = [escpos.decode_raster(receipt.data) for receipt in self.printer.receipts]
        return [(raster.width_dots, raster.rows) for raster in rasters]


class PeerWorld:
    def __init__(self, peer: Peer, printer: EscposPrinter) -> None:
        self.peer = peer
        self.printer = printer
        self.unplug = peer.unplug
        self.replug = peer.replug

    def set_state(self, state: PrinterState) -> None:
        def change(engine: PrinterEngine) -> None:
            engine.cover_open = state is PrinterState.COVER_OPEN
            engine.rows_left = 0 if state is PrinterState.OUT_OF_PAPER else None
            engine.offline = state is PrinterState.OFFLINE

        self.peer.engine.act(change)

    def run_out_midway(self) -> None:
        self.peer.engine.act(lambda engine: setattr(engine, "rows_left", 17))

    def pictures(self) -> list[tuple[int, bytes]]:
        with self.peer.engine.changed:
            return [(paper.width_dots, paper.picture) for paper in self.peer.engine.papers]


@pytest.fixture(params=["simulated", "network", "usb", "serial", "file"])
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    if request.param == "simulated":
        yield SimulatedWorld()
        return
    peer: TcpPrinterPeer | PtyPrinterPeer | UsbPrinterPeer
    if request.param == "network":
        peer = TcpPrinterPeer()
        printer = EscposPrinter("network", host="127.0.0.1", port=peer.port, width_dots=WIDTH_DOTS)
    elif request.param == "usb":
        peer = UsbPrinterPeer()
        monkeypatch.setattr("usb.backend.libusb1.get_backend", lambda: peer)  # libusb, with one printer plugged in
        printer = EscposPrinter("usb", vendor_id=VENDOR_ID, product_id=PRODUCT_ID, width_dots=WIDTH_DOTS)
    else:
        peer = PtyPrinterPeer(tmp_path)
        option = {"serial": "device", "file": "path"}[request.param]
        printer = EscposPrinter(request.param, **{option: str(peer.path)}, width_dots=WIDTH_DOTS)
    yield PeerWorld(peer, printer)
    printer.close()
    with suppress(OSError):  # it may be unplugged already
        peer.unplug()


def test_is_ready_once_open_and_may_be_opened_and_closed_twice(world: World) -> None:
    world.printer.open()
    world.printer.open()
    assert world.printer.status() is PrinterState.READY
    world.printer.close()
    world.printer.close()
    assert world.printer.status() is PrinterState.UNPLUGGED
    with world.printer:
        assert world.printer.status() is PrinterState.READY


def test_prints_pictures_dot_for_dot_and_in_order(world: World) -> None:
    pictures = [picture(1), picture(2, height_dots=escpos.MAX_BAND_DOTS * 2 + 1), picture(3, height_dots=1)]
    with world.printer:
        for raster in pictures:
            world.printer.print_raster(raster)
        assert world.printer.status() is PrinterState.READY
    assert world.pictures() == [(raster.width_dots, raster.rows) for raster in pictures]


def test_prints_what_is_narrower_than_the_paper_and_refuses_what_is_wider(world: World) -> None:
    with world.printer:
        world.printer.print_raster(picture(1, width_dots=64))
        with pytest.raises(ValueError, match="wide"):
            world.printer.print_raster(picture(2, width_dots=WIDTH_DOTS + 8))
    assert world.pictures() == [(64, picture(1, width_dots=64).rows)]


@pytest.mark.parametrize("state", REFUSALS)
def test_refuses_a_job_it_cannot_print_and_prints_it_when_told_again(world: World, state: PrinterState) -> None:
    with world.printer:
        world.set_state(state)
        assert world.printer.status() is state
        with pytest.raises(PrinterNotReady) as refused:
            world.printer.print_raster(picture(1))
        assert type(refused.value) is REFUSALS[state]
        assert refused.value.code == state
        world.set_state(PrinterState.READY)
        assert world.pictures() == []
        assert world.printer.status() is PrinterState.READY
        world.printer.print_raster(picture(1))
    assert world.pictures() == [(WIDTH_DOTS, picture(1).rows)]


def test_a_closed_printer_prints_nothing(world: World) -> None:
    with pytest.raises(DeviceClosed):
        world.printer.print_raster(picture(1))
    world.printer.open()
    world.printer.close()
    with pytest.raises(DeviceClosed):
        world.printer.print_raster(picture(1))
    assert world.pictures() == []


def test_an_unplugged_printer_cannot_be_opened(world: World) -> None:
    world.unplug()
    with pytest.raises(DeviceUnavailable):
        world.printer.open()


def test_says_that_it_was_unplugged_and_works_after_reopening(world: World) -> None:
    with world.printer:
        world.printer.print_raster(picture(1))
        world.unplug()
        assert world.printer.status() is PrinterState.UNPLUGGED
        with pytest.raises(DeviceUnavailable):
            world.printer.print_raster(picture(2))
        world.replug()
        world.printer.close()
        world.printer.open()
        assert world.printer.status() is PrinterState.READY
        world.printer.print_raster(picture(3))
    assert world.pictures() == [(WIDTH_DOTS, picture(n).rows) for n in (1, 3)]


def test_a_job_cut_short_is_uncertain_and_spoils_no_other(world: World) -> None:
    with world.printer:
        world.run_out_midway()
        with pytest.raises(PrintUncertain) as uncertain:
            world.printer.print_raster(picture(1))
        assert uncertain.value.code == "uncertain"
        assert world.printer.status() is PrinterState.OUT_OF_PAPER
        with pytest.raises(OutOfPaper):
            world.printer.print_raster(picture(2))
        world.set_state(PrinterState.READY)
        world.printer.print_raster(picture(3))
    assert world.pictures()[-1] == (WIDTH_DOTS, picture(3).rows)
    assert (WIDTH_DOTS, picture(2).rows) not in world.pictures()


def test_a_plug_pulled_before_a_job_is_no_uncertain_job(world: World) -> None:
    with world.printer:
        world.unplug()
        with pytest.raises(HardwareError) as failed:
            world.printer.print_raster(picture(1))
    assert isinstance(failed.value, DeviceUnavailable)
