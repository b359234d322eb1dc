"""A receipt on paper: its code reads back, and nothing anybody is called breaks it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import base45
import numpy as np
import pytest
import zxingcpp

from hardware import escpos
from hardware.interfaces import Raster
from kiosk.domain.muster import Muster, MusterPaper, Person, PersonKind, by_unit
from kiosk.domain.papers import as_copy
from kiosk.domain.receipts import Band, Field, Foot, QrBlock, VisitReceipt, printable
from kiosk.domain.visits import VisitKind
from kiosk.services import raster_fonts
from kiosk.services.raster_fonts import FontMissing
from kiosk.services.receipt_render import render

SIGNED_IN_AT = datetime(2026, 11, 23, 15, 46, tzinfo=ZoneInfo("Asia/Hong_Kong"))
TOKEN = base45.b45encode(bytes(range(131))).decode()  # 197 characters, as long as a pass is

RECEIPT = VisitReceipt(
    estate_name_zh="麗景花園",
    estate_name_en="Bellevue Garden",
    number="261123-042",
    unit_label="2-B-12-3",
    kind=VisitKind.GUEST,
    signed_in_at=SIGNED_IN_AT,
    valid_until=SIGNED_IN_AT + timedelta(hours=4),
    pass_token=TOKEN,
    visitor_name="歐陽曉彤",
    journal_digest="a1b2c3d4",
    lane="in",
)

HALF_A_METRE_DOTS = 4000
"""At 203 dots an inch: more than this no visitor and no sheet of a list is worth."""

NAMES = [
    "",
    "王",
    "歐陽曉彤",
    "Bartholomew Featherstonehaugh-Cholmondeley the Third of Somewhere Rather Far Away",
    "محمد بن عبد الله",
    "שרה כהן",
    "😀 Ann 👩‍👩‍👧 王",
    "Nguyễn Thị Hồng Nhung",
    "W" * 5000,
    "王" * 5000,
    "𠮷野家 㐂 㑊",
    "line\nbreak\tand\x00nul\u202eright to left",
    "e" + "\u0301" * 400,
]


def dots(raster: Raster) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The paper as a camera sees it: black 0, white 255."""
    bits = np.unpackbits(np.frombuffer(raster.rows, np.uint8)).reshape(raster.height_dots, raster.width_dots)
    return ((1 - bits) * 255).astype(np.uint8)


def codes(raster: Raster) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(dots(raster), formats=zxingcpp.BarcodeFormat.QRCode)]


@pytest.mark.parametrize("width_dots", [384, 576])
def test_the_pass_reads_back_from_the_dots_and_from_the_printers_bytes(width_dots: int) -> None:
    raster = render(RECEIPT.blocks(), width_dots)
    assert raster.width_dots == width_dots
    assert codes(raster) == [TOKEN]
    assert codes(escpos.decode_raster(escpos.encode_raster(raster))) == [TOKEN]


@pytest.mark.parametrize(("width_dots", "module_dots"), [(384, 6), (576, 8)])
def test_the_code_is_large_and_of_even_modules(width_dots: int, module_dots: int) -> None:
    (code,) = zxingcpp.read_barcodes(dots(render(RECEIPT.blocks(), width_dots)))
    corners = code.position
    assert abs(corners.bottom_right.x - corners.top_left.x - 49 * module_dots) <= 1  # version 8 has 49 modules a side


@pytest.mark.parametrize("width_dots", [384, 576])
@pytest.mark.parametrize("name", NAMES)
def test_any_name_prints_and_leaves_the_code_readable(name: str, width_dots: int) -> None:
    raster = render(replace(RECEIPT, visitor_name=name, unit_label=name, lane=name).blocks(), width_dots)
    assert codes(raster) == [TOKEN]
    assert raster.height_dots < HALF_A_METRE_DOTS / 2


@pytest.mark.parametrize("width_dots", [384, 576])
def test_nothing_is_drawn_over_the_papers_edge(width_dots: int) -> None:
    longest = replace(
        RECEIPT,
        estate_name_zh="香港特別行政區新界沙田區第一城大型屋苑業主立案法團",
        estate_name_en="The Incorporated Owners of a Very Large Estate in Sha Tin",
        unit_label="Phase 2 Block B Floor 12 Flat 3",
        number="20261123-0000421",
        visitor_name=NAMES[3],
    )
    paper = dots(render(longest.blocks(), width_dots))
    assert paper[:, :2].min() == 255
    assert paper[:, -2:].min() == 255
    assert paper[-4:].min() == 255


@pytest.mark.parametrize("width_dots", [384, 576])
def test_the_longest_muster_list_stays_on_the_paper(width_dots: int) -> None:
    persons = [
        Person(PersonKind.VISIT, str(number), "W王" * 40, "X" * 31, "261123-042", 20, SIGNED_IN_AT - timedelta(days=2))
        for number in range(40)
    ]
    paper = MusterPaper(
        estate_name_zh="香港特別行政區新界沙田區第一城大型屋苑業主立案法團",
        estate_name_en="The Incorporated Owners of a Very Large Estate in Sha Tin",
        muster=Muster(SIGNED_IN_AT, by_unit(persons, []), is_fire=True),
        taken_at=SIGNED_IN_AT,
        digest="a1b2c3d4",
    )
    for sheet in paper.sheets():
        seen = dots(render(as_copy(sheet, 1), width_dots))
        assert len(seen) < HALF_A_METRE_DOTS
        assert seen[:, :2].max(axis=0).tolist() == [255, 255]
        body = seen[-200:]
        assert body[:, :2].min() == 255
        assert body[:, -2:].min() == 255


def test_different_people_get_different_paper_and_the_same_people_the_same() -> None:
    assert render(RECEIPT.blocks(), 384) == render(RECEIPT.blocks(), 384)
    others = [replace(RECEIPT, visitor_name=name) for name in ("王", "玉")]
    assert render(others[0].blocks(), 384) != render(others[1].blocks(), 384)


def test_a_copy_says_so_twice() -> None:
    original, copy = RECEIPT.blocks(), replace(RECEIPT, copy_number=2).blocks()
    assert not any(isinstance(block, Band) for block in original)
    (band,) = (block for block in copy if isinstance(block, Band))
    assert (band.label.main, band.label.aside) == ("副本 2", "COPY 2")
    assert isinstance(copy[-1], Foot)
    assert "副本 2 COPY 2" in copy[-1].right
    assert render(copy, 384).height_dots > render(original, 384).height_dots


def test_the_paper_tells_time_in_the_estates_zone_and_witnesses_the_journal() -> None:
    values = [block.value for block in RECEIPT.blocks() if isinstance(block, Field)]
    assert values == ["2-B-12-3", "歐陽曉彤", "2026-11-23 15:46", "2026-11-23 19:46", "in"]
    foot = RECEIPT.blocks()[-1]
    assert isinstance(foot, Foot)
    assert "a1b2c3d4" in foot.left


def test_times_without_a_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        replace(RECEIPT, signed_in_at=datetime(2026, 11, 23))  # noqa: DTZ001 - the very mistake
    with pytest.raises(ValueError, match="copies"):
        replace(RECEIPT, copy_number=-1)
    assert replace(RECEIPT, signed_in_at=datetime(2026, 11, 23, tzinfo=UTC)).blocks()


def test_a_printed_line_has_no_marks_that_turn_its_neighbours_around() -> None:
    assert printable("  A\u202eB\n\tC\x00\ud800  ") == "AB C"
    assert printable("ق\u200cم 王") == "ق\u200cم 王"


@pytest.mark.parametrize("size", [600, 3000])
def test_a_larger_code_shrinks_its_modules_until_it_cannot_be_printed(size: int) -> None:
    blocks = (QrBlock("A" * size),)
    if size == 600:
        assert codes(render(blocks, 384)) == ["A" * size]
    else:
        with pytest.raises(ValueError, match="does not fit"):
            render(blocks, 384)


def test_without_a_chinese_font_the_package_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster_fonts, "_FAMILIES", ())
    raster_fonts._chinese_font.cache_clear()
    try:
        with pytest.raises(FontMissing, match="fonts-noto-cjk"):
            render(RECEIPT.blocks(), 384)
    finally:
        raster_fonts._chinese_font.cache_clear()
