"""The Raspberry Pi's GPIO lines through gpiozero on lgpio, with what both leave to their user.

- Which chip: the header's lines are on gpiochip0, except on a Pi 5, where they were on gpiochip4 until the Raspberry Pi
  kernel 6.6.45 and are on gpiochip0 since (raspberrypi/linux, pull request 6144). The label tells, not the number.
- One step: gpiozero's lgpio pin turns a line into an output at low and sets the level wanted afterwards
  (`gpiozero/pins/lgpio.py` does not override `Pin.output_with_state`), which energises an active-low relay for a moment
  at each start. The kernel's line request carries both, so here they are one call.
- Files: lgpio, when imported, changes the process's working directory to `LG_WD` if that is set, makes a FIFO there and
  fails without a writable one. Both ends stay open from then on, so it is given a directory for that moment only.
"""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Final

import gpiozero

from hardware.errors import DeviceBusy, DeviceUnavailable, DriverUnavailable, HardwareError

HEADER_CHIP_LABELS: Final = frozenset({"pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1"})
"""Labels of the chips that carry the 40-pin header: Pi 0 to 3, Pi 4, Pi 5 (`gpiodetect` prints them)."""

HEADER_LINES: Final = range(28)
"""GPIO numbers on the 40-pin header."""

DEVICES: Final = Path("/dev")

_factory_lock = threading.Lock()


def require_header_line(line: object) -> int:
    """Tell the line number handed in by the settings.

    Raises:
        ValueError: it is not a GPIO number of the header.
    """
    if isinstance(line, bool) or not isinstance(line, int) or line not in HEADER_LINES:
        raise ValueError(f"line must be a GPIO number from 0 to {HEADER_LINES[-1]}, not {line!r}")
    return line


def pin_factory() -> gpiozero.Factory:
    """The process's pin factory: the one set as `gpiozero.Device.pin_factory`, else lgpio's on the header's chip.

    gpiozero's own choice (the variable GPIOZERO_PIN_FACTORY, then whatever can be imported) is not followed: it may end
    at a backend that only pretends, or at one without the guarantee above.

    Raises:
        DriverUnavailable: lgpio cannot be imported here.
        DeviceUnavailable: there is no chip with a Raspberry Pi's header, or it may not be opened.
    """
    with _factory_lock:
        if gpiozero.Device.pin_factory is None:
            gpiozero.Device.pin_factory = _header_factory()
        return gpiozero.Device.pin_factory


@contextmanager
def translated_errors(what: str) -> Iterator[None]:
    """Turn errors of gpiozero and lgpio into ours; `what` begins the sentence for the guard."""
    try:
        yield
    except HardwareError:
        raise
    except gpiozero.GPIOPinInUse as error:
        raise DeviceBusy(f"{what} is used twice by the settings", vendor_reason=error) from error
    except gpiozero.GPIOZeroError as error:
        raise DeviceUnavailable(f"{what} cannot be used", vendor_reason=_reason(error)) from error
    except Exception as error:
        # lgpio.error derives from Exception alone, and its module may not even be loaded.
        if _reason(error) == "GPIO busy":
            raise DeviceBusy(f"{what} is held by another program", vendor_reason="GPIO busy") from error
        raise DeviceUnavailable(f"{what} cannot be used", vendor_reason=_reason(error)) from error


def _reason(error: Exception) -> str:
    """What lgpio says without the quotes its `str` adds; the type and text of any other error."""
    value = getattr(error, "value", None)
    return value if isinstance(value, str) else f"{type(error).__name__}: {error}"


def _header_factory() -> gpiozero.Factory:
    try:
        lgpio = _import_lgpio()
        from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin
    except (ImportError, OSError) as error:
        raise DriverUnavailable("the library lgpio cannot be loaded here", vendor_reason=error) from error

    class OneStepPin(LGPIOPin):  # type: ignore[misc]  # gpiozero is not typed
        """A pin that becomes an output and takes its level in one request to the kernel."""

        def output_with_state(self, state: bool) -> None:  # noqa: FBT001 - overrides gpiozero's
            # The handle is lgpio's for the chip; gpiozero keeps it where only its own pins look.
            lgpio.gpio_claim_output(self.factory._handle, self._number, int(state))  # noqa: SLF001

    with translated_errors("the GPIO chip"):
        factory = LGPIOFactory(chip=_header_chip(lgpio))
        factory.pin_class = OneStepPin
        # Read now what gpiozero reads with the first pin: whether this is a Raspberry Pi at all.
        _ = factory.board_info
    return factory


def _header_chip(lgpio: ModuleType) -> int:
    """The number of the chip that carries the header."""
    found: list[str] = []
    for path in sorted(DEVICES.glob("gpiochip*")):
        match = re.fullmatch(r"gpiochip(\d+)", path.name)
        if match is None:
            continue
        number = int(match[1])
        try:
            handle = lgpio.gpiochip_open(number)
        except lgpio.error as error:
            found.append(f"{path.name}: {error.value}")
            continue
        try:
            _, _, _, label = lgpio.gpio_get_chip_info(handle)
        finally:
            lgpio.gpiochip_close(handle)
        if label in HEADER_CHIP_LABELS:
            return number
        found.append(f"{path.name}: {label}")
    raise DeviceUnavailable(
        "there is no Raspberry Pi GPIO header here", vendor_reason="; ".join(found) or "no gpiochip"
    )


def _import_lgpio() -> ModuleType:
    """Import lgpio in a directory of its own, and return to the present one.

    The working directory belongs to the whole process: a relative path used by another thread within these few
    milliseconds would miss. The appliance makes its paths absolute when it reads its settings.
    """
    before = os.environ.get("LG_WD")
    here = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        with tempfile.TemporaryDirectory(prefix="gatehouse-lgpio-") as directory:
            os.environ["LG_WD"] = directory
            try:
                import lgpio
            finally:
                os.fchdir(here)
    finally:
        os.close(here)
        if before is None:
            os.environ.pop("LG_WD", None)
        else:
            os.environ["LG_WD"] = before
    return lgpio  # type: ignore[no-any-return]  # lgpio is not typed
