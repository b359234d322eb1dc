"""Papers on A4: what a reader of the PDF gets out of it, and what a camera sees of its pages."""

from __future__ import annotations

import io
from dataclasses import replace

import pypdfium2
import pytest
import zxingcpp
from pypdf import PdfReader

from kiosk.domain.notices import Language
from kiosk.domain.papers import as_copy
from kiosk.domain.receipts import Heading
from kiosk.domain.slips import SlipState
from kiosk.services import pdf_fonts
from kiosk.services.paper_pdf import pdf_of
from kiosk.services.raster_fonts import FontMissing
from tests.support.slips import LONGEST, SLIP, item, slip_blocks, token_of

FORTY = replace(SLIP, items=tuple(item(line, f"第{line}箱書籍", line, released=line // 2) for line in range(1, 41)))


def _texts(pdf):
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def _codes(pdf):
    """Every code on every page, as a camera reads it at 150 dots an inch."""
    document = pypdfium2.PdfDocument(pdf)
    pictures = [page.render(scale=150 / 72).to_numpy() for page in document]
    document.close()
    return [code.text for picture in pictures for code in zxingcpp.read_barcodes(picture)]


def _fonts(pdf):
    reader = PdfReader(io.BytesIO(pdf))
    return [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.ZH_HANT, ("物品放行條 Release slip", "餘額", "搬運人簽署")),
        (Language.ZH_HANS, ("物品放行条 Release slip", "余额", "搬运人签名")),
        (Language.EN, ("Release slip 物品放行條", "Left", "Clearmist Garden")),
    ],
)
def test_number_items_balance_and_code_are_in_the_document(language, words):
    pdf = pdf_of(slip_blocks(language=language))
    (text,) = _texts(pdf)
    for wanted in (*words, "R2026-00017", "2-B-12-3", "三座位梳化", "a1b2c3d4", "1 / 1"):
        assert wanted in text
    assert "紙箱 (boxes) 24 10 1 13" in " ".join(text.split())
    assert _codes(pdf) == [token_of(SLIP)]
    assert PdfReader(io.BytesIO(pdf)).metadata.title == "R2026-00017"


def test_a_long_list_goes_on_over_pages_that_each_say_what_they_belong_to():
    pdf = pdf_of(as_copy(slip_blocks(replace(FORTY, state=SlipState.VOID)), 2))
    pages = _texts(pdf)
    assert len(pages) >= 2
    for number, text in enumerate(pages, 1):
        for wanted in ("R2026-00017", "副本 2", "COPY 2", "作廢", "VOID", f"{number} / {len(pages)}"):
            assert wanted in text
    with_items = [text for text in pages if "箱書籍" in text]
    assert all("餘額" in text for text in with_items)
    everything = "\n".join(pages)
    assert [line for line in range(1, 41) if f"第{line}箱書籍" not in everything] == []
    assert _codes(pdf) == [token_of(SLIP)]


def test_the_longest_slip_is_whole():
    pages = _texts(pdf_of(slip_blocks(LONGEST)))
    everything = "".join("".join(pages).split())
    assert everything.count("W") == 200 + 40 * (60 + 12 + 120)
    assert everything.count("9999") == 2 * 40
    assert "…" not in everything


def test_every_font_is_embedded():
    fonts = _fonts(pdf_of(slip_blocks()))
    used = [font for font in fonts if font["/BaseFont"] != "/Helvetica"]  # the library names it and draws none of it
    assert used
    assert all("/FontFile2" in font["/FontDescriptor"].get_object() for font in used)


def test_rare_characters_come_from_another_font():
    def names(text):
        fonts = _fonts(pdf_of(slip_blocks(_named(text))))
        return {str(font["/BaseFont"]).partition("+")[2].partition("-")[0] for font in fonts}

    assert names("電視機") & {"UMingHK", "DejaVuSans"} == set()
    assert "UMingHK" in names("𨋢槽板㗎")
    assert "DejaVuSans" in names("قهوة")
    assert names("😀") & {"UMingHK"} == set()  # a box


def test_a_character_beyond_the_first_plane_is_found_and_copied():
    assert "𨋢槽板㗎" in _texts(pdf_of(slip_blocks(_named("𨋢槽板㗎"))))[0]


def test_without_the_font_the_package_to_install_is_named(monkeypatch):
    missing = replace(pdf_fonts._CHINESE, name="Missing", path="/nowhere.ttc")
    monkeypatch.setattr(pdf_fonts, "_CHINESE", missing)
    pdf_fonts.load_fonts.cache_clear()
    try:
        with pytest.raises(FontMissing, match="fonts-wqy-microhei"):
            pdf_of(slip_blocks())
    finally:
        pdf_fonts.load_fonts.cache_clear()


def test_a_block_that_has_no_form_on_a4_is_refused():
    with pytest.raises(ValueError, match="Heading"):
        pdf_of((*slip_blocks(), Heading("1-A", "2")))


def _named(name):
    return replace(SLIP, items=(item(1, name),))
