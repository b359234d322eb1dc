"""The gate's relay and inputs on a Raspberry Pi's header (gpiozero on lgpio)."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import gpiozero

from hardware.debounce import Debouncer
from hardware.drivers.raspberry_pi import pin_factory, require_header_line, translated_errors
from hardware.errors import DeviceClosed
from hardware.interfaces import GateInput, GateInputs, InputChanged
from hardware.relay import PulsedRelay

log = logging.getLogger(__name__)

DEBOUNCE_S: Final = 0.02
"""How long a level must stand. Push buttons bounce for 1 to 10 ms; a person presses for 50 ms and more."""


class GpioGateRelay(PulsedRelay):
    """A relay board on one line.

    What software cannot do: after `kill -9`, a crash of the kernel or in the moment before boot the line is left to
    itself. A pull resistor on the board's input towards "released" is part of the wiring; the next `open()` releases.
    """

    def __init__(self, line: int, *, active_high: bool = True) -> None:
        """Name the line.

        Args:
            line: GPIO number on the header (0 to 27), not the number of the pin.
            active_high: False for boards that energise on low, as most opto-isolated ones do.

        Raises:
            ValueError: no such line.
        """
        super().__init__()
        self._line = require_header_line(line)
        if not isinstance(active_high, bool):
            raise ValueError("active_high is true or false")  # noqa: TRY004 - the factory's convention
        self._active_high = active_high
        self._output: gpiozero.OutputDevice | None = None

    def _take(self) -> None:
        with translated_errors(f"the relay on GPIO{self._line}"):
            self._output = gpiozero.OutputDevice(
                self._line, active_high=self._active_high, initial_value=False, pin_factory=pin_factory()
            )

    def _energise(self) -> None:
        with translated_errors(f"the relay on GPIO{self._line}"):
            self._require_output().on()

    def _release(self) -> None:
        with translated_errors(f"the relay on GPIO{self._line}"):
            self._require_output().off()

    def _let_go(self) -> None:
        self._require_output().close()
        self._output = None

    def _require_output(self) -> gpiozero.OutputDevice:
        if self._output is None:
            raise DeviceClosed("the relay is not open")
        return self._output


@dataclass(frozen=True, slots=True)
class InputWiring:
    """How one input is wired.

    Attributes:
        line: GPIO number on the header.
        normally: "open" when the contact closes to say yes, "closed" when it opens (so that a cut wire says yes: the
            usual choice for fire).
        pull: "up" for a contact to ground, "down" for a contact to 3.3 V; the resistor is the Pi's own.
    """

    line: int
    normally: Literal["open", "closed"] = "open"
    pull: Literal["up", "down"] = "up"

    @classmethod
    def parse(cls, name: str, options: object) -> InputWiring:
        """Read one input's table of the settings.

        Raises:
            ValueError: an option is unknown, missing, or has a value that cannot be used.
        """
        if not isinstance(options, Mapping):
            raise ValueError(f"{name} is a table of line, normally and pull")  # noqa: TRY004 - the factory's convention
        unknown = options.keys() - {"line", "normally", "pull"}
        if unknown or "line" not in options:
            raise ValueError(f"{name} takes line, normally and pull, and line must be given")
        normally = options.get("normally", "open")
        pull = options.get("pull", "up")
        if normally not in ("open", "closed"):
            raise ValueError(f'{name}: normally is "open" or "closed", not {normally!r}')
        if pull not in ("up", "down"):
            raise ValueError(f'{name}: pull is "up" or "down", not {pull!r}')
        return cls(require_header_line(options["line"]), normally, pull)

    def is_active(self, level_is_high: bool) -> bool:  # noqa: FBT001 - a level, not an option
        """Whether the input says yes at this level of its line."""
        contact_is_closed = level_is_high == (self.pull == "down")
        return contact_is_closed == (self.normally == "open")


class GpioGateInputs(GateInputs):
    """Up to four contacts, each on a line of its own. Edges come from lgpio's thread with the kernel's times."""

    def __init__(
        self,
        *,
        exit_button: Mapping[str, object] | None = None,
        contact: Mapping[str, object] | None = None,
        fire: Mapping[str, object] | None = None,
        loop: Mapping[str, object] | None = None,
        debounce_s: float = DEBOUNCE_S,
    ) -> None:
        """Wire the inputs that are given, each as a table `{line, normally, pull}`: see `InputWiring`.

        Raises:
            ValueError: a table cannot be used, two share a line, or `debounce_s` is not within [0, 1].
        """
        tables = {
            GateInput.EXIT_BUTTON: exit_button,
            GateInput.CONTACT: contact,
            GateInput.FIRE: fire,
            GateInput.LOOP: loop,
        }
        self._wirings = {
            gate_input: InputWiring.parse(gate_input.value, table)
            for gate_input, table in tables.items()
            if table is not None
        }
        lines = [wiring.line for wiring in self._wirings.values()]
        if len(set(lines)) < len(lines):
            raise ValueError("two inputs share a line")
        if not 0 <= debounce_s <= 1:
            raise ValueError("debounce_s lies between 0 and 1 second")
        self._stable_ns = round(debounce_s * 1e9)
        self._changed = threading.Condition(threading.RLock())
        self._wires: list[_Wire] = []
        self._happened: deque[InputChanged] = deque()
        self._is_open = False

    def open(self) -> None:
        """See `Device.open`."""
        with self._changed:
            if self._is_open:
                return
            self._happened.clear()
            try:
                for gate_input, wiring in self._wirings.items():
                    with translated_errors(f"the input {gate_input} on GPIO{wiring.line}"):
                        self._wires.append(_Wire(gate_input, wiring, self._stable_ns, self))
            except BaseException:
                self._drop_wires()
                raise
            self._is_open = True

    def close(self) -> None:
        """See `Device.close`."""
        with self._changed:
            self._is_open = False
            wires, self._wires = self._wires, []
            self._changed.notify_all()
        # Outside the lock: gpiozero waits for its own, which lgpio's thread may hold while it waits for ours.
        for wire in wires:
            wire.close()

    def state(self) -> Mapping[GateInput, bool]:
        """See `GateInputs.state`. Debounced, as of this moment."""
        with self._changed:
            self._require_open()
            self._settle(time.monotonic_ns())
            return {wire.gate_input: wire.debouncer.active for wire in self._wires}

    def wait_for_change(self, timeout_s: float) -> InputChanged | None:
        """See `GateInputs.wait_for_change`. `changed_ns` is the edge after which the new level stood still."""
        deadline_ns = time.monotonic_ns() + round(timeout_s * 1e9)
        with self._changed:
            self._require_open()
            for wire in self._wires:
                wire.refresh()
            while True:
                self._require_open()
                now_ns = time.monotonic_ns()
                self._settle(now_ns)
                if self._happened:
                    return self._happened.popleft()
                if now_ns >= deadline_ns:
                    return None
                due_ns = (wire.debouncer.due_ns for wire in self._wires)
                until_ns = min([deadline_ns, *(due for due in due_ns if due is not None)])
                self._changed.wait(max(0, until_ns - now_ns) / 1e9)

    def edge(self, wire: _Wire, *, active: bool, edge_ns: int) -> None:
        """Take an edge from a wire. Called in lgpio's thread."""
        with self._changed:
            if wire in self._wires:
                self._settle(edge_ns)
                wire.debouncer.feed(active=active, edge_ns=edge_ns)
                self._changed.notify_all()

    def _settle(self, now_ns: int) -> None:
        """Queue what has become certain by `now_ns`, in the order of the changes."""
        certain: list[InputChanged] = []
        for wire in self._wires:
            changed_ns = wire.debouncer.settle(now_ns)
            if changed_ns is not None:
                certain.append(InputChanged(wire.gate_input, wire.debouncer.active, changed_ns))
        self._happened.extend(sorted(certain, key=lambda change: change.changed_ns))

    def _require_open(self) -> None:
        if not self._is_open:
            raise DeviceClosed("the inputs are not open")

    def _drop_wires(self) -> None:
        wires, self._wires = self._wires, []
        for wire in wires:
            wire.close()


class _Wire:
    """One line while it is held. gpiozero keeps only a weak reference to `_edge`: the wire must outlive the pin."""

    def __init__(self, gate_input: GateInput, wiring: InputWiring, stable_ns: int, owner: GpioGateInputs) -> None:
        self.gate_input = gate_input
        self._wiring = wiring
        self._owner = owner
        self._device = gpiozero.InputDevice(wiring.line, pull_up=wiring.pull == "up", pin_factory=pin_factory())
        pin = self._device.pin
        try:
            pin.edges = "both"
            # The edge handler first and the level second: a change between the two is heard of, not lost. The owner
            # holds its lock meanwhile, so the handler waits until the debouncer exists.
            pin.when_changed = self._edge
            self.debouncer = Debouncer(active=wiring.is_active(bool(pin.state)), stable_ns=stable_ns)
        except BaseException:
            self._device.close()
            raise

    def refresh(self) -> None:
        """Read the level: an edge the kernel dropped must not leave a button pressed for ever.

        Raises:
            DeviceUnavailable: the line cannot be read any more.
        """
        if self.debouncer.due_ns is None:
            with translated_errors(f"the input {self.gate_input} on GPIO{self._wiring.line}"):
                active = self._wiring.is_active(bool(self._device.pin.state))
                self.debouncer.feed(active=active, edge_ns=time.monotonic_ns())

    def close(self) -> None:
        """Give the line back. Never raises."""
        try:
            self._device.pin.when_changed = None
            self._device.close()
        except Exception:
            log.exception("GPIO%d could not be given back", self._wiring.line)

    def _edge(self, ticks: float, state: float) -> None:
        """Take an edge from gpiozero; `ticks` are the kernel's seconds, monotonic since Linux 5.7."""
        now_ns = time.monotonic_ns()
        edge_ns = round(ticks * 1e9)
        if not 0 <= now_ns - edge_ns < 1_000_000_000:
            edge_ns = now_ns  # another clock
        self._owner.edge(self, active=self._wiring.is_active(bool(state)), edge_ns=edge_ns)
