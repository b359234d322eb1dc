"""The barrier of one lane: a short queue of pulses, and the worker that gives them to the relay.

The worker is the relay's supervised thread, so a pulse blocks nobody else, and a relay that fails is reopened like
any other device. A pulse whose deadline has passed is dropped: a gate that opens late opens for the wrong person.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from hardware.errors import HardwareError
from hardware.interfaces import GateRelay, RelayState
from hardware.supervisor import Worker
from kiosk.domain.interlock import Interlock
from kiosk.domain.vehicle import VehicleWatch
from kiosk.services.openings import Outcome

log = logging.getLogger(__name__)

_QUEUE_LENGTH: Final = 4
_IDLE_CHECK_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class PulseResult:
    """What became of a pulse. `energised_ns` only when it opened; `code` says why it did not."""

    outcome: Outcome
    energised_ns: int | None = None
    code: str = ""

    @property
    def detail(self) -> dict[str, str]:
        """What a journal entry about it names besides the outcome."""
        return {"fault": self.code} if self.code else {}


@dataclass(frozen=True, slots=True)
class _Pulse:
    deadline_ns: int
    on_result: Callable[[PulseResult], None]
    waits_for_nothing: bool


class Gate:
    """Takes pulses from any thread; gives them one after another in the relay's worker."""

    def __init__(self, lane: str, pulse_s: float, vehicle_s: float, interlock: Interlock) -> None:
        self._lane = lane
        self._pulse_s = pulse_s
        self._interlock = interlock
        self._vehicle = VehicleWatch(vehicle_s)
        self._pulses: queue.Queue[_Pulse | None] = queue.Queue(_QUEUE_LENGTH)  # None: look around
        self._relay: GateRelay | None = None
        self._is_held = False
        self._lock = threading.Lock()

    def relay_state(self) -> RelayState:
        """The relay's state; CLOSED while it is not open."""
        relay = self._relay
        return relay.state() if relay is not None else RelayState.CLOSED

    def submit(
        self, deadline_ns: int, on_result: Callable[[PulseResult], None], *, waits_for_nothing: bool = False
    ) -> None:
        """Ask for a pulse. `on_result` is called exactly once, as soon as the outcome is known; it must not block.

        None is given while another lane of the interlock stands open, except for the exit button, which
        `waits_for_nothing`.

        It is called in this thread when the relay is not there or too much is queued, else in the relay's worker:
        with OPENED at the moment the contact closed, not when the pulse ends.
        """
        with self._lock:
            if self._relay is not None:
                try:
                    self._pulses.put_nowait(_Pulse(deadline_ns, on_result, waits_for_nothing))
                except queue.Full:
                    pass
                else:
                    return
        on_result(PulseResult(Outcome.FAILED, code="busy" if self._relay is not None else "relay-unavailable"))

    @property
    def is_held(self) -> bool:
        """Whether the gate is to stand open until `end_hold`."""
        return self._is_held

    @property
    def waits_for_vehicle(self) -> bool:
        """Whether the gate stands open only because a vehicle stands on the loop."""
        return self._vehicle.is_keeping

    def note_loop(self, *, is_occupied: bool) -> None:
        """Take what the loop detector says, at once. A gate that would close on a vehicle waits; never raises.

        A detector that is out of sight is told as free: it keeps nothing open.
        """
        with self._lock:
            if is_occupied:
                self._vehicle.occupied()
                self._keep_for_vehicle()  # a pulse may be running, and would end on it
            else:
                was_keeping = self._vehicle.is_keeping
                self._vehicle.free()
                if was_keeping:
                    self._end_relay_hold()

    def take_vehicle_alarm(self) -> bool:
        """Whether a vehicle was closed on because the longest time was over; once for each time."""
        with self._lock:
            return self._vehicle.take_alarm()

    def hold(self) -> None:
        """Hold the gate open, at once and also when its relay fails and comes back. For a fire; never raises."""
        with self._lock:
            self._is_held = True
            self._interlock.force(self._lane, time.monotonic_ns())
            self._vehicle.closed()  # until the end of the hold nothing is measured
            if self._relay is not None:
                try:
                    self._relay.hold()
                except HardwareError:
                    log.exception("the relay could not be held; its worker tries again")

    def end_hold(self) -> None:
        """Let the gate close again, once no vehicle stands there. Never raises: a stuck relay is seen by its worker."""
        with self._lock:
            self._is_held = False
            if not self._keep_for_vehicle():
                self._end_relay_hold()

    def wake(self) -> None:
        """Let the worker look at once whether it is to stop, instead of within a second."""
        with suppress(queue.Full):  # then it is awake
            self._pulses.put_nowait(None)

    def work(self, relay: GateRelay, worker: Worker[GateRelay]) -> None:
        """Give pulses until the worker stops; lets the relay's errors escape to the supervisor."""
        with self._lock:
            self._relay = relay
        try:
            while not worker.stopping.is_set():
                worker.beat()
                relay.check()
                self._keep_held(relay)
                self._give_up_on_vehicle()
                try:
                    pulse = self._pulses.get(timeout=_IDLE_CHECK_S)
                except queue.Empty:
                    continue
                if pulse is not None:
                    self._give(relay, pulse)
        finally:
            with self._lock:
                self._relay = None
                self._vehicle.closed()
            self._fail_queued()

    def _keep_held(self, relay: GateRelay) -> None:
        with self._lock:
            if self._is_held:
                relay.hold()
            if self._is_held or self._vehicle.is_keeping:
                self._interlock.force(self._lane, time.monotonic_ns())

    def _keep_for_vehicle(self) -> bool:
        """Keep an energised relay so while a vehicle is there; the caller holds the lock."""
        relay = self._relay
        if self._is_held or relay is None or relay.state() not in {RelayState.ENERGISED, RelayState.HELD}:
            return False
        if not self._vehicle.keep(time.monotonic_ns()):
            return False
        try:
            relay.hold()
        except HardwareError:
            log.exception("the relay could not be kept open for a vehicle")
            self._vehicle.closed()
            return False
        return True

    def _end_relay_hold(self) -> None:
        if self._relay is not None:
            try:
                self._relay.end_hold()
            except HardwareError:
                log.exception("the relay could not be released")

    def _give_up_on_vehicle(self) -> None:
        with self._lock:
            if self._vehicle.give_up(time.monotonic_ns()):
                self._end_relay_hold()

    def _give(self, relay: GateRelay, pulse: _Pulse) -> None:
        now_ns = time.monotonic_ns()
        if now_ns > pulse.deadline_ns:
            pulse.on_result(PulseResult(Outcome.LATE, code="late"))
            return
        if pulse.waits_for_nothing:
            self._interlock.force(self._lane, now_ns)
        elif self._interlock.take(self._lane, now_ns):
            pulse.on_result(PulseResult(Outcome.FAILED, code="interlocked"))
            return
        told = False

        def energised(at_ns: int) -> None:
            nonlocal told
            told = True
            with self._lock:
                self._keep_for_vehicle()
            pulse.on_result(PulseResult(Outcome.OPENED, at_ns))

        try:
            relay.pulse(self._pulse_s, on_energised=energised)
        except Exception as error:
            # A pulse cut short once it had begun stays OPENED: that is what the barrier saw.
            if not told:
                self._interlock.give_back(self._lane)
                code = error.code if isinstance(error, HardwareError) else HardwareError.code
                pulse.on_result(PulseResult(Outcome.FAILED, code=code))
            raise

    def _fail_queued(self) -> None:
        while True:
            try:
                pulse = self._pulses.get_nowait()
            except queue.Empty:
                return
            if pulse is not None:
                pulse.on_result(PulseResult(Outcome.FAILED, code="relay-unavailable"))
