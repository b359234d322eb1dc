"""gpiozero's mock pins as the world behind the GPIO drivers, and a kernel's GPIO chips as lgpio sees them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import gpiozero
from gpiozero.pins.mock import MockFactory, MockPin


class WiredPin(MockPin):
    """A pin with something at the other end of its wire.

    A contact drives the line harder than the pull resistor does, which a bare `MockPin` forgets each time it becomes an
    input. While `refused_states` holds a level, writing it fails, as on a line whose driver has failed.
    """

    contact: bool | None = None
    refused_states: frozenset[bool] = frozenset()

    def connect(self, *, level: bool) -> None:
        """Drive the line from outside."""
        self.contact = level
        self._follow_contact()

    def _follow_contact(self) -> None:
        if self.contact is not None:
            (self.drive_high if self.contact else self.drive_low)()

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        self._follow_contact()

    def _set_state(self, value: float) -> None:
        if bool(value) in self.refused_states:
            raise OSError(5, "Input/output error")
        super()._set_state(value)


@contextmanager
def mock_pins() -> Iterator[MockFactory]:
    """gpiozero on mock pins, handed in where an installer's own pin factory would be."""
    factory = MockFactory(pin_class=WiredPin)
    gpiozero.Device.pin_factory = factory
    try:
        yield factory
    finally:
        gpiozero.Device.pin_factory = None
        factory.close()


def levels(pin: MockPin) -> list[bool]:
    """Every level the pin has had, oldest first."""
    return [state.state for state in pin.states]


class LgpioError(Exception):
    """lgpio's own error: the text as `value`."""

    def __init__(self, value: str) -> None:
        self.value = value


@dataclass
class KernelLine:
    """A line of a chip as the kernel drives it: `driven` is every (direction, level) since the start."""

    busy: bool = False
    driven: list[tuple[str, int | None]] = field(default_factory=list)


@dataclass
class KernelChips:
    """Stands for the kernel below lgpio: chips by number with their labels, and the lines of the opened one."""

    labels: dict[int, str]
    forbidden: frozenset[int] = frozenset()
    lines: dict[int, KernelLine] = field(default_factory=dict)
    opened: list[int] = field(default_factory=list)

    def line(self, number: int) -> KernelLine:
        """The line of that number."""
        return self.lines.setdefault(number, KernelLine())

    def populate(self, directory: Path) -> None:
        """Make the chips' device files, as far as their names go."""
        for number in self.labels:
            (directory / f"gpiochip{number}").touch()

    # --- lgpio's functions ---

    def gpiochip_open(self, number: int) -> int:
        if number not in self.labels or number in self.forbidden:
            raise LgpioError("can not open gpiochip")
        self.opened.append(number)
        return number

    def gpiochip_close(self, handle: int) -> int:
        self.opened.remove(handle)
        return 0

    def gpio_get_chip_info(self, handle: int) -> list[object]:
        return [0, 54, f"gpiochip{handle}", self.labels[handle]]

    def gpio_claim_input(self, _handle: int, number: int, _flags: int = 0) -> int:
        self._claim(number).driven.append(("input", None))
        return 0

    def gpio_claim_output(self, _handle: int, number: int, level: int = 0, _flags: int = 0) -> int:
        self._claim(number).driven.append(("output", level))
        return 0

    def gpio_write(self, _handle: int, number: int, level: int) -> int:
        self.line(number).driven.append(("output", int(level)))
        return 0

    def gpio_get_mode(self, _handle: int, number: int) -> int:
        return 2 if self.line(number).driven[-1][0] == "output" else 0

    def _claim(self, number: int) -> KernelLine:
        line = self.line(number)
        if line.busy:
            raise LgpioError("GPIO busy")
        return line

    def install(self, monkeypatch: object) -> None:
        """Put this kernel below the real lgpio module, which has been imported by then."""
        lgpio = sys.modules["lgpio"]
        set_attribute = monkeypatch.setattr  # type: ignore[attr-defined]
        set_attribute(lgpio, "error", LgpioError)
        for name in (
            "gpiochip_open", "gpiochip_close", "gpio_get_chip_info", "gpio_claim_input", "gpio_claim_output",
            "gpio_write", "gpio_get_mode",
        ):  # fmt: skip
            set_attribute(lgpio, name, getattr(self, name))
