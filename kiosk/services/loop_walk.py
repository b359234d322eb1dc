"""A self-test's credential on its way through a lane, to a relay that leads back instead of to the barrier.

It goes through the lane's own inbox, worker and store and through the rules. From there on everything is the lane's in
kind and not in person: a `Gate` and a `Worker` of its own, so that neither people's pulses nor the barrier's relay know
of it.

The credential is no card and no code. It is a call within this program, which no reader and no camera can make and no
table can hold, and it brings its relay along: from here there is no way to the barrier.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from hardware.interfaces import DeviceKind, GateRelay, RelayState
from hardware.loop_back import LoopBackRelay
from hardware.supervisor import BackOff, DeviceHealth, Worker
from kiosk.domain.access import CredentialFacts, CredentialKind, Decision, decide
from kiosk.domain.contact import ContactWatch
from kiosk.domain.interlock import Interlock
from kiosk.domain.self_test import Result, Step, StepResult
from kiosk.services.gate import Gate, PulseResult
from kiosk.services.lane import Lane
from kiosk.store import journal
from kiosk.store.database import BUSY_S, Store, StoreBusy

log = logging.getLogger(__name__)

LANE_S: Final = 2 * BUSY_S + 2.0
"""A lane that is well may have to wait for the store twice."""
LOOP_S: Final = 3.0
"""Beyond the pulse itself."""
_LOOK_S: Final = 0.005


def walk(store: Store, lane: Lane, test_id: str, now: datetime) -> list[StepResult]:
    """Send a test credential through a lane; blocks for a pulse, and for `LANE_S` and `LOOP_S` more at the worst."""
    with _loop_back(lane) as (relay, gate):
        return _Walk(store, lane, test_id, now=now, relay=relay, gate=gate).results()


class _Walk:
    """One walk. `_decide` runs in the lane's worker and leaves what it got to; all else in the thread that tests."""

    def __init__(
        self, store: Store, lane: Lane, test_id: str, *, now: datetime, relay: LoopBackRelay, gate: Gate
    ) -> None:
        self._store = store
        self._lane = lane
        self._test_id = test_id
        self._now = now
        self._relay = relay
        self._gate = gate
        self._outcome: Future[PulseResult] = Future()
        self._presented_ns = time.monotonic_ns()
        self._decision: Decision | None = None
        self._begun_ns = self._decided_ns = self._committed_ns = self._seq = 0  # 0: it has not got so far

    def results(self) -> list[StepResult]:
        """Walk, and tell what came of each step."""
        code = self._send()
        results = [self._of_lane(code), self._of_decision(), self._of_store(code), self._of_pulse()]
        return [*results, self._of_contact(results[-1])]

    def _send(self) -> str:
        """Put the credential into the inbox and wait until it is seen to; the code of what went wrong, or empty."""
        answer = self._lane.do(self._decide)
        try:
            answer.result(LANE_S)
        except (FutureTimeout, CancelledError):
            answer.cancel()
            return "not-responding"
        except StoreBusy as error:
            return error.code
        except Exception:
            log.exception("lane %s: the test credential was not seen to", self._lane.name)
            return "not-written"
        return ""

    def _decide(self) -> None:
        self._begun_ns = time.monotonic_ns()
        # A credential with nothing against it: what the lane itself has against anybody speaks.
        decision = self._decision = decide(CredentialFacts(CredentialKind.CARD), self._lane.facts, self._now)
        self._decided_ns = time.monotonic_ns()
        with self._store.write() as transaction:
            self._seq, _hash = transaction.record(
                f"lane {self._lane.name}",
                "lane.self_test_decided",
                {"lane": self._lane.name, "test": self._test_id, "code": decision.code.value},
            )
        self._committed_ns = time.monotonic_ns()
        if decision.granted:
            self._gate.submit(self._committed_ns + round(LOOP_S * 1e9), self._note)

    def _note(self, result: PulseResult) -> None:
        self._lane.do(lambda: self._outcome.set_result(result))  # by way of the inbox, as every outcome

    # --- what came of it ---

    def _of_lane(self, code: str) -> StepResult:
        if not self._begun_ns:
            return failed(Step.LANE, code)
        return StepResult(Step.LANE, Result.PASSED, took_ms=_ms(self._begun_ns - self._presented_ns))

    def _of_store(self, code: str) -> StepResult:
        if self._decision is None:
            return StepResult(Step.STORE, Result.SKIPPED)
        if not self._committed_ns:
            return failed(Step.STORE, code)
        with self._store.read() as connection:  # by another connection, which sees what is committed and nothing else
            if not journal.these(connection, [self._seq]):
                return failed(Step.STORE, "not-written")
        return StepResult(Step.STORE, Result.PASSED, took_ms=_ms(self._committed_ns - self._decided_ns))

    def _of_decision(self) -> StepResult:
        if not self._begun_ns:
            return StepResult(Step.DECISION, Result.SKIPPED)
        if self._decision is None:
            return failed(Step.DECISION, "fault")
        if not self._decision.granted:
            return failed(Step.DECISION, self._decision.code.value)
        return StepResult(Step.DECISION, Result.PASSED)

    def _of_pulse(self) -> StepResult:
        if not self._committed_ns or self._decision is None or not self._decision.granted:
            return StepResult(Step.PULSE, Result.SKIPPED)
        try:
            result = self._outcome.result(LOOP_S)
        except FutureTimeout:
            return failed(Step.PULSE, "not-responding")
        if result.energised_ns is None:
            return failed(Step.PULSE, result.code)
        return StepResult(Step.PULSE, Result.PASSED, took_ms=_ms(result.energised_ns - self._presented_ns))

    def _of_contact(self, pulse: StepResult) -> StepResult:
        if pulse.result is not Result.PASSED:
            return StepResult(Step.CONTACT, Result.SKIPPED)
        if not self._relay.wait_until_closed(self._lane.settings.pulse_s + LOOP_S):
            return failed(Step.CONTACT, "still-open")
        opened, closed = self._relay.changes
        watch = ContactWatch(self._lane.settings.held_s)
        watch.found(is_open=False, now_ns=opened.changed_ns)
        watch.pulsed(opened.changed_ns)
        for change in (opened, closed):
            watch.changed(is_open=change.active, at_ns=change.changed_ns)
        alarms = watch.due(closed.changed_ns)
        if alarms:
            return failed(Step.CONTACT, f"alarm-{min(alarms)}")
        return StepResult(Step.CONTACT, Result.PASSED, took_ms=_ms(closed.changed_ns - opened.changed_ns))


def failed(step: Step, code: str) -> StepResult:
    """The result of a step that failed."""
    return StepResult(step, Result.FAILED, code)


@contextmanager
def _loop_back(lane: Lane) -> Iterator[tuple[LoopBackRelay, Gate]]:
    """A gate like the lane's, at work on a relay that leads back."""
    relay, gate = (
        LoopBackRelay(),
        Gate(lane.name, lane.settings.pulse_s, lane.settings.vehicle_s, Interlock([lane.name])),
    )
    worker: Worker[GateRelay] = Worker(
        f"{lane.name}.loop-back", DeviceKind.RELAY, "loop-back", lambda: relay, gate.work,
        back_off=BackOff(), on_health=_ignore,
    )  # fmt: skip
    worker.start()
    try:
        deadline_s = time.monotonic() + LOOP_S
        while gate.relay_state() is not RelayState.RELEASED and time.monotonic() < deadline_s:
            worker.stopping.wait(_LOOK_S)
        yield relay, gate
    finally:
        worker.stop()
        gate.wake()
        worker.join(LOOP_S)


def _ignore(_health: DeviceHealth) -> None:
    """It is no device of the box, and no page shows it."""


def _ms(span_ns: int) -> float:
    return round(span_ns / 1e6, 3)
