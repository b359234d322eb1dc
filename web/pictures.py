"""Pictures that people send with a form, made into what the box keeps."""

from __future__ import annotations

from typing import Final

from werkzeug.datastructures import FileStorage

from hardware.pictures import photograph_to_jpeg
from kiosk.errors import FieldProblem, Invalid

MOST_SIDE_PX: Final = 1600
"""Enough to read the label of what is photographed; some 300 kB."""


def jpeg_from_upload(file: FileStorage, field: str = "photo") -> bytes:
    """A photograph as it was uploaded, as a JPEG of `MOST_SIDE_PX` at most and with nothing in it but the pixels.

    Raises:
        Invalid: `field` is not a picture of a known kind, is damaged, or has too many pixels.
    """
    try:
        return photograph_to_jpeg(file.read(), most_side_px=MOST_SIDE_PX)
    except ValueError:
        raise Invalid({field: FieldProblem.NOT_A_PICTURE}) from None
