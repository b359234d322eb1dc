"""Visits over the API: signing in once, finding, reading, signing out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kiosk.domain.goods import ItemCheck
from kiosk.domain.visits import VisitState
from tests.api.program import Program, done_by_program, refused
from tests.support.appliance import TestGate


def test_a_sign_in_answers_with_number_state_and_pass_and_opens_no_lane(program: Program, gate: TestGate) -> None:
    before = gate.appliance.feed.last_seq
    answer = program.post("/visits", {"visitor_name": "陳大文", "unit": "1-A-1-A", "kind": "guest"})

    assert answer.status_code == 201
    assert set(answer.json) == {"id", "number", "state", "pass"}
    assert answer.json["state"] == "signed_in"
    assert set(answer.json["pass"]) == {"id", "token"}
    assert answer.headers["Location"] == f"/api/v1/visits/{answer.json['id']}"
    (entry,) = done_by_program(gate, before)
    assert (entry.type, entry.payload["visit"], entry.payload["lane"]) == ("visit.signed_in", answer.json["id"], None)


def test_a_sign_in_at_a_lane_opens_it(program: Program, gate: TestGate) -> None:
    raised = len(gate.relay("in").pulses)
    visit = program.sign_in(lane="in")
    gate.wait_for_pulses(raised + 1)
    assert program.get(f"/visits/{visit['id']}").json["lane"] == "in"


def test_the_pass_of_a_sign_in_opens_the_way_out(program: Program, gate: TestGate) -> None:
    visit = program.sign_in()
    gate.hold_up(visit["pass"]["token"], "out")
    gate.wait_for_entry("visit.signed_out", visit=visit["id"])
    assert program.get(f"/visits/{visit['id']}").json["state"] == "signed_out"


def test_a_kind_that_needs_the_guard_waits_without_a_pass(program: Program) -> None:
    visit = program.sign_in(kind="contractor")
    assert (visit["state"], visit["pass"]) == ("waiting", None)
    refused(program.post(f"/visits/{visit['id']}/sign-out"), 409, "visit-waiting")


def test_a_visit_is_read_as_it_was_typed(program: Program) -> None:
    typed = {
        "visitor_name": "👩‍👩‍👧 عبد الله 𠮷",
        "unit": "2-C-12-B",
        "kind": "delivery",
        "phone": "+852 9123 4567",
        "companions": 2,
        "vehicle_plate": "ab 1234",
        "purpose": "送貨",
    }
    visit = program.sign_in(**typed)
    read = program.get(f"/visits/{visit['id']}").json

    assert {name: read[name] for name in typed} == typed
    assert (read["state"], read["source"], read["lane"], read["ended_at"]) == ("signed_in", "api", None, None)
    assert (read["id"], read["number"], read["pass"]) == (visit["id"], visit["number"], visit["pass"])
    assert read["created_at"] == read["signed_in_at"] < read["ends_at"]
    assert read["created_at"].endswith("Z")


def test_signing_out_twice_is_refused_and_changes_nothing(program: Program, gate: TestGate) -> None:
    visit = program.sign_in()
    out = program.post(f"/visits/{visit['id']}/sign-out")
    assert (out.status_code, out.json["state"]) == (200, "signed_out")
    assert out.json["ended_at"]
    before = gate.appliance.feed.last_seq

    refused(program.post(f"/visits/{visit['id']}/sign-out"), 409, "visit-signed-out")
    refused(program.post(f"/visits/{visit['id']}/sign-out", {}), 409, "visit-signed-out")
    assert done_by_program(gate, before) == []


def test_an_expired_visit_stays_expired(program: Program, gate: TestGate) -> None:
    visit = program.sign_in(kind="delivery")
    gate.appliance.visits.expire_overdue(gate.appliance.clock.now() + timedelta(days=2))
    refused(program.post(f"/visits/{visit['id']}/sign-out"), 409, "visit-expired")
    assert program.get(f"/visits/{visit['id']}").json["state"] == VisitState.EXPIRED


def test_signing_out_takes_no_fields(program: Program) -> None:
    visit = program.sign_in()
    refused(program.post(f"/visits/{visit['id']}/sign-out", {"lane": "out"}), 422, "invalid", "lane")
    assert program.get(f"/visits/{visit['id']}").json["state"] == "signed_in"


@pytest.mark.parametrize("path", ["/visits/nobody", "/visits/%00", "/visits/" + "f" * 32])
def test_an_unknown_visit_is_not_found(program: Program, path: str) -> None:
    refused(program.get(path), 404, "not-found")
    refused(program.post(f"{path}/sign-out"), 404, "not-found")


GOOD = {"visitor_name": "A", "unit": "1-A-1-A", "kind": "guest"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"visitor_name": ""}, "visitor_name"),
        ({"visitor_name": "   "}, "visitor_name"),
        ({"visitor_name": 7}, "visitor_name"),
        ({"visitor_name": None}, "visitor_name"),
        ({"visitor_name": ["A"]}, "visitor_name"),
        ({"visitor_name": "A" * 81}, "visitor_name"),
        ({"visitor_name": "A\x00B"}, "visitor_name"),
        ({"visitor_name": "A\nB"}, "visitor_name"),
        ({"visitor_name": "A\u2028B"}, "visitor_name"),
        ({"unit": "9-Z-9-Z"}, "unit"),
        ({"unit": 1}, "unit"),
        ({"kind": "burglar"}, "kind"),
        ({"kind": "GUEST"}, "kind"),
        ({"phone": 91234567}, "phone"),
        ({"phone": "call me"}, "phone"),
        ({"phone": "1" * 33}, "phone"),
        ({"companions": "2"}, "companions"),
        ({"companions": 2.0}, "companions"),
        ({"companions": True}, "companions"),
        ({"companions": -1}, "companions"),
        ({"companions": 51}, "companions"),
        ({"companions": 10**400}, "companions"),
        ({"vehicle_plate": "A" * 17}, "vehicle_plate"),
        ({"purpose": "A" * 201}, "purpose"),
        ({"purpose": "A\tB"}, "purpose"),
        ({"lane": "roof"}, "lane"),
        ({"lane": ""}, "lane"),
        ({"photo": "x"}, "photo"),
        ({"id": "1"}, "id"),
    ],
)
def test_input_that_cannot_be_used_is_refused_by_field(
    program: Program, gate: TestGate, change: dict[str, Any], field: str
) -> None:
    before = gate.appliance.feed.last_seq
    error = refused(program.post("/visits", GOOD | change), 422, "invalid", field)
    assert error["fields"][field].endswith(".")
    assert done_by_program(gate, before) == []


def test_every_field_at_fault_is_named_at_once(program: Program) -> None:
    answer = program.post("/visits", {"unit": 1, "kind": "x", "phone": 2, "no": 3})
    refused(answer, 422, "invalid", "visitor_name", "unit", "kind", "phone", "no")


class TestIdempotency:
    def test_a_repeat_gets_the_first_answer_and_signs_nobody_in(self, program: Program, gate: TestGate) -> None:
        headers = {"Idempotency-Key": "order-1"}
        first = program.post("/visits", GOOD, headers=headers)
        before = gate.appliance.feed.last_seq
        again = program.post("/visits", dict(reversed(GOOD.items())), headers=headers)

        assert (first.status_code, again.status_code) == (201, 201)
        assert again.json == first.json
        assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
        assert done_by_program(gate, before) == []

    def test_the_same_key_with_another_body_is_refused(self, program: Program, gate: TestGate) -> None:
        headers = {"Idempotency-Key": "order-2"}
        program.post("/visits", GOOD, headers=headers)
        before = gate.appliance.feed.last_seq
        refused(program.post("/visits", GOOD | {"companions": 1}, headers=headers), 409, "idempotency-key-reused")
        assert done_by_program(gate, before) == []

    def test_a_refused_request_does_not_use_up_its_key(self, program: Program) -> None:
        headers = {"Idempotency-Key": "order-3"}
        refused(program.post("/visits", GOOD | {"unit": "nowhere"}, headers=headers), 422, "invalid", "unit")
        assert program.post("/visits", GOOD, headers=headers).status_code == 201

    def test_two_programs_do_not_share_keys(self, program: Program, gate: TestGate) -> None:
        headers = {"Idempotency-Key": "order-4"}
        other = Program(program.client, gate.appliance.accounts.make_api_key("other"))
        first, second = (one.post("/visits", GOOD, headers=headers) for one in (program, other))
        assert first.json["id"] != second.json["id"]

    @pytest.mark.parametrize("text", ["", "a b", "鍵".encode().decode("latin-1"), "k" * 256])
    def test_a_key_that_is_none_is_refused(self, program: Program, text: str) -> None:
        answer = program.post("/visits", GOOD, headers={"Idempotency-Key": text})
        refused(answer, 422, "invalid", "Idempotency-Key")


class TestFinding:
    def test_all_ways_of_narrowing_hold_together(self, program: Program, gate: TestGate) -> None:
        start = gate.appliance.clock.now().isoformat()
        inside = program.sign_in(visitor_name="司徒美堂", unit="1-B-1-A", phone="5550 8642")
        left = program.sign_in(visitor_name="司徒美堂", unit="1-B-1-A")
        program.post(f"/visits/{left['id']}/sign-out")

        def found(**query: Any) -> list[str]:
            return [visit["id"] for visit in program.get("/visits", **query).json["items"]]

        assert found(q="徒", since=start) == [left["id"], inside["id"]]
        assert found(q="徒", state="signed_in") == [inside["id"]]
        assert found(unit="1-B-1-A", state="signed_out") == [left["id"]]
        assert found(q="8642") == [inside["id"]]
        assert found(q=inside["number"]) == [inside["id"]]
        assert found(unit="1-A-2-A") == []
        assert found(since="2099-01-01T00:00:00Z") == []
        assert "pass" not in program.get("/visits", q="徒").json["items"][0]

    def test_pages_tell_every_visit_once_while_others_come_in(self, program: Program) -> None:
        visits = [program.sign_in(unit="1-A-2-A")["id"] for _ in range(5)]
        told, cursor = [], None
        while True:
            query = {"unit": "1-A-2-A", "limit": 2} | ({"cursor": cursor} if cursor else {})
            page = program.get("/visits", **query).json
            assert set(page) == {"items", "next"}
            assert len(page["items"]) <= 2
            told += [visit["id"] for visit in page["items"]]
            if page["next"] is None:
                break
            cursor = page["next"]
            program.sign_in(unit="1-A-2-A")
        assert told == visits[::-1]

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"state": "gone"}, "state"),
            ({"since": "2026-03-01"}, "since"),
            ({"since": "2026-03-01T00:00:00"}, "since"),
            ({"since": "1772294400"}, "since"),
            ({"since": "0001-01-01T00:00:00+08:00"}, "since"),
            ({"limit": "0"}, "limit"),
            ({"limit": "201"}, "limit"),
            ({"limit": "many"}, "limit"),
            ({"limit": ["1", "2"]}, "limit"),
            ({"cursor": "!"}, "cursor"),
            ({"cursor": "AAAA"}, "cursor"),
            ({"cursor": "é"}, "cursor"),
            ({"cursor": "A" * 65}, "cursor"),
            ({"q": "x" * 101}, "q"),
            ({"page": "2"}, "page"),
        ],
    )
    def test_a_query_that_cannot_be_used_is_refused(self, program: Program, query: dict[str, Any], field: str) -> None:
        refused(program.get("/visits", **query), 422, "invalid", field)

    @pytest.mark.parametrize("q", ['"', "*", "' OR 1=1 --", "\x00", "%", "NEAR(a b)", "²³¹⁴", "\U0010ffff", "-"])
    def test_any_text_can_be_looked_for(self, program: Program, q: str) -> None:
        assert program.get("/visits", q=q).status_code == 200

    def test_the_cursor_of_another_list_is_refused(self, program: Program) -> None:
        cursor = program.get("/units", limit=1).json["next"]
        refused(program.get("/visits", cursor=cursor), 422, "invalid", "cursor")


def test_tools_are_listed_with_the_sign_in_and_told_with_what_was_checked(program: Program, gate: TestGate) -> None:
    visit = program.sign_in(carried=[{"name": "梯", "quantity": 2}, {"name": "電鑽"}])
    path = f"/visits/{visit['id']}"
    told = program.get(path).json["carried"]
    assert [(item["line"], item["name"], item["quantity"], item["out"]) for item in told] == [
        (1, "梯", 2, None), (2, "電鑽", 1, None),
    ]  # fmt: skip
    refused(program.post(f"{path}/sign-out"), 409, "goods-unchecked")
    assert program.get(path).json["state"] == "signed_in"
    seen = {1: ItemCheck(1, "留下一把"), 2: ItemCheck(1)}
    gate.appliance.goods.carried.check_out(visit["id"], seen, actor="user guard")
    told = program.post(f"{path}/sign-out").json["carried"]
    assert [(item["out"], item["note"]) for item in told] == [(1, "留下一把"), (1, "")]


@pytest.mark.parametrize(
    ("carried", "field"),
    [
        ([{"name": " "}], "carried.0.name"),
        ([{"name": "a", "quantity": 0}], "carried.0.quantity"),
        ([{"name": "a"}] * 31, "carried"),
        ([{"name": "a", "weight": 1}], "carried.0.weight"),
    ],
)
def test_what_is_no_list_of_tools_is_refused_by_field(program: Program, carried: list[Any], field: str) -> None:
    body = {"visitor_name": "陳大文", "unit": "1-A-1-A", "kind": "guest", "carried": carried}
    refused(program.post("/visits", body), 422, "invalid", field)
