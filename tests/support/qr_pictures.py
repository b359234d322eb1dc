"""Pictures of QR codes, made when a test asks for them."""

from __future__ import annotations

import io

import numpy as np
import qrcode
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from qrcode.util import MODE_8BIT_BYTE, QRData

Gray = NDArray[np.uint8]

FRAME_PX = (1280, 720)


def symbol(content: bytes, *, module_px: int = 6, correction: int = qrcode.ERROR_CORRECT_M) -> Image.Image:
    """Draw a QR code with its quiet zone; mode L, black on white."""
    code = qrcode.QRCode(border=4, box_size=module_px, error_correction=correction)
    code.add_data(QRData(content, mode=MODE_8BIT_BYTE))
    code.make()
    return code.make_image().get_image().convert("L")


def png(image: Image.Image) -> bytes:
    """Encode as PNG."""
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def jpeg(image: Image.Image) -> bytes:
    """Encode as JPEG."""
    data = io.BytesIO()
    image.save(data, "JPEG", quality=90)
    return data.getvalue()


def scene(*symbols: Image.Image, size: tuple[int, int] = FRAME_PX) -> Image.Image:
    """Lay symbols side by side before a gray gradient, as a camera would see them; mode L."""
    frame = Image.linear_gradient("L").resize(size).point(lambda tone: 60 + tone // 3)
    left = max(0, (size[0] - sum(each.width for each in symbols)) // 2)
    for each in symbols:
        frame.paste(each, (left, (size[1] - each.height) // 2))
        left += each.width
    return frame


def gray(image: Image.Image) -> Gray:
    """The pixels of an image in mode L."""
    return np.asarray(image)


def curled(image: Image.Image, *, bulge: float) -> Image.Image:
    """Bend a picture as a curled sheet is: its top edge bulges by `bulge` of the height, its left edge likewise."""
    pixels = np.asarray(image)
    height, width = pixels.shape
    rows, columns = np.mgrid[0:height, 0:width]
    across = 4 * (columns / width) * (1 - columns / width)
    down = 4 * (rows / height) * (1 - rows / height)
    source_rows = np.clip(rows + bulge * height * across * (1 - rows / height), 0, height - 1).astype(int)
    source_columns = np.clip(columns - bulge * width * down * (1 - columns / width), 0, width - 1).astype(int)
    return Image.fromarray(pixels[source_rows, source_columns])


def defocused(image: Image.Image, radius_px: float) -> Image.Image:
    """Blur a picture as a lens out of focus does."""
    return image.filter(ImageFilter.GaussianBlur(radius_px))
