"""Goods and release slips over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.api.program import Program, done_by_program, refused
from tests.support.appliance import TestGate

PARCEL = {"unit": "1-A-1-A", "carrier": "順豐速運 SF Express", "category": "parcel", "handling": "gate"}


@pytest.fixture
def slip_body(gate: TestGate) -> dict[str, Any]:
    now = gate.appliance.clock.now()
    return {
        "unit": "1-A-1-A",
        "items": [{"name": "梳化", "quantity": 2, "unit": "張"}, {"name": "電視機", "quantity": 1}],
        "vehicle_plate": "AB 1234",
        "not_before": (now - timedelta(hours=1)).isoformat(),
        "not_after": (now + timedelta(hours=8)).isoformat(),
        "requested_by": "李太",
    }


def _ask(program: Program, body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    answer = program.post("/release-slips", body | changes)
    assert answer.status_code == 201, answer.text
    slip: dict[str, Any] = answer.json
    return slip


def _approve(program: Program, slip: dict[str, Any]) -> None:
    word = {"by": "resident app 4711", "method": "owner-link"}
    assert program.post(f"/release-slips/{slip['id']}/approve", word).json["state"] == "approved"


def test_goods_left_at_the_gate_are_found_and_collected_by_their_code(program: Program) -> None:
    goods = program.post("/goods-in", PARCEL).json
    assert (goods["state"], goods["sign_in"]) == ("kept", None)
    assert goods["shelf"]
    read = program.get(f"/goods-in/{goods['id']}").json
    assert goods["id"] in {one["id"] for one in program.get("/goods-in", state="kept", q="順豐").json["items"]}
    wrong = "000000" if read["code"] != "000000" else "000001"
    refused(program.post(f"/goods-in/{goods['id']}/collect", {"code": wrong}), 409, "wrong-code")
    collected = program.post(f"/goods-in/{goods['id']}/collect", {"code": read["code"]}).json
    assert (collected["state"], collected["collect_method"]) == ("collected", "code")
    assert program.get(f"/goods-in/{goods['id']}").json["code"] is None
    refused(program.post(f"/goods-in/{goods['id']}/collect"), 409, "goods-collected")


def test_goods_to_the_door_come_with_a_visit_and_open_the_lane(program: Program, gate: TestGate) -> None:
    raised = len(gate.relay("in").pulses)
    goods = program.post("/goods-in", PARCEL | {"handling": "door", "lane": "in"}).json
    gate.wait_for_pulses(raised + 1)
    assert goods["sign_in"]["pass"]["token"]
    assert program.get(f"/visits/{goods['visit_id']}").json["state"] == "signed_in"


def test_dangerous_goods_wait_for_a_guard(program: Program) -> None:
    goods = program.post("/goods-in", PARCEL | {"category": "other", "description": "石油氣瓶一個"}).json
    assert (goods["state"], goods["is_dangerous"]) == ("waiting", True)
    refused(program.post(f"/goods-in/{goods['id']}/collect"), 409, "goods-waiting")


def test_a_repeated_request_registers_once(program: Program) -> None:
    first, again = (program.post("/goods-in", PARCEL, headers={"Idempotency-Key": "parcel-1"}).json for _ in range(2))
    assert again["id"] == first["id"]


def test_a_slip_leaves_in_trips_and_each_answer_has_the_balance(
    program: Program, gate: TestGate, slip_body: dict[str, Any]
) -> None:
    slip = _ask(program, slip_body)
    assert slip["state"] == "requested"
    assert slip["token"].startswith(f"SLIP:{slip['number']}:")
    trip = {"items": [{"line": 1, "quantity": 1}], "vehicle_plate": "ab1234", "lane": "out"}
    refused(program.post(f"/release-slips/{slip['id']}/release", trip), 409, "slip-requested")
    _approve(program, slip)
    raised = len(gate.relay("out").pulses)
    answers = [
        program.post(f"/release-slips/{slip['id']}/release", trip, headers={"Idempotency-Key": "trip-1"}).json
        for _ in range(2)
    ]
    assert [[line["balance"] for line in answer["items"]] for answer in answers] == [[1, 1], [1, 1]]
    gate.wait_for_pulses(raised + 1, "out")
    rest = trip | {"items": [{"line": 1, "quantity": 1}, {"line": 2, "quantity": 1}]}
    assert program.post(f"/release-slips/{slip['id']}/release", rest).json["state"] == "released"
    gate.wait_for_pulses(raised + 2, "out")


def test_a_mismatch_names_the_lines_and_opens_nothing(
    program: Program, gate: TestGate, slip_body: dict[str, Any]
) -> None:
    slip = _ask(program, slip_body)
    _approve(program, slip)
    before = gate.appliance.feed.last_seq
    # A line named twice counts as both together.
    lines = [{"line": 1, "quantity": 2}, {"line": 1, "quantity": 1}, {"line": 9, "quantity": 1}]
    answer = program.post(f"/release-slips/{slip['id']}/release", {"items": lines, "lane": "out"})
    refused(answer, 409, "mismatch", "items.1", "items.9", "vehicle_plate")
    assert [entry.type for entry in done_by_program(gate, before)] == ["slip.mismatch"]


def test_a_void_slip_opens_nothing(program: Program, slip_body: dict[str, Any]) -> None:
    slip = _ask(program, slip_body)
    _approve(program, slip)
    assert program.post(f"/release-slips/{slip['id']}/void", {"reason": "改期"}).json["state"] == "void"
    trip = {"items": [{"line": 1, "quantity": 1}], "vehicle_plate": "AB1234", "lane": "out"}
    refused(program.post(f"/release-slips/{slip['id']}/release", trip), 409, "slip-void")
    assert slip["id"] in {one["id"] for one in program.get("/release-slips", state="void", q="梳化").json["items"]}


@pytest.mark.parametrize("method", ["owner-card", "written-authority"])
def test_what_happens_at_the_desk_no_program_says(program: Program, slip_body: dict[str, Any], method: str) -> None:
    slip = _ask(program, slip_body)
    answer = program.post(f"/release-slips/{slip['id']}/approve", {"by": "a program", "method": method})
    refused(answer, 422, "invalid", "method")


def test_nobody_but_a_supervisor_signs_for_a_department(program: Program, slip_body: dict[str, Any]) -> None:
    department = {"kind": "department", "requester": "department", "department": "工程部 Works", "unit": ""}
    slip = _ask(program, slip_body, **department)
    word = {"by": "a program", "method": "owner-link"}
    refused(program.post(f"/release-slips/{slip['id']}/approve", word), 409, "method-not-allowed-for-slip")


def test_who_takes_an_api_key_for_approval_stands_with_the_slip_and_not_in_the_journal(
    program: Program, gate: TestGate, slip_body: dict[str, Any]
) -> None:
    slip = _ask(program, slip_body)
    before = gate.appliance.feed.last_seq
    _approve(program, slip)
    (entry,) = done_by_program(gate, before)
    assert "4711" not in str(entry.payload)
    assert program.get(f"/release-slips/{slip['id']}").json["approved_by"] == "resident app 4711"
