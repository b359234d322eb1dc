"""The muster list over the API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hardware.interfaces import PrinterState
from hardware.supervisor import DeviceCondition
from kiosk.domain.muster import PersonKind
from tests.api.program import KEY_NAME, Program, refused
from tests.support.appliance import TestGate, demo_appliance, document
from tests.support.muster import burn, end_fire, leave
from web import create_app


@pytest.fixture
def inside(program: Program, gate: TestGate) -> Iterator[dict[str, str]]:
    """Three people behind two visits, by name with the visit's id."""
    visits = {
        name: program.sign_in(visitor_name=name, unit=unit, companions=companions)["id"]
        for name, unit, companions in (("何文", "2-C-12-A", 1), ("陳大文", "1-A-2-A", 0))
    }
    yield visits
    for visit in gate.appliance.visit_queries.inside():
        gate.appliance.visits.sign_out(visit.id, actor="user test")


def test_at_rest_it_is_who_is_inside(program: Program, inside: dict[str, str]) -> None:
    told = program.get("/muster").json
    assert told.pop("taken_at").endswith("Z")
    units = told.pop("units")
    assert told == {
        "is_fire": False, "fire": None, "visitors": 2, "companions": 1, "card_holders": 0, "people": 3, "missing": 3,
    }  # fmt: skip
    assert [(unit["unit"], unit["people"]) for unit in units] == [("1-A-2-A", 1), ("2-C-12-A", 2)]
    (person,) = units[1]["persons"]
    assert person.pop("since").endswith("Z")
    assert person.pop("number")
    assert person == {
        "kind": "visit", "id": inside["何文"], "name": "何文", "companions": 1, "safe_at": None, "safe_by": None,
    }  # fmt: skip


def test_in_a_fire_it_tells_who_is_missing_still(program: Program, gate: TestGate, inside: dict[str, str]) -> None:
    burn(gate)
    began = gate.wait_for_entry("fire.began")
    try:
        gate.appliance.muster.mark(PersonKind.VISIT, inside["陳大文"], is_safe=True, actor="user chan")
        told = program.get("/muster").json
        assert (told["is_fire"], told["fire"]["id"], told["fire"]["people"]) == (True, began.payload["fire"], 3)
        assert (told["people"], told["missing"]) == (3, 2)
        assert told["units"][0]["persons"][0]["safe_by"] == "user chan"
        leave(gate, gate.appliance.visit_queries.get(inside["何文"]))
        told = program.get("/muster").json
        assert (told["people"], told["missing"]) == (1, 0)
    finally:
        end_fire(gate)


@pytest.mark.usefixtures("inside")
def test_a_program_has_it_printed_and_cannot_flood_the_printer(program: Program, gate: TestGate) -> None:
    gate.printer().run_out_of_paper()
    gate.wait_for_condition("printer", DeviceCondition.IMPAIRED)
    try:
        answer = program.post("/muster/print")
        assert answer.status_code == 202
        (sheet,) = answer.json["sheets"]
        assert sheet["part"] == 1
        refused(program.post("/muster/print"), 409, "muster-queued")
    finally:
        gate.printer().set_state(PrinterState.READY)
    gate.wait_for_entry("muster.printed", job=sheet["job"])
    assert gate.entries("muster.queued", job=sheet["job"])[0].actor == f"api {KEY_NAME}"


def test_without_a_printer_it_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = document()
    del settings["printer"]
    with demo_appliance(tmp_path_factory.mktemp("other"), settings=settings) as other:
        program = Program(create_app(other.appliance).test_client(), other.appliance.accounts.make_api_key("x"))
        refused(program.post("/muster/print"), 503, "no-printer")
