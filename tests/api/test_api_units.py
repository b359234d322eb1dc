"""Units over the API: how long guests of one may stay."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.api.program import Program, done_by_program, refused
from tests.support.appliance import TestGate


def stay_of(visit: dict[str, Any], program: Program) -> timedelta:
    told = program.get(f"/visits/{visit['id']}").json
    return datetime.fromisoformat(told["ends_at"]) - datetime.fromisoformat(told["signed_in_at"])


def test_a_units_guests_stay_as_long_as_it_says(program: Program, gate: TestGate) -> None:
    before = gate.appliance.feed.last_seq
    answer = program.call("PATCH", "/units/1-A-2-A", {"stay_h": 12.5})
    assert answer.status_code == 200
    assert answer.json == {"code": "1-A-2-A", "phase": "1", "block": "A", "floor": "2", "door": "A", "stay_h": 12.5}
    (entry,) = done_by_program(gate, before)
    assert (entry.type, entry.payload) == ("unit.changed", {"unit": "1-A-2-A", "stay_h": 12.5})
    assert {unit["code"]: unit["stay_h"] for unit in program.get("/units").json["items"]} == {
        "1-A-1-A": None, "1-A-1-B": None, "1-A-2-A": 12.5, "1-B-1-A": None, "2-C-12-A": None, "2-C-12-B": None,
    }  # fmt: skip
    assert stay_of(program.sign_in(unit="1-A-2-A"), program) == timedelta(hours=12.5)
    assert stay_of(program.sign_in(unit="1-A-2-A", kind="delivery"), program) == timedelta(hours=1)
    assert program.call("PATCH", "/units/1-A-2-A", {"stay_h": None}).json["stay_h"] is None
    assert stay_of(program.sign_in(unit="1-A-2-A"), program) == timedelta(hours=4)


@pytest.mark.parametrize("body", [{}, {"stay_h": 0}, {"stay_h": 72.1}, {"stay_h": "4"}, {"stay_h": True}])
def test_a_stay_that_is_none_is_refused(program: Program, body: dict[str, Any]) -> None:
    refused(program.call("PATCH", "/units/1-A-1-A", body), 422, "invalid", "stay_h")
    refused(program.call("PATCH", "/units/1-A-1-A", {"stay_h": 4, "door": "B"}), 422, "invalid", "door")
    refused(program.call("PATCH", "/units/nowhere", {"stay_h": 4}), 404, "not-found")
