"""Fire: every lane open at once and until a guard ends it, whatever becomes of the store, a relay or the program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from hardware import factory
from hardware.interfaces import Device, DeviceKind, GateInput, RelayState
from hardware.simulated.gate import SimulatedGateInputs
from hardware.supervisor import DeviceCondition
from kiosk.bootstrap import build_appliance
from kiosk.config import parse
from kiosk.errors import Conflict
from kiosk.store import database
from tests.support.appliance import TestGate, demo_appliance, document, wait_for

LANES = ("in", "out")
GUARD = {"actor": "user chan", "reason": "fire drill is over"}


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestGate]:
    monkeypatch.setattr(database, "BUSY_S", 120.0)  # who waits for the store waits for the test
    with demo_appliance(tmp_path) as running:
        yield running


def wait_until_all(gate: TestGate, state: RelayState) -> None:
    for lane in LANES:
        wait_for(lambda lane=lane: gate.relay(lane).state() is state)


def fire(gate: TestGate, *, is_on: bool = True, lane: str = "in") -> None:
    gate.inputs(lane).set(GateInput.FIRE, is_on)


def test_every_lane_opens_and_stays_so_until_a_guard_ends_it(gate: TestGate) -> None:
    fire(gate)
    wait_until_all(gate, RelayState.HELD)
    entry = gate.wait_for_entry("alarm.raised")
    assert (entry.payload["kind"], entry.payload["lane"]) == ("fire", "in")
    fire(gate, is_on=False)
    gate.wait_for_entry("input.changed", input="fire", active=False)
    assert all(gate.relay(lane).state() is RelayState.HELD for lane in LANES)
    gate.appliance.lanes.fire.reset(**GUARD)
    wait_until_all(gate, RelayState.RELEASED)
    (reset,) = gate.entries("fire.reset")
    assert (reset.actor, reset.payload) == ("user chan", {"reason": "fire drill is over"})
    assert len(gate.entries("alarm.raised")) == 1


def test_nobody_waits_for_the_store(gate: TestGate) -> None:
    with gate.appliance.store.write():
        fire(gate)
        wait_until_all(gate, RelayState.HELD)
    gate.wait_for_entry("alarm.raised", kind="fire")


def test_it_is_not_ended_while_an_input_says_fire_nor_twice(gate: TestGate) -> None:
    hold = gate.appliance.lanes.fire
    with pytest.raises(Conflict) as none:
        hold.reset(**GUARD)
    fire(gate)
    fire(gate, lane="out")
    wait_for(lambda: len(gate.entries("alarm.raised")) == 2)
    fire(gate, is_on=False)
    gate.wait_for_entry("input.changed", input="fire", active=False)
    with pytest.raises(Conflict) as still:
        hold.reset(**GUARD)
    assert (none.value.code, still.value.code) == ("no-fire", "fire-still-on")
    assert hold.is_on
    assert gate.entries("fire.reset") == []


def test_a_relay_that_comes_back_is_held_again(gate: TestGate) -> None:
    fire(gate)
    wait_until_all(gate, RelayState.HELD)
    relay = gate.relay("out")
    relay.unplug()
    gate.wait_for_condition("out.relay", DeviceCondition.FAULT)
    relay.replug()
    wait_until_all(gate, RelayState.HELD)


def test_cards_go_on_being_recorded(gate: TestGate) -> None:
    gate.appliance.cards.add(actor="user clerk", uid="04A1B2C3", holder="陳太", unit="1-A-1-A")
    fire(gate)
    wait_until_all(gate, RelayState.HELD)
    gate.tap("04A1B2C3", "out")
    gate.wait_for_entry("access.granted", lane="out")
    gate.wait_for_entry("gate.opened", lane="out")
    assert gate.relay("out").state() is RelayState.HELD


def test_a_gate_held_open_for_a_fire_is_neither_forced_nor_held_too_long(tmp_path: Path) -> None:
    settings = document()
    for lane in settings["lanes"].values():
        lane["held_s"] = 0.2
    with demo_appliance(tmp_path, settings=settings) as gate:
        fire(gate)
        gate.wait_for_entry("alarm.raised", kind="fire")
        gate.inputs("in").set(GateInput.CONTACT, True)
        fire(gate, is_on=False)
        gate.wait_for_entry("input.changed", input="fire", active=False)
        gate.appliance.lanes.fire.reset(**GUARD)
        after = gate.appliance.feed.last_seq
        gate.wait_for_entry("alarm.raised", after=after, kind="held")  # nobody has shut it
        kinds = [entry.payload["kind"] for entry in gate.entries("alarm.raised")]
        assert "forced" not in kinds


def test_a_fire_found_at_start_holds_the_lanes_again(tmp_path: Path) -> None:
    def build(kind: DeviceKind, driver: str, options: Mapping[str, object]) -> Device:
        device = factory.build(kind, driver, options)
        if isinstance(device, SimulatedGateInputs):
            device.set(GateInput.FIRE, True)
        return device

    appliance = build_appliance(parse(document()), tmp_path / "data", build_device=build)
    gate = TestGate(appliance, tmp_path / "data")
    appliance.start()
    try:
        wait_until_all(gate, RelayState.HELD)
        gate.wait_for_entry("alarm.raised", kind="fire")
        assert gate.entries("input.changed") == []
    finally:
        assert appliance.stop(20)
