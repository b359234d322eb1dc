"""The spool: each receipt once, in order, or a guard is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware import escpos
from hardware.errors import DeviceUnavailable
from hardware.interfaces import PrinterState
from hardware.simulated.printer import SimulatedPrinter
from kiosk.config import parse
from kiosk.domain.papers import PrintKind, as_copy
from kiosk.domain.receipts import Heading, Label, Tick, Title
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource, VisitState
from kiosk.errors import Conflict, NotFound, Unavailable
from kiosk.services import raster_fonts
from kiosk.services.print_jobs import PrintJob, PrintState, witness
from kiosk.services.raster_fonts import FontMissing
from kiosk.services.receipt_render import render
from kiosk.services.register import Register
from kiosk.services.spool import NewJob
from kiosk.store import journal
from tests.support.spool_gate import (
    LANES,
    TTL_S,
    WIDTH_DOTS,
    Crash,
    Gate,
    PowerCutPrinter,
    opened_gate,
    print_all,
    visits_on_paper,
)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with opened_gate(tmp_path) as gate:
        yield gate


@pytest.fixture
def printer() -> Iterator[SimulatedPrinter]:
    with SimulatedPrinter(width_dots=WIDTH_DOTS) as printer:
        yield printer


def test_receipts_come_out_once_and_in_the_order_of_sign_in(gate: Gate, printer: SimulatedPrinter) -> None:
    signed_in = [gate.sign_in() for _ in range(3)]
    assert gate.states() == [PrintState.QUEUED] * 3
    print_all(gate, printer)
    assert visits_on_paper(printer) == signed_in
    assert gate.states() == [PrintState.PRINTED] * 3
    assert gate.spool.jobs() == []
    assert gate.entries() == ["receipt.queued"] * 3 + ["receipt.printing", "receipt.printed"] * 3


def test_the_paper_witnesses_the_entry_that_signed_the_visitor_in(gate: Gate) -> None:
    visit_id = gate.sign_in()
    with gate.store.read() as connection:
        signed_in = next(e for e in journal.after(connection, 0, 100) if e.payload.get("visit") == visit_id)
    (job,) = gate.receipts.jobs_of(visit_id)
    assert job.journal_digest == journal.short_digest(signed_in.hash)


@pytest.mark.parametrize("state", [PrinterState.OUT_OF_PAPER, PrinterState.COVER_OPEN, PrinterState.OFFLINE])
def test_a_job_the_printer_refuses_keeps_its_place(gate: Gate, printer: SimulatedPrinter, state: PrinterState) -> None:
    first = gate.sign_in()
    printer.set_state(state)
    assert not gate.spool.print_next(printer)
    second = gate.sign_in()
    assert gate.states() == [PrintState.QUEUED] * 2
    assert gate.spool.jobs()[0].detail == state.value
    printer.make_ready()
    print_all(gate, printer)
    assert visits_on_paper(printer) == [first, second]


def test_a_job_refused_because_the_cable_is_out_keeps_its_place(gate: Gate, printer: SimulatedPrinter) -> None:
    gate.sign_in()
    printer.unplug()
    with pytest.raises(DeviceUnavailable):
        gate.spool.print_next(printer)
    assert gate.states() == [PrintState.QUEUED]


def test_a_job_that_jams_is_never_repeated_by_itself(gate: Gate, printer: SimulatedPrinter) -> None:
    first, second = gate.sign_in(), gate.sign_in()
    printer.jam_midway(into=PrinterState.READY)
    print_all(gate, printer)
    assert visits_on_paper(printer) == [second]
    assert gate.states() == [PrintState.UNCERTAIN, PrintState.PRINTED]
    assert [job.visit_id for job in gate.spool.jobs()] == [first]


@pytest.mark.parametrize(("moment", "on_paper"), [("before", 0), ("after", 1)])
def test_what_a_crash_interrupts_is_uncertain_whichever_way_it_went(gate: Gate, moment: str, on_paper: int) -> None:
    with PowerCutPrinter(width_dots=WIDTH_DOTS) as printer:
        gate.sign_in()
        printer.crash = moment
        with pytest.raises(Crash):
            gate.spool.print_next(printer)
        assert gate.states() == [PrintState.PRINTING]
        gate.restart()
        assert gate.states() == [PrintState.UNCERTAIN]
        print_all(gate, printer)
        assert len(printer.receipts) == on_paper
    assert gate.entries()[-1] == "receipt.uncertain"


def test_a_guard_prints_a_copy_of_what_is_uncertain(gate: Gate, printer: SimulatedPrinter) -> None:
    visit_id = gate.sign_in()
    printer.jam_midway(into=PrinterState.READY)
    print_all(gate, printer)
    copy = gate.receipts.reprint(visit_id, actor="guard chan")
    assert (copy.copy_number, copy.state) == (1, PrintState.QUEUED)
    with pytest.raises(Conflict) as refused:
        gate.receipts.reprint(visit_id, actor="guard chan")
    assert refused.value.code == "receipt-queued"
    print_all(gate, printer)
    assert visits_on_paper(printer) == [visit_id]
    assert gate.states() == [PrintState.DISMISSED, PrintState.PRINTED]
    assert gate.receipts.reprint(visit_id, actor="guard chan").copy_number == 2


def test_a_guard_dismisses_what_is_uncertain_or_not_wanted_any_more(gate: Gate, printer: SimulatedPrinter) -> None:
    gate.sign_in()
    printer.jam_midway(into=PrinterState.READY)
    print_all(gate, printer)
    gate.sign_in()
    for job in gate.spool.jobs():
        assert gate.spool.dismiss(job.id, actor="guard chan").state is PrintState.DISMISSED
    print_all(gate, printer)
    assert printer.receipts == ()
    with pytest.raises(Conflict) as refused:
        gate.spool.dismiss(gate.spool.jobs(PrintState)[0].id, actor="guard chan")
    assert refused.value.code == "job-dismissed"
    with pytest.raises(NotFound):
        gate.spool.dismiss("0" * 32, actor="guard chan")


def test_a_printer_that_comes_back_after_hours_prints_no_flood(gate: Gate, printer: SimulatedPrinter) -> None:
    early = [gate.sign_in() for _ in range(20)]
    gate.clock.pass_time(TTL_S + 1)
    late = gate.sign_in()
    assert gate.spool.lapse_overdue() == 20
    print_all(gate, printer)
    assert visits_on_paper(printer) == [late]
    assert gate.states() == [PrintState.LAPSED] * 20 + [PrintState.PRINTED]
    copy = gate.receipts.reprint(early[0], actor="guard chan")
    print_all(gate, printer)
    assert visits_on_paper(printer) == [late, early[0]]
    assert gate.receipts.jobs_of(early[0])[-1].id == copy.id


def test_what_was_never_signed_in_has_no_receipt(gate: Gate) -> None:
    register = Register(gate.settings.estate.zone)
    with gate.store.write() as transaction:
        new = NewVisit(kind=VisitKind.CONTRACTOR, unit="1-A-1-1", visitor_name="李師傅")
        waiting = register.enter(
            transaction, new, state=VisitState.WAITING, source=VisitSource.TOUCH, lane="in", ends_at=None
        )
    with pytest.raises(Conflict) as refused:
        gate.receipts.reprint(waiting.id, actor="guard chan")
    assert refused.value.code == "no-receipt"
    with pytest.raises(NotFound):
        gate.receipts.reprint("0" * 32, actor="guard chan")


def test_a_gate_without_a_printer_queues_nothing(tmp_path: Path) -> None:
    with opened_gate(tmp_path, parse({"lanes": LANES})) as gate:
        visit_id = gate.sign_in()
        assert gate.states() == []
        with pytest.raises(Unavailable):
            gate.receipts.reprint(visit_id, actor="guard chan")


def test_a_receipt_that_cannot_be_drawn_holds_nobody_up(gate: Gate, printer: SimulatedPrinter) -> None:
    broken, whole = gate.sign_in(), gate.sign_in()
    with gate.store.write() as transaction:
        transaction.connection.exec_driver_sql("UPDATE passes SET token = ? WHERE id = ?", ("x" * 3000, broken))
    print_all(gate, printer)
    assert gate.states() == [PrintState.LAPSED, PrintState.PRINTED]
    assert visits_on_paper(printer) == [whole]


SHEET = (Title(Label("晴嵐花園", "Clearmist Garden")), Heading("1-A", "1"), Tick("何文", "+1", "261125-001"))


def add_sheet(gate: Gate) -> PrintJob:
    with gate.store.write() as transaction:
        new = NewJob(kind=PrintKind.MUSTER, digest=witness(transaction), content=SHEET)
        return gate.spool.add(transaction, new, actor="system")


def test_a_paper_that_goes_first_overtakes_the_receipts_and_does_not_lapse(
    gate: Gate, printer: SimulatedPrinter
) -> None:
    visit_id = gate.sign_in()
    sheet = add_sheet(gate)
    assert gate.spool.jobs()[0].id == sheet.id
    gate.clock.pass_time(TTL_S + 1)
    assert gate.spool.lapse_overdue() == 1
    print_all(gate, printer)
    assert [receipt.data for receipt in printer.receipts] == [escpos.encode_raster(render(SHEET, WIDTH_DOTS))]
    assert gate.receipts.jobs_of(visit_id)[0].state is PrintState.LAPSED


def test_a_paper_that_a_power_cut_interrupts_is_printed_again_as_a_copy(gate: Gate) -> None:
    with PowerCutPrinter(width_dots=WIDTH_DOTS) as printer:
        sheet = add_sheet(gate)
        printer.crash = "before"
        with pytest.raises(Crash):
            gate.spool.print_next(printer)
        gate.restart()
        copy = gate.spool.reprint(sheet.id, actor="guard chan")
        with pytest.raises(Conflict) as refused:
            gate.spool.reprint(sheet.id, actor="guard chan")
        assert refused.value.code == "paper-queued"
        print_all(gate, printer)
        wanted = escpos.encode_raster(render(as_copy(SHEET, 1), WIDTH_DOTS))
        assert [receipt.data for receipt in printer.receipts] == [wanted]
    assert gate.states() == [PrintState.DISMISSED, PrintState.PRINTED]
    assert copy.copy_number == 1


def test_a_receipt_is_not_kept_as_a_paper(gate: Gate) -> None:
    gate.sign_in()
    (job,) = gate.spool.jobs()
    assert not job.has_content
    with pytest.raises(Conflict) as refused:
        gate.spool.reprint(job.id, actor="guard chan")
    assert refused.value.code == "no-paper"


def test_without_a_font_the_job_waits(gate: Gate, printer: SimulatedPrinter, monkeypatch: pytest.MonkeyPatch) -> None:
    gate.sign_in()
    with monkeypatch.context() as patched:
        patched.setattr(raster_fonts, "_FAMILIES", ())
        raster_fonts._chinese_font.cache_clear()
        with pytest.raises(FontMissing):
            gate.spool.print_next(printer)
    raster_fonts._chinese_font.cache_clear()
    assert gate.states() == [PrintState.QUEUED]
    assert gate.spool.print_next(printer)
