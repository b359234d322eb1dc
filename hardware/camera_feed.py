"""One camera, many who look: the newest frame for preview, photograph and decoder alike.

The camera's supervised worker is the only thread that reads. It puts each frame into a slot and never waits for
anybody: a decoder that takes its time misses frames, and the preview does not notice.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from hardware.errors import DeviceTimeout

if TYPE_CHECKING:
    from collections.abc import Callable

    from hardware.interfaces import Camera, Frame
    from hardware.supervisor import Worker

STALE_NS: Final = 2_000_000_000
"""Age from which a frame no longer shows what is before the camera."""

READ_TIMEOUT_S: Final = 1.0


class CameraFeed:
    """The newest frame of one camera. All methods may be called from any thread, `work` from one only."""

    def __init__(self, *, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._monotonic_ns = monotonic_ns
        self._arrived = threading.Condition()
        self._frame: Frame | None = None
        self._is_over = False

    def work(self, camera: Camera, worker: Worker[Camera]) -> None:
        """Publish the camera's frames until the worker stops; the work function for the `Supervisor`.

        Raises:
            DeviceTimeout: twice in a row no frame came within a second. The camera hangs: reopen it.
            DeviceUnavailable: as the camera raised it.
        """
        missed = 0
        try:
            while not worker.stopping.is_set():
                worker.beat()
                try:
                    frame = camera.read(READ_TIMEOUT_S)
                except DeviceTimeout:
                    missed += 1
                    if missed > 1:
                        raise
                    continue
                missed = 0
                self._publish(frame)
        finally:
            self._is_over = worker.stopping.is_set()
            self._publish(None)

    def latest(self) -> Frame | None:
        """The newest frame, or None when there is none that is live."""
        with self._arrived:
            return self._live()

    def wait_newer(self, than_ns: int, timeout_s: float) -> Frame | None:
        """Block for a live frame captured after `than_ns`; None when none came within `timeout_s`.

        Frames that came and went meanwhile are skipped: it is always the newest. Once the camera's worker has been
        stopped nobody waits any longer, because none will come.
        """
        with self._arrived:
            self._arrived.wait_for(lambda: self._is_over or self._is_newer(than_ns), timeout_s)
            return self._live() if self._is_newer(than_ns) else None

    def _publish(self, frame: Frame | None) -> None:
        with self._arrived:
            self._frame = frame
            self._arrived.notify_all()

    def _is_newer(self, than_ns: int) -> bool:
        frame = self._live()
        return frame is not None and frame.captured_ns > than_ns

    def _live(self) -> Frame | None:
        frame = self._frame
        if frame is None or self._monotonic_ns() - frame.captured_ns > STALE_NS:
            return None
        return frame
