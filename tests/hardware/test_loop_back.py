"""The relay that leads back: the rules of a relay, and a contact that follows it."""

from __future__ import annotations

import pytest

from hardware.errors import DeviceClosed
from hardware.interfaces import GateInput, RelayState
from hardware.loop_back import LoopBackRelay


def test_its_contact_opens_with_the_pulse_and_closes_with_its_end() -> None:
    seen: list[tuple[int, RelayState]] = []
    with LoopBackRelay() as relay:
        assert (relay.state(), relay.changes) == (RelayState.RELEASED, ())
        assert not relay.wait_until_closed(0)
        relay.pulse(0.01, on_energised=lambda at_ns: seen.append((at_ns, relay.state())))
        assert relay.wait_until_closed(0)
    (energised_ns, state) = seen[0]
    opened, closed = relay.changes
    assert state is RelayState.ENERGISED
    assert [(one.input, one.active) for one in relay.changes] == [(GateInput.CONTACT, True), (GateInput.CONTACT, False)]
    assert opened.changed_ns <= energised_ns < closed.changed_ns
    assert closed.changed_ns - opened.changed_ns >= 10_000_000


def test_it_is_bound_by_the_rules_of_every_relay() -> None:
    relay = LoopBackRelay()
    with pytest.raises(DeviceClosed):
        relay.pulse(0.01)
    with relay, pytest.raises(ValueError, match="pulse"):
        relay.pulse(11)
    assert relay.changes == ()
