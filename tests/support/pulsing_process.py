"""A process in the middle of a ten-second pulse, on mock pins: run by the tests that send it signals.

Prints `energised` once the contact is closed, and when it ends every level the line has had, as a last word after all
other handlers of the exit. How it pulses and how it takes SIGTERM is its argument.
"""

from __future__ import annotations

import atexit
import signal
import sys
import threading
from types import FrameType

import gpiozero
from gpiozero.pins.mock import MockFactory

from hardware.drivers.gpio_gate import GpioGateRelay
from tests.support.gpio import levels


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def main(how: str) -> None:
    # Handed in for good: gpiozero's own handler of the exit runs last, as it does with real pins.
    pins = gpiozero.Device.pin_factory = MockFactory()
    pin = pins.pin(17)
    # Registered before the relay is opened, so it runs after the relay's own handler.
    atexit.register(lambda: say(" ".join(str(int(level)) for level in levels(pin))))
    relay = GpioGateRelay(17)

    def on_sigterm(_number: int, _frame: FrameType | None) -> None:
        if how == "thread-closed-by-handler":
            relay.close()
        sys.exit(0)

    signal.signal(signal.SIGTERM, on_sigterm)
    relay.open()
    if how == "main-thread":
        relay.pulse(10, on_energised=lambda _: say("energised"))
    else:
        threading.Thread(
            target=relay.pulse, args=(10,), kwargs={"on_energised": lambda _: say("energised")}, daemon=True
        ).start()
        threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1])
