"""A relay that leads back to where it was worked from: its only wire is a contact of its own.

For testing everything before a barrier without moving it. It keeps the rules of every other relay, because they are
written in `hardware.relay`, and its contact answers as that of a gate does which rises with the pulse and falls with
its end.
"""

from __future__ import annotations

import threading
import time

from hardware.interfaces import GateInput, InputChanged
from hardware.relay import PulsedRelay


class LoopBackRelay(PulsedRelay):
    """Drives nothing. `changes` and `wait_until_closed` may be called from any thread."""

    def __init__(self) -> None:
        super().__init__()
        self._is_gate_open = False
        self._closed_again = threading.Event()
        self._changes: list[InputChanged] = []

    @property
    def changes(self) -> tuple[InputChanged, ...]:
        """What the contact has said since construction, oldest first."""
        with self._lock:
            return tuple(self._changes)

    def wait_until_closed(self, timeout_s: float) -> bool:
        """Wait until the gate that is none has been open and is closed again; False when it was not in time."""
        return self._closed_again.wait(timeout_s)

    def _take(self) -> None:
        """There is no line to be had."""

    def _energise(self) -> None:
        self._turn(is_open=True)

    def _release(self) -> None:
        self._turn(is_open=False)

    def _let_go(self) -> None:
        """Nor to be given back."""

    def _turn(self, *, is_open: bool) -> None:
        if self._is_gate_open is is_open:
            return
        self._is_gate_open = is_open
        self._changes.append(InputChanged(GateInput.CONTACT, is_open, time.monotonic_ns()))
        if not is_open:
            self._closed_again.set()
