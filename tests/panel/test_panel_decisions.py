"""The guard's why, the lock of a lane and forgiving a card, at the panel."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from kiosk.domain.access import RULES
from tests.panel.conftest import UNIT
from tests.panel.guard import Guard
from tests.support.appliance import TestGate


@pytest.fixture
def unlocked(gate: TestGate) -> Iterator[TestGate]:
    yield gate
    for lane in gate.appliance.lanes.all():
        if gate.appliance.lanes.states.lock_of(lane.name):
            gate.appliance.lanes.states.unlock(lane.name, actor="user test")


def decided(gate: TestGate, uid: str, lane: str = "in") -> int:
    """Tap a card; returns the number of the decision."""
    after = gate.appliance.feed.last_seq
    gate.tap(uid, lane)
    while True:
        made = [entry for entry in gate.entries("", after) if entry.type.startswith("access.")]
        if made:
            return made[0].seq
        gate.appliance.feed.wait(gate.appliance.feed.last_seq, 20)


def rules_shown(page: str) -> list[str]:
    return re.findall(r'class="rule verdict-([a-z-]+)', page)


def test_a_refusal_is_explained_by_its_rule_its_facts_and_the_clock(gate: TestGate, guard: Guard) -> None:
    card = gate.appliance.cards.add(actor="user clerk", uid="04010203040506", holder="李太", unit=UNIT)
    gate.appliance.cards.set_state(card.id, type(card.state).LOST, actor="user clerk")
    seq = decided(gate, "04010203040506")
    assert f"/panel/decisions/{seq}" in guard.get("/panel/").text
    page = guard.get(f"/panel/decisions/{seq}").text
    for part in ("Card reported lost", "李太", UNIT, "Reported lost", "Not confirmed since power-up", "All were well"):
        assert part in page, part
    shown = rules_shown(page)
    assert len(shown) == len(RULES)
    assert shown.count("objected") == 1
    assert set(shown[: shown.index("objected")]) == {"passed"}


def test_a_grant_names_no_rule_and_devices_that_were_not_well(gate: TestGate, guard: Guard) -> None:
    gate.appliance.cards.add(actor="user clerk", uid="04010203040507", holder="陳太", unit=UNIT)
    gate.printer().run_out_of_paper()
    gate.wait_for_entry("device.changed", device="printer", condition="impaired")
    page = guard.get(f"/panel/decisions/{decided(gate, '04010203040507')}").text
    gate.printer().make_ready()
    assert "no rule objected" in page
    assert "objected" not in rules_shown(page)[:-1]
    assert "It is out of paper" in page


def test_an_unknown_card_shows_no_facts_of_anybody(gate: TestGate, guard: Guard) -> None:
    page = guard.get(f"/panel/decisions/{decided(gate, '04AAAAAAAAAAAA')}").text
    assert "Not on record" in page
    assert "Valid until" not in page


def test_what_is_no_decision_is_not_found(guard: Guard) -> None:
    assert guard.get("/panel/decisions/1").status_code == 404
    assert guard.get(f"/panel/decisions/{2**63}").status_code == 404


def test_a_guard_locks_a_lane_and_lets_it_open_again(unlocked: TestGate, guard: Guard) -> None:
    assert guard.ask("/panel/lanes/in/lock", reason=" ").status_code == 422
    assert guard.ask("/panel/lanes/in/lock", reason="repairs").json == {"message": "The lane is locked."}
    page = guard.get("/panel/").text
    assert "Locked · <bdi>repairs</bdi>" in page
    refused = guard.ask("/panel/lanes/in/open", reason="x")
    assert (refused.status_code, refused.json["message"]) == (409, "The lane is locked. Please unlock it first.")
    assert guard.ask("/panel/lanes/in/lock", reason="again").status_code == 409
    page = guard.get(f"/panel/decisions/{decided(unlocked, '04010203040507')}").text
    assert "Lane is locked" in page
    assert guard.ask("/panel/lanes/in/unlock").json == {"message": "The lane opens again."}
    assert "Locked · " not in guard.get("/panel/").text
    assert guard.ask("/panel/lanes/in/unlock").status_code == 409


def test_a_guard_forgives_a_card(gate: TestGate, guard: Guard) -> None:
    card = gate.appliance.cards.add(actor="user clerk", uid="04010203040508", holder="何太", unit=UNIT)
    assert guard.ask(f"/panel/cards/{card.id}/forgive", reason="").status_code == 422
    assert guard.ask(f"/panel/cards/{card.id}/forgive", reason="side door").status_code == 200
    (entry,) = gate.entries("passback.forgiven", card=card.id)
    assert (entry.actor, entry.payload["reason"]) == ("user guard", "side door")
