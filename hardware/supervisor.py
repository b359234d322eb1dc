"""Keeps devices alive: one worker thread a device that opens it, works it, and reopens it when it fails.

Hardware at a gate comes and goes: a cable is kicked, a service restarts, a camera hangs. Every device therefore
belongs to exactly one worker, the only thread that calls its blocking methods, and the worker is the only place
that decides about reopening. What the device is *for* is a function handed in, `work(device, worker)`, which runs
until the worker stops and simply lets `HardwareError` escape.
"""

from __future__ import annotations

import logging
import math
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Generic, TypeVar

from hardware.errors import BadDriverOptions, DriverUnavailable, HardwareError
from hardware.interfaces import Device, DeviceKind

log = logging.getLogger(__name__)

D = TypeVar("D", bound=Device)

STALL_S: Final = 15.0
"""A worker that has not reported for this long is shown as not responding (a call into a library hangs)."""

_LOOK_FOR_BEAT_S: Final = 0.02


class DeviceCondition(StrEnum):
    """How a supervised device is, as the health page and the guard's panel show it."""

    STARTING = "starting"
    READY = "ready"
    IMPAIRED = "impaired"  # there, but cannot do its work: out of paper, cover open
    FAULT = "fault"  # gone; reopening with back-off
    MISCONFIGURED = "misconfigured"  # its driver or options cannot be used; reopening would not help
    STOPPED = "stopped"


WELL: Final = frozenset({DeviceCondition.READY})
AT_WORK: Final = frozenset({DeviceCondition.STARTING, DeviceCondition.READY, DeviceCondition.IMPAIRED})
UNWELL: Final = frozenset({DeviceCondition.IMPAIRED, DeviceCondition.FAULT, DeviceCondition.MISCONFIGURED})


@dataclass(frozen=True, slots=True)
class DeviceHealth:
    """A device's condition at one moment.

    `code` is a `HardwareError.code` or empty; `detail` a sentence for the guard; `vendor_reason` for the installer.
    `opened_count` is how often the device has been opened since start: more than one tells of trouble.
    """

    name: str
    kind: DeviceKind
    driver: str
    condition: DeviceCondition
    since: datetime
    code: str = ""
    detail: str = ""
    vendor_reason: str = ""
    opened_count: int = 0


@dataclass(frozen=True, slots=True)
class BackOff:
    """Waits between attempts to reopen: doubling from `first_s` up to `most_s`, with a tenth of jitter.

    However long a device was away, it works again within 5 s of being back; `most_s` leaves time for opening it.
    """

    first_s: float = 0.25
    most_s: float = 3.0

    def waits(self) -> Iterator[float]:
        """Yield the wait before each attempt, for ever."""
        wait_s = self.first_s
        while True:
            yield wait_s * random.uniform(0.9, 1.1)  # noqa: S311 - jitter, not a secret
            wait_s = min(wait_s * 2, self.most_s)


HealthListener = Callable[[DeviceHealth], None]


class Worker(Generic[D]):
    """The thread that owns one device. Public methods may be called from any thread."""

    def __init__(
        self,
        name: str,
        kind: DeviceKind,
        driver: str,
        build: Callable[[], D],
        work: Callable[[D, Worker[D]], None],
        *,
        back_off: BackOff,
        on_health: HealthListener,
    ) -> None:
        self.name = name
        self.stopping = threading.Event()
        self.kind = kind
        self._driver = driver
        self._build = build
        self._work = work
        self._back_off = back_off
        self._on_health = on_health
        self._device: D | None = None
        self._lock = threading.Lock()
        self._opened_count = 0
        self._opened_s = math.inf
        self._beat_s = time.monotonic()
        self._health = DeviceHealth(name, kind, driver, DeviceCondition.STARTING, datetime.now(UTC))
        self._thread = threading.Thread(target=self._run, name=f"device {name}", daemon=True)
        self._settled = threading.Event()

    @property
    def device(self) -> D | None:
        """The device once it has been built, else None. It may be closed at this moment."""
        return self._device

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def wait_until_settled(self, timeout_s: float) -> bool:
        """Wait until the first attempt to open has ended, well or not; False when it takes longer."""
        return self._settled.wait(timeout_s)

    def beat(self) -> None:
        """Say that the worker is alive. `work` calls it at least every few seconds."""
        self._beat_s = time.monotonic()

    def wait_for_beat(self, after_s: float, timeout_s: float) -> bool:
        """Wait until the worker has beaten after `after_s` (monotonic); False when it has not in time or stops."""
        deadline_s = time.monotonic() + timeout_s
        while self._beat_s <= after_s:
            if time.monotonic() >= deadline_s or self.stopping.wait(_LOOK_FOR_BEAT_S):
                return False
        return True

    def report(self, condition: DeviceCondition, *, code: str = "", detail: str = "", vendor_reason: str = "") -> None:
        """Record the device's condition. Listeners hear of changes only, in this thread."""
        with self._lock:
            before = self._health
            if (before.condition, before.code) == (condition, code):
                return
            self._health = DeviceHealth(
                self.name, self.kind, self._driver, condition, datetime.now(UTC),
                code, detail, vendor_reason, self._opened_count,
            )  # fmt: skip
            health = self._health
        log.log(
            logging.WARNING if condition in UNWELL else logging.INFO,
            "device %s is %s%s", self.name, condition, f" ({code}: {vendor_reason or detail})" if code else "",
        )  # fmt: skip
        self._on_health(health)

    def health(self) -> DeviceHealth:
        """Tell the device's condition; a worker that no longer beats is told as a fault."""
        health = self._health
        silent_s = time.monotonic() - self._beat_s
        if health.condition in AT_WORK and silent_s > STALL_S:
            return DeviceHealth(
                health.name, health.kind, health.driver, DeviceCondition.FAULT, health.since, "not-responding",
                f"has not responded for {silent_s:.0f} seconds", "", health.opened_count,
            )  # fmt: skip
        return health

    def stop(self) -> None:
        """Ask the worker to end and interrupt what it is blocked in. Does not wait: see `join`."""
        self.stopping.set()
        self._close_device()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread's end; False when it did not end in time."""
        if self._thread.ident is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        waits = self._back_off.waits()
        while not self.stopping.is_set():
            self._opened_s = math.inf
            try:
                self._open_and_work()
            except (DriverUnavailable, BadDriverOptions) as error:
                self._report_error(DeviceCondition.MISCONFIGURED, error)
                self._close_device()
                self._settled.set()
                return
            except HardwareError as error:
                if not self.stopping.is_set():
                    self._report_error(DeviceCondition.FAULT, error)
            except Exception as error:
                # A driver's bug must not silence a device for good: say it in full, then treat it as a fault.
                log.exception("device %s failed unexpectedly", self.name)
                self.report(DeviceCondition.FAULT, code="fault", detail="internal error", vendor_reason=repr(error))
            self._close_device()
            self._settled.set()
            # A device that opens and fails at once is as broken as one that does not open: only work well done
            # earns the short waits again.
            if time.monotonic() - self._opened_s > self._back_off.most_s:
                waits = self._back_off.waits()
            self.beat()
            self.stopping.wait(next(waits))
        self.report(DeviceCondition.STOPPED)

    def _close_device(self) -> None:
        device = self._device
        if device is not None:
            try:
                device.close()
            except Exception:
                log.exception("device %s could not be closed", self.name)

    def _open_and_work(self) -> None:
        if self._device is None:
            self._device = self._build()
        device = self._device
        device.open()
        self._opened_count += 1
        self._opened_s = time.monotonic()
        self.beat()
        if self.stopping.is_set():
            return
        self.report(DeviceCondition.READY)
        self._settled.set()
        self._work(device, self)

    def _report_error(self, condition: DeviceCondition, error: HardwareError) -> None:
        self.report(condition, code=error.code, detail=str(error), vendor_reason=error.vendor_reason)


class Supervisor:
    """All workers of the appliance: started together, stopped together, asked for their health."""

    def __init__(self, *, back_off: BackOff | None = None) -> None:
        self._back_off = back_off or BackOff()
        self._workers: dict[str, Worker[Device]] = {}
        self._listeners: list[HealthListener] = []

    def add(
        self,
        name: str,
        kind: DeviceKind,
        driver: str,
        build: Callable[[], D],
        work: Callable[[D, Worker[D]], None],
    ) -> Worker[D]:
        """Register a device before `start()`. `build` may raise DriverUnavailable or BadDriverOptions.

        Raises:
            ValueError: the name is taken.
        """
        if name in self._workers:
            raise ValueError(f"a device named {name!r} exists already")
        worker = Worker(name, kind, driver, build, work, back_off=self._back_off, on_health=self._tell)
        self._workers[name] = worker  # type: ignore[assignment]  # a Worker of a narrower device
        return worker

    def listen(self, listener: HealthListener) -> None:
        """Call `listener` at each change of a device's condition, in that device's thread."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Start every worker."""
        for worker in self._workers.values():
            worker.start()

    def wait_until_settled(self, timeout_s: float) -> bool:
        """Wait until every device was tried once; False when some are still at it."""
        deadline_s = time.monotonic() + timeout_s
        return all(
            worker.wait_until_settled(max(0.0, deadline_s - time.monotonic())) for worker in self._workers.values()
        )

    def device(self, name: str) -> Device | None:
        """The device of that name once built; None when it could not be built.

        Raises:
            KeyError: there is no device of that name.
        """
        return self._workers[name].device

    def names(self) -> tuple[str, ...]:
        """The names of all devices, in the order they were added."""
        return tuple(self._workers)

    def health(self) -> tuple[DeviceHealth, ...]:
        """A snapshot of every device, in the order they were added."""
        return tuple(worker.health() for worker in self._workers.values())

    def faults(self) -> dict[str, str]:
        """The devices that are not well, each with its `HardwareError.code`."""
        return {health.name: health.code for health in self.health() if health.condition in UNWELL}

    def look_at(self, name: str, after_s: float, timeout_s: float) -> DeviceHealth:
        """A device's health once its worker has beaten after `after_s` (monotonic): no older word is taken for it.

        A device that is well and whose worker does not beat within `timeout_s` is told as a fault, `not-responding`.

        Raises:
            KeyError: there is no device of that name.
        """
        worker = self._workers[name]
        health = worker.health()
        if health.condition not in WELL or worker.wait_for_beat(after_s, timeout_s):
            return worker.health()
        return replace(health, condition=DeviceCondition.FAULT, code="not-responding")

    def let_go(self) -> None:
        """Ask every worker to end and interrupt what it is blocked in; relays are released when this returns.

        The others are closed by a thread of their own: a camera that hangs in its library must hold nobody up.
        """
        others = [worker for worker in self._workers.values() if worker.kind is not DeviceKind.RELAY]
        for worker in self._workers.values():
            worker.stopping.set()
            if worker.kind is DeviceKind.RELAY:
                worker.stop()
        threading.Thread(target=_stop_all, args=(others,), name="let go", daemon=True).start()

    def stop(self, timeout_s: float) -> bool:
        """Stop every worker; False when one did not end within `timeout_s`."""
        self.let_go()
        deadline_s = time.monotonic() + timeout_s
        return all(worker.join(max(0.0, deadline_s - time.monotonic())) for worker in self._workers.values())

    def _tell(self, health: DeviceHealth) -> None:
        for listener in self._listeners:
            try:
                listener(health)
            except Exception:
                # The device's thread tells; who listens badly must not stop the device.
                log.exception("a listener to the health of %s failed", health.name)


def _stop_all(workers: list[Worker[Device]]) -> None:
    for worker in workers:
        worker.stop()
