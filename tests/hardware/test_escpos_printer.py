"""What the real printer driver does beyond the contract: mute, slow, broken and half-printing printers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.drivers.escpos_printer import EscposPrinter
from hardware.errors import (
    BadDriverOptions,
    DeviceBusy,
    DeviceUnavailable,
    HardwareError,
    PrinterNotReady,
    PrintUncertain,
)
from hardware.factory import build
from hardware.interfaces import DeviceKind, PrinterState, Raster
from tests.support.escpos_peer import PtyPrinterPeer, TcpPrinterPeer
from tests.support.usb_printer import PRODUCT_ID, VENDOR_ID, UsbPrinterPeer

BLACK = Raster(384, 100, b"\xff" * 48 * 100)
STRIPES = Raster(384, 100, b"\xf0" * 48 * 100)


@pytest.fixture
def peer() -> Iterator[TcpPrinterPeer]:
    peer = TcpPrinterPeer()
    yield peer
    peer.unplug()


@pytest.fixture
def printer(peer: TcpPrinterPeer) -> Iterator[EscposPrinter]:
    with EscposPrinter("network", host="127.0.0.1", port=peer.port, width_dots=384) as printer:
        yield printer


def test_a_printer_that_does_not_answer_is_offline_and_gets_no_job(
    peer: TcpPrinterPeer, printer: EscposPrinter
) -> None:
    peer.engine.silent = True
    assert printer.status() is PrinterState.OFFLINE
    with pytest.raises(PrinterNotReady, match="does not answer"):
        printer.print_raster(BLACK)
    peer.engine.silent = False
    assert printer.status() is PrinterState.READY
    assert peer.engine.papers == []


def test_a_printer_without_gs_r_is_watched_while_it_prints(peer: TcpPrinterPeer, printer: EscposPrinter) -> None:
    peer.engine.knows_gs_r = False
    printer.print_raster(BLACK)
    assert [paper.picture for paper in peer.engine.papers] == [BLACK.rows]
    peer.engine.act(lambda engine: setattr(engine, "rows_left", 10))
    with pytest.raises(PrintUncertain, match="out-of-paper"):
        printer.print_raster(STRIPES)


def test_the_installer_reads_why_the_printer_is_offline(peer: TcpPrinterPeer, printer: EscposPrinter) -> None:
    peer.engine.offline, peer.engine.error_bits = True, 0x08
    with pytest.raises(PrinterNotReady) as refused:
        printer.print_raster(BLACK)
    assert refused.value.vendor_reason == "autocutter error"


def test_a_connection_lost_in_a_job_is_uncertain_and_the_next_receipt_is_whole(
    peer: TcpPrinterPeer, printer: EscposPrinter
) -> None:
    printer.print_raster(BLACK)
    peer.engine.takes_bytes = 1000
    with pytest.raises(PrintUncertain):
        printer.print_raster(STRIPES)
    peer.engine.takes_bytes = None
    assert printer.status() is PrinterState.UNPLUGGED
    printer.close()
    printer.open()
    printer.print_raster(BLACK)
    first, broken, last = peer.engine.papers
    assert first.picture == last.picture == BLACK.rows
    assert broken.picture != STRIPES.rows
    assert not peer.engine.unknown


def test_closing_ends_a_wait_for_the_printer(peer: TcpPrinterPeer, printer: EscposPrinter) -> None:
    printer.print_raster(BLACK)
    peer.engine.knows_gs_r = False  # the printer knew it before, so the driver waits for its answer
    failures: list[HardwareError] = []

    def print_it() -> None:
        with pytest.raises(PrintUncertain) as failed:
            printer.print_raster(STRIPES)
        failures.append(failed.value)

    thread = threading.Thread(target=print_it)
    thread.start()
    assert peer.engine.wait_for(lambda engine: len(engine.papers) == 2)
    printer.close()
    thread.join(30)
    assert [str(failure) for failure in failures] == ["the connection to the printer failed during printing"]


def test_a_mute_printer_is_ready_as_long_as_it_is_connected(peer: TcpPrinterPeer) -> None:
    peer.engine.silent = True
    with EscposPrinter("network", host="127.0.0.1", port=peer.port, width_dots=384, answers_status=False) as printer:
        assert printer.status() is PrinterState.READY
        printer.print_raster(BLACK)
        assert peer.engine.wait_for(lambda engine: bool(engine.papers))
        peer.unplug()
        assert printer.status() is PrinterState.UNPLUGGED
        peer.replug()
    assert peer.engine.papers[0].picture == BLACK.rows


def test_dots_that_spell_a_command_cost_one_dot_and_not_the_picture(
    peer: TcpPrinterPeer, printer: EscposPrinter
) -> None:
    rows = b"\x10\x04\x01\x10\x05\x02\x10\x14\x01\x00\x00\x01" * 200
    printer.print_raster(Raster(96, 200, rows))
    printer.print_raster(BLACK)
    spelt, black = peer.engine.papers
    assert (len(spelt.rows), black.picture) == (200, BLACK.rows)
    added = [(sent ^ printed).bit_count() for sent, printed in zip(rows, spelt.picture, strict=True)]
    assert max(added) == 1
    assert all(sent & printed == sent for sent, printed in zip(rows, spelt.picture, strict=True))


def test_usb_held_by_another_program_is_busy_and_not_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    usb = UsbPrinterPeer()
    monkeypatch.setattr("usb.backend.libusb1.get_backend", lambda: usb)
    printer = EscposPrinter("usb", vendor_id=VENDOR_ID, product_id=PRODUCT_ID)
    usb.held_elsewhere = True
    with pytest.raises(DeviceBusy):
        printer.open()
    assert printer.status() is PrinterState.UNPLUGGED
    usb.held_elsewhere = False
    with printer:
        assert printer.status() is PrinterState.READY


def test_usb_cable_pulled_in_a_job_is_uncertain(monkeypatch: pytest.MonkeyPatch) -> None:
    usb = UsbPrinterPeer()
    monkeypatch.setattr("usb.backend.libusb1.get_backend", lambda: usb)
    with EscposPrinter("usb", vendor_id=VENDOR_ID, product_id=PRODUCT_ID) as printer:
        usb.engine.takes_bytes = 1500
        with pytest.raises(PrintUncertain) as failed:
            printer.print_raster(BLACK)
    assert "No such device" in failed.value.vendor_reason


def test_a_serial_cable_pulled_in_a_job_is_uncertain(tmp_path: Path) -> None:
    peer = PtyPrinterPeer(tmp_path)
    peer.engine.knows_gs_r = False
    with EscposPrinter("serial", device=str(peer.path), width_dots=384) as printer:
        pull = threading.Thread(
            target=lambda: peer.engine.wait_for(lambda engine: bool(engine.papers)) and peer.unplug()
        )
        pull.start()
        with pytest.raises(PrintUncertain):
            printer.print_raster(Raster(384, 1000, b"\xaa" * 48_000))
        pull.join(30)


def test_a_device_file_that_may_not_be_opened_says_so(tmp_path: Path) -> None:
    (tmp_path / "lp0").mkdir()
    with pytest.raises(DeviceUnavailable) as failed:
        EscposPrinter("file", path=str(tmp_path / "lp0")).open()
    assert "directory" in failed.value.vendor_reason


@pytest.mark.parametrize(
    "options",
    [
        {"connection": "parallel"},
        {"connection": "network"},
        {"connection": "network", "host": ""},
        {"connection": "network", "host": "printer", "port": 0},
        {"connection": "network", "host": "printer", "path": "/dev/usb/lp0"},
        {"connection": "usb", "vendor_id": 0x04B8},
        {"connection": "usb", "vendor_id": 0x04B8, "product_id": 0x10000},
        {"connection": "serial", "device": "/dev/ttyUSB0", "baudrate": 38401},
        {"connection": "serial", "device": ""},
        {"connection": "file", "path": ""},
        {"connection": "file", "width_dots": 380},
    ],
)
def test_options_that_cannot_be_used_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(BadDriverOptions):
        build(DeviceKind.PRINTER, "escpos", options)
