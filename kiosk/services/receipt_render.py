"""Draws receipts dot by dot, so that any printer prints any character alike.

Printers know few Chinese characters and each maker others; a picture has none of these doubts. Everything is drawn
white on black in eight bits with smooth edges and then cut at half: at 203 dots an inch that keeps thin strokes that
one-bit drawing would break.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import segno
from PIL import Image, ImageDraw, ImageFont

from hardware.interfaces import Raster
from kiosk.domain.receipts import Band, Block, Field, Foot, Heading, Note, Number, QrBlock, Tick, Title

MOST_HEIGHT_DOTS: Final = 4000
"""Half a metre of paper: no receipt is longer, whatever is written on it."""

_INK: Final = 255
_NARROW_DOTS: Final = 512
_NARROW_SCALE: Final = 0.8
_LARGEST_MODULE_DOTS: Final = 8  # 1 mm at 203 dots an inch; more costs paper and is not read any better
_SMALLEST_MODULE_DOTS: Final = 3
_QUIET_MODULES: Final = 4  # ISO/IEC 18004, section 9.1
_MOST_CHARACTERS: Final = 200
_MOST_LINES: Final = 3

_FAMILIES: Final = (
    # Hong Kong's forms of the characters; `name` picks the face of a collection
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-{}.ttc", ("Regular", "Bold"), "Noto Sans CJK HK"),
    ("/usr/share/fonts/truetype/wqy/{}.ttc", ("wqy-microhei", "wqy-microhei"), "WenQuanYi Micro Hei"),
    ("/usr/share/fonts/truetype/wqy/{}.ttc", ("wqy-zenhei", "wqy-zenhei"), "WenQuanYi Zen Hei"),
)
_OTHER_SCRIPTS: Final = ("/usr/share/fonts/truetype/dejavu/{}.ttf", ("DejaVuSans", "DejaVuSans-Bold"), "DejaVu Sans")

_Box = tuple[int, int, int, int]


class FontMissing(RuntimeError):
    """No font with Chinese characters is installed."""


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
        self._image = Image.new("L", (width_dots, MOST_HEIGHT_DOTS))
        self._draw = ImageDraw.Draw(self._image)
        self._y = self._sizes.gap
        self._in_fields = False

    def raster(self) -> Raster:
        """What has been written, as dots."""
        height = min(self._y + self._sizes.gap, MOST_HEIGHT_DOTS)
        dots = self._image.crop((0, 0, self._width, height)).point(_HALF, "1")
        return Raster(self._width, height, dots.tobytes())

    def add(self, block: Block) -> None:
        """Write one block below the last."""
        is_field = isinstance(block, Field)
        if is_field != self._in_fields:
            self._rule(2)
            self._in_fields = is_field
        match block:
            case Title(label):
                self._centred(label.zh, self._sizes.estate, bold=True)
                self._centred(label.en, self._sizes.estate_en, bold=False)
                self._y += self._sizes.gap // 2
                self._rule(5)
            case Band(label):
                self._band(f"{label.zh}   {label.en}")
            case Number(label, value):
                self._centred(f"{label.zh} {label.en}", self._sizes.band, bold=True)
                self._number(value)
            case Field():
                self._field(block)
            case QrBlock(content):
                self._qr(content)
            case Note(label):
                self._centred(label.zh, self._sizes.note, bold=True)
                self._centred(label.en, self._sizes.note_en, bold=False)
                self._y += self._sizes.gap // 2
            case Foot(left, right):
                self._foot(left, right)
            case Heading() | Tick():
                self._in_list(block)

    def _rule(self, thickness: int) -> None:
        self._y += self._sizes.gap // 2
        self._draw.rectangle((self._margin, self._y, self._width - self._margin - 1, self._y + thickness - 1), _INK)
        self._y += thickness + self._sizes.gap

    def _centred(self, text: str, size: int, *, bold: bool) -> None:
        room = self._width - 2 * self._margin
        size = _size_for_one_line(text, size, room, bold=bold)
        font = _font_for(text, size, bold=bold)
        for line in _balanced(wrap(text, font, room), text, font, room):
            self._draw.text((self._width / 2, self._y), line, _INK, font, anchor="ma")
            self._y += _line_height(size)

    def _band(self, text: str) -> None:
        height = round(self._sizes.band * 1.5)
        self._draw.rectangle((0, self._y, self._width, self._y + height), _INK)
        font = _font_for(text, self._sizes.band, bold=True)
        room = self._width - 2 * self._margin
        wide = font.getlength(text)
        if wide > room:
            font = _font_for(text, int(self._sizes.band * room / wide), bold=True)
        self._draw.text((self._width / 2, self._y + height / 2), text, 0, font, anchor="mm")
        self._y += height + self._sizes.gap

    def _number(self, value: str) -> None:
        room = self._width - 2 * self._margin
        size = self._sizes.number
        font = _font_for(value, size, bold=True)
        wide = font.getlength(value)
        if wide > room:
            size = max(self._sizes.value, int(size * room / wide))
            font = _font_for(value, size, bold=True)
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
        font = _font_for(field.value, size, bold=True)
        if font.getlength(field.value[:_MOST_CHARACTERS]) > room:
            size = sizes.value  # large type is for what can be taken in at one glance
            font = _font_for(field.value, size, bold=True)
        lines = _balanced(wrap(field.value, font, room), field.value, font, room)
        label_height = _line_height(sizes.label) + _line_height(sizes.label_en)
        height = max(label_height, _line_height(size) * len(lines))
        y = self._y + (height - label_height) / 2
        self._draw.text((self._margin, y), field.label.zh, _INK, _font_for(field.label.zh, sizes.label, bold=True))
        y += _line_height(sizes.label)
        self._draw.text((self._margin, y), field.label.en, _INK, _font_for(field.label.en, sizes.label_en, bold=False))
        y = self._y + (height - _line_height(size) * len(lines)) / 2
        for line in lines:
            self._draw.text((column, y + _line_height(size) / 2), line, _INK, font, anchor="lm")
            y += _line_height(size)
        self._y += height + sizes.gap // 2

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
        font = _font_for(left + right, self._sizes.foot, bold=False)
        self._draw.text((self._margin, self._y), left, _INK, font)
        self._draw.text((self._width - self._margin, self._y), right, _INK, font, anchor="ra")
        self._y += _line_height(self._sizes.foot)

    def _in_list(self, block: Heading | Tick) -> None:
        if isinstance(block, Heading):
            self._heading(block.text, block.count)
        else:
            self._tick(block.text, block.aside, block.detail)

    def _heading(self, text: str, count: str) -> None:
        sizes = self._sizes
        self._y += sizes.gap
        bold = _font_for(count, sizes.value, bold=True)
        room = self._width - 3 * self._margin - round(bold.getlength(count))
        font = _font_for(text, sizes.value, bold=True)
        self._draw.text((self._margin, self._y), wrap(text, font, room)[0] if text else "", _INK, font)
        self._draw.text((self._width - self._margin, self._y), count, _INK, bold, anchor="ra")
        self._y += _line_height(sizes.value)
        self._rule(2)

    def _tick(self, text: str, aside: str, detail: str) -> None:
        """An empty box to the left; beside it the text, its aside at the right edge, the detail below."""
        sizes = self._sizes
        box = sizes.value
        left = self._margin + box + sizes.gap
        aside_font = _font_for(aside, sizes.value, bold=True)
        room = self._width - left - 2 * self._margin - round(aside_font.getlength(aside))
        font = _font_for(text, sizes.value, bold=True)
        top = self._y + (_line_height(sizes.value) - box) // 2
        self._draw.rectangle((self._margin, top, self._margin + box, top + box), outline=_INK, width=3)
        self._draw.text((self._width - self._margin, self._y), aside, _INK, aside_font, anchor="ra")
        for line in wrap(text, font, room):
            self._draw.text((left, self._y), line, _INK, font)
            self._y += _line_height(sizes.value)
        self._draw.text((left, self._y), detail, _INK, _font_for(detail, sizes.label_en, bold=False))
        self._y += _line_height(sizes.label_en) + sizes.gap


_HALF: Final = [0] * 112 + [1] * 144  # a little under half: heat makes dots grow, but thin strokes must stay whole
_BLACK: Final = [0] + [_INK] * 255


def wrap(text: str, font: ImageFont.FreeTypeFont, room_dots: float) -> list[str]:
    """Break a text into lines that fit: at spaces, beside Chinese characters, and inside a word that is too long.

    At most three lines; what does not fit them ends in an ellipsis.
    """
    rest = text[:_MOST_CHARACTERS]
    lines: list[str] = []
    while rest and len(lines) < _MOST_LINES:
        fitting = _fitting(rest, font, room_dots)
        cut = len(rest) if fitting == len(rest) else _break_at(rest, fitting)
        lines.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if rest or len(text) > _MOST_CHARACTERS:
        last = lines[-1]
        while last and font.getlength(last + "…") > room_dots:
            last = last[:-1]
        lines[-1] = last + "…"
    return lines


def _balanced(lines: list[str], text: str, font: ImageFont.FreeTypeFont, room_dots: int) -> list[str]:
    """The same number of lines, but of like length: a last line of one character looks like a mistake."""
    if len(lines) == 1 or lines[-1].endswith("…"):
        return lines
    low, high = room_dots // len(lines), room_dots
    while low < high:
        middle = (low + high) // 2
        narrower = wrap(text, font, middle)
        if len(narrower) > len(lines) or narrower[-1].endswith("…"):
            low = middle + 1
        else:
            high = middle
    return wrap(text, font, high)


def _size_for_one_line(text: str, size: int, room_dots: int, *, bold: bool) -> int:
    """`size`, or one a little smaller if that saves a second line."""
    wide = _font_for(text, size, bold=bold).getlength(text[:_MOST_CHARACTERS])
    if wide <= room_dots:
        return size
    return next((s for s in (size * 85 // 100, size * 72 // 100) if wide * s <= room_dots * size * 0.99), size)


def _fitting(text: str, font: ImageFont.FreeTypeFont, room_dots: float) -> int:
    """How many characters of `text` fit; at least one, or nothing would ever end."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if font.getlength(text[:middle]) <= room_dots:
            low = middle
        else:
            high = middle - 1
    return low


def _break_at(text: str, most: int) -> int:
    for cut in range(most, 0, -1):
        before, after = text[cut - 1], text[cut]
        if unicodedata.combining(after) or before == "\u200d" or after == "\u200d":
            continue
        if before in " -/" or after == " " or _is_wide(before) or _is_wide(after):
            return cut
    return most


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _line_height(size: int) -> int:
    return round(size * 1.3)


def _font_for(text: str, size: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    """The first font that has all of the text, else the Chinese one: it shows a box for what it does not have."""
    chinese = _chinese_font(size, bold)
    if all(_has(chinese, character) for character in text):
        return chinese
    other = _load(_OTHER_SCRIPTS, size, bold)
    return other if other is not None and all(_has(other, character) for character in text) else chinese


@lru_cache(maxsize=128)
def _chinese_font(size: int, bold: bool) -> ImageFont.FreeTypeFont:  # noqa: FBT001 - lru_cache is fastest by position
    for family in _FAMILIES:
        font = _load(family, size, bold)
        if font is not None:
            return font
    raise FontMissing("no font with Chinese characters was found: install the package fonts-noto-cjk")


@lru_cache(maxsize=128)
def _load(family: tuple[str, tuple[str, str], str], size: int, bold: bool) -> ImageFont.FreeTypeFont | None:  # noqa: FBT001
    pattern, weights, name = family
    path = pattern.format(weights[bold])
    index = _face(path, name)
    return None if index is None else ImageFont.truetype(path, size, index=index)


@lru_cache(maxsize=8)
def _face(path: str, name: str) -> int | None:
    """The place of a face in its collection; None when the file or the face is not there."""
    for index in range(16):
        try:
            if ImageFont.truetype(path, 16, index=index).getname()[0] == name:
                return index
        except OSError:
            return None
    return None


@lru_cache(maxsize=4096)
def _has(font: ImageFont.FreeTypeFont, character: str) -> bool:
    if character.isspace() or unicodedata.category(character) in {"Cf", "Mn"}:
        return True
    return _shape(font, character) != _shape(font, "\U0010ffff")


def _shape(font: ImageFont.FreeTypeFont, character: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(character)
    return mask.size, bytes(mask)
