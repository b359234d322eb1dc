"""The blocklist as programs keep it, and what it does to a sign-in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.api.program import Program, refused
from tests.support.appliance import TestGate

PERSON = {"name": "司徒浩然", "phone": "+852 5550 7001", "vehicle_plate": "KK 701", "reason": "threatened a guard"}


@pytest.fixture
def entry(program: Program) -> dict[str, str]:
    answer = program.post("/blocklist", PERSON)
    assert answer.status_code == 201, answer.text
    added = dict(answer.get_json())
    yield added
    program.call("DELETE", f"/blocklist/{added['id']}")


def test_an_entry_is_added_read_changed_and_ended(program: Program, gate: TestGate, entry: dict[str, str]) -> None:
    path = f"/blocklist/{entry['id']}"
    assert {name: entry[name] for name in PERSON} == PERSON
    assert (entry["state"], entry["added_by"], entry["ends_at"]) == ("active", "api directory", None)
    assert program.get(path).json == entry
    ends_at = gate.appliance.clock.now() + timedelta(days=1)
    changed = program.call("PATCH", path, {"vehicle_plate": "", "ends_at": ends_at.isoformat()}).json
    assert (changed["vehicle_plate"], changed["phone"]) == ("", PERSON["phone"])
    assert changed["ends_at"]
    assert program.call("PATCH", path, {"ends_at": None}).json["ends_at"] is None
    assert program.call("PATCH", path, {}).status_code == 200
    assert program.call("DELETE", path).status_code == 204
    ended = program.get(path).json
    assert (ended["state"], ended["removed_by"], ended["reason"]) == ("ended", "api directory", PERSON["reason"])
    refused(program.call("DELETE", path), 409, "already-removed")
    refused(program.call("PATCH", path, {"reason": "x"}), 409, "already-removed")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"reason": "x"}, ["name"]),
        ({"name": "A"}, ["reason"]),
        ({"name": "A", "reason": " "}, ["reason"]),
        ({"phone": "call me", "reason": "x"}, ["phone"]),
        ({"name": "A", "reason": "x", "ends_at": "2020-01-01T00:00:00Z"}, ["ends_at"]),
        ({"name": "A", "reason": "x", "until": "now"}, ["until"]),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field(program: Program, body: dict[str, str], fields: list[str]) -> None:
    refused(program.post("/blocklist", body), 422, "invalid", *fields)


def test_an_entry_keeps_somebody_it_means(program: Program, entry: dict[str, str]) -> None:
    path = f"/blocklist/{entry['id']}"
    refused(program.call("PATCH", path, {"name": "", "phone": "", "vehicle_plate": ""}), 422, "invalid", "name")
    assert program.get(path).json == entry
    refused(program.post("/blocklist", PERSON), 409, "already-blocked")


def test_the_list_is_narrowed_and_turned(program: Program) -> None:
    ids = [program.post("/blocklist", {"name": f"Pager {n}", "reason": "x"}).json["id"] for n in range(3)]
    program.call("DELETE", f"/blocklist/{ids[0]}")
    first = program.get("/blocklist", q="Pager", limit=2).json
    assert [item["id"] for item in first["items"]] == [ids[2], ids[1]]
    second = program.get("/blocklist", q="Pager", limit=2, cursor=first["next"]).json
    assert ([item["id"] for item in second["items"]], second["next"]) == ([ids[0]], None)
    active = program.get("/blocklist", q="Pager", state="active").json
    assert [item["id"] for item in active["items"]] == [ids[2], ids[1]]
    refused(
        program.get("/blocklist", cursor=program.get("/visits", limit=1).json["next"] or "x"), 422, "invalid", "cursor"
    )


def test_whoever_is_listed_waits_and_the_program_is_not_told_why(
    program: Program, gate: TestGate, entry: dict[str, str]
) -> None:
    signed_in = program.sign_in(visitor_name="何文", phone="55507001", kind="delivery")
    assert signed_in == {"id": signed_in["id"], "number": signed_in["number"], "state": "waiting", "pass": None}
    assert program.get(f"/visits/{signed_in['id']}").json["blocklist_id"] == entry["id"]
    waiting = gate.wait_for_entry("visit.waiting", visit=signed_in["id"])
    assert (waiting.payload["blocked"], waiting.payload["blocklist"]) == (True, entry["id"])
    assert program.get(f"/visits/{program.sign_in(visitor_name='何文')['id']}").json["blocklist_id"] is None


def test_an_event_says_that_a_visitor_is_blocked(program: Program, gate: TestGate, entry: dict[str, str]) -> None:
    from kiosk.domain.notices import Language, write_notice
    from kiosk.services.events import read_event

    visit_id = program.sign_in(visitor_name="何文", vehicle_plate="kk701")["id"]
    written = gate.wait_for_entry("visit.waiting", visit=visit_id)
    with gate.appliance.store.read() as connection:
        event = read_event(connection, written)
    assert (event.data["blocked"], event.data["blocklist"]) == (True, entry["id"])
    notices = [
        write_notice(event.type, event.data, at=event.at, estate="E", language=language).body for language in Language
    ]
    for notice, line in zip(notices, ("黑名單: 是", "黑名单: 是", "On the blocklist: yes"), strict=True):
        assert line in notice
        assert entry["id"] not in notice
