"""A whole gate on simulated devices, for tests: built, started, with a small directory of units, and stopped."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
import segno

from hardware.interfaces import Device, RelayState
from hardware.simulated.camera import SHOWN_S, SimulatedCamera
from hardware.simulated.gate import PulseRecord, SimulatedGateInputs, SimulatedGateRelay
from hardware.simulated.printer import SimulatedPrinter
from hardware.simulated.reader import SimulatedCardReader
from hardware.supervisor import DeviceCondition, DeviceHealth
from kiosk.appliance import Appliance
from kiosk.bootstrap import build_appliance
from kiosk.clock import Clock
from kiosk.config import parse
from kiosk.demo.settings import demo_settings
from kiosk.domain.units import Unit
from kiosk.services import spool
from kiosk.store.journal import Entry
from tests.support.empty_store import lay_tables

UNITS = (
    Unit("1-A-1-A", "1", "A", "1", "A"),
    Unit("1-A-1-B", "1", "A", "1", "B"),
    Unit("1-A-2-A", "1", "A", "2", "A"),
    Unit("1-B-1-A", "1", "B", "1", "A"),
    Unit("2-C-12-A", "2", "C", "12", "A"),
    Unit("2-C-12-B", "2", "C", "12", "B"),
)
"""Two phases, three blocks, four floors, six doors."""

PULSE_S = 0.1
PRINTER_LOOK_S = 0.2
"""A tenth of what it is outside tests: how soon a printer that runs out of paper or has some again is noticed."""

PATIENCE_S = 20.0
"""How long a wait goes on before it fails: only a hang takes so long."""

D = TypeVar("D", bound=Device)
T = TypeVar("T")


def wait_for(look: Callable[[], T | None], timeout_s: float = PATIENCE_S) -> T:
    """Look again and again until what is seen is true, and return it; AssertionError when `timeout_s` has passed."""
    deadline_s = time.monotonic() + timeout_s
    never = threading.Event()
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < deadline_s, f"not so within {timeout_s:g} s: {look}"
        never.wait(0.01)


def document(**changes: Any) -> dict[str, Any]:
    """The demonstration's settings with short pulses; `changes` replace whole sections (`visits={...}`).

    No day is a holiday: what a test says about today has to hold on New Year's Day.
    """
    settings = demo_settings()
    del settings["access"]["holidays_file"]
    for lane in settings["lanes"].values():
        lane["pulse_s"] = PULSE_S
    return settings | changes


def qr_png(text: str) -> bytes:
    """A QR code as a PNG, to hold up to a camera."""
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="png", scale=6, border=4)
    return picture.getvalue()


class TestGate:
    """A running appliance and the world around it."""

    __test__ = False

    def __init__(self, appliance: Appliance, data: Path) -> None:
        self.appliance = appliance
        self.data = data

    def relay(self, lane: str = "in") -> SimulatedGateRelay:
        return self._device(f"{lane}.relay", SimulatedGateRelay)

    def inputs(self, lane: str = "in") -> SimulatedGateInputs:
        return self._device(f"{lane}.inputs", SimulatedGateInputs)

    def reader(self, lane: str = "in") -> SimulatedCardReader:
        return self._device(f"{lane}.reader", SimulatedCardReader)

    def desk_reader(self) -> SimulatedCardReader:
        return self._device("desk.reader", SimulatedCardReader)

    def camera(self, lane: str = "in") -> SimulatedCamera:
        return self._device(f"{lane}.camera", SimulatedCamera)

    def printer(self) -> SimulatedPrinter:
        return self._device("printer", SimulatedPrinter)

    def tap(self, uid: str, lane: str = "in") -> int:
        """Tap a card by its UID in hex; returns `presented_ns`."""
        return self.reader(lane).tap(bytes.fromhex(uid))

    def hold_up(self, text: str, lane: str = "in", duration_s: float = SHOWN_S) -> int:
        """Hold a QR code of `text` up to a lane's camera."""
        return self.camera(lane).show(qr_png(text), duration_s)

    def entries(self, type_: str = "", after: int = 0, **payload: Any) -> list[Entry]:
        """The journal's entries of that type whose payload has these values."""
        return [
            entry
            for entry in self.appliance.feed.after(after, 10_000)
            if (not type_ or entry.type == type_) and all(entry.payload.get(key) == payload[key] for key in payload)
        ]

    def wait_for_entry(self, type_: str, after: int = 0, timeout_s: float = PATIENCE_S, **payload: Any) -> Entry:
        """Wait for a journal entry of that type, with these values in its payload, after sequence number `after`."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            seen = self.appliance.feed.last_seq
            found = self.entries(type_, after, **payload)
            if found:
                return found[0]
            remaining_s = deadline_s - time.monotonic()
            assert remaining_s > 0, f"no {type_} {payload} among {[entry.type for entry in self.entries('', after)]}"
            self.appliance.feed.wait(seen, remaining_s)

    def wait_for_pulses(self, count: int = 1, lane: str = "in") -> tuple[PulseRecord, ...]:
        """Wait until a lane's barrier has been raised `count` times in all and is down again."""
        relay = self.relay(lane)
        return wait_for(
            lambda: relay.pulses if len(relay.pulses) >= count and relay.state() is RelayState.RELEASED else None
        )

    def wait_for_condition(self, device: str, condition: DeviceCondition) -> DeviceHealth:
        """Wait until a device is told to be in a condition."""
        return wait_for(
            lambda: next(
                (
                    health
                    for health in self.appliance.supervisor.health()
                    if health.name == device and health.condition is condition
                ),
                None,
            )
        )

    def _device(self, name: str, kind: type[D]) -> D:
        device = self.appliance.supervisor.device(name)
        assert isinstance(device, kind)
        return device


@contextmanager
def demo_appliance(
    tmp_path: Path,
    *,
    settings: Mapping[str, Any] | None = None,
    units: Sequence[Unit] = UNITS,
    clock: Clock | None = None,
    is_demo: bool = True,
) -> Iterator[TestGate]:
    """Build an appliance in `tmp_path / "data"`, start it, and stop it at the end of the block.

    Args:
        settings: the whole document, as `document()` makes it.
        units: written into an empty directory; a second block on the same path finds them there.
    """
    data = tmp_path / "data"
    lay_tables(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "LOOK_EVERY_S", PRINTER_LOOK_S)
        appliance = build_appliance(parse(settings or document()), data, is_demo=is_demo, clock=clock)
        if units and not appliance.units.phases():
            appliance.units.replace_all(units)
        appliance.housekeeping.run_due()  # the day's lists, which its own thread would make at some later moment
        appliance.start()
        try:
            assert appliance.supervisor.wait_until_settled(PATIENCE_S)
            yield TestGate(appliance, data)
        finally:
            assert appliance.stop(PATIENCE_S)
