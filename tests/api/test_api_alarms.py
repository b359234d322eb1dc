"""Alarms over the API."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.domain.alarms import AlarmKind
from kiosk.services.alarms import MAX_NOTE_CHARACTERS, raise_within
from tests.api.program import KEY_NAME, Program, done_by_program, refused
from tests.support.appliance import TestGate


def sound(gate: TestGate, kind: AlarmKind = AlarmKind.FORCED, lane: str = "in", **subject: str) -> str:
    with gate.appliance.store.write() as transaction:
        return raise_within(transaction, kind, lane, **subject)


def test_an_alarm_is_told_whole(program: Program, gate: TestGate) -> None:
    alarm_id = sound(gate, AlarmKind.CLONED, "out", card="ab" * 16)
    item = program.get("/alarms", limit="1").json["items"][0]
    assert item.pop("raised_at").endswith("Z")
    assert item == {
        "id": alarm_id, "kind": "cloned", "state": "open", "lane": "out", "subject": {"card": "ab" * 16},
        "raised_by": None, "repeats": 0,
        "acknowledged_at": None, "acknowledged_by": None, "note": None,
    }  # fmt: skip


def test_an_alarm_about_no_lane_says_so(program: Program, gate: TestGate) -> None:
    sound(gate, AlarmKind.FIRE, "")
    assert program.get("/alarms", limit="1").json["items"][0]["lane"] is None


def test_a_program_acknowledges_and_the_lists_follow(program: Program, gate: TestGate) -> None:
    alarm_id = sound(gate)
    before = gate.appliance.feed.last_seq
    answer = program.post(f"/alarms/{alarm_id}/acknowledge", {"note": "風吹開了閘門"})
    assert answer.status_code == 200
    told = answer.json
    assert (told["state"], told["acknowledged_by"], told["note"]) == ("acknowledged", f"api {KEY_NAME}", "風吹開了閘門")
    assert [entry.type for entry in done_by_program(gate, before)] == ["alarm.acknowledged"]
    in_state = {
        state: [item["id"] for item in program.get("/alarms", state=state).json["items"]]
        for state in ("open", "acknowledged")
    }
    assert alarm_id not in in_state["open"]
    assert in_state["acknowledged"][0] == alarm_id
    refused(program.post(f"/alarms/{alarm_id}/acknowledge", {"note": "again"}), 409, "already-acknowledged")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "note"),
        ({"note": " "}, "note"),
        ({"note": 1}, "note"),
        ({"note": "a\nb"}, "note"),
        ({"note": "x" * (MAX_NOTE_CHARACTERS + 1)}, "note"),
        ({"note": "x", "state": "open"}, "state"),
    ],
)
def test_input_that_cannot_be_used_is_refused_by_field(
    program: Program, gate: TestGate, body: dict[str, Any], field: str
) -> None:
    alarm_id = sound(gate)
    refused(program.post(f"/alarms/{alarm_id}/acknowledge", body), 422, "invalid", field)
    assert alarm_id in [item["id"] for item in program.get("/alarms", state="open").json["items"]]


def test_an_unknown_alarm_is_not_found(program: Program) -> None:
    refused(program.post(f"/alarms/{'f' * 32}/acknowledge", {"note": "x"}), 404, "not-found")


def test_pages_follow_each_other(program: Program, gate: TestGate) -> None:
    raised = [sound(gate) for _ in range(3)]
    first = program.get("/alarms", limit="2").json
    second = program.get("/alarms", limit="1", cursor=first["next"]).json
    assert [item["id"] for item in first["items"] + second["items"]] == raised[::-1]
    refused(program.get("/alarms", cursor="AAAA"), 422, "invalid", "cursor")
    refused(program.get("/alarms", state="shut"), 422, "invalid", "state")


def test_a_button_calls_for_help_and_pressed_again_adds_nothing(program: Program, gate: TestGate) -> None:
    before = gate.appliance.feed.last_seq
    answer = program.post("/alarms", {"kind": "panic", "lane": "in"})
    assert answer.status_code == 200
    told = answer.json
    assert (told["kind"], told["state"], told["lane"], told["raised_by"]) == ("panic", "open", "in", f"api {KEY_NAME}")
    assert program.post("/alarms", {"kind": "panic", "lane": "in"}).json == told
    elsewhere = program.post("/alarms", {"kind": "panic"}).json
    assert (elsewhere["lane"], elsewhere["id"] == told["id"]) == (None, False)
    assert [entry.type for entry in done_by_program(gate, before)] == ["alarm.raised"] * 2
    program.post(f"/alarms/{told['id']}/acknowledge", {"note": "was a child"})
    assert program.post("/alarms", {"kind": "panic", "lane": "in"}).json["id"] != told["id"]


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "kind"), ({"kind": "duress"}, "kind"), ({"kind": "panic", "lane": "roof"}, "lane")],
)
def test_only_help_is_called_for_and_only_where_there_is_a_lane(
    program: Program, body: dict[str, Any], field: str
) -> None:
    refused(program.post("/alarms", body), 422, "invalid", field)


def test_a_silent_alarm_is_told_to_programs_and_seen_to_by_them(program: Program, gate: TestGate) -> None:
    alarm_id = sound(gate, AlarmKind.DURESS, "in", card="ab" * 16)
    item = program.get("/alarms", limit="1", state="open").json["items"][0]
    assert (item["id"], item["kind"]) == (alarm_id, "duress")
    raised = program.get("/journal", after=gate.appliance.feed.last_seq - 1).json["items"][0]
    assert (raised["type"], raised["payload"]["kind"]) == ("alarm.raised", "duress")
    assert program.post(f"/alarms/{alarm_id}/acknowledge", {"note": "police came"}).status_code == 200
