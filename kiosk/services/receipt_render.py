"""Draws receipts dot by dot, so that any printer prints any character alike.

Printers know few Chinese characters and each maker others; a picture has none of these doubts. Everything is drawn
white on black in eight bits with smooth edges and then cut at half: at 203 dots an inch that keeps thin strokes that
one-bit drawing would break.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import segno
from PIL import Image, ImageDraw, ImageFont

from hardware.interfaces import Raster
from kiosk.domain.receipts import (
    Band,
    Block,
    Columns,
    Field,
    Foot,
    Heading,
    Label,
    Note,
    Number,
    QrBlock,
    Remark,
    Row,
    Sign,
    Signatures,
    Tick,
    Title,
)
from kiosk.services.raster_fonts import font_for
from kiosk.services.text_lines import MOST_CHARACTERS, balanced, wrap

MOST_HEIGHT_DOTS: Final = 20000
"""Two and a half metres of paper: a release slip of forty items with the longest names and notes is shorter."""

_INK: Final = 255
_NARROW_DOTS: Final = 512
_NARROW_SCALE: Final = 0.8
_LARGEST_MODULE_DOTS: Final = 8  # 1 mm at 203 dots an inch; more costs paper and is not read any better
_SMALLEST_MODULE_DOTS: Final = 3
_QUIET_MODULES: Final = 4  # ISO/IEC 18004, section 9.1
_TALLEST_BLOCK_DOTS: Final = 2000
_TALLEST_SIGN: Final = 3  # times a number's height
_MOST_LINES_OF_A_ROW: Final = 8  # what leaves the estate is never cut short
_MOST_OF_A_REMARK: Final = 600  # characters: nobody may write so many, and what was signed is not cut short either
_MOST_LINES_OF_A_REMARK: Final = 40
_SIGNING_ROOM: Final = 3  # times a line's height


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Type sizes and distances in dots."""

    estate: int
    estate_en: int
    band: int
    number: int
    label: int
    label_en: int
    value: int
    prominent: int
    note: int
    note_en: int
    foot: int
    gap: int

    @staticmethod
    @lru_cache(maxsize=4)
    def for_width(width_dots: int) -> _Sizes:
        scale = 1.0 if width_dots >= _NARROW_DOTS else _NARROW_SCALE
        return _Sizes(*(round(size * scale) for size in (46, 24, 36, 128, 26, 19, 32, 46, 28, 22, 20, 12)))


def render(blocks: tuple[Block, ...], width_dots: int) -> Raster:
    """Draw a receipt for paper of `width_dots` (384 or 576).

    Raises:
        FontMissing: no font with Chinese characters is installed.
        ValueError: a QR code does not fit the paper, or the width is no multiple of 8.
    """
    sheet = _Sheet(width_dots)
    for block in blocks:
        sheet.add(block)
    return sheet.raster()


class _Sheet:
    """Paper being written from the top."""

    def __init__(self, width_dots: int) -> None:
        self._width = width_dots
        self._sizes = _Sizes.for_width(width_dots)
        self._margin = self._sizes.gap // 2
        self._image = Image.new("L", (width_dots, 2 * _TALLEST_BLOCK_DOTS))
        self._draw = ImageDraw.Draw(self._image)
        self._y = self._sizes.gap
        self._figure_room = 0  # of the table's columns
        self._in_fields = False

    def raster(self) -> Raster:
        """What has been written, as dots."""
        height = min(self._y + self._sizes.gap, self._image.height)
        dots = self._image.crop((0, 0, self._width, height)).point(_HALF, "1")
        return Raster(self._width, height, dots.tobytes())

    def add(self, block: Block) -> None:
        """Write one block below the last."""
        self._lengthen()
        is_field = isinstance(block, Field)
        if is_field != self._in_fields:
            self._rule(2)
            self._in_fields = is_field
        match block:
            case Title(label):
                self._centred(label.main, self._sizes.estate, bold=True)
                self._centred(label.aside, self._sizes.estate_en, bold=False)
                self._y += self._sizes.gap // 2
                self._rule(5)
            case Band(label):
                self._band(f"{label.main}   {label.aside}")
            case Number(label, value):
                self._centred(f"{label.main} {label.aside}", self._sizes.band, bold=True)
                self._number(value)
            case Field():
                self._field(block)
            case QrBlock(content):
                self._qr(content)
            case Note(label):
                self._centred(label.main, self._sizes.note, bold=True)
                self._centred(label.aside, self._sizes.note_en, bold=False)
                self._y += self._sizes.gap // 2
            case Foot(left, right):
                self._foot(left, right)
            case Sign() | Signatures() | Heading() | Tick() | Remark() | Columns() | Row():
                self._add_of_lists(block)

    def _add_of_lists(self, block: Sign | Signatures | Heading | Tick | Remark | Columns | Row) -> None:
        """Write a block of a kind that visitors' receipts have none of."""
        match block:
            case Sign(label, value):
                self._sign(label, value)
            case Signatures(labels):
                self._signatures(labels)
            case Heading(text, count):
                self._heading(text, count)
            case Tick(text, aside, detail):
                self._tick(text, aside, detail)
            case Remark(label, text):
                self._text(f"{label.main} {label.aside}", self._margin, self._sizes.label_en)
                self._text(text, self._margin, self._sizes.note_en, _MOST_LINES_OF_A_REMARK, _MOST_OF_A_REMARK)
                self._y += self._sizes.gap
            case Columns():
                self._columns(block)
            case Row():
                self._row(block)

    def _lengthen(self) -> None:
        """Put on more paper before it runs short."""
        if self._image.height - self._y >= _TALLEST_BLOCK_DOTS or self._image.height == MOST_HEIGHT_DOTS:
            return
        longer = Image.new("L", (self._width, min(2 * self._image.height, MOST_HEIGHT_DOTS)))
        longer.paste(self._image)
        self._image, self._draw = longer, ImageDraw.Draw(longer)

    def _rule(self, thickness: int) -> None:
        self._y += self._sizes.gap // 2
        self._draw.rectangle((self._margin, self._y, self._width - self._margin - 1, self._y + thickness - 1), _INK)
        self._y += thickness + self._sizes.gap

    def _centred(self, text: str, size: int, *, bold: bool) -> None:
        room = self._width - 2 * self._margin
        size = _size_for_one_line(text, size, room, bold=bold)
        font = font_for(text, size, bold=bold)
        for line in balanced(wrap(text, font, room), text, font, room):
            self._draw.text((self._width / 2, self._y), line, _INK, font, anchor="ma")
            self._y += _line_height(size)

    def _band(self, text: str) -> None:
        height = round(self._sizes.band * 1.5)
        self._draw.rectangle((0, self._y, self._width, self._y + height), _INK)
        font = font_for(text, self._sizes.band, bold=True)
        room = self._width - 2 * self._margin
        wide = font.getlength(text)
        if wide > room:
            font = font_for(text, int(self._sizes.band * room / wide), bold=True)
        self._draw.text((self._width / 2, self._y + height / 2), text, 0, font, anchor="mm")
        self._y += height + self._sizes.gap

    def _number(self, value: str) -> None:
        self._filling(value, self._sizes.number)

    def _sign(self, label: Label, value: str) -> None:
        self._centred(f"{label.main} {label.aside}", self._sizes.band, bold=True)
        self._filling(value, self._sizes.number * _TALLEST_SIGN)
        self._y += self._sizes.gap

    def _filling(self, value: str, size: int) -> None:
        """A value in the middle, of `size` or as large as the paper's width allows."""
        room = self._width - 2 * self._margin
        font = font_for(value, size, bold=True)
        wide = font.getlength(value)
        if wide > room:
            size = max(self._sizes.value, int(size * room / wide))
            font = font_for(value, size, bold=True)
        self._y += self._sizes.gap
        left, top, right, bottom = self._draw.textbbox((0, 0), value, font)
        self._draw.text(((self._width - left - right) / 2, self._y - top), value, _INK, font)
        self._y += round(bottom - top) + self._sizes.gap

    def _field(self, field: Field) -> None:
        """The name in two languages one above the other to the left, the value beside it."""
        sizes = self._sizes
        column = self._width * 27 // 100
        room = self._width - column - self._margin
        size = _size_for_one_line(field.value, sizes.prominent if field.prominent else sizes.value, room, bold=True)
        font = font_for(field.value, size, bold=True)
        if font.getlength(field.value[:MOST_CHARACTERS]) > room:
            size = sizes.value  # large type is for what can be taken in at one glance
            font = font_for(field.value, size, bold=True)
        lines = balanced(wrap(field.value, font, room), field.value, font, room)
        label_height = _line_height(sizes.label) + _line_height(sizes.label_en)
        height = max(label_height, _line_height(size) * len(lines))
        y = self._y + (height - label_height) / 2
        self._label(field.label, self._margin, y, column - 2 * self._margin)
        y = self._y + (height - _line_height(size) * len(lines)) / 2
        for line in lines:
            self._draw.text((column, y + _line_height(size) / 2), line, _INK, font, anchor="lm")
            y += _line_height(size)
        self._y += height + sizes.gap // 2

    def _label(self, label: Label, x: float, y: float, room: float, anchor: str = "la") -> None:
        """A label's two lines one above the other, each made to fit the room."""
        for text, size, bold in ((label.main, self._sizes.label, True), (label.aside, self._sizes.label_en, False)):
            font = font_for(text, size, bold=bold)
            wide = font.getlength(text)
            if wide > room:
                font = font_for(text, int(size * room / wide), bold=bold)
            # Whatever its size, a text stands on the line of those beside it.
            below = size - font.size if wide > room else 0
            self._draw.text((x, y + below), text, _INK, font, anchor=anchor)
            y += _line_height(size)

    def _qr(self, content: str) -> None:
        matrix = segno.make_qr(content, error="m").matrix
        modules = len(matrix)
        module_dots = min(_LARGEST_MODULE_DOTS, self._width // (modules + 2 * _QUIET_MODULES))
        if module_dots < _SMALLEST_MODULE_DOTS:
            raise ValueError(f"a code of {modules} modules does not fit paper of {self._width} dots")
        code = Image.frombytes("L", (modules, modules), b"".join(matrix)).point(_BLACK)
        side = modules * module_dots
        self._y += _QUIET_MODULES * module_dots
        self._image.paste(code.resize((side, side), Image.Resampling.NEAREST), ((self._width - side) // 2, self._y))
        self._y += side + _QUIET_MODULES * module_dots

    def _foot(self, left: str, right: str) -> None:
        self._rule(1)
        font = font_for(left + right, self._sizes.foot, bold=False)
        self._draw.text((self._margin, self._y), left, _INK, font)
        self._draw.text((self._width - self._margin, self._y), right, _INK, font, anchor="ra")
        self._y += _line_height(self._sizes.foot)

    def _heading(self, text: str, count: str) -> None:
        sizes = self._sizes
        self._y += sizes.gap
        bold = font_for(count, sizes.value, bold=True)
        room = self._width - 3 * self._margin - round(bold.getlength(count))
        size = _size_for_one_line(text, sizes.value, room, bold=True)
        font = font_for(text, size, bold=True)
        line = wrap(text, font, room)[0] if text else ""
        self._draw.text((self._margin, self._y + sizes.value - size), line, _INK, font)
        self._draw.text((self._width - self._margin, self._y), count, _INK, bold, anchor="ra")
        self._y += _line_height(sizes.value)
        self._rule(2)

    def _tick(self, text: str, aside: str, detail: str) -> None:
        """An empty box to the left; beside it the text, its aside at the right edge, the detail below."""
        sizes = self._sizes
        box = sizes.value
        left = self._margin + box + sizes.gap
        aside_font = font_for(aside, sizes.value, bold=True)
        room = self._width - left - 2 * self._margin - round(aside_font.getlength(aside))
        font = font_for(text, sizes.value, bold=True)
        top = self._y + (_line_height(sizes.value) - box) // 2
        self._draw.rectangle((self._margin, top, self._margin + box, top + box), outline=_INK, width=3)
        self._draw.text((self._width - self._margin, self._y), aside, _INK, aside_font, anchor="ra")
        for line in wrap(text, font, room):
            self._draw.text((left, self._y), line, _INK, font)
            self._y += _line_height(sizes.value)
        self._draw.text((left, self._y), detail, _INK, font_for(detail, sizes.label_en, bold=False))
        self._y += _line_height(sizes.label_en) + sizes.gap

    def _columns(self, columns: Columns) -> None:
        """The table's head. All its columns are as wide as the widest of their labels, or four digits."""
        sizes = self._sizes
        wide = max(
            font_for("9999", sizes.value, bold=True).getlength("9999"),
            *(font_for(label.main, sizes.label, bold=True).getlength(label.main) for label in columns.labels),
        )
        self._figure_room = min(round(wide) + sizes.gap, self._width * 72 // 100 // len(columns.labels))
        self._y += sizes.gap
        self._label(columns.label, self._margin, self._y, self._width - len(columns.labels) * self._figure_room)
        for label, right in zip(columns.labels, self._figure_edges(len(columns.labels)), strict=True):
            self._label(label, right, self._y, self._figure_room - sizes.gap / 2, anchor="ra")
        self._y += _line_height(sizes.label) + _line_height(sizes.label_en)
        self._rule(3)

    def _row(self, row: Row) -> None:
        """The name beside its figures if it fits there, else above them."""
        sizes = self._sizes
        left = self._margin + round(font_for("00", sizes.label_en, bold=False).getlength("00")) + sizes.gap
        font = font_for(row.text, sizes.value, bold=True)
        edges = self._figure_edges(len(row.figures))
        beside = edges[0] - self._figure_font(row.figures[0], bold=False).getlength(row.figures[0]) - sizes.gap - left
        number = font_for(row.number, sizes.label_en, bold=False)
        baseline = _line_height(sizes.value) // 2
        self._draw.text((self._margin, self._y + baseline), row.number, _INK, number, anchor="lm")
        if font.getlength(row.text) <= beside:
            self._draw.text((left, self._y + baseline), row.text, _INK, font, anchor="lm")
        else:
            for line in wrap(row.text, font, self._width - self._margin - left, most_lines=_MOST_LINES_OF_A_ROW):
                self._draw.text((left, self._y + baseline), line, _INK, font, anchor="lm")
                self._y += _line_height(sizes.value)
        for text, right in zip(row.figures, edges, strict=True):
            figure = self._figure_font(text, bold=right == edges[-1])
            self._draw.text((right, self._y + baseline), text, _INK, figure, anchor="rm")
        self._y += _line_height(sizes.value)
        if row.detail:
            self._text(row.detail, left, sizes.label_en)
        self._y += sizes.gap // 3
        self._draw.rectangle((self._margin, self._y, self._width - self._margin - 1, self._y), _INK)
        self._y += sizes.gap // 3

    def _figure_font(self, text: str, *, bold: bool) -> ImageFont.FreeTypeFont:
        font = font_for(text, self._sizes.value, bold=bold)
        room = self._figure_room - self._sizes.gap / 2
        wide = font.getlength(text)
        return font if wide <= room else font_for(text, int(self._sizes.value * room / wide), bold=bold)

    def _figure_edges(self, count: int) -> list[int]:
        """Where the figures end, from left to right."""
        right = self._width - self._margin
        return [right - (count - position) * self._figure_room for position in range(1, count + 1)]

    def _text(
        self, text: str, left: int, size: int, lines: int = _MOST_LINES_OF_A_ROW, characters: int = MOST_CHARACTERS
    ) -> None:
        """Small letters from `left` to the paper's edge, in as many lines as they need."""
        font = font_for(text, size, bold=False)
        room = self._width - self._margin - left
        for line in wrap(text, font, room, most_lines=lines, most_characters=characters):
            self._draw.text((left, self._y), line, _INK, font)
            self._y += _line_height(size)

    def _signatures(self, labels: tuple[Label, ...]) -> None:
        """Lines to sign on, beside each other, with who signs below."""
        sizes = self._sizes
        self._y += _SIGNING_ROOM * _line_height(sizes.value)
        room = (self._width - (len(labels) + 1) * self._margin) // len(labels)
        for place, label in enumerate(labels):
            left = self._margin + place * (room + self._margin)
            self._draw.rectangle((left, self._y, left + room - sizes.gap, self._y + 1), _INK)
            self._label(label, left, self._y + sizes.gap // 2, room - sizes.gap)
        self._y += sizes.gap // 2 + _line_height(sizes.label) + _line_height(sizes.label_en)


_HALF: Final = [0] * 112 + [1] * 144  # a little under half: heat makes dots grow, but thin strokes must stay whole
_BLACK: Final = [0] + [_INK] * 255


def _size_for_one_line(text: str, size: int, room_dots: int, *, bold: bool) -> int:
    """`size`, or one a little smaller if that saves a second line."""
    wide = font_for(text, size, bold=bold).getlength(text[:MOST_CHARACTERS])
    if wide <= room_dots:
        return size
    return next((s for s in (size * 85 // 100, size * 72 // 100) if wide * s <= room_dots * size * 0.99), size)


def _line_height(size: int) -> int:
    return round(size * 1.3)
