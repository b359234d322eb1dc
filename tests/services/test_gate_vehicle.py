"""A lane with a vehicle in it is not closed on: at the end of a pulse, and after a fire; and never for ever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.interfaces import GateInput, RelayState
from hardware.supervisor import DeviceCondition
from tests.support.appliance import PULSE_S, TestGate, demo_appliance, document, wait_for
from tests.support.muster import burn, end_fire

UID = "04A1B2C3"


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[TestGate]:
    with demo_appliance(tmp_path) as running:
        running.appliance.cards.add(actor="user clerk", uid=UID, holder="陳太", unit="1-A-1-A")
        yield running


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[TestGate]:
    """A gate that a vehicle keeps open for a moment only."""
    settings = document()
    for lane in settings["lanes"].values():
        lane["vehicle_s"] = 0.2
    with demo_appliance(tmp_path, settings=settings) as running:
        running.appliance.cards.add(actor="user clerk", uid=UID, holder="陳太", unit="1-A-1-A")
        yield running


def vehicle(gate: TestGate, *, is_there: bool, lane: str = "in") -> None:
    after = gate.appliance.feed.last_seq
    gate.inputs(lane).set(GateInput.LOOP, is_there)
    gate.wait_for_entry("input.changed", after=after, input="loop", active=is_there)


def waits(gate: TestGate, lane: str = "in") -> bool:
    return gate.appliance.lanes.get(lane).gate.waits_for_vehicle


def open_for_vehicle(gate: TestGate) -> None:
    """A card opens the lane while a vehicle stands in it, and the pulse's time is over."""
    vehicle(gate, is_there=True)
    gate.tap(UID)
    gate.wait_for_entry("gate.opened")
    wait_for(lambda: gate.relay().state() is RelayState.HELD)
    wait_for(lambda: waits(gate))


def test_a_pulse_lasts_until_the_vehicle_has_gone(gate: TestGate) -> None:
    open_for_vehicle(gate)
    gate.tap("FFFFFFFF")  # by the time this is refused in the lane, nothing has closed
    gate.wait_for_entry("access.refused")
    assert gate.relay().state() is RelayState.HELD
    vehicle(gate, is_there=False)
    (pulse,) = gate.wait_for_pulses(1)
    assert pulse.released_ns is not None
    assert pulse.released_ns - pulse.energised_ns > PULSE_S * 1e9
    assert not waits(gate)
    assert gate.entries("alarm.raised") == []


def test_a_vehicle_that_comes_while_a_pulse_runs_keeps_it(tmp_path: Path) -> None:
    settings = document()
    settings["lanes"]["in"]["pulse_s"] = 5.0
    with demo_appliance(tmp_path, settings=settings) as gate:
        gate.appliance.cards.add(actor="user clerk", uid=UID, holder="陳太", unit="1-A-1-A")
        gate.tap(UID)
        wait_for(lambda: gate.relay().state() is RelayState.ENERGISED)
        gate.inputs().set(GateInput.LOOP, True)
        wait_for(lambda: waits(gate))
        assert gate.relay().state() is RelayState.HELD


def test_without_a_vehicle_a_pulse_ends_in_its_time(gate: TestGate) -> None:
    gate.tap(UID)
    gate.wait_for_pulses(1)
    vehicle(gate, is_there=True)
    assert gate.relay().state() is RelayState.RELEASED
    assert not waits(gate)


def test_who_is_let_through_behind_it_goes_through_the_same_opening(gate: TestGate) -> None:
    open_for_vehicle(gate)
    gate.appliance.cards.add(actor="user clerk", uid="0A0B0C0D", holder="李太", unit="1-A-1-A")
    gate.tap("0A0B0C0D")
    wait_for(lambda: len(gate.entries("gate.opened")) == 2)
    vehicle(gate, is_there=False)
    assert len(gate.wait_for_pulses(1)) == 1


def test_a_lane_stays_held_after_a_fire_until_the_vehicle_has_gone(gate: TestGate) -> None:
    vehicle(gate, is_there=True)
    burn(gate)
    wait_for(lambda: gate.relay("in").state() is RelayState.HELD)
    assert not waits(gate), "a fire holds it"
    end_fire(gate)
    wait_for(lambda: gate.relay("out").state() is RelayState.RELEASED)
    assert waits(gate)
    assert gate.relay("in").state() is RelayState.HELD
    vehicle(gate, is_there=False)
    wait_for(lambda: gate.relay("in").state() is RelayState.RELEASED)
    assert {entry.payload["kind"] for entry in gate.entries("alarm.raised")} == {"fire"}


def test_a_detector_that_hangs_closes_the_lane_in_the_end_and_is_an_alarm(impatient: TestGate) -> None:
    open_for_vehicle_ns = impatient.appliance.clock.monotonic_ns()
    vehicle(impatient, is_there=True)
    impatient.tap(UID)
    alarm = impatient.wait_for_entry("alarm.raised", kind="vehicle")
    assert alarm.payload["lane"] == "in"
    (pulse,) = impatient.wait_for_pulses(1)
    assert pulse.released_ns is not None
    assert pulse.released_ns > open_for_vehicle_ns
    impatient.appliance.cards.add(actor="user clerk", uid="0A0B0C0D", holder="李太", unit="1-A-1-A")
    impatient.tap("0A0B0C0D")
    assert len(impatient.wait_for_pulses(2)) == 2, "a detector that hangs does not keep the next one"
    assert len(impatient.entries("alarm.raised", kind="vehicle")) == 1


def test_a_fire_is_no_time_in_which_a_detector_is_given_up(impatient: TestGate) -> None:
    burn(impatient)
    impatient.wait_for_entry("fire.began")
    vehicle(impatient, is_there=True)
    impatient.tap(UID)
    impatient.wait_for_entry("gate.opened")
    assert impatient.entries("alarm.raised", kind="vehicle") == []
    end_fire(impatient)
    impatient.wait_for_entry("alarm.raised", kind="vehicle")
    wait_for(lambda: impatient.relay("in").state() is RelayState.RELEASED)


def test_inputs_that_go_out_of_sight_keep_nothing_open(gate: TestGate) -> None:
    open_for_vehicle(gate)
    gate.inputs().unplug()
    gate.wait_for_condition("in.inputs", DeviceCondition.FAULT)
    wait_for(lambda: gate.relay().state() is RelayState.RELEASED)


def test_a_relay_that_fails_meanwhile_is_not_held_when_it_comes_back(gate: TestGate) -> None:
    open_for_vehicle(gate)
    relay = gate.relay()
    relay.unplug()
    gate.wait_for_condition("in.relay", DeviceCondition.FAULT)
    relay.replug()
    gate.wait_for_condition("in.relay", DeviceCondition.READY)
    assert relay.state() is RelayState.RELEASED
    assert not waits(gate)
