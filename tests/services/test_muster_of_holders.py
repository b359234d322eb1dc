"""Residents on the muster list: who came in by card, and leaves it by holding the card up at a lane held open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hardware.interfaces import GateInput, RelayState
from kiosk.domain.muster import PersonKind
from tests.support.appliance import UNITS, TestGate, demo_appliance, document, wait_for

UID, OTHER, STRANGER = "04A1B2C3D4E5F6", "04A1B2C3D4E5F7", "04000000000000"


@pytest.fixture
def gate(tmp_path) -> Iterator[TestGate]:
    """A gate that keeps account of who is inside, and lets every household out once a day."""
    settings = document(access={"unconfirmed_clock_opens": True, "household_exits_per_day": 0})
    for lane in settings["lanes"].values():
        lane |= {"zone": "estate", "passback": {"entering": "hard", "leaving": "hard"}}
    with demo_appliance(tmp_path, settings=settings) as running:
        for uid, holder in ((UID, "李太"), (OTHER, "陳生")):
            running.appliance.cards.add(actor="user clerk", uid=uid, holder=holder, unit=UNITS[0].code)
        yield running


def names(gate: TestGate) -> list[str]:
    roll = gate.appliance.muster.list()
    return sorted(person.name for person in roll.persons if person.kind is PersonKind.CARD)


def tap(gate: TestGate, uid: str, lane: str = "in") -> str:
    after = gate.appliance.feed.last_seq
    gate.tap(uid, lane)
    entry = wait_for(lambda: next((each for each in gate.entries("", after) if each.type.startswith("access.")), None))
    return str(entry.payload["code"])


def test_whoever_came_in_by_card_is_on_the_list_until_leaving_by_any_lane(gate):
    assert names(gate) == []
    assert [tap(gate, UID), tap(gate, OTHER)] == ["granted", "granted"]
    assert names(gate) == ["李太", "陳生"]
    assert tap(gate, OTHER, "out") == "quota-used-up"
    gate.inputs("out").set(GateInput.FIRE, True)
    wait_for(lambda: gate.relay("in").state() is RelayState.HELD)
    tap(gate, STRANGER, "out")  # so that the next tap is no repeat
    assert tap(gate, OTHER, "out") == "granted"
    assert names(gate) == ["李太"]
    gate.appliance.lanes.states.lock("in", actor="user chan", reason="test")
    assert tap(gate, UID, "in") == "granted"
    assert names(gate) == []
