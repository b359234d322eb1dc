"""The fonts of a PDF: each character from the first of them that has it.

reportlab embeds TrueType outlines only, and Noto Sans CJK has none. WenQuanYi Micro Hei has all of Big5 and GB 2312,
but only half of what HKSCS-2004 adds for Hong Kong; AR PL UMing HK has every character of it, in the strokes of a book
face; DejaVu Sans has other scripts. None has a bold face: what is to be bold is drawn with its outline.

Imports reportlab: import this module when the first PDF is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from kiosk.services.raster_fonts import FontMissing


@dataclass(frozen=True, slots=True)
class _Face:
    """A font's file, and its place there."""

    name: str
    path: str
    index: int = 0


_CHINESE: Final = _Face("WenQuanYi Micro Hei", "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
_OTHERS: Final = (
    _Face("AR PL UMing HK", "/usr/share/fonts/truetype/arphic/uming.ttc", 1),
    _Face("DejaVu Sans", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),
)
_FIVE_DIGITS: Final = re.compile(r"<([0-9A-F]{5,6})>")
_BOLD_OUTLINE: Final = 0.013
_FILL, _FILL_AND_STROKE = 0, 2  # ISO 32000-1, table 106


class _Font(TTFont):  # type: ignore[misc] # reportlab has no types
    """A font whose rare characters are found and copied like others.

    The table that viewers search and copy by is in UTF-16 (ISO 32000-1, section 9.10.3). reportlab 5.1 writes the plain
    code there, five digits for a character beyond U+FFFF, and a viewer reads none.
    """

    def addObjects(self, doc: Any) -> None:  # noqa: N802 - reportlab's name for it
        super().addObjects(doc)
        for name, stream in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:"):
                stream.content = _FIVE_DIGITS.sub(_as_utf_16, stream.content)


@dataclass(frozen=True, slots=True)
class Type:
    """A size of type, in points. Tells how wide a text is, see `kiosk.services.text_lines`."""

    size: float
    bold: bool = False

    def getlength(self, text: str, /) -> float:
        """The width of a text in points."""
        return sum(float(pdfmetrics.stringWidth(run, name, self.size)) for name, run in _runs(text))

    def draw(self, canvas: Any, text: str, x: float, y: float) -> None:
        """Draw a text from `x` to the right, standing on `y`, in the canvas's fill colour."""
        canvas.saveState()
        canvas.setLineWidth(self.size * _BOLD_OUTLINE)
        canvas.setStrokeColor(canvas._fillColorObj)  # noqa: SLF001 - the canvas has no other way to ask
        line = canvas.beginText(x, y)
        line.setTextRenderMode(_FILL_AND_STROKE if self.bold else _FILL)
        for name, run in _runs(text):
            line.setFont(name, self.size)
            line.textOut(run)
        canvas.drawText(line)
        canvas.restoreState()


@lru_cache(maxsize=1)
def load_fonts() -> None:
    """Load the font that every PDF needs; the others wait until a character asks for them.

    Raises:
        FontMissing: it is not installed, or cannot be read.
    """
    if not _load(_CHINESE):
        raise FontMissing("no font with Chinese characters for PDF was found: install the package fonts-wqy-microhei")


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """The text in parts that each have one font."""
    for name, run in groupby(text, _font_of):
        yield name, "".join(run)


@lru_cache(maxsize=8192)
def _font_of(character: str) -> str:
    """The first font that has a character, else the Chinese one, which shows a box."""
    for face in (_CHINESE, *_OTHERS):
        if _load(face) and ord(character) in pdfmetrics.getFont(face.name).face.charToGlyph:
            return face.name
    return _CHINESE.name


def _as_utf_16(found: re.Match[str]) -> str:
    return f"<{chr(int(found[1], 16)).encode('utf-16-be').hex().upper()}>"


@lru_cache(maxsize=8)
def _load(face: _Face) -> bool:
    if not Path(face.path).exists():
        return False
    try:
        pdfmetrics.registerFont(_Font(face.name, face.path, subfontIndex=face.index))
    except TTFError:
        return False
    return True
