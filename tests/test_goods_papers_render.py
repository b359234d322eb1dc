"""Release slips and shelf labels from the receipt printer: what a printer's bytes show is what the slip says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.domain.notices import Language
from kiosk.domain.papers import as_copy
from kiosk.domain.slips import SlipState
from kiosk.services.receipt_render import MOST_HEIGHT_DOTS, render
from tests.support.seen_papers import printed, shows
from tests.support.slips import GOODS, LONGEST, SLIP, codes, dots, item, label_blocks, slip_blocks, token_of

WIDTHS = pytest.mark.parametrize("width_dots", [384, 576])


@WIDTHS
@pytest.mark.parametrize("language", Language)
def test_the_printers_bytes_show_number_items_balance_and_code(width_dots, language):
    blocks = slip_blocks(language=language)
    paper = printed(blocks, width_dots)
    value, label = (32, 26) if width_dots == 576 else (26, 21)
    for text in ("三座位梳化", "13", "GoGoVan"):
        assert shows(paper, text, value), text
    assert not shows(paper, "三座位梳妝", value)
    assert not shows(paper, "73", value)
    assert shows(paper, {"zh_Hant": "餘額", "zh_Hans": "余额", "en": "Left"}[language], label)
    assert codes(render(blocks, width_dots)) == [token_of(SLIP)]


@WIDTHS
def test_void_and_copy_stand_in_white_on_black(width_dots):
    paper = printed(as_copy(slip_blocks(replace(SLIP, state=SlipState.VOID)), 2), width_dots)
    band = 36 if width_dots == 576 else 29
    assert shows(paper, "副本 2   COPY 2", band)
    assert shows(paper[:220], "2", band)
    assert shows(paper, "作廢   VOID", band)
    assert not shows(paper[:220], "3", band)  # a paper's number is further down
    assert not shows(printed(slip_blocks(), width_dots), "作廢   VOID", band)


@WIDTHS
def test_a_slip_of_forty_of_the_longest_items_is_whole(width_dots):
    raster = render(as_copy(slip_blocks(LONGEST), 1), width_dots)
    paper = dots(raster)
    assert raster.height_dots < MOST_HEIGHT_DOTS
    assert codes(raster) == [token_of(LONGEST)]
    body = paper[300:]  # below the bands, which go from edge to edge
    assert body[:, :2].min() == 255
    assert body[:, -2:].min() == 255
    assert shows(paper[-120:], LONGEST.number, 20 if width_dots == 576 else 16, bold=False)


@WIDTHS
def test_a_long_name_stands_above_its_figures_and_a_short_one_beside_them(width_dots):
    def height(name):
        return render(slip_blocks(replace(SLIP, items=(item(1, name),))), width_dots).height_dots

    line = 42 if width_dots == 576 else 34
    assert height("電視機") == height("W")
    assert height("W" * 60) - height("W") >= 3 * line


@WIDTHS
def test_a_label_tells_its_shelf_from_afar_and_its_number_to_a_camera(width_dots):
    raster = render(label_blocks(), width_dots)
    assert codes(raster) == ["G260303-004"]
    assert shows(dots(raster), "17", 384 if width_dots == 576 else 306)
    long = render(label_blocks(replace(GOODS, shelf="A-1047-NORTH")), width_dots)
    assert dots(long)[:, :2].min() == 255
    assert dots(long)[:, -2:].min() == 255
