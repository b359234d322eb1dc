"""Lays papers out on A4, as PDF: the same blocks that `kiosk.services.receipt_render` draws for the receipt printer.

What a paper is called and what it is not (a copy, void, not approved) stands on each of its pages, for pages part.

Imports reportlab, which costs memory: import this module when the first PDF is made.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

import segno
from reportlab.lib.colors import black, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    NextPageTemplate,
    PageTemplate,
    Spacer,
    Table,
)

from kiosk.domain.receipts import (
    Band,
    Block,
    Columns,
    Field,
    Foot,
    Label,
    Note,
    Number,
    QrBlock,
    Remark,
    Row,
    Signatures,
    Title,
)
from kiosk.services.pdf_fonts import Type, load_fonts
from kiosk.services.text_lines import wrap

_WIDTH: Final[float] = A4[0]
_HEIGHT: Final[float] = A4[1]
_MARGIN: Final[float] = 14 * mm
_ROOM: Final[float] = _WIDTH - 2 * _MARGIN
_FOOT: Final[float] = 7 * mm
_QR_SIDE: Final[float] = 34 * mm
_BAND: Final[float] = 8 * mm
_BAND_STEP: Final[float] = 9 * mm
_SMALL_HEAD: Final[float] = 9 * mm
_FIGURE: Final[float] = 19 * mm
_NUMBER: Final[float] = 9 * mm
_LABEL: Final[float] = 24 * mm
_GAP: Final[float] = 3 * mm
_LEADING: Final = 1.32
_ASCENT: Final = 0.95  # of a line's size, above what its letters stand on
_MOST_LINES: Final = 12

_ESTATE, _ESTATE_ASIDE = Type(17, bold=True), Type(9)
_CALLED, _NUMBER_TYPE = Type(13, bold=True), Type(34, bold=True)
_BAND_TYPE = Type(14, bold=True)
_MAIN, _ASIDE = Type(9.5, bold=True), Type(7)
_VALUE, _PROMINENT = Type(10.5), Type(14, bold=True)
_ITEM, _DETAIL, _FIGURE_TYPE, _LAST_FIGURE = Type(10.5, bold=True), Type(8), Type(10.5), Type(12, bold=True)
_NOTE, _NOTE_ASIDE, _REMARK = Type(11, bold=True), Type(8.5), Type(9.5)
_FOOT_TYPE = Type(7.5)

_one_at_a_time = threading.Lock()
"""reportlab's fonts remember, for all documents together, which of their characters are in use."""


def require_fonts() -> None:
    """Load the font that every paper needs. Safe to call from any thread.

    Raises:
        FontMissing: it is not installed.
    """
    with _one_at_a_time:
        load_fonts()


def pdf_of(blocks: Sequence[Block]) -> bytes:
    """Lay a paper out, on as many pages as it needs. Safe to call from any thread.

    Raises:
        FontMissing: the font that it needs is not installed.
        ValueError: the paper has a block that has no form on A4.
    """
    with _one_at_a_time:
        load_fonts()
        head = _Head.of(blocks)
        pages = _build(head, blocks, 0)[1]
        return _build(head, blocks, pages)[0]


def _build(head: _Head, blocks: Sequence[Block], pages: int) -> tuple[bytes, int]:
    """The document, and how many pages it has; `pages` is what it says of itself."""
    file = BytesIO()
    document = BaseDocTemplate(file, pagesize=A4, title=head.number, author=head.estate.main)
    bottom = _MARGIN + _FOOT

    def template(name: str, height: float, draw: Any) -> PageTemplate:
        frame = Frame(_MARGIN, bottom, _ROOM, _HEIGHT - _MARGIN - height - bottom, 0, 0, 0, 0)
        return PageTemplate(name, [frame], onPage=lambda canvas, _: draw(canvas, pages))

    document.addPageTemplates(
        [template("first", head.first_height, head.draw_first), template("later", head.later_height, head.draw_later)]
    )
    document.build([NextPageTemplate("later"), *_story(blocks)])
    return file.getvalue(), document.page


@dataclass(slots=True)
class _Head:
    """What stands above and below on every page."""

    estate: Label = field(default_factory=lambda: Label("", ""))
    called: Label = field(default_factory=lambda: Label("", ""))
    number: str = ""
    bands: list[Label] = field(default_factory=list)
    code: str = ""
    foot: Foot = field(default_factory=lambda: Foot("", ""))

    @staticmethod
    def of(blocks: Iterable[Block]) -> _Head:
        head = _Head()
        for block in blocks:
            match block:
                case Title(label):
                    head.estate = label
                case Number(label, value):
                    head.called, head.number = label, value
                case Band(label):
                    head.bands.append(label)
                case QrBlock(content):
                    head.code = content
                case Foot():
                    head.foot = block
                case _:
                    pass
        return head

    @property
    def first_height(self) -> float:
        return _QR_SIDE + len(self.bands) * _BAND_STEP + 2 * _GAP

    @property
    def later_height(self) -> float:
        return _SMALL_HEAD + len(self.bands) * _BAND_STEP + _GAP

    def draw_first(self, canvas: Any, pages: int) -> None:
        top = _HEIGHT - _MARGIN
        _draw_code(canvas, self.code, _WIDTH - _MARGIN - _QR_SIDE, top - _QR_SIDE)
        room = _ROOM - _QR_SIDE - _GAP
        y = top
        for text, type_ in (
            (self.estate.main, _ESTATE), (self.estate.aside, _ESTATE_ASIDE),
            (f"{self.called.main} {self.called.aside}", _CALLED), (self.number, _NUMBER_TYPE),
        ):  # fmt: skip
            fitting = _fitted(text, type_, room)
            y -= type_.size * 1.2
            fitting.draw(canvas, text, _MARGIN, y)
            y -= 2 * mm if type_ is _ESTATE_ASIDE else 0
        self._draw_bands(canvas, top - _QR_SIDE - _GAP)
        self._draw_foot(canvas, pages)

    def draw_later(self, canvas: Any, pages: int) -> None:
        y = _HEIGHT - _MARGIN - _CALLED.size
        number = _fitted(self.number, _CALLED, _ROOM / 2)
        number.draw(canvas, self.number, _WIDTH - _MARGIN - number.getlength(self.number), y)
        called = f"{self.estate.main}  {self.called.main} {self.called.aside}"
        _fitted(called, _MAIN, _ROOM / 2).draw(canvas, called, _MARGIN, y)
        canvas.line(_MARGIN, y - 2 * mm, _WIDTH - _MARGIN, y - 2 * mm)
        self._draw_bands(canvas, _HEIGHT - _MARGIN - _SMALL_HEAD + _GAP)
        self._draw_foot(canvas, pages)

    def _draw_bands(self, canvas: Any, y: float) -> None:
        for label in self.bands:
            y -= _BAND_STEP
            canvas.rect(_MARGIN, y, _ROOM, _BAND, stroke=0, fill=1)
            canvas.setFillColor(white)
            text = f"{label.main}   {label.aside}"
            type_ = _fitted(text, _BAND_TYPE, _ROOM - 2 * _GAP)
            type_.draw(canvas, text, (_WIDTH - type_.getlength(text)) / 2, y + (_BAND - type_.size * 0.72) / 2)
            canvas.setFillColor(black)

    def _draw_foot(self, canvas: Any, pages: int) -> None:
        canvas.setLineWidth(0.5)
        canvas.line(_MARGIN, _MARGIN + 5 * mm, _WIDTH - _MARGIN, _MARGIN + 5 * mm)
        page = f"{canvas.getPageNumber()} / {pages}"
        _FOOT_TYPE.draw(canvas, self.foot.left, _MARGIN, _MARGIN)
        _FOOT_TYPE.draw(canvas, page, (_WIDTH - _FOOT_TYPE.getlength(page)) / 2, _MARGIN)
        right = _WIDTH - _MARGIN - _FOOT_TYPE.getlength(self.foot.right)
        _FOOT_TYPE.draw(canvas, self.foot.right, right, _MARGIN)


def _story(blocks: Sequence[Block]) -> list[Any]:
    """What runs over the pages."""
    story: list[Any] = []
    last: list[Any] = []  # what would look lost on a page of its own
    fields = [block for block in blocks if isinstance(block, Field)]
    rows = [block for block in blocks if isinstance(block, Row)]
    for block in blocks:
        match block:
            case Title() | Number() | Band() | QrBlock() | Foot() | Row():
                pass
            case Field():
                story += [_facts(fields), Spacer(0, _GAP)] if block is fields[0] else []
            case Remark(label, text):
                story += [_Lines([(f"{label.main} {label.aside}", _ASIDE), (text, _REMARK)]), Spacer(0, _GAP)]
            case Columns():
                story += [_table(block, rows), Spacer(0, _GAP)]
            case Note(label):
                last += [_Lines([(label.main, _NOTE), (label.aside, _NOTE_ASIDE)], align=0.5), Spacer(0, _GAP)]
            case Signatures(labels):
                last += _signatures(labels)
            case _:
                raise ValueError(f"{type(block).__name__} has no form on A4")
    return [*story, KeepTogether(last)]


def _facts(fields: Sequence[Field]) -> Table:
    """The fields in two columns, read from left to right."""
    cells: list[Any] = []
    for fact in fields:
        value = _Lines([(fact.value, _PROMINENT if fact.prominent else _VALUE)])
        cells += [_Lines([(fact.label.main, _MAIN), (fact.label.aside, _ASIDE)]), value]
    cells += [""] * (-len(cells) % 4)
    value_room = _ROOM / 2 - _LABEL
    style = [*_PLAIN, ("LINEABOVE", (0, 0), (-1, 0), 1, black), ("LINEBELOW", (0, -1), (-1, -1), 1, black)]
    rows = [cells[start : start + 4] for start in range(0, len(cells), 4)]
    return Table(rows, colWidths=[_LABEL, value_room] * 2, style=style)


def _table(columns: Columns, rows: Sequence[Row]) -> Table:
    """The rows under their head, which is repeated on each page."""
    heads = [_Lines([(label.main, _MAIN), (label.aside, _ASIDE)], align=1) for label in columns.labels]
    table: list[list[Any]] = [["", _Lines([(columns.label.main, _MAIN), (columns.label.aside, _ASIDE)]), *heads]]
    for row in rows:
        text = _Lines([(row.text, _ITEM), *([(row.detail, _DETAIL)] if row.detail else [])])
        types = [_FIGURE_TYPE] * (len(row.figures) - 1) + [_LAST_FIGURE]
        figures = [_Lines([(figure, type_)], align=1) for figure, type_ in zip(row.figures, types, strict=True)]
        table.append([_Lines([(row.number, _DETAIL)]), text, *figures])
    count = len(columns.labels)
    widths = [_NUMBER, _ROOM - _NUMBER - count * _FIGURE, *[_FIGURE] * count]
    style = [
        *_PLAIN,
        ("LINEBELOW", (0, 0), (-1, 0), 1.2, black),
        ("LINEBELOW", (0, 1), (-1, -1), 0.4, black),
    ]
    return Table(table, colWidths=widths, repeatRows=1, style=style)


def _signatures(labels: Sequence[Label]) -> list[Any]:
    cells = [_Lines([(label.main, _MAIN), (label.aside, _ASIDE)]) for label in labels]
    gap = 10 * mm
    room = (_ROOM - gap * (len(cells) - 1)) / len(cells)
    row: list[Any] = [cells[0]]
    style = [*_PLAIN, ("LINEABOVE", (0, 0), (0, 0), 0.8, black)]
    for place, cell in enumerate(cells[1:], 1):
        row += ["", cell]
        style.append(("LINEABOVE", (2 * place, 0), (2 * place, 0), 0.8, black))
    widths = [room, *[gap, room] * (len(cells) - 1)]
    return [Spacer(0, 12 * mm), Table([row], colWidths=widths, style=style)]


_PLAIN: Final[Sequence[Any]] = (
    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ("TOPPADDING", (0, 0), (-1, -1), 2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
)


class _Lines(Flowable):  # type: ignore[misc] # reportlab has no types
    """Texts one below the other, each broken into lines. `align` is 0 for the left edge, 1 for the right."""

    def __init__(self, texts: Sequence[tuple[str, Type]], *, align: float = 0) -> None:
        super().__init__()
        self._texts = texts
        self._align = align
        self._lines: list[tuple[str, Type]] = []

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """How much room it takes of what there is."""
        self._lines = [
            (line, type_) for text, type_ in self._texts for line in wrap(text, type_, width, most_lines=_MOST_LINES)
        ]
        self.width, self.height = width, sum(type_.size * _LEADING for _, type_ in self._lines)
        return self.width, self.height

    def draw(self) -> None:
        """Draw it where the page has put it."""
        y = self.height
        for line, type_ in self._lines:
            x = (self.width - type_.getlength(line)) * self._align
            type_.draw(self.canv, line, x, y - type_.size * _ASCENT)
            y -= type_.size * _LEADING


def _fitted(text: str, type_: Type, room: float) -> Type:
    wide = type_.getlength(text)
    return type_ if wide <= room else Type(type_.size * room / wide, type_.bold)


def _draw_code(canvas: Any, content: str, x: float, y: float) -> None:
    """A QR code as one shape, with the quiet zone that ISO/IEC 18004 wants inside its square."""
    code = segno.make_qr(content, error="m")
    matrix = tuple(code.matrix_iter(border=4))
    module = _QR_SIDE / len(matrix)
    path = canvas.beginPath()
    for row, modules in enumerate(matrix):
        for column, is_dark in enumerate(modules):
            if is_dark:
                path.rect(x + column * module, y + _QR_SIDE - (row + 1) * module, module, module)
    canvas.drawPath(path, stroke=0, fill=1)
