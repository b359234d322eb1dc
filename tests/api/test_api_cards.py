"""The card office's programs: cards by any of their numbers, found, read and changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from kiosk.domain.ids import new_id
from kiosk.store.tables import time_profiles
from tests.api.program import Program, done_by_program, refused
from tests.support.appliance import TestGate

UNIT = "1-A-1-A"


def add(program: Program, **fields: Any) -> dict[str, Any]:
    answer = program.post("/cards", {"holder": "何美玲", "unit": UNIT} | fields)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


@pytest.fixture(scope="module")
def profile(gate: TestGate) -> str:
    now = gate.appliance.clock.now()
    row = {"id": new_id(now), "name": "cleaning", "days": {}, "created_at": now}
    with gate.appliance.store.write() as transaction:
        transaction.connection.execute(insert(time_profiles), row)
    return str(row["id"])


def test_a_card_has_every_number_that_may_be_printed_on_it(program: Program) -> None:
    assert add(program, uid="00745A70")["numbers"] == {
        "hex": "00745A70", "decimal": "0007625328", "hex-reversed": "705A7400", "decimal-reversed": "1884976128",
        "wiegand-26": "116:23152", "wiegand-34": "00116:23152",
        "wiegand-26-reversed": "090:29696", "wiegand-34-reversed": "28762:29696",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("number", "form", "uid"),
    [
        ("0443EB61E02581", "hex", "0443EB61E02581"),
        ("1904649758", "decimal-reversed", "1EA68671"),
        ("00117,23152", "wiegand-34", "00755A70"),
    ],
)
def test_a_card_is_put_on_record_by_what_is_printed_on_it(program: Program, number: str, form: str, uid: str) -> None:
    assert add(program, number=number, format=form)["uid"] == uid


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({}, "uid"),
        ({"uid": "01020305", "number": "1", "format": "decimal"}, "uid"),
        ({"number": "1"}, "format"),
        ({"number": "1", "format": "roman"}, "format"),
        ({"number": "116:23152", "format": "wiegand-26"}, "number"),
        ({"number": "twelve", "format": "decimal"}, "number"),
        ({"uid": "01020305", "lanes": ["roof"]}, "lanes"),
        ({"uid": "01020305", "lanes": []}, "lanes"),
        ({"uid": "01020305", "time_profile": "none"}, "time_profile"),
        ({"uid": "01020305", "group": "x" * 33}, "group"),
        ({"uid": "01020305", "for_duress": 1}, "for_duress"),
    ],
)
def test_what_is_no_card_is_refused_by_field(
    program: Program, gate: TestGate, told: dict[str, Any], field: str
) -> None:
    before = gate.appliance.feed.last_seq
    refused(program.post("/cards", {"holder": "A", "unit": UNIT} | told), 422, "invalid", field)
    assert done_by_program(gate, before) == []


def test_a_couriers_card_is_made_found_and_made_anybodys(program: Program) -> None:
    card = add(program, uid="04B1C2D3E4F5C0", carrier="DHL")
    assert [found["id"] for found in program.get("/cards", q="DHL").json["items"]] == [card["id"]]
    refused(program.call("PATCH", f"/cards/{card['id']}", {"is_owner": True}), 422, "invalid", "carrier")
    changed = program.call("PATCH", f"/cards/{card['id']}", {"carrier": ""}).json
    assert (card["carrier"], changed["carrier"]) == ("DHL", "")


def test_a_card_is_found_by_any_number_and_read_again(program: Program) -> None:
    card = add(program, uid="04B1C2D3E4F506")
    for number in card["numbers"].values():
        assert card["id"] in [found["id"] for found in program.get("/cards", q=number).json["items"]], number
    assert program.get(f"/cards/{card['id']}").json == card


def test_a_list_is_narrowed_and_goes_on(program: Program) -> None:
    unit = "2-C-12-A"
    ids = [add(program, uid=f"1111110{number}", holder="佘太", unit=unit)["id"] for number in range(3)]
    program.call("PATCH", f"/cards/{ids[0]}", {"state": "suspended"})
    first = program.get("/cards", q="佘", unit=unit, limit=2).json
    second = program.get("/cards", q="佘", unit=unit, limit=2, cursor=first["next"]).json
    assert [card["id"] for card in first["items"] + second["items"]] == ids[::-1]
    assert second["next"] is None
    assert [card["id"] for card in program.get("/cards", state="suspended", unit=unit).json["items"]] == ids[:1]
    refused(program.get("/cards", cursor="x"), 422, "invalid", "cursor")


def test_only_what_is_sent_changes(program: Program, gate: TestGate, profile: str) -> None:
    card = add(program, uid="22222222", lanes=["in"], time_profile=profile, group="cleaning", for_duress=True)
    assert (card["lanes"], card["time_profile"], card["group"], card["for_duress"]) == (
        ["in"],
        profile,
        "cleaning",
        True,
    )
    path, before = f"/cards/{card['id']}", gate.appliance.feed.last_seq
    assert program.call("PATCH", path, {}).json == card
    assert done_by_program(gate, before) == []
    assert card["is_owner"] is False
    ends = (gate.appliance.clock.now() + timedelta(days=30)).isoformat()
    change = {"holder": " 冼生 ", "valid_to": ends, "lanes": None, "group": "", "is_owner": True}
    changed = program.call("PATCH", path, change).json
    told = {name for name in card if changed[name] != card[name]}
    assert told == set(change)
    assert (changed["holder"], changed["lanes"], changed["time_profile"]) == ("冼生", None, profile)
    (entry,) = done_by_program(gate, before)
    assert "冼" not in str(entry.payload)
    assert set(entry.payload["changed"]) == set(change)


def test_a_reason_stays_with_the_state(program: Program, gate: TestGate) -> None:
    card = add(program, uid="33333333")
    lost = program.call("PATCH", f"/cards/{card['id']}", {"state": "lost", "reason": "left in a taxi"}).json
    assert (lost["state_reason"], lost["state_by"]) == ("left in a taxi", "api directory")
    assert lost["state_at"] is not None
    assert not [entry for entry in gate.entries("card.changed") if "taxi" in str(entry.payload)]
    refused(program.call("PATCH", f"/cards/{card['id']}", {"reason": "found"}), 422, "invalid", "reason")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"holder": None}, "holder"), ({"unit": None}, "unit"), ({"group": None}, "group"),
        ({"for_duress": None}, "for_duress"), ({"uid": "01020304"}, "uid"), ({"unit": "nowhere"}, "unit"),
        ({"lanes": []}, "lanes"), ({"time_profile": "none"}, "time_profile"),
        ({"valid_to": "2020-01-01T00:00:00Z"}, "valid_to"),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_is_refused_by_field(program: Program, change: dict[str, Any], field: str) -> None:
    (card,) = program.get("/cards", q="44444444").json["items"] or [add(program, uid="44444444")]
    refused(program.call("PATCH", f"/cards/{card['id']}", change), 422, "invalid", field)
    assert program.get(f"/cards/{card['id']}").json == card


def test_the_last_tap_is_told(program: Program, gate: TestGate) -> None:
    card = add(program, uid="55555555")
    assert card["last_seen"] is None
    gate.tap(card["uid"])
    gate.wait_for_entry("access.granted", card=card["id"])
    seen = program.get(f"/cards/{card['id']}").json["last_seen"]
    assert (seen["lane"], seen["code"]) == ("in", "granted")
