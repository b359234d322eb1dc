"""Handovers in the print queue: which are printed, what a copy is, what waits for paper, and what the journal keeps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from hardware import escpos
from hardware.interfaces import Raster
from hardware.simulated.printer import SimulatedPrinter
from kiosk.config import PanelSettings
from kiosk.domain.handovers import HandoverSheet, Means, Side
from kiosk.domain.papers import PrintKind, as_copy
from kiosk.domain.receipts import Block, Foot, Remark, Tick
from kiosk.domain.roles import Role
from kiosk.errors import Conflict, NotFound, Refusal, Unavailable
from kiosk.services.accounts import AccountService, User
from kiosk.services.print_jobs import PrintJob, PrintState, content_of
from kiosk.services.receipt_render import render
from kiosk.services.spool import CONTENT_KEPT
from kiosk.store import journal
from kiosk.store.journal import Entry
from kiosk.store.tables import print_jobs
from tests.support import slips_at_desk as slips
from tests.support.desk import Desk, open_desk

PASSWORD = "correct horse battery"
NOTE, REMARK = "後門鎖壞了", "不知道在哪裏"
WIDTH_DOTS = 576


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as desk:
        yield desk


@pytest.fixture
def printer() -> Iterator[SimulatedPrinter]:
    with SimulatedPrinter(width_dots=WIDTH_DOTS) as printer:
        yield printer


@pytest.fixture
def people(desk: Desk) -> dict[str, User]:
    accounts = AccountService(desk.store, desk.clock, PanelSettings())
    return {name: accounts.add_user(name, Role.GUARD, PASSWORD) for name in ("chan", "lee")}


def begin(desk: Desk, people: dict[str, User], *, slips_open: int = 2) -> HandoverSheet:
    """From chan to lee, with a note and so many slips on it, the first of them refused."""
    for _slip in range(slips_open):
        slips.approve(desk)
    service = desk.shifts.handovers
    sheet = service.open(people["chan"])
    id_ = sheet.handover.id
    service.name(id_, "lee", actor="user chan")
    service.note(id_, NOTE, actor="user chan")
    return service.refuse(id_, sheet.items[0].number, REMARK, actor="user lee")


def sign(desk: Desk, people: dict[str, User], sheet: HandoverSheet, *sides: Side) -> HandoverSheet:
    for side in sides:
        signer = people[sheet.handover.name_of(side)]
        sheet = desk.shifts.handovers.sign(sheet.handover.id, side, signer, Means.PIN, digest=sheet.digest)
    return sheet


@pytest.fixture
def ended(desk: Desk, people: dict[str, User]) -> HandoverSheet:
    return sign(desk, people, begin(desk, people), *Side)


@pytest.fixture
def long(desk: Desk, people: dict[str, User]) -> HandoverSheet:
    """One of two sheets."""
    return sign(desk, people, begin(desk, people, slips_open=40), *Side)


def code(act: Callable[..., object], *arguments: object, **named: object) -> str:
    with pytest.raises(Refusal) as refused:
        act(*arguments, **named)
    return refused.value.code


def content(desk: Desk, job: PrintJob) -> tuple[Block, ...]:
    with desk.store.read() as connection:
        found = content_of(connection, job)
    assert found is not None
    return found


def entries(desk: Desk, family: str = "handover_paper.") -> list[Entry]:
    with desk.store.read() as connection:
        return [entry for entry in journal.after(connection, 0, 1000) if entry.type.startswith(family)]


def print_all(desk: Desk, printer: SimulatedPrinter) -> list[Raster]:
    """Print what waits, as far as the printer takes it; all papers that have come out so far."""
    while desk.spool.print_next(printer):
        pass
    return [escpos.decode_raster(receipt.data) for receipt in printer.receipts]


def test_it_comes_out_as_both_have_signed_it(desk: Desk, ended: HandoverSheet, printer: SimulatedPrinter) -> None:
    (job,) = desk.shifts.papers.print(ended.handover.id, actor="user lee")
    assert (job.kind, job.subject_id, job.copy_number) == (PrintKind.HANDOVER, ended.handover.id, 0)
    assert job.subject_number == "2026-03-01 09:00"
    blocks = content(desk, job)
    assert print_all(desk, printer) == [render(blocks, WIDTH_DOTS)]
    ticked = [block.text for block in blocks if isinstance(block, Tick)]
    assert ticked == [one.item.label for one in (*ended.refused, *ended.taken)]
    assert [block.text for block in blocks if isinstance(block, Remark)] == [REMARK, NOTE]


def test_it_witnesses_the_second_signature(desk: Desk, ended: HandoverSheet) -> None:
    (job,) = desk.shifts.papers.print(ended.handover.id, actor="user lee")
    (end,) = entries(desk, "handover.ended")
    assert job.journal_digest == journal.short_digest(end.hash)
    foot = content(desk, job)[-1]
    assert isinstance(foot, Foot)
    assert job.journal_digest in foot.left


def test_the_journal_names_the_handover_and_tells_no_word_of_it(
    desk: Desk, ended: HandoverSheet, printer: SimulatedPrinter
) -> None:
    (job,) = desk.shifts.papers.print(ended.handover.id, actor="user lee")
    print_all(desk, printer)
    told = entries(desk)
    assert [entry.type.removeprefix("handover_paper.") for entry in told] == ["queued", "printing", "printed"]
    facts = {"job": job.id, "handover": ended.handover.id, "number": "2026-03-01 09:00", "copy": 0}
    assert [dict(entry.payload) for entry in told] == [facts] * 3
    assert told[0].actor == "user lee"
    everything = json.dumps([dict(entry.payload) for entry in entries(desk, "")], ensure_ascii=False)
    assert NOTE not in everything
    assert REMARK not in everything


def test_what_not_both_have_signed_is_not_printed(desk: Desk, people: dict[str, User]) -> None:
    sheet = begin(desk, people)
    papers, id_ = desk.shifts.papers, sheet.handover.id
    assert code(papers.print, id_, actor="user chan") == "handover-unsigned"
    sign(desk, people, sheet, Side.INCOMING)
    assert code(papers.print, id_, actor="user chan") == "handover-unsigned"
    desk.shifts.handovers.cancel(id_, "x", actor="user chan")
    assert code(papers.print, id_, actor="user chan") == "handover-cancelled"
    with pytest.raises(NotFound):
        papers.print("0" * 32, actor="user chan")
    assert desk.spool.jobs(PrintState) == []


def test_a_gate_without_a_printer_says_so(tmp_path: Path) -> None:
    with open_desk(tmp_path, printer=False) as desk, pytest.raises(Unavailable) as refused:
        desk.shifts.papers.print("0" * 32, actor="user chan")
    assert refused.value.code == "no-printer"


def test_it_waits_for_paper_however_long_and_is_not_queued_twice(
    desk: Desk, ended: HandoverSheet, printer: SimulatedPrinter
) -> None:
    papers, id_ = desk.shifts.papers, ended.handover.id
    printer.run_out_of_paper()
    (job,) = papers.print(id_, actor="user lee")
    assert print_all(desk, printer) == []
    with pytest.raises(Conflict) as refused:
        papers.print(id_, actor="user lee")
    assert refused.value.code == "paper-queued"
    desk.clock.move(timedelta(hours=9))
    assert desk.spool.lapse_overdue() == 0
    printer.make_ready()
    assert print_all(desk, printer) == [render(content(desk, job), WIDTH_DOTS)]


def test_another_paper_is_a_copy_and_says_so(desk: Desk, ended: HandoverSheet, printer: SimulatedPrinter) -> None:
    papers, id_ = desk.shifts.papers, ended.handover.id
    papers.print(id_, actor="user chan")
    print_all(desk, printer)
    (copy,) = papers.print(id_, actor="user lee")
    assert copy.copy_number == 1
    assert print_all(desk, printer)[1] == render(as_copy(content(desk, copy), 1), WIDTH_DOTS)


def test_a_sheet_in_doubt_is_printed_again_by_itself(
    desk: Desk, long: HandoverSheet, printer: SimulatedPrinter
) -> None:
    papers, id_ = desk.shifts.papers, long.handover.id
    first, second = papers.print(id_, actor="user lee")
    assert [(job.part, job.parts) for job in (first, second)] == [(1, 2), (2, 2)]
    printer.jam_midway()
    print_all(desk, printer)
    doubtful, waiting = desk.spool.jobs()
    assert [(doubtful.id, doubtful.state), (waiting.id, waiting.state)] == [
        (first.id, PrintState.UNCERTAIN), (second.id, PrintState.QUEUED),
    ]  # fmt: skip
    again = desk.spool.reprint(first.id, actor="user lee")
    assert (again.subject_id, again.part, again.parts, again.copy_number) == (id_, 1, 2, 1)
    assert content(desk, again) == content(desk, first)
    assert not desk.spool.is_latest(first)
    assert desk.spool.is_latest(waiting), "the other sheet is another paper"
    printer.make_ready()
    came_out = print_all(desk, printer)
    assert came_out == [
        render(content(desk, second), WIDTH_DOTS),
        render(as_copy(content(desk, first), 1), WIDTH_DOTS),
    ]
    whole = papers.print(id_, actor="user lee")
    assert [(job.part, job.copy_number) for job in whole] == [(1, 2), (2, 2)], "no number twice"
    facts = entries(desk)[0].payload
    assert (facts["handover"], facts["part"], facts["parts"]) == (id_, 1, 2)


def test_asking_anew_settles_what_was_in_doubt(desk: Desk, long: HandoverSheet, printer: SimulatedPrinter) -> None:
    first, _second = desk.shifts.papers.print(long.handover.id, actor="user lee")
    printer.jam_midway()
    print_all(desk, printer)
    printer.make_ready()
    print_all(desk, printer)
    desk.shifts.papers.print(long.handover.id, actor="user lee")
    with desk.store.read() as connection:
        (state,) = connection.execute(select(print_jobs.c.state).where(print_jobs.c.id == first.id)).scalars()
    assert state == PrintState.DISMISSED.value


def test_the_words_in_the_queue_are_wiped_and_the_handover_prints_again_years_later(
    desk: Desk, ended: HandoverSheet, printer: SimulatedPrinter
) -> None:
    (job,) = desk.shifts.papers.print(ended.handover.id, actor="user lee")
    desk.clock.move(2 * CONTENT_KEPT)
    assert desk.spool.forget_contents() == 0, "it has not come out yet"
    print_all(desk, printer)
    desk.clock.move(CONTENT_KEPT + timedelta(seconds=1))
    assert desk.spool.forget_contents() == 1
    with desk.store.read() as connection:
        assert content_of(connection, job) is None
    assert code(desk.spool.reprint, job.id, actor="user lee") == "no-paper"
    (again,) = desk.shifts.papers.print(ended.handover.id, actor="user lee")
    assert again.copy_number == 1
    assert NOTE in [block.text for block in content(desk, again) if isinstance(block, Remark)]
