"""Residents' links and invitations by the API: as a resident's own page does, for any unit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from kiosk.domain.approvals import Step, Way
from tests.api.program import Program, done_by_program, refused
from tests.host.resident import Resident
from tests.support.appliance import TestGate

UNIT, OTHER = "1-A-1-A", "1-A-1-B"


def times(gate: TestGate, hours: float = 8) -> dict[str, str]:
    now = gate.appliance.clock.now()
    return {"not_before": now.isoformat(), "not_after": (now + timedelta(hours=hours)).isoformat()}


def invite(program: Program, gate: TestGate, **fields: Any):
    return program.post("/invitations", {"unit": UNIT, "visitor_name": "李小明"} | times(gate) | fields)


def test_a_link_is_told_once_and_opens_until_it_is_revoked(program: Program, app: Flask) -> None:
    body = {"unit": UNIT, "name": "陳太 phone", "phone": "9123 4567", "address": "bark://b.example/K", "language": "en"}
    assert program.post("/resident-links", body | {"is_owner": "yes"}).status_code == 422
    answer = program.post("/resident-links", body)
    assert answer.status_code == 201
    made = answer.json
    assert made["url"].startswith("http://localhost/r/")
    assert (made["is_told"], made["is_owner"], made["language"], made["told_at"]) == (True, False, "en", None)
    owners = program.post("/resident-links", body | {"unit": OTHER, "is_owner": True}).json
    assert owners["is_owner"]
    token = made.pop("url").rsplit("/", 1)[1]
    (listed,) = program.get("/resident-links", unit=UNIT).json["items"]
    assert listed == made
    assert token not in program.get("/resident-links").text
    assert "b.example" not in program.get("/resident-links").text
    resident = Resident(app, token)
    assert program.call("DELETE", f"/resident-links/{made['id']}").status_code == 204
    assert resident.get("/r/").status_code == 401
    assert program.get("/resident-links", unit=UNIT).json["items"] == []
    refused(program.call("DELETE", f"/resident-links/{made['id']}"), 404, "not-found")


def test_what_an_app_invites_the_resident_sees_and_can_withdraw(program: Program, app: Flask, gate: TestGate) -> None:
    url = program.post("/resident-links", {"unit": UNIT, "name": "陳太"}).json["url"]
    invitation = invite(program, gate, phone="9876 5432", vehicle_plate="AB 1234").json
    assert (invitation["state"], invitation["max_uses"], invitation["link_id"]) == ("open", 1, None)
    assert program.get(f"/invitations/{invitation['id']}").json == invitation
    resident = Resident(app, url.rsplit("/", 1)[1])
    assert "李小明" in resident.get("/r/").text
    resident.post(f"/r/invitations/{invitation['id']}/revoke")
    assert program.get(f"/invitations/{invitation['id']}").json["state"] == "revoked"
    refused(program.call("DELETE", f"/invitations/{invitation['id']}"), 409, "already-revoked")


def test_hours_of_the_week_come_back_as_they_were_given(program: Program, gate: TestGate) -> None:
    weekly = {"mon": ["09:00-12:00", "13:00-18:30"], "sun": ["00:00-24:00"]}
    answer = invite(program, gate, weekly=weekly, comes_and_goes=False)
    assert (answer.json["weekly"], answer.json["max_uses"]) == (weekly, None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"weekly": {}}, "weekly"),
        ({"weekly": {"mon": []}}, "weekly.mon"),
        ({"weekly": {"mon": ["9-12"]}}, "weekly.mon.0"),
        ({"weekly": {"mon": ["12:00-09:00"]}}, "weekly"),
        ({"weekly": {"mon": ["00:00-24:30"]}}, "weekly"),
        ({"weekly": {"mon": ["09:00-12:00", "11:00-13:00"]}}, "weekly"),
        ({"weekly": {"holiday": ["09:00-12:00"]}}, "weekly.holiday.[key]"),
        ({"visitor_name": ""}, "visitor_name"),
        ({"phone": "x"}, "phone"),
        ({"unit": "nowhere"}, "unit"),
        ({"not_after": "2020-01-01T00:00:00Z"}, "not_after"),
        ({"not_after": "2099-01-01T00:00:00Z"}, "not_after"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    program: Program, gate: TestGate, change: dict[str, Any], field: str
) -> None:
    before = gate.appliance.feed.last_seq
    refused(invite(program, gate, **change), 422, "invalid", field)
    assert done_by_program(gate, before) == []


def test_a_program_decides_about_a_waiting_visit_once(program: Program, gate: TestGate) -> None:
    pulses = len(gate.relay().pulses)
    waiting = [program.sign_in(kind="contractor", lane="in")["id"] for _ in range(2)]
    approved = program.post(f"/visits/{waiting[0]}/approve").json
    assert (approved["state"], bool(approved["pass"]["token"])) == ("signed_in", True)
    gate.wait_for_pulses(pulses + 1)
    refused(program.post(f"/visits/{waiting[0]}/refuse"), 409, "visit-signed-in")
    assert program.post(f"/visits/{waiting[1]}/refuse", {"reason": "not expected"}).json["state"] == "refused"
    refused(program.post(f"/visits/{waiting[1]}/approve"), 409, "visit-refused")
    for visit_id, step in zip(waiting, (Step.APPROVED, Step.REFUSED), strict=True):
        (taken,) = gate.appliance.approvals.of_visit(visit_id)
        assert (taken.step, taken.way, taken.name) == (step, Way.API, "directory")


def test_lists_are_of_the_unit_and_in_pages(program: Program, gate: TestGate) -> None:
    made = [invite(program, gate, unit=OTHER).json["id"] for _ in range(3)]
    first = program.get("/invitations", unit=OTHER, limit=2).json
    second = program.get("/invitations", unit=OTHER, limit=2, cursor=first["next"]).json
    assert [item["id"] for item in first["items"] + second["items"]] == made[::-1]
    assert second["next"] is None
    refused(program.get("/resident-links", cursor=first["next"]), 422, "invalid", "cursor")
