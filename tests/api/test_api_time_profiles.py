"""Time profiles as programs see them."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from kiosk.domain.time_profiles import Day
from kiosk.store.tables import cards
from tests.api.program import Program, done_by_program, refused
from tests.support.appliance import TestGate

NIGHTS = [{"begins": "00:00", "ends": "06:30"}, {"begins": "22:00", "ends": "24:00"}]
GOOD = {"name": "夜更", "days": {"mon": NIGHTS, "holiday": [{"begins": "00:00", "ends": "24:00"}]}}
CLOSED = {day.value: [] for day in Day}


@pytest.fixture(autouse=True)
def none_left(program: Program, gate: TestGate):
    yield
    with gate.appliance.store.write() as transaction:
        transaction.connection.execute(update(cards).values(time_profile_id=None))
    for item in program.get("/time-profiles").json["items"]:
        assert program.call("DELETE", f"/time-profiles/{item['id']}").status_code == 204


def test_a_profile_from_its_making_to_its_end(program: Program, gate: TestGate) -> None:
    before = gate.appliance.feed.last_seq
    made = program.post("/time-profiles", GOOD)
    assert made.status_code == 201
    item = made.json
    assert item == {"id": item["id"], "name": "夜更", "days": CLOSED | GOOD["days"], "cards": 0}
    path = f"/time-profiles/{item['id']}"
    assert program.get(path).json == item
    changed = program.call("PUT", path, {"name": "夜", "days": {"sun": [NIGHTS[1], NIGHTS[0]]}})
    assert changed.json == {"id": item["id"], "name": "夜", "days": CLOSED | {"sun": NIGHTS}, "cards": 0}
    assert program.call("PUT", path, {"name": "夜", "days": {"sun": NIGHTS}}).json == changed.json
    assert program.get("/time-profiles").json == {"items": [changed.json], "next": None}
    assert program.call("DELETE", path).status_code == 204
    for method, body in (("GET", None), ("PUT", GOOD), ("DELETE", None)):
        refused(program.call(method, path, body), 404, "not-found")
    told = [(entry.type, dict(entry.payload)) for entry in done_by_program(gate, before)]
    assert told == [(f"time_profile.{what}", {"time_profile": item["id"]}) for what in ("added", "changed", "removed")]


def test_they_come_by_name(program: Program) -> None:
    for name in ("c", "a", "b"):
        program.post("/time-profiles", GOOD | {"name": name})
    assert [item["name"] for item in program.get("/time-profiles").json["items"]] == ["a", "b", "c"]


def test_a_profile_that_a_card_has_stays(program: Program, gate: TestGate) -> None:
    item = program.post("/time-profiles", GOOD).json
    card = program.post("/cards", {"uid": "5A5B5C5E", "holder": "何美玲", "unit": "1-A-1-A"}).json
    with gate.appliance.store.write() as transaction:
        given = update(cards).where(cards.c.id == card["id"]).values(time_profile_id=item["id"])
        transaction.connection.execute(given)
    assert program.get(f"/time-profiles/{item['id']}").json["cards"] == 1
    assert program.get("/time-profiles").json["items"][0]["cards"] == 1
    refused(program.call("DELETE", f"/time-profiles/{item['id']}"), 409, "profile-in-use")


def spans(*texts: str) -> dict:
    return {"days": {"mon": [dict(zip(("begins", "ends"), text.split("-"), strict=True)) for text in texts]}}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"), ({"name": " "}, "name"), ({"name": "\u200d"}, "name"), ({"name": "x" * 65}, "name"),
        ({"name": 7}, "name"), ({"name": "taken"}, "name"), ({"name": "TAKEN"}, "name"), ({"more": 1}, "more"),
        ({"days": []}, "days"), ({"days": {"someday": []}}, "days.someday"), ({"days": {"mon": {}}}, "days.mon"),
        ({"days": {"mon": [{"begins": "09:00"}]}}, "days.mon.0.ends"),
        ({"days": {"mon": [{"begins": 540, "ends": "10:00"}]}}, "days.mon.0.begins"),
        (spans("9:00-10:00"), "days.mon.0.begins"), (spans("09:00-10:60"), "days.mon.0.ends"),
        (spans("09:00-24:01"), "days.mon.0.ends"), (spans("24:00-24:00"), "days.mon.0"),
        (spans("09:00-09:00"), "days.mon.0"), (spans("22:00-06:00"), "days.mon.0"),
        (spans("09:00-12:00", "11:00-13:00"), "days.mon"), (spans("09:00-12:00", "12:00-13:00"), "days.mon"),
        (spans("01:00-02:00", "03:00-04:00", "05:00-06:00", "07:00-08:00"), "days.mon"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_by_its_field(program: Program, gate: TestGate, change, field) -> None:
    program.post("/time-profiles", GOOD | {"name": "taken"})
    other = program.post("/time-profiles", GOOD).json
    before = gate.appliance.feed.last_seq
    refused(program.post("/time-profiles", GOOD | {"name": "new"} | change), 422, "invalid", field)
    refused(program.call("PUT", f"/time-profiles/{other['id']}", GOOD | change), 422, "invalid", field)
    assert done_by_program(gate, before) == []


@pytest.mark.parametrize("missing", ["name", "days"])
def test_a_profile_is_replaced_whole(program: Program, missing: str) -> None:
    item = program.post("/time-profiles", GOOD).json
    body = {name: value for name, value in GOOD.items() if name != missing}
    refused(program.call("PUT", f"/time-profiles/{item['id']}", body), 422, "invalid", missing)
