"""Locking lanes and forgiving cards over the API."""

from __future__ import annotations

from tests.api.program import Program, done_by_program, refused
from tests.support.appliance import UNITS, TestGate


def test_a_program_locks_a_lane_and_lets_it_open_again(program: Program, gate: TestGate) -> None:
    before = gate.appliance.feed.last_seq
    locked = program.post("/lanes/in/lock", {"reason": "閘桿維修"})
    assert (locked.status_code, locked.json["reason"]) == (200, "閘桿維修")
    lanes = {item["name"]: item["lock"] for item in program.get("/lanes").json["items"]}
    assert lanes == {"in": locked.json, "out": None}
    refused(program.post("/lanes/in/lock", {"reason": "x"}), 409, "already-locked")
    refused(program.post("/lanes/in/open", {"reason": "x"}), 409, "lane-locked")
    assert program.delete("/lanes/in/lock").status_code == 204
    refused(program.delete("/lanes/in/lock"), 409, "not-locked")
    assert [entry.type for entry in done_by_program(gate, before)] == ["lane.locked", "lane.unlocked"]


def test_there_is_no_other_lane(program: Program) -> None:
    refused(program.post("/lanes/side/lock", {"reason": "x"}), 404, "not-found")
    refused(program.delete("/lanes/side/lock"), 404, "not-found")
    refused(program.post("/lanes/in/lock", {"reason": " "}), 422, "invalid", "reason")


def test_a_card_is_forgiven(program: Program, gate: TestGate) -> None:
    card = gate.appliance.cards.add(actor="user clerk", uid="04000000000A01", holder="李太", unit=UNITS[0].code)
    assert program.post(f"/cards/{card.id}/forgive", {"reason": "side door"}).status_code == 204
    assert gate.entries("passback.forgiven", card=card.id)
    refused(program.post(f"/cards/{'0' * 32}/forgive", {"reason": "x"}), 404, "not-found")
