"""The OpenAPI document: it is valid, whole, readable, and what it says is so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate
from sqlalchemy import update
from werkzeug.test import TestResponse

from hardware.interfaces import PrinterState
from hardware.supervisor import DeviceCondition
from kiosk.domain.alarms import AlarmKind
from kiosk.services import xlsx_files
from kiosk.services.alarms import raise_within
from kiosk.services.invitations import MAX_OPEN
from kiosk.services.resident_links import MAX_LINKS_OF_UNIT
from kiosk.services.time_profiles import MAX_PROFILES
from kiosk.services.webhooks import MAX_WEBHOOKS
from kiosk.store.tables import cards
from tests.api.program import Program, error_of
from tests.support.appliance import TestGate
from web.api.catalogue import CATALOGUE

EVERYWHERE = {"not-found", "method-not-allowed"}
"""Codes that belong to an address or a method that is none of an operation's."""


@pytest.fixture(scope="module")
def document(app: Flask) -> dict[str, Any]:
    answer = app.test_client().get("/api/v1/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    return dict(answer.get_json())


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, described in item.items():
            yield method.upper(), path, described


def schema_of(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema | {"components": document["components"]}, format_checker=FormatChecker())


def every(thing: Any, name: str) -> Iterator[Any]:
    """Every value under a name, however deep."""
    if isinstance(thing, dict):
        for key, value in thing.items():
            if key == name:
                yield value
            yield from every(value, name)
    elif isinstance(thing, list):
        for value in thing:
            yield from every(value, name)


def test_it_is_a_valid_document(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"].startswith("3.")


def test_every_route_is_in_it_and_it_has_no_other(app: Flask, document: dict[str, Any]) -> None:
    (server,) = document["servers"]
    described = {(method, server["url"] + path) for method, path, _ in operations(document)}
    routed = {
        (method, re.sub(r"<(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert described == routed


def test_every_reference_leads_somewhere_and_every_schema_is_used(document: dict[str, Any]) -> None:
    used = {reference.removeprefix("#/components/schemas/") for reference in every(document, "$ref")}
    assert used == set(document["components"]["schemas"])


def test_every_operation_is_explained(document: dict[str, Any]) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    for method, path, described in operations(document):
        place = f"{method} {path}"
        assert described["summary"], place
        assert described["description"], place
        assert set(described["tags"]) <= tags, place
        assert all(parameter["description"] for parameter in described["parameters"]), place
        assert all(answer["description"] for answer in described["responses"].values()), place
    ids = [described["operationId"] for _, _, described in operations(document)]
    assert len(ids) == len(set(ids))


def test_every_field_that_is_sent_is_explained(document: dict[str, Any]) -> None:
    for _, _, described in operations(document):
        if "requestBody" in described:
            reference = described["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            schema = document["components"]["schemas"][reference.rsplit("/", 1)[1]]
            assert schema["additionalProperties"] is False
            for name, field in schema["properties"].items():
                assert field.get("description"), f"{reference} {name}"


def test_examples_are_what_they_are_examples_of(document: dict[str, Any]) -> None:
    with_examples = 0
    for schema in document["components"]["schemas"].values():
        for example in schema.get("examples", ()):
            with_examples += 1
            schema_of(document, schema).validate(example)
    assert with_examples >= 5
    for media in every(document["paths"], "application/json"):
        for example in media.get("examples", {}).values():
            schema_of(document, media["schema"]).validate(example["value"])


def test_every_error_code_is_named(document: dict[str, Any]) -> None:
    named = {
        code
        for _, _, described in operations(document)
        for answer in described["responses"].values()
        for media in every(answer, "application/json")
        for code in media.get("examples", {})
    }
    assert named | EVERYWHERE == set(CATALOGUE)
    assert set(document["components"]["schemas"]["ErrorDetail"]["properties"]["code"]["enum"]) == set(CATALOGUE)


def test_it_says_nothing_about_the_estate_and_needs_no_key(document: dict[str, Any]) -> None:
    assert document["paths"]["/openapi.json"]["get"]["security"] == []
    assert "1-A-1-A" not in json.dumps(document)


@contextmanager
def printer_out_of_paper(gate: TestGate) -> Iterator[None]:
    gate.printer().run_out_of_paper()
    gate.wait_for_condition("printer", DeviceCondition.IMPAIRED)
    yield
    gate.printer().set_state(PrinterState.READY)
    gate.wait_for_condition("printer", DeviceCondition.READY)


class Conversation:
    """Calls the API and holds each answer against the document."""

    def __init__(self, program: Program, document: dict[str, Any]) -> None:
        self.program = program
        self.document = document
        self.seen: set[tuple[str, str, str]] = set()

    def __call__(self, method: str, path: str, body: object = None, *, at: str = "", **options: Any) -> TestResponse:
        """Call `path`, which is described as `at` where it has parts of its own."""
        described_path = at or path
        answer = self.program.call(method, path, body, **options)
        described = self.document["paths"][described_path][method.lower()]["responses"]
        status = str(answer.status_code)
        assert status in described, f"{method} {path}: {status} is not in the document: {answer.text}"
        content = described[status].get("content")
        if content is None:
            assert answer.data == b""
        elif answer.mimetype != "application/json":
            assert answer.mimetype in content
            assert answer.data
            answer.close()
        else:
            media = content["application/json"]
            assert answer.mimetype == "application/json"
            schema_of(self.document, media["schema"]).validate(answer.get_json())
            if answer.status_code >= 400:
                assert error_of(answer)["code"] in media["examples"], f"{method} {path}: {answer.text}"
        self.seen.add((method, described_path, status))
        return answer


def talk_of_residents(call: Conversation, times: dict[str, str]) -> None:
    links = [
        call("POST", "/resident-links", {"unit": "1-A-1-A", "name": "陳太 phone"}).json
        for _ in range(MAX_LINKS_OF_UNIT)
    ]  # fmt: skip
    call("POST", "/resident-links", {"unit": "1-A-1-A", "name": "陳太 phone", "language": "en"})
    call("POST", "/resident-links", {"unit": "1-A-1-A", "name": "陳太 phone", "language": "fr"})
    call("GET", "/resident-links", query_string={"unit": "1-A-1-A", "limit": 1})
    for link_id in (links[0]["id"], links[0]["id"]):
        call("DELETE", f"/resident-links/{link_id}", at="/resident-links/{link_id}")
    guest = {"unit": "1-A-1-A", "visitor_name": "李小明"} | times
    call("POST", "/invitations", guest | {"weekly": {"mon": ["09:00-12:00", "13:00-18:00"]}})
    invited = [call("POST", "/invitations", guest).json for _ in range(MAX_OPEN)]
    call("POST", "/invitations", {})
    call("GET", "/invitations", query_string={"unit": "1-A-1-A", "limit": 200})
    for invitation_id in (invited[0]["id"], invited[0]["id"], "none"):
        call("GET", f"/invitations/{invitation_id}", at="/invitations/{invitation_id}")
        call("DELETE", f"/invitations/{invitation_id}", at="/invitations/{invitation_id}")


def talk_of_visits(call: Conversation) -> dict[str, Any]:
    guest = {"visitor_name": "陳大文", "unit": "1-A-1-A", "kind": "guest", "lane": "in"}
    visit = call("POST", "/visits", guest, headers={"Idempotency-Key": "once"}).json
    call("POST", "/visits", guest | {"companions": 1}, headers={"Idempotency-Key": "once"})
    waiting = call("POST", "/visits", guest | {"kind": "contractor", "carried": [{"name": "梯", "quantity": 2}]}).json
    call("POST", "/visits", {})
    call("POST", "/visits", data="{", content_type="application/json")
    call("POST", "/visits", data="x" * 70_000, content_type="application/json")
    call("POST", "/visits", data="{}", content_type="text/plain")
    call("GET", "/visits", query_string={"limit": 1})
    call("GET", "/visits", query_string={"limit": 0})
    one, out = "/visits/{visit_id}", "/visits/{visit_id}/sign-out"
    for visit_id in (visit["id"], waiting["id"], "none"):
        call("GET", f"/visits/{visit_id}", at=one)
        call("POST", f"/visits/{visit_id}/sign-out", at=out)
    call("POST", f"/visits/{visit['id']}/sign-out", at=out)
    for visit_id in (waiting["id"], waiting["id"], "none"):
        call("POST", f"/visits/{visit_id}/approve", at="/visits/{visit_id}/approve")
    call("POST", f"/visits/{waiting['id']}/sign-out", at=out)
    turned_away = call("POST", "/visits", guest | {"kind": "contractor"}).json
    for visit_id in (turned_away["id"], turned_away["id"], "none"):
        call("POST", f"/visits/{visit_id}/refuse", {"reason": "test"}, at="/visits/{visit_id}/refuse")
    call("GET", "/units", query_string={"q": "1-A"})
    call("GET", "/units", query_string={"x": "y"})
    return visit


def talk_of_goods(call: Conversation, now: datetime) -> None:
    parcel = {"unit": "1-A-1-A", "carrier": "SF", "category": "parcel", "handling": "gate"}
    goods = call("POST", "/goods-in", parcel, headers={"Idempotency-Key": "parcel"}).json
    call("POST", "/goods-in", parcel | {"pieces": 2}, headers={"Idempotency-Key": "parcel"})
    call("POST", "/goods-in", parcel | {"handling": "door"})
    call("POST", "/goods-in", parcel | {"unit": "nowhere"})
    call("GET", "/goods-in", query_string={"state": "kept"})
    call("GET", "/goods-in", query_string={"state": "eaten"})
    for goods_id in (goods["id"], goods["id"], "none"):
        call("GET", f"/goods-in/{goods_id}", at="/goods-in/{goods_id}")
        call("POST", f"/goods-in/{goods_id}/collect", at="/goods-in/{goods_id}/collect")
    slip = {"unit": "1-A-1-A", "requested_by": "A", "items": [{"name": "TV", "quantity": 2}]} | times_from(now)
    asked = call("POST", "/release-slips", slip, headers={"Idempotency-Key": "slip"}).json
    call("POST", "/release-slips", slip | {"note": "more"}, headers={"Idempotency-Key": "slip"})
    call("POST", "/release-slips", slip | {"items": []})
    call("GET", "/release-slips", query_string={"q": "TV"})
    call("GET", "/release-slips", query_string={"state": "eaten"})
    trip = {"items": [{"line": 1, "quantity": 1}], "lane": "out"}
    for slip_id in (asked["id"], "none"):
        one = f"/release-slips/{slip_id}"
        call("GET", one, at="/release-slips/{slip_id}")
        call("POST", f"{one}/release", trip, at="/release-slips/{slip_id}/release")
        for method in ("supervisor", "owner-link", "owner-link"):
            approval = {"by": "app", "method": method}
            call("POST", f"{one}/approve", approval, at="/release-slips/{slip_id}/approve")
        call("POST", f"{one}/release", trip, at="/release-slips/{slip_id}/release")
        for _ in range(2):
            call("POST", f"{one}/void", {"reason": "test"}, at="/release-slips/{slip_id}/void")


def talk_of_passes(call: Conversation, now: datetime, visit: dict[str, Any]) -> None:
    times = times_from(now)
    issued = call("POST", "/passes", {"unit": "1-A-1-A", "holder": "A", "lanes": ["in"], "uses": None} | times).json
    call("POST", "/passes", {"unit": "nowhere", "holder": "A"} | times)
    weekly = {"kind": "recurring", "weekly": {"mon": ["00:00-24:00"], "holiday": ["09:00-10:00", "11:00-12:00"]}}
    week = {"not_before": now.isoformat(), "not_after": (now + timedelta(days=8)).isoformat()}
    helper = call("POST", "/passes", {"unit": "1-A-1-A", "holder": "B"} | week | weekly).json
    for pass_id in (helper["id"], visit["pass"]["id"], "none"):
        call("GET", f"/passes/{pass_id}", at="/passes/{pass_id}")
    call("GET", "/passes", query_string={"state": "valid"})
    call("GET", "/passes", query_string={"state": "eaten"})
    for _ in range(2):
        call("DELETE", f"/passes/{issued['id']}", at="/passes/{pass_id}")
    call("DELETE", "/passes/none", at="/passes/{pass_id}")
    call("GET", "/revocations")
    call("POST", "/revocations", {"items": [{"id": "0" * 32, "not_after": "2098-01-01T00:00:00Z"}]})
    call("POST", "/revocations", {"items": [{"id": "0"}]})
    call("GET", "/revocations", query_string={"state": "valid"})


def talk_of_cards(call: Conversation, now: datetime) -> dict[str, Any]:
    times = times_from(now)
    card = {"uid": "5A5B5C5D", "holder": "A", "unit": "1-A-1-A", "valid_from": times["not_before"]}
    added = call("POST", "/cards", card).json
    call("POST", "/cards", card)
    call("POST", "/cards", card | {"uid": "5"})
    call("PATCH", f"/cards/{added['id']}", {"state": "returned"}, at="/cards/{card_id}")
    call("PATCH", f"/cards/{added['id']}", {"state": "eaten"}, at="/cards/{card_id}")
    call("PATCH", "/cards/none", {"state": "lost"}, at="/cards/{card_id}")
    for card_id in (added["id"], "none"):
        call("POST", f"/cards/{card_id}/forgive", {"reason": "test"}, at="/cards/{card_id}/forgive")
    call("GET", "/cards", query_string={"q": "5A5B5C5D"})
    call("GET", "/cards", query_string={"state": "eaten"})
    for card_id in (added["id"], "none"):
        call("GET", f"/cards/{card_id}", at="/cards/{card_id}")
    return added


def talk_of_lanes(call: Conversation) -> None:
    call("GET", "/lanes")
    opening = "/lanes/{lane}/open"
    call("POST", "/lanes/out/open", {"reason": "test"}, at=opening)
    call("POST", "/lanes/roof/open", {"reason": "test"}, at=opening)
    call("POST", "/lanes/out/open", {"reason": "test", "deadline": "2020-01-01T00:00:00Z"}, at=opening)
    call("POST", "/lanes/out/open", {}, at=opening)
    locking = "/lanes/{lane}/lock"
    for lane in ("out", "out", "roof"):
        call("POST", f"/lanes/{lane}/lock", {"reason": "test"}, at=locking)
    call("POST", "/lanes/out/open", {"reason": "test"}, at=opening)
    for lane in ("out", "out", "roof"):
        call("DELETE", f"/lanes/{lane}/lock", at=locking)
    for lane in ("out", "roof"):
        call("POST", f"/lanes/{lane}/self-test", at="/lanes/{lane}/self-test")


def talk_of_alarms(call: Conversation, gate: TestGate) -> None:
    call("POST", "/alarms", {"kind": "panic", "lane": "in"})
    call("POST", "/alarms", {"kind": "fire"})
    with gate.appliance.store.write() as transaction:
        alarm_id = raise_within(transaction, AlarmKind.FORCED, "in")
    call("GET", "/alarms", query_string={"state": "open"})
    call("GET", "/alarms", query_string={"state": "shut"})
    seen_to = "/alarms/{alarm_id}/acknowledge"
    for one_id in (alarm_id, alarm_id, "none"):
        call("POST", f"/alarms/{one_id}/acknowledge", {"note": "test"}, at=seen_to)
    call("GET", "/alarms")


def talk_of_the_blocklist(call: Conversation) -> None:
    entry, one_entry = {"phone": "5550 9999", "reason": "test"}, "/blocklist/{entry_id}"
    listed = call("POST", "/blocklist", entry).json
    call("POST", "/blocklist", entry)
    call("POST", "/blocklist", {"reason": "test"})
    for entry_id in (listed["id"], "none"):
        call("GET", f"/blocklist/{entry_id}", at=one_entry)
        call("PATCH", f"/blocklist/{entry_id}", {"reason": "another"}, at=one_entry)
        call("DELETE", f"/blocklist/{entry_id}", at=one_entry)
    call("PATCH", f"/blocklist/{listed['id']}", {"reason": "another"}, at=one_entry)
    call("PATCH", f"/blocklist/{listed['id']}", {"phone": 5}, at=one_entry)
    call("DELETE", f"/blocklist/{listed['id']}", at=one_entry)
    call("GET", "/blocklist", query_string={"state": "ended"})
    call("GET", "/blocklist", query_string={"state": "over"})


def talk_of_webhooks(call: Conversation) -> None:
    hook = {"url": "https://office.example/gate", "events": ["goods.released"]}
    made = [call("POST", "/webhooks", hook).json for _ in range(MAX_WEBHOOKS)]
    call("POST", "/webhooks", hook)
    call("POST", "/webhooks", hook | {"url": "nowhere"})
    call("GET", "/webhooks")
    for webhook_id in (*(webhook["id"] for webhook in made), "none"):
        call("GET", f"/webhooks/{webhook_id}", at="/webhooks/{webhook_id}")
        call("DELETE", f"/webhooks/{webhook_id}", at="/webhooks/{webhook_id}")


def talk_of_time_profiles(call: Conversation, gate: TestGate, added: dict[str, Any]) -> None:
    week = {"name": "office", "days": {"mon": [{"begins": "09:00", "ends": "24:00"}]}}
    kept = [call("POST", "/time-profiles", week | {"name": str(number)}).json for number in range(MAX_PROFILES)]
    call("POST", "/time-profiles", week)
    call("POST", "/time-profiles", week | {"days": {"mon": [{"begins": "9:00", "ends": "24:00"}]}})
    call("GET", "/time-profiles")
    with gate.appliance.store.write() as transaction:
        given = update(cards).where(cards.c.id == added["id"]).values(time_profile_id=kept[0]["id"])
        transaction.connection.execute(given)
    for profile_id in (kept[0]["id"], kept[1]["id"], "none"):
        call("GET", f"/time-profiles/{profile_id}", at="/time-profiles/{profile_id}")
        call("PUT", f"/time-profiles/{profile_id}", week | {"name": profile_id}, at="/time-profiles/{profile_id}")
        call("DELETE", f"/time-profiles/{profile_id}", at="/time-profiles/{profile_id}")


def talk_of_files(call: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [path for path in call.document["paths"] if path.endswith((".csv", ".xlsx"))]
    assert len(files) >= 10
    for path in files:
        call("GET", path)
        call("GET", path, query_string={"limit": 1})
    with monkeypatch.context() as small:
        small.setattr(xlsx_files, "MAX_ROWS", 0)
        for path in files:
            call("GET", path)


def times_from(now: datetime) -> dict[str, str]:
    return {"not_before": now.isoformat(), "not_after": (now + timedelta(hours=1)).isoformat()}


def test_real_answers_are_as_described(
    program: Program, gate: TestGate, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    call = Conversation(program, document)
    now = gate.appliance.clock.now()
    talk_of_goods(call, gate.appliance.clock.now())
    talk_of_passes(call, now, talk_of_visits(call))
    talk_of_time_profiles(call, gate, talk_of_cards(call, now))
    talk_of_lanes(call)
    talk_of_alarms(call, gate)
    talk_of_the_blocklist(call)
    talk_of_webhooks(call)
    talk_of_residents(call, times_from(now))
    for code in ("1-A-1-A", "none"):
        call("PATCH", f"/units/{code}", {"stay_h": 12}, at="/units/{unit_code}")
    call("PATCH", "/units/1-A-1-A", {"stay_h": 0}, at="/units/{unit_code}")
    call("GET", "/muster")
    with printer_out_of_paper(gate):
        for _ in range(2):
            call("POST", "/muster/print")
    call("GET", "/journal", query_string={"limit": 200})
    call("GET", "/journal", query_string={"after": "x"})
    call("GET", "/openapi.json")
    talk_of_files(call, monkeypatch)
    program.key = "none"
    for method, path, described in operations(document):
        if described.get("security") != []:
            call(method, re.sub(r"{\w+}", "none", path), at=path)

    unseen = {
        (method, path, status)
        for method, path, described in operations(document)
        for status in described["responses"]
        if status not in {"500", "503", "422", "400", "413", "415"}
    } - call.seen
    assert unseen == set()
