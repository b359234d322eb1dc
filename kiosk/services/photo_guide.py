"""Advice to whoever is at the photo, from the picture that the camera sees just now.

The picture is looked at only while somebody asks, and at most four times a second: a preview that asks faster, or two
screens, are told again what was found last. Nothing of a picture is kept.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from hardware.errors import HardwareError
from hardware.interfaces import Frame, PhotoMeter
from kiosk.domain.photo_advice import Advice, advise

log = logging.getLogger(__name__)

EVERY_NS: Final = 250_000_000
"""How far apart two pictures are that are looked at."""


class PhotoGuide:
    """Looks at pictures with a meter that is made when it is first needed. Safe to use from any thread.

    A meter that cannot be had is said once in the log, and there is no advice until the next start: photos are taken
    as they are.
    """

    def __init__(self, build: Callable[[], PhotoMeter]) -> None:
        self._build = build
        self._lock = threading.Lock()
        self._meter: PhotoMeter | None = None
        self._is_out = False
        self._last: tuple[int, Advice | None] | None = None

    def glance(self, frame: Frame) -> Advice | None:
        """Advice on the live picture, at most 250 ms old; None while nothing can be told. Never waits for another."""
        if not self._is_due(frame) or not self._lock.acquire(blocking=False):
            return self._last[1] if self._last else None
        try:
            found = self._advise(frame)
            self._last = (frame.captured_ns, found)
            return found
        finally:
            self._lock.release()

    def judge(self, frame: Frame) -> Advice | None:
        """Advice on the very picture that is taken; None where it cannot be told."""
        with self._lock:
            return self._advise(frame)

    def _is_due(self, frame: Frame) -> bool:
        return self._last is None or frame.captured_ns - self._last[0] >= EVERY_NS

    def _advise(self, frame: Frame) -> Advice | None:
        if self._is_out:
            return None
        try:
            if self._meter is None:
                meter = self._build()
                meter.open()
                self._meter = meter
            measured = self._meter.measure(frame.gray())
        except HardwareError as error:
            self._is_out = True
            log.warning("photos are taken without advice: %s (%s)", error, error.vendor_reason)
            return None
        return advise(brightness=measured.brightness, sharpness=measured.sharpness, faces=measured.faces)
