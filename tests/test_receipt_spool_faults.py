"""The spool under the supervisor, and over any order of faults: no receipt twice without a guard being told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hardware import escpos
from hardware.drivers.escpos_printer import EscposPrinter
from hardware.errors import DeviceUnavailable
from hardware.interfaces import DeviceKind, PrinterState, Raster, ReceiptPrinter
from hardware.simulated.printer import SimulatedPrinter
from hardware.supervisor import BackOff, DeviceCondition, DeviceHealth, Supervisor
from kiosk.domain.ids import new_id
from kiosk.domain.papers import PrintKind
from kiosk.domain.receipts import QrBlock
from kiosk.errors import Conflict
from kiosk.services.print_jobs import PrintJob, PrintState, witness
from kiosk.services.spool import NewJob
from kiosk.store import journal
from tests.support.escpos_peer import TcpPrinterPeer
from tests.support.spool_gate import (
    GENEROUS_S,
    TTL_S,
    WIDTH_DOTS,
    Crash,
    Gate,
    PowerCutPrinter,
    opened_gate,
    pass_on,
    visits_on_paper,
)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with opened_gate(tmp_path) as gate:
        yield gate


@pytest.fixture(scope="module")
def lasting_gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    with opened_gate(tmp_path_factory.mktemp("spool")) as gate:
        yield gate


@dataclass
class Watched:
    """A spool at work under the supervisor, and what it says of its printer."""

    supervisor: Supervisor
    health: list[DeviceHealth] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def hear(self, health: DeviceHealth) -> None:
        with self.changed:
            self.health.append(health)
            self.changed.notify_all()

    def wait_for(self, condition: DeviceCondition, code: str = "") -> bool:
        def is_so() -> bool:
            return bool(self.health) and (self.health[-1].condition, self.health[-1].code) == (condition, code)

        with self.changed:
            return self.changed.wait_for(is_so, GENEROUS_S)


def watch(gate: Gate, build: Callable[[], ReceiptPrinter]) -> Watched:
    supervisor = Supervisor(back_off=BackOff(first_s=0.01, most_s=0.05))
    supervisor.add("printer", DeviceKind.PRINTER, "simulated", build, gate.spool.work)
    watched = Watched(supervisor)
    supervisor.listen(watched.hear)
    supervisor.start()
    return watched


def test_the_worker_prints_at_once_and_tells_what_the_printer_needs(gate: Gate) -> None:
    printer = SimulatedPrinter(width_dots=WIDTH_DOTS)
    watched = watch(gate, lambda: printer)
    try:
        assert watched.wait_for(DeviceCondition.READY)
        signed_in = [gate.sign_in()]
        assert printer.wait_for_receipts(1, GENEROUS_S)
        printer.run_out_of_paper()
        assert watched.wait_for(DeviceCondition.IMPAIRED, "out-of-paper")
        signed_in.append(gate.sign_in())
        printer.unplug()
        assert watched.wait_for(DeviceCondition.FAULT, "unplugged")
        printer.replug()
        printer.make_ready()
        assert printer.wait_for_receipts(2, GENEROUS_S)
        assert watched.wait_for(DeviceCondition.READY)
    finally:
        assert watched.supervisor.stop(GENEROUS_S)
    assert visits_on_paper(printer) == signed_in
    assert gate.states() == [PrintState.PRINTED] * 2


def test_a_real_printers_power_cut_leaves_one_uncertain_job_and_the_rest_whole(gate: Gate) -> None:
    peer = TcpPrinterPeer()
    printer = EscposPrinter("network", host="127.0.0.1", port=peer.port, width_dots=WIDTH_DOTS)
    signed_in = [gate.sign_in() for _ in range(3)]
    peer.engine.takes_bytes = 3000  # within the first receipt
    watched = watch(gate, lambda: printer)
    try:
        assert watched.wait_for(DeviceCondition.FAULT, "unplugged")
        peer.engine.takes_bytes = None
        assert peer.engine.wait_for(lambda engine: len(engine.papers) == 3, GENEROUS_S)
        assert watched.wait_for(DeviceCondition.READY)
    finally:
        assert watched.supervisor.stop(GENEROUS_S)
        peer.unplug()
    whole = [
        pass_on(escpos.encode_raster(Raster(paper.width_dots, len(paper.rows), paper.picture)))
        for paper in peer.engine.papers[1:]
    ]
    assert [text.removeprefix("PASS OF ").lower() for text in whole] == signed_in[1:]


# --- over any order of faults ---


class Day:
    """A day at the gate: everything that can happen to its receipts, by name."""

    def __init__(self, gate: Gate, printer: PowerCutPrinter) -> None:
        self.gate = gate
        self.printer = printer
        self.visits: list[str] = []
        self.sheets: dict[str, str] = {}  # by the job that first brings it out, what its code says
        self.acts: dict[str, Callable[[], object]] = {
            "sign in": lambda: self.visits.append(gate.sign_in()),
            "fire": self.fire,
            "print": self.print_next,
            "out of paper": printer.run_out_of_paper,
            "unplug": printer.unplug,
            "mend": self.mend,
            "jam": printer.jam_midway,
            "jam that clears": lambda: printer.jam_midway(into=PrinterState.READY),
            "power fails before": lambda: setattr(printer, "crash", "before"),
            "power fails after": lambda: setattr(printer, "crash", "after"),
            "reprint": self.reprint,
            "dismiss": self.dismiss,
            "time passes": self.time_passes,
        }

    def fire(self) -> None:
        with self.gate.store.write() as transaction:
            text = new_id(transaction.now)
            content = (QrBlock(f"PASS OF {text.upper()}"),)
            new = NewJob(kind=PrintKind.MUSTER, digest=witness(transaction), content=content)
            self.sheets[self.gate.spool.add(transaction, new, actor="system").id] = text

    def print_next(self) -> None:
        try:
            with suppress(DeviceUnavailable):
                self.gate.spool.print_next(self.printer)
        except Crash:
            self.gate.restart()

    def mend(self) -> None:
        self.printer.make_ready()
        self.printer.close()
        self.printer.open()

    def reprint(self) -> None:
        for visit_id in self.visits[:1]:
            with suppress(Conflict):  # one is queued already
                self.gate.receipts.reprint(visit_id, actor="guard chan")

    def dismiss(self) -> None:
        for job in self.gate.spool.jobs()[:1]:
            self.gate.spool.dismiss(job.id, actor="guard chan")

    def time_passes(self) -> None:
        self.gate.clock.pass_time(TTL_S / 2)
        self.gate.spool.lapse_overdue()


# What keeps a day going stands here more often than what stops it, or nearly every day would end at the first fault.
ACTS = [
    *["sign in"] * 3, "fire", *["print"] * 6, *["mend"] * 4, "out of paper", "unplug", "jam", "jam that clears",
    "power fails before", "power fails after", "reprint", "dismiss", "time passes",
]  # fmt: skip


@given(acts=st.lists(st.sampled_from(ACTS), min_size=10, max_size=40))
@hypothesis_settings(max_examples=100, deadline=None)
def test_over_any_order_of_faults_no_receipt_comes_out_twice_unmarked(lasting_gate: Gate, acts: list[str]) -> None:
    gate = lasting_gate
    gate.restart()
    gate.clock.pass_time(10 * TTL_S)
    gate.spool.lapse_overdue()
    with gate.store.read() as connection:
        before, _ = journal.head(connection)
    with PowerCutPrinter(width_dots=WIDTH_DOTS) as printer:
        day = Day(gate, printer)
        for name in acts:
            day.acts[name]()
        mine = day.visits
        jobs = [job for visit_id in mine for job in gate.receipts.jobs_of(visit_id)]
        on_paper = visits_on_paper(printer)
    with gate.store.read() as connection:
        entries = [e for e in journal.after(connection, before, 10_000) if e.payload.get("visit") in mine]
    went_out = {job.id: [e.type for e in entries if e.payload.get("job") == job.id] for job in jobs}
    for visit_id in mine:
        of_visit = [job for job in jobs if job.visit_id == visit_id]
        sure = sum(job.state is PrintState.PRINTED for job in of_visit)
        unsure = sum("receipt.uncertain" in went_out[job.id] for job in of_visit)
        assert sure <= on_paper.count(visit_id) <= sure + unsure
    for sheet in day.sheets.items():
        _check_sheet(gate, sheet, on_paper)
    for history in went_out.values():
        assert history.count("receipt.printed") + history.count("receipt.uncertain") <= 1
    printed = [entry.payload["job"] for entry in entries if entry.type == "receipt.printed"]
    assert printed == [job.id for job in sorted(jobs, key=_place) if job.id in printed]


def _check_sheet(gate: Gate, sheet: tuple[str, str], on_paper: list[str]) -> None:
    """A sheet of a muster list comes out once, or somebody is told, or it waits; it never lapses."""
    job_id, text = sheet
    (job,) = [one for one in gate.spool.jobs(PrintState) if one.id == job_id]
    assert job.state is not PrintState.LAPSED
    assert on_paper.count(text) <= 1
    if job.state is PrintState.PRINTED:
        assert text in on_paper
    if job.state is PrintState.QUEUED:
        assert text not in on_paper


def _place(job: PrintJob) -> int:
    return job.seq
