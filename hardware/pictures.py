"""Pictures from outside - uploads, photographs, a camera's JPEG frames - taken apart with care.

Pillow rather than OpenCV: it reads the size before it spends memory, and it keeps libjpeg's complaints about
damaged frames off the process's standard error. Its gray JPEG decoding equals OpenCV's, in speed and in result.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageOps

if TYPE_CHECKING:
    from hardware.interfaces import GrayImage

MAX_PIXELS: Final = 50_000_000
"""Largest picture that is decoded: what a telephone takes at its usual setting, and 150 MB in colour."""

UPLOAD_FORMATS: Final = ("PNG", "JPEG")
KEPT_SIDE_PX: Final = 1600
"""What an uploaded picture is kept at: a serial number can be read, and it takes some 300 kB."""

_KEPT_QUALITY: Final = 82
PHOTOGRAPH_FORMATS: Final = ("PNG", "JPEG", "WEBP", "BMP", "GIF")


def read_colour(data: bytes) -> Image.Image:
    """Decode an uploaded PNG or JPEG as RGB; what is transparent becomes white.

    Raises:
        ValueError: it is not such a picture, is damaged, or has more than `MAX_PIXELS`; the text says which.
    """
    return _decode(data, UPLOAD_FORMATS, "RGB")


def to_kept_jpeg(data: bytes) -> bytes:
    """An uploaded PNG or JPEG as it is kept: upright, no side longer than `KEPT_SIDE_PX`, a JPEG.

    What a telephone writes beside the picture, where it was taken before all, is left behind.

    Raises:
        ValueError: as for `read_colour`.
    """
    image = ImageOps.exif_transpose(_decode(data, UPLOAD_FORMATS, "RGB", KEPT_SIDE_PX))
    image.thumbnail((KEPT_SIDE_PX, KEPT_SIDE_PX), Image.Resampling.LANCZOS)
    upright = Image.new("RGB", image.size)
    upright.paste(image)
    kept = io.BytesIO()
    upright.save(kept, "JPEG", quality=_KEPT_QUALITY)
    return kept.getvalue()


def read_gray(data: bytes, *, most_side_px: int) -> GrayImage:
    """Decode a photograph as the camera's frames are: gray, and no side longer than `most_side_px`.

    Raises:
        ValueError: as for `read_colour`.
    """
    image = _decode(data, PHOTOGRAPH_FORMATS, "L", most_side_px)
    if max(image.size) > most_side_px:
        image.thumbnail((most_side_px, most_side_px), Image.Resampling.BOX)
    return frozen(np.asarray(image))


def jpeg_to_gray(data: bytes) -> GrayImage:
    """Decode a whole JPEG frame straight to gray: the colour planes are never computed.

    Raises:
        ValueError: the frame is damaged.
    """
    return frozen(np.asarray(_decode(data, ("JPEG",), "L", MAX_PIXELS)))


def frozen(pixels: GrayImage) -> GrayImage:
    """Forbid writing, so that threads may share the pixels; the very array where that is possible."""
    pixels.flags.writeable = False
    return pixels


def _decode(data: bytes, formats: tuple[str, ...], mode: str, side_px: int | None = None) -> Image.Image:
    """Decode as RGB or as gray (`L`); with `side_px` a JPEG is shrunk while it is decoded, to no less than that."""
    try:
        image = Image.open(io.BytesIO(data), formats=formats)
        width_px, height_px = image.size
        if side_px is not None:
            image.draft(mode, (min(width_px, side_px), min(height_px, side_px)))
        if image.width * image.height <= MAX_PIXELS:
            return _opaque(image).convert(mode)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(f"the picture has more than {MAX_PIXELS} pixels") from error
    except Exception as error:
        # Pillow's parsers leave hostile bytes by OSError, SyntaxError, struct.error, KeyError and others.
        raise ValueError("this is not a whole picture of a known kind") from error
    raise ValueError(f"the picture has {width_px} x {height_px} pixels, more than {MAX_PIXELS}")


def _opaque(image: Image.Image) -> Image.Image:
    """Lay the picture on white paper: a code drawn black on nothing would else be black on black."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if not image.has_transparency_data:
        return image
    layers = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers)
