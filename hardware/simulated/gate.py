"""A gate without a gate: a relay that remembers its pulses, and inputs that a test or a visitor can press."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from hardware.interfaces import GateInput, GateInputs, InputChanged, RelayState
from hardware.relay import PulsedRelay
from hardware.simulated.base import Plug, SimulatedSource

KEPT_PULSES: Final = 1000
"""Pulses remembered; a demonstration left running for a month must not fill the memory."""


@dataclass(frozen=True, slots=True)
class PulseRecord:
    """One time the contact was closed; `released_ns` is None while it still is."""

    energised_ns: int
    released_ns: int | None = None


class SimulatedGateRelay(PulsedRelay):
    """Pulses by the same rules as the real relay. The history outlives `close()`."""

    def __init__(self) -> None:
        super().__init__()
        self._plug = Plug("the simulated relay")
        self._refuses_release = False
        self._pulses: deque[PulseRecord] = deque(maxlen=KEPT_PULSES)

    @property
    def pulses(self) -> tuple[PulseRecord, ...]:
        """The last 1000 pulses, oldest first, as the contact really moved."""
        with self._lock:
            return tuple(self._pulses)

    @property
    def unplugged(self) -> bool:
        """Whether the cable is out at this moment."""
        return self._plug.unplugged

    def unplug(self) -> None:
        """Pull the cable: the coil loses its supply and the contact opens; a running pulse raises at once."""
        with self._lock:
            self._plug.pull()
            self._open_contact()
            self._cut.set()

    def replug(self) -> None:
        """Put the cable back; the relay works again once it was closed and opened."""
        with self._lock:
            self._plug.put_back()

    def fail_release(self) -> None:
        """Let every release fail until the relay is opened anew: the contact stays closed and the relay is STUCK."""
        with self._lock:
            self._refuses_release = True

    def state(self) -> RelayState:
        """See `GateRelay.state`. Nothing is known of a relay whose cable was pulled."""
        return RelayState.CLOSED if self._plug.broken else super().state()

    def _take(self) -> None:
        self._plug.connect()
        self._refuses_release = False
        self._open_contact()

    def _energise(self) -> None:
        self._pulses.append(PulseRecord(time.monotonic_ns()))

    def _release(self) -> None:
        if self._refuses_release and not self._plug.unplugged:
            raise OSError("the simulated contact does not open")
        self._open_contact()

    def _let_go(self) -> None:
        """A simulated line is nobody's."""

    def _require_held(self) -> None:
        super()._require_held()
        self._plug.require_whole()

    def _open_contact(self) -> None:
        if self._pulses and self._pulses[-1].released_ns is None:
            self._pulses[-1] = replace(self._pulses[-1], released_ns=time.monotonic_ns())


class SimulatedGateInputs(SimulatedSource[InputChanged], GateInputs):
    """Inputs pressed by calling `set()`. The wires keep their states while the device is closed."""

    def __init__(self, *, exit_button: bool = True, contact: bool = True, fire: bool = True, loop: bool = True) -> None:
        """Wire the inputs that are true."""
        super().__init__("the simulated inputs")
        wired = {
            GateInput.EXIT_BUTTON: exit_button,
            GateInput.CONTACT: contact,
            GateInput.FIRE: fire,
            GateInput.LOOP: loop,
        }
        if not all(isinstance(is_wired, bool) for is_wired in wired.values()):
            raise ValueError("a simulated input is wired (true) or not (false)")
        self._states = {gate_input: False for gate_input, is_wired in wired.items() if is_wired}

    def state(self) -> Mapping[GateInput, bool]:
        """See `GateInputs.state`."""
        with self._changed:
            self._require_usable()
            return dict(self._states)

    def wait_for_change(self, timeout_s: float) -> InputChanged | None:
        """See `GateInputs.wait_for_change`."""
        return self._next(timeout_s)

    @property
    def wired(self) -> frozenset[GateInput]:
        """The inputs there are."""
        return frozenset(self._states)

    def set(self, gate_input: GateInput, active: bool) -> None:  # noqa: FBT001 - set(FIRE, True) reads as meant
        """Press or let go of an input, as the world does. What it is already is no change.

        Raises:
            KeyError: the input is not wired.
        """
        with self._changed:
            if self._states[gate_input] != active:
                self._states[gate_input] = active
                self._report(InputChanged(gate_input, active, time.monotonic_ns()))
