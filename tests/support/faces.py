"""Pictures of a face as a camera would have them, near and far, in any light.

The face is Eileen Collins's, from NASA's portrait of 1993 (GRIN GPN-2000-001177, a work of the United States
government and in the public domain), cut out and made gray.
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Gray = NDArray[np.uint8]

SIZE = (1280, 720)
_PORTRAIT = Path(__file__).with_name("face.jpg")
_FACE_PART = 0.3
"""The face's square as a part of the portrait's side, about."""
_FACE_AT = (0.48, 0.35)
"""Where its middle is in the portrait."""


@cache
def _portrait() -> Image.Image:
    return Image.open(_PORTRAIT).convert("L")


def face(part: float = 0.4, *, light: float = 1.0, blur_px: float = 0.0, count: int = 1) -> Image.Image:
    """A frame with faces whose squares are about `part` of its height, side by side, on a gray ground.

    Args:
        light: what every gray value is multiplied with; what gets brighter than white is white.
        blur_px: how far the lens is out of focus, as the radius of a Gaussian.
    """
    side = round(SIZE[1] * part / _FACE_PART)
    portrait = _portrait().resize((side, side), Image.Resampling.LANCZOS)
    frame = Image.new("L", SIZE, 120)
    width = SIZE[0] // count
    for place in range(count):
        own = Image.new("L", (width, SIZE[1]), 120)
        own.paste(portrait, (round(width / 2 - side * _FACE_AT[0]), round(SIZE[1] / 2 - side * _FACE_AT[1])))
        frame.paste(own, (place * width, 0))
    return frame.filter(ImageFilter.GaussianBlur(blur_px)).point(lambda value: min(255, round(value * light)))


def gray(picture: Image.Image) -> Gray:
    """A picture as the meter takes it."""
    pixels = np.array(picture.convert("L"))
    pixels.flags.writeable = False
    return pixels


def png(picture: Image.Image) -> bytes:
    """A picture to hold up to a simulated camera."""
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()
