"""Reads QR codes from an installer's photographs as the gate's camera would: `python -m kiosk doctor qr IMAGE...`."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from hardware import factory
from hardware.errors import DriverUnavailable
from hardware.interfaces import DeviceKind, QrDecoder

if TYPE_CHECKING:
    from hardware.interfaces import GrayImage

DRIVER: Final = "zxing"
MOST_SIDE_PX: Final = 4096
"""Larger photographs are shrunk to this: three times a camera's frame, fine enough for the smallest code."""

MOST_BYTES: Final = 100_000_000


def run(paths: Sequence[Path], out: TextIO) -> int:
    """Print one JSON object a line for each image: `{"image", "texts", "ms"}`, and `"error"` where it has none.

    The decoder is the camera path's own, at its most thorough; `ms` is its time without that of loading the file.
    Foreign bytes in a code are replaced. No settings are needed.

    Returns:
        The exit code: 0 when every file could be read, whether a code was found in it or not, else 1.
    """
    failed = False
    try:
        decoder = factory.build(DeviceKind.DECODER, DRIVER, {})
        assert isinstance(decoder, QrDecoder)  # noqa: S101 - the factory's table says so
        with decoder:
            for path in paths:
                answer = _examine(decoder, path)
                failed |= "error" in answer
                _print(answer, out)
    except DriverUnavailable as error:
        for path in paths:
            _print(_failure(path, f"{error}: {error.vendor_reason}"), out)
        return 1
    return int(failed)


def texts_in(path: Path) -> list[str]:
    """The codes in one photograph, as the camera path reads them at its most thorough.

    Raises:
        OSError, ValueError: it cannot be read, or is no picture.
        DriverUnavailable: the decoder's library is not there.
    """
    decoder = factory.build(DeviceKind.DECODER, DRIVER, {})
    assert isinstance(decoder, QrDecoder)  # noqa: S101 - the factory's table says so
    with decoder:
        return [code.text for code in decoder.decode(_load(path), thorough=True)]


def _examine(decoder: QrDecoder, path: Path) -> dict[str, object]:
    try:
        gray = _load(path)
    except OSError as error:
        return _failure(path, error.strerror or "cannot be read")
    except ValueError as error:
        return _failure(path, str(error))
    started_s = time.perf_counter()
    codes = decoder.decode(gray, thorough=True)
    spent_ms = (time.perf_counter() - started_s) * 1000
    return {"image": str(path), "texts": [code.text for code in codes], "ms": round(spent_ms, 2)}


def _load(path: Path) -> GrayImage:
    from hardware.pictures import read_gray  # brings Pillow and numpy, which no other command needs at its start

    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(f"the file is larger than {MOST_BYTES // 1_000_000} MB")
    return read_gray(data, most_side_px=MOST_SIDE_PX)


def _failure(path: Path, error: str) -> dict[str, object]:
    return {"image": str(path), "texts": [], "ms": 0, "error": error}


def _print(answer: dict[str, object], out: TextIO) -> None:
    # ASCII only: a code's control and direction characters must not reach the installer's terminal.
    out.write(json.dumps(answer) + "\n")
    out.flush()
