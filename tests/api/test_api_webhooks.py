"""Programs that subscribe to events."""

from __future__ import annotations

import base64
import json

import pytest

from kiosk.services.webhooks import MAX_WEBHOOKS
from tests.api.program import Program, done_by_program, refused
from tests.support.appliance import TestGate, wait_for
from tests.support.receiver import receiving

GOOD = {"url": "https://office.example/gate", "events": ["visit.signed_in"]}


@pytest.fixture(autouse=True)
def none_left(program: Program):
    yield
    for item in program.get("/webhooks").json["items"]:
        assert program.call("DELETE", f"/webhooks/{item['id']}").status_code == 204


def test_a_webhook_from_its_making_to_its_end(program: Program, gate: TestGate) -> None:
    before = gate.appliance.feed.last_seq
    made = program.post("/webhooks", GOOD | {"events": ["visit.signed_out", "visit.signed_in", "visit.signed_in"]})
    assert made.status_code == 201
    webhook = made.json
    assert len(base64.b64decode(webhook.pop("secret").removeprefix("whsec_"), validate=True)) == 32
    assert webhook["events"] == ["visit.signed_in", "visit.signed_out"]
    assert (webhook["condition"], webhook["failures"], webhook["include"]) == ("well", 0, [])
    assert webhook["after"] > before
    assert program.get("/webhooks").json == {"items": [webhook], "next": None}
    assert program.get(f"/webhooks/{webhook['id']}").json == webhook
    assert program.call("DELETE", f"/webhooks/{webhook['id']}").status_code == 204
    refused(program.get(f"/webhooks/{webhook['id']}"), 404, "not-found")
    refused(program.call("DELETE", f"/webhooks/{webhook['id']}"), 404, "not-found")
    assert [entry.type for entry in done_by_program(gate, before)] == ["webhook.added", "webhook.removed"]


def test_a_secret_that_was_brought_along_is_used(program: Program) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert program.post("/webhooks", GOOD | {"secret": secret}).json["secret"] == secret
    assert secret not in program.get("/webhooks").text


def test_what_goes_wrong_is_told(program: Program) -> None:
    with receiving() as receiver:
        url = receiver.url
    made = program.post("/webhooks", {"url": url, "events": ["visit.signed_in"], "include": ["visitor"]}).json
    assert made["include"] == ["visitor"]
    program.sign_in()
    told = wait_for(lambda: one if (one := program.get(f"/webhooks/{made['id']}").json)["failures"] else None)
    assert (told["failure"], told["condition"]) == ("unreachable", "retrying")
    assert told["failing_since"]
    assert told["delivered_at"] is told["disabled_at"] is None


@pytest.mark.parametrize(
    ("change", "field"),
    [({"url": "http://8.8.8.8/"}, "url"), ({"url": "office.example"}, "url"), ({"url": 7}, "url"),
     ({"events": []}, "events"), ({"events": ["*"]}, "events"), ({"events": ["x.y"] * 51}, "events"),
     ({"secret": "whsec_c2hvcnQ="}, "secret"), ({"include": ["phone"]}, "include.0"), ({"name": "x"}, "name")],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_by_its_field(program: Program, gate: TestGate, change, field) -> None:
    before = gate.appliance.feed.last_seq
    refused(program.post("/webhooks", GOOD | change), 422, "invalid", field)
    assert done_by_program(gate, before) == []


def test_there_is_an_end_to_them(program: Program) -> None:
    for _ in range(MAX_WEBHOOKS):
        assert program.post("/webhooks", GOOD).status_code == 201
    refused(program.post("/webhooks", GOOD), 409, "too-many-webhooks")
    assert len(json.loads(program.get("/webhooks").text)["items"]) == MAX_WEBHOOKS
