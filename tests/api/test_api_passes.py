"""The kinds of passes over the API, finding them, and the list of those that are revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kiosk.domain.passes import midnight_after
from tests.api.program import Program, done_by_program, refused
from tests.support.appliance import TestGate

UNIT = "1-A-1-A"
HOLDER = "李小明"


def days_from_now(gate: TestGate, days: float) -> str:
    return (gate.appliance.clock.now() + timedelta(days=days)).isoformat()


def issue(program: Program, gate: TestGate, **fields: Any) -> dict[str, Any]:
    """Issue a pass and read it."""
    week = {"not_before": days_from_now(gate, -1), "not_after": days_from_now(gate, 8)}
    answer = program.post("/passes", {"unit": UNIT, "holder": HOLDER} | week | fields)
    assert answer.status_code == 201, answer.text
    read = program.get(f"/passes/{answer.json['id']}")
    assert read.status_code == 200
    assert read.json["token"] == answer.json["token"]
    return dict(read.json)


@pytest.mark.parametrize(
    ("fields", "kind", "uses"),
    [
        ({}, "single", 1),
        ({"uses": 1}, "single", 1),
        ({"uses": 7}, "multi", 7),
        ({"uses": None}, "multi", None),
        ({"kind": None, "uses": 2}, "multi", 2),
        ({"kind": "single"}, "single", 1),
        ({"kind": "multi", "uses": 3}, "multi", 3),
        ({"kind": "recurring", "weekly": {"mon": ["09:00-12:00"]}}, "recurring", None),
        ({"kind": "recurring", "weekly": {"mon": ["09:00-12:00"]}, "uses": 10}, "recurring", 10),
    ],
)
def test_a_pass_has_the_kind_it_was_asked_for_or_the_one_of_its_uses(
    program: Program, gate: TestGate, fields: dict[str, Any], kind: str, uses: int | None
) -> None:
    before = gate.appliance.feed.last_seq
    told = issue(program, gate, **fields)
    assert (told["kind"], told["uses"], told["used"], told["state"]) == (kind, uses, 0, "valid")
    assert told["weekly"] == fields.get("weekly")
    (entry,) = done_by_program(gate, before)
    assert entry.payload == {"pass": told["id"], "kind": kind, "uses": uses}


def test_a_day_pass_ends_at_its_midnight(program: Program, gate: TestGate) -> None:
    now = gate.appliance.clock.now().replace(microsecond=0)
    midnight = midnight_after(now, gate.appliance.settings.estate.zone)
    for end in (None, midnight.isoformat()):
        told = issue(program, gate, kind="day", not_before=now.isoformat(), not_after=end)
        assert (told["not_after"], told["uses"]) == (midnight.isoformat().replace("+00:00", "Z"), None)


def test_hours_come_back_as_they_were_sent_in_the_order_of_the_week(program: Program, gate: TestGate) -> None:
    weekly = {"holiday": ["10:00-12:00"], "tue": ["14:00-24:00", "08:00-12:00"], "mon": ["00:00-00:01"]}
    told = issue(program, gate, kind="recurring", weekly=weekly)
    assert told["weekly"] == {
        "mon": ["00:00-00:01"], "tue": ["08:00-12:00", "14:00-24:00"], "holiday": ["10:00-12:00"],
    }  # fmt: skip
    assert list(told["weekly"]) == ["mon", "tue", "holiday"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "visit"}, "kind"),
        ({"kind": "eternal"}, "kind"),
        ({"kind": "single", "uses": 2}, "uses"),
        ({"kind": "single", "uses": None}, "uses"),
        ({"kind": "multi"}, "uses"),
        ({"kind": "day", "uses": 2, "not_before": "2098-01-01T00:00:00Z", "not_after": None}, "uses"),
        ({"kind": "day"}, "not_after"),
        ({"not_after": None}, "not_after"),
        ({"kind": "recurring"}, "weekly"),
        ({"kind": "recurring", "weekly": {}}, "weekly"),
        ({"kind": "recurring", "weekly": {"mon": []}}, "weekly.mon"),
        ({"kind": "recurring", "weekly": {"moon": ["09:00-12:00"]}}, "weekly.moon.[key]"),
        ({"kind": "recurring", "weekly": {"mon": ["9-12"]}}, "weekly.mon.0"),
        ({"kind": "recurring", "weekly": {"mon": ["12:00-09:00"]}}, "weekly.mon.0"),
        ({"kind": "recurring", "weekly": {"mon": ["09:00-12:00", "11:00-13:00"]}}, "weekly"),
        ({"weekly": {"mon": ["09:00-12:00"]}}, "weekly"),
    ],
)
def test_what_a_kind_does_not_allow_is_refused_by_field(
    program: Program, gate: TestGate, change: dict[str, Any], field: str
) -> None:
    before = gate.appliance.feed.last_seq
    week = {"not_before": days_from_now(gate, -1), "not_after": days_from_now(gate, 8)}
    refused(program.post("/passes", {"unit": UNIT, "holder": HOLDER} | week | change), 422, "invalid", field)
    assert done_by_program(gate, before) == []


def test_a_pass_longer_than_a_year_is_refused(program: Program, gate: TestGate) -> None:
    dates = {"not_before": days_from_now(gate, 0), "not_after": days_from_now(gate, 367)}
    answer = program.post("/passes", {"unit": UNIT, "holder": HOLDER} | dates)
    assert refused(answer, 422, "invalid", "not_after")["fields"] == {
        "not_after": "This is too long: a pass lasts a year at most, a release slip 31 days."
    }


def test_passes_are_found_page_by_page(program: Program, gate: TestGate) -> None:
    issued = [issue(program, gate, holder=f"歐陽{number}", unit="2-C-12-B")["id"] for number in range(3)]
    assert program.call("DELETE", f"/passes/{issued[1]}").status_code == 204
    query: dict[str, Any] = {"q": "歐陽", "unit": "2-C-12-B", "limit": 2}
    first = program.get("/passes", **query).json
    second = program.get("/passes", **query, cursor=first["next"]).json
    assert [item["id"] for item in first["items"] + second["items"]] == issued[::-1]
    assert second["next"] is None
    assert "token" not in first["items"][0]
    assert [item["id"] for item in program.get("/passes", **query, state="revoked").json["items"]] == [issued[1]]
    assert program.get("/passes", q="nobody").json == {"items": [], "next": None}
    refused(program.get("/passes", cursor=program.get("/units", limit=1).json["next"]), 422, "invalid", "cursor")


def test_other_gates_are_told_what_to_refuse(program: Program, gate: TestGate) -> None:
    revoked = [issue(program, gate) for _ in range(3)]
    for each in revoked:
        program.call("DELETE", f"/passes/{each['id']}")
    first = program.get("/revocations", limit=2).json
    assert first["items"] == [{"id": each["id"], "not_after": each["not_after"]} for each in revoked[:0:-1]]
    later = program.get("/revocations", limit=1, cursor=first["next"]).json
    assert later["items"][0]["id"] == revoked[0]["id"]


def test_a_list_of_another_gate_is_taken_as_it_is(program: Program, gate: TestGate) -> None:
    ours, theirs = issue(program, gate), "0195" + "e" * 28
    items = [{"id": theirs, "not_after": "2098-01-01T00:00:00Z"}, {"id": ours["id"], "not_after": ours["not_after"]}]
    assert [program.post("/revocations", {"items": items}).json for _ in range(2)] == [{"new": 1}, {"new": 0}]
    assert program.get(f"/passes/{ours['id']}").json["state"] == "valid"
    assert gate.entries("pass.list_taken")[-1].payload == {"count": 1}
    page = program.get("/revocations").json
    assert program.post("/revocations", program.get("/revocations", limit=1).json).json == {"new": 0}
    assert theirs not in [item["id"] for item in page["items"]]
    assert program.post("/revocations", {"items": page["items"]}).json == {"new": 0}
    refused(program.post("/revocations", {"items": [{"id": "x"} | items[0]] * 201}), 422, "invalid", "items")


def test_a_visits_receipt_is_read_by_its_id_only(program: Program) -> None:
    receipt = program.sign_in(visitor_name="司徒美")["pass"]
    told = program.get(f"/passes/{receipt['id']}").json
    assert (told["kind"], told["used"], told["state"], told["gate"]) == ("visit", 1, "valid", None)
    assert program.get("/passes", q="司徒").json["items"] == []
