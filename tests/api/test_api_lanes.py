"""Lanes, units and the journal over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hardware.interfaces import RelayState
from hardware.supervisor import DeviceCondition
from kiosk.domain.self_test import Step
from kiosk.store.journal import GENESIS
from tests.api.program import Program, done_by_program, refused
from tests.support.appliance import UNITS, TestGate, demo_appliance, wait_for
from web import create_app


class TestOpening:
    def test_a_lane_opens_with_a_reason(self, program: Program, gate: TestGate) -> None:
        before, raised = gate.appliance.feed.last_seq, len(gate.relay("out").pulses)
        answer = program.post("/lanes/out/open", {"reason": "救護車"})
        assert (answer.status_code, answer.json) == (200, {"outcome": "opened"})
        gate.wait_for_pulses(raised + 1, "out")
        (entry,) = done_by_program(gate, before)
        assert (entry.type, entry.payload["reason"]) == ("gate.commanded", "救護車")

    def test_a_deadline_ahead_is_met(self, program: Program, gate: TestGate) -> None:
        deadline = (gate.appliance.clock.now() + timedelta(seconds=30)).isoformat()
        assert program.post("/lanes/in/open", {"reason": "x", "deadline": deadline}).status_code == 200

    def test_a_deadline_in_the_past_opens_nothing_and_is_journalled_by_nobody(
        self, program: Program, gate: TestGate
    ) -> None:
        wait_for(lambda: gate.relay("in").state() is RelayState.RELEASED)
        before, raised = gate.appliance.feed.last_seq, len(gate.relay("in").pulses)
        deadline = (gate.appliance.clock.now() - timedelta(seconds=1)).isoformat()
        refused(program.post("/lanes/in/open", {"reason": "x", "deadline": deadline}), 409, "late")
        assert done_by_program(gate, before) == []
        assert len(gate.relay("in").pulses) == raised

    def test_a_deadline_too_far_ahead_is_refused(self, program: Program, gate: TestGate) -> None:
        deadline = (gate.appliance.clock.now() + timedelta(seconds=90)).isoformat()
        refused(program.post("/lanes/in/open", {"reason": "x", "deadline": deadline}), 422, "invalid", "deadline")

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "reason"),
            ({"reason": ""}, "reason"),
            ({"reason": "  "}, "reason"),
            ({"reason": 1}, "reason"),
            ({"reason": "x" * 201}, "reason"),
            ({"reason": "a\nb"}, "reason"),
            ({"reason": "x", "deadline": "soon"}, "deadline"),
            ({"reason": "x", "deadline": 5}, "deadline"),
            ({"reason": "x", "force": True}, "force"),
        ],
    )
    def test_input_that_cannot_be_used_is_refused_by_field(
        self, program: Program, gate: TestGate, body: dict[str, Any], field: str
    ) -> None:
        before = gate.appliance.feed.last_seq
        refused(program.post("/lanes/in/open", body), 422, "invalid", field)
        assert done_by_program(gate, before) == []

    def test_an_unknown_lane_is_not_found(self, program: Program) -> None:
        refused(program.post("/lanes/roof/open", {"reason": "x"}), 404, "not-found")

    def test_a_relay_that_is_gone_is_told(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        with demo_appliance(tmp_path_factory.mktemp("unplugged")) as gate:
            program = Program(create_app(gate.appliance).test_client(), gate.appliance.accounts.make_api_key("x"))
            gate.relay("in").unplug()
            gate.wait_for_condition("in.relay", DeviceCondition.FAULT)
            refused(program.post("/lanes/in/open", {"reason": "x"}), 503, "gate-failed")
            gate.wait_for_entry("gate.failed", lane="in")
            lanes = {lane["name"]: lane["relay"] for lane in program.get("/lanes").json["items"]}
            assert lanes == {"in": "closed", "out": "released"}


class TestSelfTest:
    def test_a_lane_that_is_well_passes_and_does_not_open(self, program: Program, gate: TestGate) -> None:
        before, raised = gate.appliance.feed.last_seq, len(gate.relay("out").pulses)
        answer = program.post("/lanes/out/self-test")
        assert answer.status_code == 200
        told = answer.json
        assert (told["lane"], told["passed"], told["recorded"]) == ("out", True, True)
        assert {step["step"]: step["result"] for step in told["steps"]} == dict.fromkeys(Step, "passed")
        assert told["path_ms"] > 0
        assert len(gate.relay("out").pulses) == raised
        (entry,) = done_by_program(gate, before)
        assert (entry.type, entry.payload["test"]) == ("lane.self_test", told["id"])

    def test_a_fault_is_an_answer(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        with demo_appliance(tmp_path_factory.mktemp("unplugged")) as gate:
            program = Program(create_app(gate.appliance).test_client(), gate.appliance.accounts.make_api_key("x"))
            gate.camera("in").unplug()
            gate.wait_for_condition("in.camera", DeviceCondition.FAULT)
            answer = program.post("/lanes/in/self-test", {})
            assert (answer.status_code, answer.json["passed"]) == (200, False)
            (camera,) = [step for step in answer.json["steps"] if step["result"] == "failed"]
            assert (camera["step"], camera["code"]) == ("camera", "unplugged")

    def test_it_takes_a_lane_that_is_and_nothing_else(self, program: Program) -> None:
        refused(program.post("/lanes/roof/self-test"), 404, "not-found")
        refused(program.post("/lanes/out/self-test", {"force": True}), 422, "invalid", "force")


def test_lanes_are_listed_with_what_they_do(program: Program, gate: TestGate) -> None:
    for lane in ("in", "out"):
        wait_for(lambda lane=lane: gate.relay(lane).state() is RelayState.RELEASED)
    assert program.get("/lanes").json == {
        "items": [
            {"name": "in", "direction": "in", "relay": "released", "lock": None},
            {"name": "out", "direction": "out", "relay": "released", "lock": None},
        ],
        "next": None,
    }


class TestUnits:
    def test_a_code_found_is_what_a_visit_takes(self, program: Program) -> None:
        page = program.get("/units", q="b-1").json
        assert page == {
            "items": [{"code": "1-B-1-A", "phase": "1", "block": "B", "floor": "1", "door": "A", "stay_h": None}],
            "next": None,
        }
        program.sign_in(unit=page["items"][0]["code"])

    def test_pages_follow_the_directory(self, program: Program) -> None:
        told, cursor = [], None
        while True:
            page = program.get("/units", limit=4, **({"cursor": cursor} if cursor else {})).json
            told += [unit["code"] for unit in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert told == [unit.code for unit in UNITS]

    def test_nobody_is_named(self, program: Program) -> None:
        (unit, *_) = program.get("/units").json["items"]
        assert set(unit) == {"code", "phase", "block", "floor", "door", "stay_h"}

    @pytest.mark.parametrize("q", ["%", "_", "'", "\x00", "nowhere"])
    def test_nothing_found_is_an_empty_page(self, program: Program, q: str) -> None:
        assert program.get("/units", q=q).json == {"items": [], "next": None}


class TestJournal:
    def test_it_reads_on_without_a_gap_and_its_chain_holds(self, program: Program) -> None:
        program.sign_in()
        told, query = [], {}
        while True:
            page = program.get("/journal", limit=7, **query).json
            told += page["items"]
            if page["next"] is None:
                break
            query = {"cursor": page["next"]}
        assert [entry["seq"] for entry in told] == list(range(1, len(told) + 1))
        previous = GENESIS.hex()
        for entry in told:
            assert entry["previous_hash"] == previous
            previous = entry["hash"]

    def test_it_can_be_followed(self, program: Program) -> None:
        last = program.get("/journal", limit=200).json["items"][-1]["seq"]
        visit = program.sign_in()
        page = program.get("/journal", after=last).json
        assert page["items"][0]["seq"] == last + 1
        assert visit["id"] in {entry["payload"].get("visit") for entry in page["items"]}

    def test_it_names_no_person(self, program: Program) -> None:
        program.sign_in(visitor_name="歐陽震華", phone="6666 1234")
        assert "歐陽震華" not in program.get("/journal", limit=200).get_data(as_text=True)

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"after": "-1"}, "after"),
            ({"after": "x"}, "after"),
            ({"after": str(2**63)}, "after"),
            ({"after": "1", "cursor": "1"}, "cursor"),
            ({"limit": "1000"}, "limit"),
        ],
    )
    def test_a_query_that_cannot_be_used_is_refused(self, program: Program, query: dict[str, str], field: str) -> None:
        refused(program.get("/journal", **query), 422, "invalid", field)

    def test_after_the_end_there_is_nothing(self, program: Program) -> None:
        assert program.get("/journal", after=2**63 - 1).json == {"items": [], "next": None}
