"""A fire at the panel: seen on every page, and ended with a reason by those who may."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from hardware.interfaces import GateInput, RelayState
from kiosk.domain.roles import Role
from tests.panel.guard import STAFF, Guard
from tests.support.appliance import TestGate, wait_for

BANNER = "Fire alarm: all lanes are held open"


@pytest.fixture
def burning(gate: TestGate) -> Iterator[TestGate]:
    """A gate whose fire input has come on, and is silent and reset again at the end."""
    gate.inputs("out").set(GateInput.FIRE, True)
    wait_for(lambda: gate.relay("in").state() is RelayState.HELD)
    yield gate
    silence(gate)
    if gate.appliance.lanes.fire.is_on:
        gate.appliance.lanes.fire.reset(actor="user test", reason="tidied up")


def silence(gate: TestGate) -> None:
    after = gate.appliance.feed.last_seq
    if gate.inputs("out").state()[GateInput.FIRE]:
        gate.inputs("out").set(GateInput.FIRE, False)
        gate.wait_for_entry("input.changed", after=after, input="fire", active=False)


@pytest.mark.usefixtures("burning")
def test_every_page_tells_and_the_lanes_say_that_they_are_held(guard: Guard) -> None:
    for path in ("/panel/", "/panel/visits", "/panel/devices", "/panel/alarms"):
        assert BANNER in guard.get(path).text, path
        assert guard.get(path).text.count('class="tab" href="/panel/muster"') == 1, path
    assert 'class="tab" href="/panel/muster"' in guard.get("/panel/parts/alarms", **{"X-Requested-With": "panel"}).text
    assert "Barrier is held open" in guard.get("/panel/").text


def test_a_guard_ends_it_once_the_input_is_silent(guard: Guard, burning: TestGate) -> None:
    answer = guard.ask("/panel/fire/reset", reason="False alarm")
    assert answer.status_code == 409
    assert "fire input is still on" in answer.json["message"]
    silence(burning)
    assert guard.ask("/panel/fire/reset", reason=" ").status_code == 422
    assert burning.relay("in").state() is RelayState.HELD
    answer = guard.ask("/panel/fire/reset", reason="False alarm")
    assert (answer.status_code, answer.json["message"]) == (200, "The lanes close again.")
    wait_for(lambda: burning.relay("in").state() is RelayState.RELEASED)
    assert BANNER not in guard.get("/panel/").text
    assert "Lanes close again after a fire alarm" in guard.get("/panel/").text.split("data-feed")[1]
    answer = guard.ask("/panel/fire/reset", reason="False alarm")
    assert (answer.status_code, answer.json["message"]) == (409, "No lane is held open any more.")


@pytest.mark.parametrize("role", STAFF)
def test_who_may_end_it(app: Flask, burning: TestGate, role: Role) -> None:
    silence(burning)
    person = Guard(app)
    person.log_in(role.value)
    may = role in {Role.GUARD, Role.SUPERVISOR, Role.ADMIN}
    page = person.get("/panel/").text
    assert BANNER in page
    assert ("/panel/fire/reset" in page) is may
    assert person.ask("/panel/fire/reset", reason="False alarm").status_code == (200 if may else 403)
    assert burning.appliance.lanes.fire.is_on is not may


def test_a_lane_that_waits_for_a_vehicle_says_so(guard: Guard, burning: TestGate) -> None:
    waits = "It closes once the vehicle has gone."
    burning.inputs("in").set(GateInput.LOOP, True)
    burning.wait_for_entry("input.changed", input="loop", active=True)
    silence(burning)
    assert waits not in guard.get("/panel/parts/lanes").text
    assert guard.ask("/panel/fire/reset", reason="False alarm").status_code == 200
    lanes = guard.get("/panel/parts/lanes").text
    assert waits in lanes.split('data-part="lane-in"')[1].split("data-part")[0]
    assert lanes.count(waits) == 1
    burning.inputs("in").set(GateInput.LOOP, False)
    wait_for(lambda: burning.relay("in").state() is RelayState.RELEASED)
    assert waits not in guard.get("/panel/parts/lanes").text
