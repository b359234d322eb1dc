"""A lane's self-test: everything from reader to relay, without moving the barrier and while people come and go.

Each device is asked for a sign of life of after the test began, the decoder for a code in a drawn picture. Then a test
credential takes the way of every other, to a relay that leads back (see `kiosk.services.loop_walk`). The barrier's own
relay is looked at and not worked; what lies behind it is not proven, nor are a reader's field and a camera's lens.

It is no visit, no use of a pass, no opening and no alarm, and its time is not counted among people's.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select

from hardware.camera_feed import CameraFeed
from hardware.errors import HardwareError
from hardware.interfaces import DeviceKind
from hardware.supervisor import WELL, Supervisor
from kiosk.clock import Clock
from kiosk.domain.ids import new_id
from kiosk.domain.self_test import Result, SelfTestReport, Step, StepResult
from kiosk.services.code_picture import draw_code
from kiosk.services.lane import Lane
from kiosk.services.lanes import LaneService
from kiosk.services.loop_walk import failed, walk
from kiosk.services.qr_watch import QrWatch
from kiosk.store.database import Store
from kiosk.store.tables import self_tests

log = logging.getLogger(__name__)

SIGN_OF_LIFE_S: Final = 3.0
"""Every worker turns once a second; one that has not after this long hangs."""
PICTURE_S: Final = 2.0

_DEVICES: Final = {Step.RELAY: DeviceKind.RELAY, Step.INPUTS: DeviceKind.INPUTS, Step.READER: DeviceKind.READER}


class SelfTests:
    """Tests lanes. Safe to use from any thread; whoever asks for a test that runs gets what it finds."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        lanes: LaneService,
        supervisor: Supervisor,
        *,
        cameras: Mapping[str, CameraFeed],
        watches: Mapping[str, QrWatch],
    ) -> None:
        """Read what the last tests found. `cameras` and `watches` are by lane, for lanes that have a camera."""
        self._store = store
        self._clock = clock
        self._lanes = lanes
        self._supervisor = supervisor
        self._cameras = cameras
        self._watches = watches
        self._lock = threading.Lock()
        self._running: dict[str, Future[SelfTestReport]] = {}
        self._latest = self._read()

    def latest(self, lane: str) -> SelfTestReport | None:
        """What the lane's last test found; None when it was never tested."""
        return self._latest.get(lane)

    def run(self, lane: str, *, actor: str) -> SelfTestReport:
        """Test a lane; blocks for its pulse and a second or two, and for some ten more when something hangs.

        Raises:
            NotFound: there is no such lane.
        """
        tested = self._lanes.get(lane)
        with self._lock:
            running = self._running.get(lane)
            mine: Future[SelfTestReport] = self._running.setdefault(lane, Future())
        if running is not None:
            return running.result()
        try:
            report = self._latest[lane] = self._recorded(self._test(tested, actor))
            mine.set_result(report)
        except BaseException as error:
            mine.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._running[lane]
        return report

    def _test(self, lane: Lane, actor: str) -> SelfTestReport:
        begun_at, begun_s = self._clock.now(), time.monotonic()
        test_id = new_id(begun_at)
        results = {
            result.step: result
            for result in (
                self._camera(lane.name),
                self._decoder(lane.name, test_id),
                *walk(self._store, lane, test_id, begun_at),  # lasts a pulse; by then most workers have turned
                *(self._device(step, f"{lane.name}.{kind.value}", begun_s) for step, kind in _DEVICES.items()),
            )
        }
        return SelfTestReport(test_id, lane.name, actor, begun_at, tuple(results[step] for step in Step))

    def _device(self, step: Step, name: str, begun_s: float) -> StepResult:
        if name not in self._supervisor.names():
            return StepResult(step, Result.ABSENT)
        left_s = max(0.0, begun_s + SIGN_OF_LIFE_S - time.monotonic())
        health = self._supervisor.look_at(name, begun_s, left_s)
        return StepResult(step, Result.PASSED) if health.condition in WELL else failed(step, health.code or "not-ready")

    def _camera(self, lane: str) -> StepResult:
        if lane not in self._cameras:
            return StepResult(Step.CAMERA, Result.ABSENT)
        if self._cameras[lane].wait_newer(time.monotonic_ns(), PICTURE_S) is not None:
            return StepResult(Step.CAMERA, Result.PASSED)
        return failed(Step.CAMERA, self._code_of(f"{lane}.camera") or "no-picture")

    def _decoder(self, lane: str, test_id: str) -> StepResult:
        if lane not in self._watches:
            return StepResult(Step.DECODER, Result.ABSENT)
        text = f"SELF-TEST {test_id.upper()}"
        answer = self._watches[lane].try_out(draw_code(text))
        try:
            trial = answer.result(SIGN_OF_LIFE_S)
        except FutureTimeout:
            answer.cancel()
            return failed(Step.DECODER, self._code_of(f"{lane}.decoder") or "not-responding")
        except HardwareError as error:
            return failed(Step.DECODER, error.code)
        if text not in trial.texts:
            return failed(Step.DECODER, "not-read")
        return StepResult(Step.DECODER, Result.PASSED, took_ms=round(trial.took_ns / 1e6, 3))

    def _code_of(self, device: str) -> str:
        return next((health.code for health in self._supervisor.health() if health.name == device), "")

    def _recorded(self, report: SelfTestReport) -> SelfTestReport:
        """Put a report on record; one that cannot be is told all the same, and says so."""
        row = {
            "lane": report.lane, "id": report.id, "actor": report.actor, "begun_at": report.begun_at,
            "steps": [one.as_record() for one in report.steps],
        }  # fmt: skip
        payload = {
            "lane": report.lane, "test": report.id, "passed": report.passed,
            "steps": {one.step.value: one.result.value for one in report.steps},
            "faults": {step.value: code for step, code in report.faults.items()},
        }  # fmt: skip
        try:
            with self._store.write() as transaction:
                transaction.connection.execute(delete(self_tests).filter_by(lane=report.lane))
                transaction.connection.execute(insert(self_tests).values(**row))
                transaction.record(report.actor, "lane.self_test", payload)
        except Exception:
            log.exception("lane %s: its self-test could not be put on record", report.lane)
            return replace(report, is_recorded=False)
        return report

    def _read(self) -> dict[str, SelfTestReport]:
        with self._store.read() as connection:
            rows = connection.execute(select(self_tests)).all()
        return {row.lane: report for row in rows if (report := _report(row)) is not None}


def _report(row: Row[Any]) -> SelfTestReport | None:
    try:
        steps = tuple(StepResult.from_record(step) for step in row.steps)
    except ValueError:
        return None  # of another version: as if it had not been tested with this one
    return SelfTestReport(row.id, row.lane, row.actor, row.begun_at, steps)
