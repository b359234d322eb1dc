"""The rules of a pulse and of a hold, written once for every relay: bounded, never doubled, always released.

A gate that stays energised stands open for everybody. What may go wrong in the middle of a pulse (a signal, a driver's
error, the device closed by another thread, the end of the process) is therefore handled here and nowhere else; a
driver or a simulator only says how to take its line, energise it, release it and let it go.
"""

from __future__ import annotations

import atexit
import logging
import math
import threading
import time
from abc import abstractmethod
from collections.abc import Callable

from hardware.errors import DeviceBusy, DeviceClosed, DeviceUnavailable
from hardware.interfaces import MAX_PULSE_S, GateRelay, RelayState

log = logging.getLogger(__name__)


class PulsedRelay(GateRelay):
    """A relay whose line is handled by four hooks, all called with the relay's lock held.

    The lock is held for single steps, never during a wait, and is re-entrant: a signal handler may call `close()`
    in the very thread that pulses. Each opening has its own event to cut a pulse short, so that a pulse left over
    from before a `close()` can neither see nor disturb the next opening.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._pulse_lock = threading.Lock()
        self._cut = threading.Event()
        self._held = False
        self._is_pulsing = False
        self._holds_gate = False
        self._state = RelayState.CLOSED

    @abstractmethod
    def _take(self) -> None:
        """Take the line, in the released state, in one step. May raise members of `hardware.errors`."""

    @abstractmethod
    def _energise(self) -> None:
        """Close the contact. May raise members of `hardware.errors`."""

    @abstractmethod
    def _release(self) -> None:
        """Open the contact. Called again when it raised; harmless on a released relay."""

    @abstractmethod
    def _let_go(self) -> None:
        """Give the line back. Called once for each `_take()`, after the release."""

    def open(self) -> None:
        """See `Device.open`. From here on the end of the process releases the relay too."""
        with self._lock:
            if self._held:
                return
            self._take()
            self._cut = threading.Event()
            self._held = True
            self._state = RelayState.RELEASED
            atexit.register(self.close)

    def close(self) -> None:
        """See `Device.close`. A pulse that runs is cut short: the contact opens before this returns."""
        with self._lock:
            atexit.unregister(self.close)
            self._cut.set()
            if not self._held:
                return
            self._held = self._is_pulsing = self._holds_gate = False
            try:
                self._release_surely()
            except DeviceUnavailable:
                log.exception("the relay could not be released on closing")
            try:
                self._let_go()
            except Exception:
                log.exception("the relay's line could not be given back")
            if self._state is not RelayState.STUCK:
                self._state = RelayState.CLOSED

    def state(self) -> RelayState:
        """See `GateRelay.state`."""
        return self._state

    def check(self) -> None:
        """See `GateRelay.check`."""
        with self._lock:
            self._require_held()
            if self._state is RelayState.STUCK:
                raise DeviceUnavailable("the relay could not be released")

    def pulse(self, duration_s: float, *, on_energised: Callable[[int], None] | None = None) -> None:
        """See `GateRelay.pulse`. A pulse cut short by `close()` raises `DeviceClosed` once the contact is open."""
        if not (math.isfinite(duration_s) and 0 < duration_s <= MAX_PULSE_S):
            raise ValueError(f"a pulse lasts more than 0 and at most {MAX_PULSE_S:.0f} seconds, not {duration_s}")
        if not self._pulse_lock.acquire(blocking=False):
            raise DeviceBusy("the relay is still at its last pulse")
        try:
            self._pulse(duration_s, on_energised)
        finally:
            self._pulse_lock.release()

    def hold(self) -> None:
        """See `GateRelay.hold`."""
        with self._lock:
            self.check()
            if self._holds_gate:
                return
            try:
                self._holds_gate = True
                if not self._is_pulsing:
                    self._energise()
                self._state = RelayState.HELD
            except BaseException:
                self._holds_gate = False
                if not self._is_pulsing:
                    self._release_surely()
                raise

    def end_hold(self) -> None:
        """See `GateRelay.end_hold`."""
        with self._lock:
            if not self._holds_gate:
                return
            self._holds_gate = False
            if self._is_pulsing:
                self._state = RelayState.ENERGISED
            else:
                self._release_surely()

    def _pulse(self, duration_s: float, on_energised: Callable[[int], None] | None) -> None:
        cut = None
        try:
            with self._lock:
                self.check()
                cut = self._cut
                self._is_pulsing = True
                if not self._holds_gate:
                    self._state = RelayState.ENERGISED
                    self._energise()
                energised_ns = time.monotonic_ns()
            if on_energised is not None:
                on_energised(energised_ns)
            # What the callback took is part of the pulse, not added to it.
            was_cut = cut.wait(max(0.0, duration_s - (time.monotonic_ns() - energised_ns) / 1e9))
        finally:
            with self._lock:
                if self._held and cut is self._cut:
                    self._is_pulsing = False
                    if not self._holds_gate:
                        self._release_surely()
        if was_cut:
            self._require_held()
            raise DeviceClosed("the pulse was cut short")

    def _require_held(self) -> None:
        if not self._held:
            raise DeviceClosed("the relay is not open")

    def _release_surely(self) -> None:
        """Release, and once more when that failed; then record what the relay is known to do.

        The second attempt is not only for flaky lines: a signal's exception (KeyboardInterrupt, SystemExit) may
        strike inside the first one, before the line was written.
        """
        try:
            self._release()
        except BaseException as error:
            try:
                self._release()
            except Exception as again:
                self._state = RelayState.STUCK
                raise DeviceUnavailable("the relay could not be released", vendor_reason=again) from again
            self._state = RelayState.RELEASED
            if not isinstance(error, Exception):
                raise
        self._state = RelayState.RELEASED
