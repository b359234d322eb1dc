"""A gate's contact on a running lane: what is an alarm there, over restarts of the device and failures of the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hardware.interfaces import GateInput
from hardware.supervisor import DeviceCondition
from kiosk.store import database
from tests.support.appliance import TestGate, demo_appliance, document, wait_for

UID = "04A1B2C3D4E5F6"
SOON_S, NEVER_S = 0.2, 3600.0


@contextmanager
def lane_that_holds(tmp_path: Path, held_s: float, *, is_new: bool = True) -> Iterator[TestGate]:
    settings = document()
    for lane in settings["lanes"].values():
        lane["held_s"] = held_s
    with demo_appliance(tmp_path, settings=settings) as gate:
        if is_new:
            gate.appliance.cards.add(actor="user clerk", uid=UID, holder="陳太", unit="1-A-1-A")
        yield gate


def alarms(gate: TestGate) -> list[tuple[str, Any]]:
    return [(entry.payload["kind"], entry.payload["lane"]) for entry in gate.entries("alarm.raised")]


def open_gate(gate: TestGate, *, is_open: bool = True) -> None:
    gate.inputs("in").set(GateInput.CONTACT, is_open)


def test_a_gate_that_opens_by_itself_is_forced(tmp_path: Path) -> None:
    with lane_that_holds(tmp_path, NEVER_S) as gate:
        open_gate(gate)
        entry = gate.wait_for_entry("alarm.raised")
        (alarm,) = gate.appliance.alarms.open(10)
        assert (entry.actor, entry.payload["alarm"], alarm.kind.value) == ("lane in", alarm.id, "forced")
        assert alarms(gate) == [("forced", "in")]


def test_a_gate_that_opens_for_a_card_is_not_and_is_held_when_it_stays_so(tmp_path: Path) -> None:
    with lane_that_holds(tmp_path, SOON_S) as gate:
        gate.tap(UID)
        gate.wait_for_entry("gate.opened")
        open_gate(gate)
        gate.wait_for_entry("alarm.raised")
        assert alarms(gate) == [("held", "in")]


def test_the_exit_button_is_a_grant_as_well(tmp_path: Path) -> None:
    with lane_that_holds(tmp_path, SOON_S) as gate:
        gate.inputs("in").set(GateInput.EXIT_BUTTON, True)
        gate.wait_for_entry("gate.opened", cause="exit-button")
        open_gate(gate)
        gate.wait_for_entry("alarm.raised")
        assert alarms(gate) == [("held", "in")]


def test_a_gate_found_open_is_not_forced(tmp_path: Path) -> None:
    with lane_that_holds(tmp_path, SOON_S) as gate:
        inputs = gate.inputs("in")
        inputs.unplug()
        gate.wait_for_condition("in.inputs", DeviceCondition.FAULT)
        open_gate(gate)
        inputs.replug()
        gate.wait_for_entry("alarm.raised")
        assert alarms(gate) == [("held", "in")]
        assert gate.entries("input.changed") == []


def test_an_alarm_outlives_the_program(tmp_path: Path) -> None:
    with lane_that_holds(tmp_path, NEVER_S) as gate:
        open_gate(gate)
        gate.wait_for_entry("alarm.raised")
        raised = gate.appliance.alarms.open(10)
    with lane_that_holds(tmp_path, NEVER_S, is_new=False) as gate:
        assert gate.appliance.alarms.open(10) == raised
        assert len(alarms(gate)) == 1


def test_an_alarm_that_cannot_be_written_is_raised_once_it_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with lane_that_holds(tmp_path, NEVER_S) as gate:
        lane = gate.appliance.lanes.get("in")
        with gate.appliance.store.write(), monkeypatch.context() as once_held:
            once_held.setattr(database, "BUSY_S", 0.05)
            open_gate(gate)
            wait_for(lambda: lane.trouble.startswith("alarm not raised"))
            open_gate(gate, is_open=False)
        gate.wait_for_entry("alarm.raised")
        wait_for(lambda: not lane.trouble)
        assert alarms(gate) == [("forced", "in")]
