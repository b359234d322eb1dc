"""Papers of goods in the queue and as PDF: which is the original, what a copy says, and what the journal keeps."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from hardware import escpos
from hardware.simulated.printer import SimulatedPrinter
from kiosk.domain.goods import CollectMethod, GoodsCategory, GoodsSource, Handling, NewGoods
from kiosk.domain.notices import Language
from kiosk.domain.papers import PrintKind, as_copy
from kiosk.domain.receipts import Band, Number
from kiosk.domain.slips import NewItem, NewSlip, Requester, SlipKind, SlipSource
from kiosk.errors import Conflict, NotFound, Unavailable
from kiosk.services import pdf_fonts
from kiosk.services.print_jobs import PrintState, content_of
from kiosk.services.receipt_render import render
from kiosk.store import journal
from kiosk.store.tables import print_jobs
from tests.support.desk import SetClock, open_desk
from tests.support.slips import NOON, codes

UNIT = "1-A-1-A"
PARCEL = NewGoods(UNIT, "順豐速運", GoodsCategory.PARCEL, Handling.GATE, pieces=2)


@pytest.fixture
def desk(tmp_path):
    with open_desk(tmp_path, clock=SetClock(NOON)) as desk:
        yield desk


@pytest.fixture
def printer():
    with SimulatedPrinter(width_dots=576) as printer:
        yield printer


@pytest.fixture
def slip(desk):
    new = NewSlip(
        SlipKind.HOUSEHOLD, Requester.OWNER, "李太", (NewItem("梳化", 2, "張"),), NOON, NOON + timedelta(hours=8), UNIT
    )
    return desk.goods.slips.request(new, source=SlipSource.DESK, actor="user desk")


def _content(desk, job):
    with desk.store.read() as connection:
        return content_of(connection, job)


def _entries(desk, *types):
    with desk.store.read() as connection:
        return [entry for entry in journal.after(connection, 0, 100) if entry.type in types]


def _print_all(desk, printer):
    while desk.spool.print_next(printer):
        pass
    return [escpos.decode_raster(receipt.data) for receipt in printer.receipts]


def test_only_the_first_paper_is_no_copy_whichever_form_it_has(desk, slip, printer):
    papers = desk.goods.papers
    first = papers.print_slip(slip.id, Language.ZH_HANT, actor="user desk")
    pdf = papers.pdf(slip.id, Language.EN, actor="user desk")
    (paper,) = _print_all(desk, printer)
    third = papers.print_slip(slip.id, Language.ZH_HANS, actor="user guard")
    assert (first.copy_number, third.copy_number) == (0, 2)
    assert paper == render(_content(desk, first), 576)
    assert codes(paper) == [desk.goods.slip_queries.token_of(slip)]
    assert _print_all(desk, printer)[1] == render(as_copy(_content(desk, third), 2), 576)
    text = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert "COPY 1" in text
    assert "Release slip" in text
    assert desk.goods.slip_queries.get(slip.id).copies == 3
    facts = [(entry.actor, entry.payload["form"], entry.payload["copy"]) for entry in _entries(desk, "slip.paper")]
    assert facts == [("user desk", "receipt", 0), ("user desk", "a4", 1), ("user guard", "receipt", 2)]


def test_a_paper_witnesses_the_entry_that_counts_it(desk, slip):
    job = desk.goods.papers.print_slip(slip.id, Language.EN, actor="user desk")
    (entry,) = _entries(desk, "slip.paper")
    assert job.journal_digest == journal.short_digest(entry.hash)
    assert job.journal_digest in _content(desk, job)[-1].left
    assert entry.payload == {"slip": slip.id, "number": slip.number, "unit": UNIT, "form": "receipt", "copy": 0}
    (queued,) = _entries(desk, "slip_paper.queued")
    assert queued.payload == {"job": job.id, "slip": slip.id, "number": slip.number, "copy": 0}


def test_a_paper_that_never_came_out_counts_too(desk, slip):
    desk.goods.papers.print_slip(slip.id, Language.EN, actor="user desk")
    desk.clock.move(timedelta(hours=6))
    assert desk.spool.lapse_overdue() == 1
    (lapsed,) = desk.spool.jobs({PrintState.LAPSED})
    assert desk.spool.is_latest(lapsed)
    assert desk.goods.papers.print_slip(slip.id, Language.EN, actor="user desk").copy_number == 1
    assert not desk.spool.is_latest(lapsed)


def test_a_paper_that_is_about_to_be_printed_is_not_queued_twice(desk, slip):
    desk.goods.papers.print_slip(slip.id, Language.EN, actor="user desk")
    with pytest.raises(Conflict) as refused:
        desk.goods.papers.print_slip(slip.id, Language.EN, actor="user desk")
    assert refused.value.code == "paper-queued"
    assert desk.goods.slip_queries.get(slip.id).copies == 1


def test_a_copy_from_the_queue_is_counted_and_tells_how_the_slip_stands_now(desk, slip, printer):
    job = desk.goods.papers.print_slip(slip.id, Language.ZH_HANS, actor="user desk")
    printer.jam_midway()
    _print_all(desk, printer)
    printer.make_ready()
    desk.goods.slips.void(slip.id, actor="user desk", reason="業主來電")
    copy = desk.spool.reprint(job.id, actor="user guard")
    content = _content(desk, copy)
    assert [block.label.main for block in content if isinstance(block, Band)] == ["作废"]
    assert [block.label.main for block in content if isinstance(block, Number)] == ["物品放行条"]
    assert (copy.kind, copy.copy_number, copy.subject_number) == (PrintKind.SLIP, 1, slip.number)
    assert desk.goods.slip_queries.get(slip.id).copies == 2
    assert [one.state for one in desk.spool.jobs(PrintState)] == [PrintState.DISMISSED, PrintState.QUEUED]
    assert _entries(desk, "slip.paper")[-1].actor == "user guard"


def test_there_is_no_paper_of_a_slip_that_is_not(desk):
    with pytest.raises(NotFound):
        desk.goods.papers.print_slip("0" * 32, Language.EN, actor="user desk")
    with pytest.raises(NotFound):
        desk.goods.papers.pdf("0" * 32, Language.EN, actor="user desk")


def test_without_a_font_no_paper_is_counted(desk, slip, monkeypatch):
    missing = replace(pdf_fonts._CHINESE, name="Missing", path="/nowhere.ttc")
    monkeypatch.setattr(pdf_fonts, "_CHINESE", missing)
    pdf_fonts.load_fonts.cache_clear()
    try:
        with pytest.raises(Unavailable) as refused:
            desk.goods.papers.pdf(slip.id, Language.EN, actor="user desk")
    finally:
        pdf_fonts.load_fonts.cache_clear()
    assert refused.value.code == "no-font"
    assert desk.goods.slip_queries.get(slip.id).copies == 0


def test_what_is_kept_gets_a_label_and_a_copy_of_it(desk, printer):
    goods = desk.goods.goods_in.register(PARCEL, source=GoodsSource.TOUCH, actor="touchscreen", lane="in").goods
    (label,) = _print_all(desk, printer)
    assert codes(label) == [goods.number]
    copy = desk.goods.papers.reprint_label(goods.id, actor="user guard")
    assert (copy.kind, copy.copy_number) == (PrintKind.GOODS, 1)
    with pytest.raises(Conflict) as refused:
        desk.goods.papers.reprint_label(goods.id, actor="user guard")
    assert refused.value.code == "paper-queued"
    assert _print_all(desk, printer)[1] == render(as_copy(_content(desk, copy), 1), 576)
    assert desk.spool.reprint(copy.id, actor="user guard").copy_number == 2
    queued = _entries(desk, "label.queued")
    assert [(entry.actor, entry.payload["copy"]) for entry in queued] == [
        ("system", 0),
        ("user guard", 1),
        ("user guard", 2),
    ]
    assert queued[0].payload["goods"] == goods.id


def test_nothing_of_a_label_tells_the_code_that_collects(desk):
    goods = desk.goods.goods_in.register(PARCEL, source=GoodsSource.TOUCH, actor="touchscreen", lane="in").goods
    code = desk.goods.codes.collect_code(goods.id)
    with desk.store.read() as connection:
        (content,) = connection.execute(select(print_jobs.c.content)).scalars()
    assert code not in str(content)


def test_what_is_collected_gets_no_label_any_more(desk):
    goods = desk.goods.goods_in.register(PARCEL, source=GoodsSource.TOUCH, actor="touchscreen", lane="in").goods
    desk.goods.goods_in.collect(goods.id, method=CollectMethod.DESK, by="user guard", actor="user guard")
    with pytest.raises(Conflict) as refused:
        desk.goods.papers.reprint_label(goods.id, actor="user guard")
    assert refused.value.code == "goods-not-kept"


def test_a_gate_without_a_printer_keeps_goods_and_makes_pdfs(tmp_path):
    with open_desk(tmp_path, clock=SetClock(NOON), printer=False) as desk:
        goods = desk.goods.goods_in.register(PARCEL, source=GoodsSource.TOUCH, actor="touchscreen", lane="in").goods
        assert goods.shelf == "1"
        assert desk.spool.jobs(PrintState) == []
        with pytest.raises(Unavailable) as refused:
            desk.goods.papers.reprint_label(goods.id, actor="user guard")
        assert refused.value.code == "no-printer"
