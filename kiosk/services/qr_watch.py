"""Watches a camera for QR codes and tells of each once, for as long as it is held up.

Whoever stands at a gate may hold anything up to its camera. A code is therefore bytes of no meaning here: it is
handed on, never interpreted, never logged, and how many can be remembered is bounded.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from hardware.errors import DeviceClosed, HardwareError
from hardware.interfaces import Frame, QrCode, QrDecoder
from kiosk.domain.access import CredentialKind
from kiosk.services.errands import Errand

if TYPE_CHECKING:
    from hardware.interfaces import GrayImage

log = logging.getLogger(__name__)

NS_PER_S: Final = 1_000_000_000
GONE_S: Final = 1.5
"""A code not seen for so long was taken away: a trembling hand hides it for less, and whoever tries again is not made
to wait longer than the lane's own three seconds (`kiosk.services.repeats.SAME_EVENT_NS`)."""

THOROUGH_EVERY_S: Final = 1.0
"""A thorough try costs as much as ten to thirty quick ones; once a second a visitor does not notice the wait."""

THOROUGH_SHARE: Final = 4
"""A thorough try that took long is followed by so many times its length without one: pictures can be made to
cost a second, and whoever holds one up must not take the camera from the next visitor."""

WAIT_S: Final = 0.5
MOST_CODES_A_FRAME: Final = 8
MOST_PRESENT: Final = 64
ERROR_LOG_EVERY_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class QrPresented:
    """A code was held up: its content as text, foreign bytes replaced, and when its first frame was captured."""

    kind: ClassVar = CredentialKind.PASS
    text: str
    presented_ns: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What a picture held that was decoded for a self-test, and how long that took."""

    texts: tuple[str, ...]
    took_ns: int


class FrameSource(Protocol):
    """Where frames come from: see `hardware.camera_feed.CameraFeed`."""

    def wait_newer(self, than_ns: int, timeout_s: float) -> Frame | None:
        """Block for a live frame captured after `than_ns`; None when none came within `timeout_s`."""
        ...


class Heart(Protocol):
    """What is needed of a supervised worker."""

    stopping: threading.Event

    def beat(self) -> None:
        """Say that the worker is alive."""
        ...


class QrWatch:
    """Turns one camera's frames into events.

    `work` runs in the decoder's supervised worker, and `on_code` is called there: it must only put the event into
    an inbox. `beat_ns` may be read from any thread; everything else belongs to the worker.

    Args:
        on_code: called once for each code and presence. What it raises is logged, and the code counts as told.
    """

    def __init__(
        self,
        frames: FrameSource,
        on_code: Callable[[QrPresented], None],
        *,
        gone_s: float = GONE_S,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._frames = frames
        self._on_code = on_code
        self._gone_ns = round(gone_s * NS_PER_S)
        self._monotonic_ns = monotonic_ns
        self._beat_ns = monotonic_ns()
        self._last_seen_ns: dict[bytes, int] = {}
        self._background = _Background()
        self._thorough_from_ns = 0
        self._error_logged_ns: int | None = None
        self._trials: queue.SimpleQueue[Errand] = queue.SimpleQueue()

    @property
    def beat_ns(self) -> int:
        """When the loop last turned, for a watchdog; it turns twice a second even when the camera is gone."""
        return self._beat_ns

    def work(self, decoder: QrDecoder, worker: Heart) -> None:
        """Look at every newer frame until the worker stops; the work function for the `Supervisor`."""
        seen_ns = -1
        while not worker.stopping.is_set():
            worker.beat()
            self._beat_ns = self._monotonic_ns()
            while not self._trials.empty():
                self._trials.get().run(decoder)
            frame = self._frames.wait_newer(seen_ns, WAIT_S)
            if frame is not None:
                seen_ns = frame.captured_ns
                self.look(decoder, frame)

    def try_out(self, gray: GrayImage) -> Future[Trial]:
        """Have the worker decode a picture for a self-test; what it holds is told to whoever asks, and to no lane.

        May be called from any thread. Cancel it when it is not waited for any more.
        """

        def decode(decoder: QrDecoder) -> Trial:
            begun_ns = self._monotonic_ns()
            codes = decoder.decode(gray)
            return Trial(tuple(code.text for code in codes), self._monotonic_ns() - begun_ns)

        errand = Errand(decode)
        self._trials.put(errand)
        return errand.answer

    def look(self, decoder: QrDecoder, frame: Frame) -> None:
        """Decode one frame and tell what is new in it. Time is the frames' own; never raises."""
        self._forget_gone(frame.captured_ns)
        for code in self._decode(decoder, frame)[:MOST_CODES_A_FRAME]:
            is_new = self._last_seen_ns.pop(code.content, None) is None
            self._last_seen_ns[code.content] = frame.captured_ns
            if is_new:
                self._tell(QrPresented(code.text, frame.captured_ns))

    def _decode(self, decoder: QrDecoder, frame: Frame) -> tuple[QrCode, ...]:
        try:
            gray = frame.gray()
            has_changed = self._background.differs(gray, frame.captured_ns)
            codes = decoder.decode(gray)
            if codes or not has_changed or frame.captured_ns < self._thorough_from_ns:
                return codes
            return self._decode_thoroughly(decoder, gray, frame.captured_ns)
        except DeviceClosed:
            pass  # the watch is being ended
        except HardwareError as error:
            self._log_error(frame, f"{error.code}: {error}")
        except Exception as error:  # noqa: BLE001 - a picture chosen by a stranger must not end the watch
            # Neither its text nor its traceback: a decoder's error may quote what the code holds.
            self._log_error(frame, type(error).__name__)
        return ()

    def _decode_thoroughly(self, decoder: QrDecoder, gray: GrayImage, now_ns: int) -> tuple[QrCode, ...]:
        started_ns = self._monotonic_ns()
        try:
            return decoder.decode(gray, thorough=True)
        finally:
            spent_ns = self._monotonic_ns() - started_ns
            self._thorough_from_ns = now_ns + max(round(THOROUGH_EVERY_S * NS_PER_S), (1 + THOROUGH_SHARE) * spent_ns)

    def _forget_gone(self, now_ns: int) -> None:
        """Drop codes taken away; the dict is in the order of last sight, so the oldest stand first."""
        while self._last_seen_ns:
            content, seen_ns = next(iter(self._last_seen_ns.items()))
            if now_ns - seen_ns <= self._gone_ns and len(self._last_seen_ns) <= MOST_PRESENT - MOST_CODES_A_FRAME:
                return
            del self._last_seen_ns[content]

    def _tell(self, event: QrPresented) -> None:
        try:
            self._on_code(event)
        except Exception as error:  # noqa: BLE001 - one event that cannot be taken must not end the watch
            log.error("a code that was held up could not be handed on: %s", type(error).__name__)  # noqa: TRY400

    def _log_error(self, frame: Frame, reason: str) -> None:
        last_ns = self._error_logged_ns
        if last_ns is None or frame.captured_ns - last_ns >= ERROR_LOG_EVERY_S * NS_PER_S:
            self._error_logged_ns = frame.captured_ns
            log.error("a frame of %d x %d could not be decoded: %s", frame.width_px, frame.height_px, reason)


class _Background:
    """What the camera sees when nobody is there, as a coarse picture that follows slowly.

    A thorough try is worth its cost only when something was put before the camera. Dusk and a parked car become
    part of the background within some ten seconds, noise never leaves it.
    """

    STEP: Final = 16
    FOLLOWS_IN_NS: Final = 8 * NS_PER_S
    CHANGED_LEVELS: Final = 20
    CHANGED_PART: Final = 0.005  # of the cells: a code of 100 x 100 pixels in a frame of 1280 x 720 is twice that

    def __init__(self) -> None:
        self._cells: Any = None
        self._followed_ns = 0

    def differs(self, gray: GrayImage, now_ns: int) -> bool:
        """Whether the picture differs from the background; the background follows it."""
        cells = gray[:: self.STEP, :: self.STEP].astype("float32")
        if self._cells is None or self._cells.shape != cells.shape:
            self._cells, self._followed_ns = cells, now_ns
            return False
        difference = cells - self._cells
        share = min(1.0, (now_ns - self._followed_ns) / self.FOLLOWS_IN_NS)
        self._cells += share * difference
        self._followed_ns = now_ns
        return bool((abs(difference) > self.CHANGED_LEVELS).mean() > self.CHANGED_PART)
