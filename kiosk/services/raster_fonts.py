"""The fonts that papers are drawn with dot by dot, and which of them has a text."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from PIL import ImageFont

_FAMILIES: Final = (
    # Hong Kong's forms of the characters; `name` picks the face of a collection
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-{}.ttc", ("Regular", "Bold"), "Noto Sans CJK HK"),
    ("/usr/share/fonts/truetype/wqy/{}.ttc", ("wqy-microhei", "wqy-microhei"), "WenQuanYi Micro Hei"),
    ("/usr/share/fonts/truetype/wqy/{}.ttc", ("wqy-zenhei", "wqy-zenhei"), "WenQuanYi Zen Hei"),
)
_SIZE_TO_LOOK_PX: Final = 16
_OTHER_SCRIPTS: Final = ("/usr/share/fonts/truetype/dejavu/{}.ttf", ("DejaVuSans", "DejaVuSans-Bold"), "DejaVu Sans")


class FontMissing(RuntimeError):
    """No font with Chinese characters is installed."""


def font_for(text: str, size: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    """The first font that has all of the text, else the Chinese one: it shows a box for what it does not have."""
    chinese = _chinese_font(size, bold)
    if all(_has(chinese, character) for character in text):
        return chinese
    other = _load(_OTHER_SCRIPTS, size, bold)
    return other if other is not None and all(_has(other, character) for character in text) else chinese


def can_draw(text: str) -> bool:
    """Tell whether the Chinese font has every character of a text.

    Raises:
        FontMissing: there is none.
    """
    font = _chinese_font(_SIZE_TO_LOOK_PX, bold=False)
    return all(_has(font, character) for character in text)


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
