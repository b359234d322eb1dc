"""Handovers from the receipt printer: what a printer's bytes show is what both have signed, whole and on the paper."""

from __future__ import annotations

import pytest

from kiosk.domain.open_items import ItemKind
from kiosk.domain.papers import as_copy
from kiosk.services.receipt_render import render
from tests.support.handovers import LONG, item, paper, sheet
from tests.support.seen_papers import printed, shows
from tests.support.slips import dots

WIDTHS = pytest.mark.parametrize("width_dots", [384, 576])
HALF_A_METRE_DOTS = 4000
SIZES = {384: (26, 18), 576: (32, 22)}
"""Of values and remarks."""

ENDS = "KEYBOX-3"
LONGEST = {"estate_name_zh": "香港特別行政區新界沙田區第一城大型屋苑業主立案法團",
           "estate_name_en": "The Incorporated Owners of a Very Large Estate in Sha Tin"}  # fmt: skip


@WIDTHS
def test_the_printers_bytes_show_who_signed_what_is_open_and_what_is_not_taken_on(width_dots: int) -> None:
    value, remark = SIZES[width_dots]
    (part,) = paper(LONG)
    seen = printed(part, width_dots)
    for text in ("2026-03-03 19:11  PIN", "G260302-011", "R2026-00017", "尾號 ending in 8120", "鏡頭 Camera (in)"):
        assert shows(seen, text, value), text
    assert not shows(seen, "R2026-89638", value)
    assert shows(seen, "交班時找不到這張卡", remark, bold=False)
    assert not shows(seen, "接班後已找到另一張", remark, bold=False)
    assert len(seen) < HALF_A_METRE_DOTS


def test_what_is_not_taken_on_stands_in_white_on_black_above_all_else_that_was_handed_over() -> None:
    (part,) = paper(LONG)
    seen = printed(part, 576)
    upper, lower = seen[:1160], seen[1160:]
    assert shows(upper, "不接收 2 項   NOT TAKEN ON: 2", 36)
    assert shows(upper, "交班時找不到這張卡", SIZES[576][1], bold=False)
    assert shows(lower, "移交 10 項   HANDED OVER: 10", 36)


@WIDTHS
@pytest.mark.parametrize("letters", ["鎖", "W", "𠮷", "e\u0301"])
def test_the_longest_note_is_there_to_its_last_word(width_dots: int, letters: str) -> None:
    remark = SIZES[width_dots][1]
    note = (letters * 500)[: 500 - len(ENDS) - 1] + " " + ENDS
    (part,) = paper(sheet(notes=[("user chan", note)]))
    assert shows(printed(part, width_dots)[-160:], ENDS, remark, bold=False)


@WIDTHS
def test_the_fullest_sheet_stays_on_the_paper(width_dots: int) -> None:
    crowd = [
        *(item(ItemKind.SLIP, f"R2026-{number:05}", remark="W王" * 100) for number in range(5)),
        *(item(ItemKind.GOODS_KEPT, f"G260303-{number:03}", hours=number) for number in range(45)),
        item(ItemKind.DEVICE, f"{'x' * 30}.photo-meter"),
    ]
    whole = sheet(*crowd, notes=[("user chan", "W王" * 250)] * 2, outgoing="w" * 32, incoming="王" * 32)
    parts = paper(whole, **LONGEST)
    assert len(parts) > 2
    for part in parts:
        seen = dots(render(as_copy(part, 12), width_dots))
        assert len(seen) < HALF_A_METRE_DOTS
        body = seen[-200:]
        assert body[:, :2].min() == 255
        assert body[:, -2:].min() == 255


@WIDTHS
def test_a_copy_says_so_in_white_on_black(width_dots: int) -> None:
    band = {384: 29, 576: 36}[width_dots]
    (part,) = paper(sheet())
    assert shows(printed(as_copy(part, 1), width_dots)[:260], "副本 1   COPY 1", band)
    assert render(as_copy(part, 0), width_dots) == render(part, width_dots)
