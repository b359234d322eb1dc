"""Webhooks from a running gate to a real server, and the people's channels beside them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kiosk.demo.settings import demo_settings
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.deliveries import SubscriberCondition
from kiosk.services.webhooks import MAX_WEBHOOKS
from kiosk.store.tables import webhooks
from tests.support.appliance import TestGate, demo_appliance, document, wait_for
from tests.support.receiver import Receiver, Taken, answer, receiving, say_nothing
from web import create_app

NAME, PHONE = "陳大文", "9123 4567"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[TestGate]:
    with demo_appliance(tmp_path) as gate:
        yield gate


def sign_in(gate: TestGate, kind: VisitKind = VisitKind.GUEST) -> str:
    new = NewVisit(kind, "1-A-1-A", NAME, phone=PHONE, vehicle_plate="AB 1234", purpose="lift")
    return gate.appliance.visits.sign_in(new, source=VisitSource.TOUCH, actor="touchscreen", lane=None).visit.id


def subscribe(gate: TestGate, receiver: Receiver, *events: str, **options: Any) -> tuple[str, str]:
    webhook, secret = gate.appliance.webhooks.add(
        actor="api test", url=f"{receiver.url}/gate", events=events or ("visit.signed_in",), **options
    )
    return webhook.id, secret


def is_signed(taken: Taken, secret: str) -> bool:
    """Checked by the letter of Standard Webhooks, with nothing of ours."""
    key = base64.b64decode(secret.split("_", 1)[1])
    signed = f"{taken.headers['webhook-id']}.{taken.headers['webhook-timestamp']}.".encode() + taken.body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(one, f"v1,{wanted}") for one in taken.headers["webhook-signature"].split(" "))


def test_an_event_arrives_signed_and_names_nobody(gate, receiver):
    webhook_id, secret = subscribe(gate, receiver)
    visit = sign_in(gate)
    (taken,) = receiver.wait_for(1)
    entry = gate.wait_for_entry("visit.signed_in", visit=visit)
    assert is_signed(taken, secret)
    assert not is_signed(taken, "whsec_" + base64.b64encode(bytes(32)).decode())
    assert taken.headers["webhook-id"] == taken.json["id"] == entry.hash.hex()
    assert taken.json == {
        "id": entry.hash.hex(), "type": "visit.signed_in", "at": entry.at.isoformat().replace("+00:00", "Z"),
        "data": {"visit": visit, "number": entry.payload["number"], "lane": None, "unit": "1-A-1-A", "kind": "guest"},
    }  # fmt: skip
    told = wait_for(lambda: one if (one := gate.appliance.webhooks.get(webhook_id)).status.delivered_at else None)
    assert told.status.condition is SubscriberCondition.WELL


def test_names_go_to_who_asked_for_them(gate, receiver):
    subscribe(gate, receiver, with_visitor=True)
    sign_in(gate)
    (taken,) = receiver.wait_for(1)
    assert taken.json["data"]["visitor"] == {
        "name": NAME, "phone": PHONE, "vehicle_plate": "AB 1234", "companions": 0,
    }  # fmt: skip


def test_a_reason_and_a_cards_number_stay_here(gate, receiver):
    subscribe(gate, receiver, "gate.commanded", "access.refused")
    gate.tap("01020304")
    gate.wait_for_entry("access.refused")
    with gate.appliance.store.write() as transaction:
        transaction.record("user chan", "gate.commanded", {"lane": "in", "reason": f"for {NAME}"})
    refused, commanded = receiver.wait_for(2)
    assert refused.json["data"] == {"lane": "in", "code": "unknown", "direction": "in", "credential": "card"}
    assert commanded.json["data"] == {"lane": "in"}


def test_types_that_nobody_subscribed_to_are_not_told(gate, receiver):
    subscribe(gate, receiver, "visit.signed_out", "goods.released")
    visit = sign_in(gate)
    gate.appliance.visits.sign_out(visit, actor="user chan", lane=None)
    (taken,) = receiver.wait_for(1)
    assert taken.json["type"] == "visit.signed_out"


def test_one_that_hangs_keeps_the_stop_no_longer_than_the_event_is_told_again(tmp_path, receiver):
    with demo_appliance(tmp_path) as gate:
        subscribe(gate, receiver)
        receiver.behave = say_nothing
        sign_in(gate)
        assert receiver.hanging.wait(20)
    (lost,) = receiver.taken
    receiver.behave = answer(200)
    with demo_appliance(tmp_path) as gate:
        sign_in(gate)
        told = receiver.wait_for(3)
        assert [one.json["id"] for one in told] == [
            lost.json["id"],
            *(entry.hash.hex() for entry in gate.entries("visit.signed_in")),
        ]


def test_what_happens_while_nobody_listens_is_told_after_a_restart_in_order(tmp_path):
    with receiving() as gone, demo_appliance(tmp_path) as gate:
        subscribe(gate, gone)
        gone.close()
        for _ in range(3):
            sign_in(gate)
        wait_for(lambda: gate.appliance.outbox.statuses()[0].failure == "unreachable")
        port = gone.port
    with demo_appliance(tmp_path) as gate, receiving() as receiver:
        with gate.appliance.store.write() as transaction:  # the same receiver, come back at another address
            transaction.connection.execute(webhooks.update().values(url=receiver.url))
        assert receiver.port != port
        gate_again = gate.appliance
        assert gate_again.stop(20)
        with demo_appliance(tmp_path) as again:
            receiver.wait_for(3)
            assert [one.json["id"] for one in receiver.taken] == [
                entry.hash.hex() for entry in again.entries("visit.signed_in")
            ]


@pytest.mark.parametrize("status", [302, 400, 500])
def test_anything_but_2xx_is_tried_again(gate, receiver, status):
    receiver.behave = answer(status, Location="/elsewhere")
    webhook_id, _secret = subscribe(gate, receiver)
    sign_in(gate)
    receiver.wait_for(1)
    wait_for(lambda: gate.appliance.webhooks.get(webhook_id).status.failure == f"http-{status}")
    receiver.behave = answer(200)
    first, again = receiver.wait_for(2)
    assert first.json == again.json
    assert first.path == again.path == "/gate"


def test_gone_ends_it_and_everybody_is_told(gate, receiver):
    receiver.behave = answer(410)
    webhook_id, _secret = subscribe(gate, receiver)
    sign_in(gate)
    assert gate.wait_for_entry("webhook.disabled", webhook=webhook_id).payload["code"] == "http-410"
    client = create_app(gate.appliance).test_client()
    body = client.get("/healthz").get_json()
    assert body["status"] == "degraded"
    (told,) = body["told"]
    assert (told["name"], told["condition"], told["code"]) == (f"webhook {webhook_id}", "disabled", "http-410")
    assert f'gatehouse_told_failures{{name="webhook {webhook_id}"}} 1' in client.get("/metrics").text


def test_the_secret_is_sealed_and_nothing_of_it_is_told_twice(gate, receiver):
    webhook_id, secret = subscribe(gate, receiver)
    with gate.appliance.store.read() as connection:
        row = connection.execute(select(webhooks).where(webhooks.c.id == webhook_id)).one()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    assert key not in row.sealed_secret
    assert secret not in repr(gate.appliance.webhooks.get(webhook_id))
    assert (
        json.dumps([dict(entry.payload) for entry in gate.entries("webhook.added")])
        == f'[{{"webhook": "{webhook_id}"}}]'
    )


def test_a_sealing_key_that_was_lost_is_said(tmp_path, receiver):
    with demo_appliance(tmp_path) as gate:
        subscribe(gate, receiver)
    (tmp_path / "data.sealing-key").unlink()
    with demo_appliance(tmp_path) as gate:
        (told,) = wait_for(lambda: [one for one in gate.appliance.outbox.statuses() if one.fault])
        assert (told.fault, told.condition) == ("secret-lost", SubscriberCondition.MISCONFIGURED)
        sign_in(gate)
        wait_for(lambda: gate.appliance.outbox.statuses()[0].failures)
        assert receiver.taken == []


def test_a_subscription_that_ended_is_told_nothing(gate, receiver):
    webhook_id, _secret = subscribe(gate, receiver)
    kept, _secret = subscribe(gate, receiver)
    gate.appliance.webhooks.remove(webhook_id, actor="api test")
    with pytest.raises(NotFound):
        gate.appliance.webhooks.remove(webhook_id, actor="api test")
    with pytest.raises(NotFound):
        gate.appliance.webhooks.get(webhook_id)
    assert [one.id for one in gate.appliance.webhooks.all()] == [kept]
    sign_in(gate)
    wait_for(lambda: gate.appliance.webhooks.get(kept).status.delivered_at)
    assert len(receiver.taken) == 1


def test_there_is_an_end_to_them(gate):
    def one() -> None:
        gate.appliance.webhooks.add(actor="api test", url="http://127.0.0.1:9/", events=["visit.signed_in"])

    for _ in range(MAX_WEBHOOKS):
        one()
    with pytest.raises(Conflict) as refusal:
        one()
    assert refusal.value.code == "too-many-webhooks"


@pytest.mark.parametrize(
    ("change", "field", "problem"),
    [({"url": "http://8.8.8.8/"}, "url", FieldProblem.NOT_AN_ADDRESS),
     ({"events": ["*"]}, "events", FieldProblem.NOT_EVENTS),
     ({"events": []}, "events", FieldProblem.NOT_EVENTS),
     ({"secret": "password"}, "secret", FieldProblem.NOT_A_SECRET)],
)  # fmt: skip
def test_what_cannot_be_used_is_refused(gate, change, field, problem):
    before = gate.appliance.feed.last_seq
    with pytest.raises(Invalid) as refusal:
        gate.appliance.webhooks.add(**{"actor": "a", "url": "https://a.example/", "events": ["a.b"]} | change)
    assert refusal.value.fields == {field: problem}
    assert gate.entries("webhook.added", before) == []


# --- people ---


def channels(**told: Mapping[str, Any]) -> dict[str, Any]:
    return document(notify={"channels": told})


def test_people_are_told_through_apprise(tmp_path, receiver, caplog):
    address = receiver.url.replace("http:", "json:") + "/hook/s3cret-token"
    (tmp_path / "address").write_text(address + "\n")
    settings = channels(
        guards={"url": address}, office={"url_file": str(tmp_path / "address"), "language": "en", "events": ["a.b"]}
    )
    with caplog.at_level(logging.DEBUG), demo_appliance(tmp_path, settings=settings) as gate:
        receiver.behave = answer(500)
        sign_in(gate, VisitKind.CONTRACTOR)
        receiver.wait_for(1)
        wait_for(lambda: gate.appliance.outbox.statuses()[0].failure == "not-taken")
        receiver.behave = answer(200)
        taken = receiver.wait_for(2)[1]
        wait_for(lambda: gate.appliance.outbox.statuses()[0].delivered_at)
        number = gate.wait_for_entry("visit.waiting").payload["number"]
        with gate.appliance.store.write() as transaction:
            transaction.record("lane in", "alarm.raised", {"kind": "forced", "lane": "in"})
            transaction.record("lane in", "a.b", {"lane": "in"})
        wait_for(lambda: len(receiver.taken) == 4)
        titles = {taken.json["title"] for taken in receiver.taken[2:]}
    assert taken.path == "/hook/s3cret-token"
    assert taken.json["title"] == "晴嵐花園: 訪客等候批准"
    assert f"編號: {number}" in taken.json["message"]
    assert "類別: 承辦商" in taken.json["message"]
    assert titles == {"晴嵐花園: 警報", f"{demo_settings()['estate']['name_en']}: Event"}
    assert NAME not in taken.body.decode("unicode_escape")
    assert PHONE not in taken.body.decode("unicode_escape")
    assert "s3cret" not in caplog.text
    assert "s3cret" not in repr(gate.appliance.settings)


@pytest.mark.parametrize(
    ("channel", "fault"),
    [({"url": "nonsense://x"}, "bad-address"), ({"url_file": "/nowhere/address"}, "address-unreadable")],
)
def test_a_channel_that_cannot_be_used_is_said_before_there_is_an_alarm(tmp_path, channel, fault):
    with demo_appliance(tmp_path, settings=channels(guards=channel)) as gate:
        (told,) = wait_for(lambda: [one for one in gate.appliance.outbox.statuses() if one.fault])
        assert (told.name, told.fault) == ("channel guards", fault)
        client = create_app(gate.appliance).test_client()
        assert client.get("/healthz").get_json()["status"] == "degraded"


def test_a_channel_set_up_anew_is_not_told_old_news(tmp_path, receiver):
    settings = channels(guards={"url": receiver.url.replace("http:", "json:"), "events": ["visit.signed_in"]})
    with demo_appliance(tmp_path, settings=settings) as gate:
        sign_in(gate)
        receiver.wait_for(1)
    with demo_appliance(tmp_path) as gate:
        sign_in(gate)
        assert gate.appliance.outbox.statuses() == []
    with demo_appliance(tmp_path, settings=settings) as gate:
        sign_in(gate)
        number = gate.entries("visit.signed_in")[-1].payload["number"]
        assert number in receiver.wait_for(2)[1].json["message"]
