"""Passes and cards over the API: issuing, revoking, adding, reporting lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.api.program import Program, done_by_program, refused
from tests.support.appliance import TestGate

UNIT = "1-A-1-A"


def around_now(gate: TestGate, start_h: float = -1, end_h: float = 1) -> dict[str, str]:
    now = gate.appliance.clock.now()
    return {
        "not_before": (now + timedelta(hours=start_h)).isoformat(),
        "not_after": (now + timedelta(hours=end_h)).isoformat(),
    }


class TestPasses:
    def issue(self, program: Program, gate: TestGate, **fields: Any) -> dict[str, Any]:
        answer = program.post("/passes", {"unit": UNIT, "holder": "李小明"} | around_now(gate) | fields)
        assert answer.status_code == 201, answer.text
        assert set(answer.json) == {"id", "token"}
        return dict(answer.json)

    def test_a_pass_opens_once_when_uses_is_left_out(self, program: Program, gate: TestGate) -> None:
        issued = self.issue(program, gate)
        gate.hold_up(issued["token"])
        granted = gate.wait_for_entry("access.granted", **{"pass": issued["id"]})
        visit = program.get(f"/visits/{granted.payload['visit']}").json
        assert (visit["visitor_name"], visit["source"], visit["unit"]) == ("李小明", "pass", UNIT)

        program.post(f"/visits/{visit['id']}/sign-out")
        gate.hold_up(issued["token"], "out")
        entry = gate.wait_for_entry("access.refused", **{"pass": issued["id"]})
        assert entry.payload["code"] == "used"

    def test_null_uses_mean_any_number(self, program: Program, gate: TestGate) -> None:
        before = gate.appliance.feed.last_seq
        self.issue(program, gate, uses=None)
        (entry,) = done_by_program(gate, before)
        assert entry.payload["uses"] is None

    def test_a_pass_is_good_for_its_lanes_only(self, program: Program, gate: TestGate) -> None:
        issued = self.issue(program, gate, lanes=["out"])
        gate.hold_up(issued["token"], "in")
        entry = gate.wait_for_entry("access.refused", **{"pass": issued["id"]})
        assert entry.payload["code"] == "wrong-lane"

    def test_a_revoked_pass_is_refused_at_the_gate(self, program: Program, gate: TestGate) -> None:
        issued = self.issue(program, gate)
        revoked = program.call("DELETE", f"/passes/{issued['id']}")
        assert (revoked.status_code, revoked.data) == (204, b"")
        gate.hold_up(issued["token"])
        entry = gate.wait_for_entry("access.refused", **{"pass": issued["id"]})
        assert entry.payload["code"] == "revoked"
        refused(program.call("DELETE", f"/passes/{issued['id']}"), 409, "already-revoked")

    def test_an_unknown_pass_is_not_found(self, program: Program) -> None:
        refused(program.call("DELETE", "/passes/none"), 404, "not-found")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"unit": "nowhere"}, "unit"),
            ({"holder": ""}, "holder"),
            ({"holder": "A\x07"}, "holder"),
            ({"uses": 0}, "uses"),
            ({"uses": "1"}, "uses"),
            ({"uses": 10**30}, "uses"),
            ({"lanes": []}, "lanes"),
            ({"lanes": ["roof"]}, "lanes"),
            ({"lanes": "in"}, "lanes"),
            ({"lanes": [1]}, "lanes.0"),
            ({"not_before": "2026-03-01T09:00:00"}, "not_before"),
            ({"not_before": "2026-03-01"}, "not_before"),
            ({"not_before": 1772294400}, "not_before"),
            ({"not_before": "yesterday"}, "not_before"),
            ({"not_before": "2026-02-30T09:00:00Z"}, "not_before"),
            ({"not_before": None}, "not_before"),
            ({"not_before": "9999-12-31T23:59:59-23:00"}, "not_before"),
            ({"not_after": "0001-01-01T00:00:00+23:00"}, "not_after"),
            ({"not_after": "2020-01-01T00:00:00Z", "not_before": "2019-01-01T00:00:00Z"}, "not_after"),
            ({"not_before": "2090-01-01T00:00:00Z"}, "not_after"),
            ({"not_before": "2090-01-01T00:00:00.1Z", "not_after": "2090-01-01T00:00:00.9Z"}, "not_after"),
        ],
    )
    def test_input_that_cannot_be_used_is_refused_by_field(
        self, program: Program, gate: TestGate, change: dict[str, Any], field: str
    ) -> None:
        before = gate.appliance.feed.last_seq
        body = {"unit": UNIT, "holder": "李小明"} | around_now(gate) | change
        refused(program.post("/passes", body), 422, "invalid", field)
        assert done_by_program(gate, before) == []


class TestCards:
    def test_a_card_put_on_record_as_a_desfire_has_to_prove_itself(self, program: Program, gate: TestGate) -> None:
        uid = "04A2245B6C7D81"
        added = program.post("/cards", {"uid": uid, "holder": "何美玲", "unit": UNIT, "technology": "desfire"})
        assert (added.status_code, added.json["technology"]) == (201, "desfire")
        gate.tap(uid)
        # This gate has no key for cards and so cannot ask: closed, and no word of a copy.
        gate.wait_for_entry("access.refused", card=added.json["id"], code="doubtful")
        assert gate.entries("alarm.raised") == []

    def test_a_card_opens_until_it_is_reported_lost(self, program: Program, gate: TestGate) -> None:
        added = program.post("/cards", {"uid": "04:a2:24:5b:6c:7d:80", "holder": "何美玲", "unit": UNIT})
        assert added.status_code == 201
        card = added.json
        assert (card["uid"], card["state"], card["holder"], card["unit"]) == (
            "04A2245B6C7D80",
            "active",
            "何美玲",
            UNIT,
        )
        gate.tap(card["uid"])
        gate.wait_for_entry("access.granted", card=card["id"])

        changed = program.call("PATCH", f"/cards/{card['id']}", {"state": "lost"})
        assert changed.status_code == 200
        told = {name for name in card if changed.json[name] != card[name]}
        assert told == {"state", "state_at", "state_by", "technology", "last_seen"}
        assert (changed.json["state"], changed.json["technology"]) == ("lost", "classic")
        gate.tap(card["uid"], "out")
        assert gate.wait_for_entry("access.refused", card=card["id"]).payload["code"] == "lost"

    def test_repeating_a_change_changes_nothing_more(self, program: Program, gate: TestGate) -> None:
        card = program.post("/cards", {"uid": "01020304", "holder": "A", "unit": UNIT}).json
        program.call("PATCH", f"/cards/{card['id']}", {"state": "suspended"})
        before = gate.appliance.feed.last_seq
        assert program.call("PATCH", f"/cards/{card['id']}", {"state": "suspended"}).status_code == 200
        assert done_by_program(gate, before) == []

    def test_a_uid_is_on_record_once(self, program: Program, gate: TestGate) -> None:
        program.post("/cards", {"uid": "0A0B0C0D", "holder": "A", "unit": UNIT})
        before = gate.appliance.feed.last_seq
        refused(program.post("/cards", {"uid": "0a 0b 0c 0d", "holder": "B", "unit": UNIT}), 409, "card-exists")
        assert done_by_program(gate, before) == []

    def test_dates_come_back_in_utc(self, program: Program) -> None:
        dates = {"valid_from": "2026-03-01T00:00:00+08:00", "valid_to": "2098-03-01T00:00:00.5Z"}
        card = program.post("/cards", {"uid": "11223344", "holder": "A", "unit": UNIT} | dates).json
        assert (card["valid_from"], card["valid_to"]) == ("2026-02-28T16:00:00Z", "2098-03-01T00:00:00.500000Z")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"uid": "xyz"}, "uid"),
            ({"uid": "0102"}, "uid"),
            ({"uid": "①②③④"}, "uid"),
            ({"uid": 1234}, "uid"),
            ({"holder": " "}, "holder"),
            ({"unit": "nowhere"}, "unit"),
            ({"valid_to": "2020-01-01T00:00:00Z"}, "valid_to"),
            ({"valid_to": "2020-01-01T00:00:00"}, "valid_to"),
            ({"valid_from": "2097-01-01T00:00:00Z", "valid_to": "2096-01-01T00:00:00Z"}, "valid_to"),
            ({"state": "active"}, "state"),
        ],
    )
    def test_input_that_cannot_be_used_is_refused_by_field(
        self, program: Program, gate: TestGate, change: dict[str, Any], field: str
    ) -> None:
        before = gate.appliance.feed.last_seq
        body = {"uid": "AABBCCDD", "holder": "A", "unit": UNIT} | change
        refused(program.post("/cards", body), 422, "invalid", field)
        assert done_by_program(gate, before) == []

    @pytest.mark.parametrize("state", ["revoked", "stolen", "", None, 1])
    def test_a_card_has_the_states_of_a_card(self, program: Program, state: Any) -> None:
        refused(program.call("PATCH", "/cards/any", {"state": state}), 422, "invalid", "state")

    def test_an_unknown_card_is_not_found(self, program: Program) -> None:
        refused(program.call("PATCH", "/cards/none", {"state": "lost"}), 404, "not-found")
