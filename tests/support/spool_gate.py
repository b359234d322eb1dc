"""A gate's spool on a store of its own, visitors who sign in, and a printer whose box loses power."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image
from sqlalchemy import insert

from hardware import escpos
from hardware.interfaces import Raster, ReceiptPrinter
from hardware.simulated.printer import SimulatedPrinter
from kiosk.clock import ClockConfidence
from kiosk.config import Settings, parse
from kiosk.domain.papers import PrintKind
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource, VisitState
from kiosk.services.print_jobs import PrintState
from kiosk.services.register import Register
from kiosk.services.spool import Spool
from kiosk.services.visit_receipts import VisitReceipts, visit_paper
from kiosk.store import journal
from kiosk.store.database import Store
from kiosk.store.tables import passes, units
from tests.support.empty_store import open_store

WIDTH_DOTS = 384
TTL_S = 180.0
LANES: dict[str, Any] = {"in": {"direction": "in", "relay": {"driver": "simulated"}}}
SETTINGS = parse({"lanes": LANES, "printer": {"driver": "simulated", "job_ttl_s": TTL_S}})
GENEROUS_S = 60.0


@dataclass
class HandClock:
    """A clock that stands until it is moved."""

    moment: datetime = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def monotonic_ns(self) -> int:
        return int(self.moment.timestamp() * 1e9)

    def confidence(self) -> ClockConfidence:
        return ClockConfidence.SYNCHRONISED

    def pass_time(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class Crash(BaseException):
    """The box loses power at this very point."""


class PowerCutPrinter(SimulatedPrinter):
    """A simulated printer on a box whose power fails just before or just after a receipt came out."""

    crash: str = ""

    def print_raster(self, raster: Raster) -> None:
        crash, self.crash = self.crash, ""
        if crash == "before":
            raise Crash
        super().print_raster(raster)
        if crash == "after":
            raise Crash


@dataclass
class Gate:
    """A store, its spool, and visitors who sign in."""

    store: Store
    clock: HandClock
    settings: Settings = SETTINGS
    spool: Spool = field(init=False)
    receipts: VisitReceipts = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Come up again after a crash: all that is left is the store."""
        composers = {PrintKind.VISIT: visit_paper(self.settings.estate)}
        self.spool = Spool(self.store, self.clock, self.settings.printer, composers)
        self.receipts = VisitReceipts(self.store, self.spool)
        self.spool.settle_interrupted()

    def sign_in(self) -> str:
        """Sign a visitor in and return the visit's id; the pass is a text that tells the visit."""
        register = Register(self.settings.estate.zone)
        with self.store.write() as transaction:
            now = transaction.now
            new = NewVisit(kind=VisitKind.GUEST, unit="1-A-1-1", visitor_name="王小明")
            visit = register.enter(
                transaction, new, state=VisitState.SIGNED_IN, source=VisitSource.TOUCH, lane="in",
                ends_at=now + timedelta(hours=4), pass_id=None,
            )  # fmt: skip
            transaction.connection.execute(
                insert(passes),
                {
                    "id": visit.id, "unit": "1-A-1-1", "holder": "王小明", "not_before": now,
                    "not_after": now + timedelta(hours=4), "max_uses": 1, "uses": 1, "lanes": None, "state": "active",
                    "kind": "visit", "token": f"PASS OF {visit.id.upper()}", "created_at": now,
                },
            )  # fmt: skip
            transaction.connection.exec_driver_sql("UPDATE visits SET pass_id = id WHERE id = ?", (visit.id,))
            transaction.record("touchscreen", "visit.signed_in", {"visit": visit.id})
            self.receipts.enqueue(transaction, visit.id)
        return visit.id

    def states(self) -> list[PrintState]:
        return [job.state for job in self.spool.jobs(PrintState)]

    def wait_for_states(self, states: list[PrintState]) -> bool:
        committed = threading.Condition()

        def notify(_seq: int) -> None:
            with committed:
                committed.notify_all()

        self.store.on_commit(notify)
        with committed:
            return committed.wait_for(lambda: self.states() == states, GENEROUS_S)

    def entries(self) -> list[str]:
        with self.store.read() as connection:
            return [entry.type for entry in journal.after(connection, 0, 10_000) if entry.type.startswith("receipt.")]


@contextmanager
def opened_gate(directory: Path, settings: Settings = SETTINGS) -> Iterator[Gate]:
    """A gate with one unit and nobody in it."""
    clock = HandClock()
    store = open_store(directory, clock)
    with store.write() as transaction:
        unit = {"code": "1-A-1-1", "phase": "1", "block": "A", "floor": "1", "door": "1", "position": 1}
        transaction.connection.execute(insert(units), unit)
    yield Gate(store, clock, settings)
    store.close()


def pass_on(job_bytes: bytes) -> str:
    """The pass that a receipt's code carries."""
    raster = escpos.decode_raster(job_bytes)
    paper = Image.frombytes("1", (raster.width_dots, raster.height_dots), bytes(byte ^ 0xFF for byte in raster.rows))
    (code,) = zxingcpp.read_barcodes(paper, formats=zxingcpp.BarcodeFormat.QRCode)
    return code.text


def visits_on_paper(printer: SimulatedPrinter) -> list[str]:
    return [pass_on(receipt.data).removeprefix("PASS OF ").lower() for receipt in printer.receipts]


def print_all(gate: Gate, printer: ReceiptPrinter) -> None:
    while gate.spool.print_next(printer):
        pass
