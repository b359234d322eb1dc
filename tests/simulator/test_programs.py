"""The simulator's JSON: what each route does to the world, and what it refuses."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from hardware.escpos import decode_raster
from hardware.supervisor import DeviceCondition
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource, VisitState
from kiosk.services.visit_queries import VisitFilter
from tests.support.appliance import TestGate, demo_appliance, document, qr_png, wait_for
from web import create_app

UNIT = "1-A-1-A"


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate")) as gate:
        yield gate


@pytest.fixture(scope="module")
def client(gate: TestGate) -> FlaskClient:
    return create_app(gate.appliance).test_client()


def add_card(gate: TestGate, uid: str) -> str:
    return gate.appliance.cards.add(actor="test", uid=uid, holder="Chan Tai Man", unit=UNIT).id


def refusal(answer: Any) -> dict[str, Any]:
    """The error of an answer, whose shape is asserted on the way."""
    body = answer.get_json()
    assert set(body) == {"error"}
    assert {"code", "message"} <= set(body["error"]) <= {"code", "message", "fields"}
    return body["error"]  # type: ignore[no-any-return]


def test_a_known_card_raises_the_barrier(gate: TestGate, client: FlaskClient) -> None:
    card = add_card(gate, "04A1B2C3D4E5F6")
    before = time.monotonic_ns()
    answer = client.post("/simulator/lanes/in/card", json={"uid": "04:a1:b2:c3:d4:e5:f6"})
    assert answer.status_code == 202
    presented_ns = answer.get_json()["presented_ns"]
    assert before <= presented_ns <= time.monotonic_ns()
    gate.wait_for_entry("access.granted", card=card)
    gate.wait_for_pulses()
    state = client.get("/simulator/lanes/in/gate").get_json()
    assert state["relay"] == "released"
    assert state["pulses"][-1]["energised_ns"] > presented_ns
    assert state["pulses"][-1]["released_ns"] > state["pulses"][-1]["energised_ns"]


def test_an_unknown_card_does_not(gate: TestGate, client: FlaskClient) -> None:
    pulses = len(gate.relay("in").pulses)
    assert client.post("/simulator/lanes/in/card", json={"uid": "DEADBEEF"}).status_code == 202
    gate.wait_for_entry("access.refused", uid="DEADBEEF", code="unknown")
    assert len(gate.relay("in").pulses) == pulses


def test_a_card_is_tapped_at_the_desk(gate: TestGate, client: FlaskClient) -> None:
    seq = client.get("/simulator/scene").get_json()["seq"]
    answer = client.post("/simulator/desk/card", json={"uid": "04:de:ad:be:ef:42:42"})
    assert answer.status_code == 202
    assert answer.get_json()["presented_ns"] <= time.monotonic_ns()
    gate.wait_for_entry("desk.card_tapped", uid="04DEADBEEF4242")
    said = client.get(f"/simulator/scene?after={seq}", headers={"Accept-Language": "en"}).get_json()["said"]
    assert said == [{"lane": "desk", "mood": "stop", "text": "Not on record"}]


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (b'{"uid": "xyz"}', 422, "invalid", "uid"),
        (b'{"uid": "04A1B2"}', 422, "invalid", "uid"),
        (b'{"uid": 4}', 422, "invalid", "uid"),
        (b'{"uid": null}', 422, "invalid", "uid"),
        (b"{}", 422, "invalid", "uid"),
        (b'{"uid": "DEADBEEF", "loud": true}', 422, "invalid", "loud"),
        (b'["DEADBEEF"]', 422, "invalid", None),
        (b"uid=DEADBEEF", 400, "bad-json", None),
        (b"", 400, "bad-json", None),
    ],
)
def test_a_card_is_refused(client: FlaskClient, body: bytes, status: int, code: str, field: str | None) -> None:
    answer = client.post("/simulator/lanes/in/card", data=body, content_type="application/json")
    assert answer.status_code == status
    error = refusal(answer)
    assert error["code"] == code
    assert list(error.get("fields", {})) == ([field] if field else [])


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "lanes/in/card"),
        ("POST", "desk/card"),
        ("POST", "lanes/in/frame"),
        ("POST", "lanes/in/receipt"),
        ("PUT", "lanes/in/inputs"),
        ("PUT", "printer"),
        ("PUT", "devices/printer"),
    ],
)
def test_what_a_form_elsewhere_can_send_is_refused(client: FlaskClient, method: str, path: str, kind: str) -> None:
    answer = client.open(f"/simulator/{path}", method=method, data=b'{"uid": "DEADBEEF"}', content_type=kind)
    assert answer.status_code == 415
    assert refusal(answer)["code"] == "unsupported-media-type"


def test_a_pass_held_up_signs_its_holder_in(gate: TestGate, client: FlaskClient) -> None:
    now = datetime.now(UTC)
    issued = gate.appliance.passes.issue(
        actor="test", unit=UNIT, holder="李小龍", not_before=now - timedelta(hours=1),
        not_after=now + timedelta(hours=1), uses=1, lanes=None,
    )  # fmt: skip
    pulses = len(gate.relay("in").pulses)
    picture = qr_png(issued.token)
    answer = client.post("/simulator/lanes/in/frame", data=picture, content_type="image/png")
    assert answer.status_code == 202
    entry = gate.wait_for_entry("access.granted", **{"pass": issued.id})
    visit = gate.appliance.visit_queries.get(entry.payload["visit"])
    assert (visit.visitor_name, visit.state) == ("李小龍", VisitState.SIGNED_IN)
    gate.wait_for_pulses(pulses + 1)


@pytest.mark.parametrize(
    "picture", [b"", b"no picture at all", b"\x89PNG\r\n\x1a\n" + bytes(100), qr_png("half of it")[:-200]]
)
def test_what_is_no_picture_is_refused(client: FlaskClient, picture: bytes) -> None:
    answer = client.post("/simulator/lanes/in/frame", data=picture, content_type="image/png")
    assert answer.status_code == 422
    assert list(refusal(answer)["fields"]) == ["image"]


def test_a_picture_too_large_is_refused(client: FlaskClient) -> None:
    answer = client.post("/simulator/lanes/in/frame", data=bytes(9 * 1024 * 1024), content_type="image/png")
    assert answer.status_code == 413
    assert refusal(answer)["code"] == "too-large"


def test_inputs_are_pressed_and_let_go(gate: TestGate, client: FlaskClient) -> None:
    after = gate.appliance.feed.last_seq
    answer = client.put("/simulator/lanes/out/inputs", json={"loop": True, "contact": True})
    assert answer.status_code == 200
    everything = {"exit_button": False, "contact": True, "fire": False, "loop": True}
    assert answer.get_json() == {"inputs": everything}
    assert client.get("/simulator/lanes/out/gate").get_json()["inputs"] == everything
    gate.wait_for_entry("input.changed", after, input="loop", active=True)
    client.put("/simulator/lanes/out/inputs", json={"loop": False})
    gate.wait_for_entry("input.changed", after, input="loop", active=False)


def test_the_exit_button_raises_the_barrier(gate: TestGate, client: FlaskClient) -> None:
    client.put("/simulator/lanes/out/inputs", json={"exit_button": True})
    gate.wait_for_entry("gate.opened", lane="out", cause="exit-button")
    client.put("/simulator/lanes/out/inputs", json={"exit_button": False})


@pytest.mark.parametrize("body", [{"loop": "yes"}, {"loop": 1}, {"loop": None}, {"hoop": True}, {}, []])
def test_inputs_are_refused(gate: TestGate, client: FlaskClient, body: object) -> None:
    before = dict(gate.inputs("in").state())
    answer = client.put("/simulator/lanes/in/inputs", json=body)
    assert answer.status_code == 422
    assert refusal(answer)["code"] == "invalid"
    assert gate.inputs("in").state() == before


def test_a_relay_unplugged_is_journalled_as_failed_and_heals(gate: TestGate, client: FlaskClient) -> None:
    add_card(gate, "0A0B0C0D")
    add_card(gate, "0A0B0C0E")
    answer = client.put("/simulator/devices/out.relay", json={"unplugged": True})
    assert (answer.status_code, answer.get_json()) == (200, {"name": "out.relay", "unplugged": True})
    gate.wait_for_condition("out.relay", DeviceCondition.FAULT)
    client.post("/simulator/lanes/out/card", json={"uid": "0A0B0C0D"})
    gate.wait_for_entry("gate.failed", lane="out", fault="relay-unavailable")
    assert client.get("/simulator/lanes/out/gate").get_json()["relay"] == "closed"
    assert client.put("/simulator/devices/out.relay", json={"unplugged": False}).get_json()["unplugged"] is False
    gate.wait_for_condition("out.relay", DeviceCondition.READY)
    pulses = len(gate.relay("out").pulses)
    client.post("/simulator/lanes/out/card", json={"uid": "0A0B0C0E"})
    gate.wait_for_pulses(pulses + 1, "out")


def test_inputs_unplugged_tell_nothing(gate: TestGate, client: FlaskClient) -> None:
    client.put("/simulator/devices/in.inputs", json={"unplugged": True})
    assert client.get("/simulator/lanes/in/gate").get_json()["inputs"] == {}
    client.put("/simulator/devices/in.inputs", json={"unplugged": False})
    gate.wait_for_condition("in.inputs", DeviceCondition.READY)
    assert set(wait_for(lambda: client.get("/simulator/lanes/in/gate").get_json()["inputs"])) == {
        "exit_button", "contact", "fire", "loop"
    }  # fmt: skip


@pytest.mark.parametrize("name", ["in.decoder", "in.toaster", "relay", "printer "])
def test_an_unknown_device_is_told_with_those_there_are(client: FlaskClient, name: str) -> None:
    answer = client.put(f"/simulator/devices/{name}", json={"unplugged": True})
    assert answer.status_code == 404
    assert refusal(answer)["code"] == "not-found"
    for known in ("in.relay", "in.inputs", "in.reader", "in.camera", "out.relay", "printer"):
        assert known in refusal(answer)["message"]


@pytest.mark.parametrize("body", [{"unplugged": "true"}, {"unplugged": 1}, {}, {"unplugged": True, "name": "x"}])
def test_a_plug_is_refused(gate: TestGate, client: FlaskClient, body: object) -> None:
    answer = client.put("/simulator/devices/in.reader", json=body)
    assert answer.status_code == 422
    assert refusal(answer)["code"] == "invalid"
    assert not gate.reader("in").unplugged


def test_receipts_come_out_as_the_bytes_of_the_job(gate: TestGate, client: FlaskClient) -> None:
    printed = len(gate.printer().receipts)
    gate.appliance.visits.sign_in(
        NewVisit(VisitKind.GUEST, UNIT, "陳大文"), source=VisitSource.TOUCH, actor="touchscreen", lane=None
    )
    assert gate.printer().wait_for_receipts(printed + 1, 20)
    answer = client.get("/simulator/printer").get_json()
    assert answer["state"] == "ready"
    receipt = answer["receipts"][-1]
    assert receipt["id"] == printed + 1
    assert decode_raster(base64.b64decode(receipt["bytes_base64"], validate=True)).width_dots == 576
    assert gate.appliance.visit_queries.page(VisitFilter(query="陳大文"), before=None, limit=5).items


@pytest.mark.parametrize("state", ["out-of-paper", "cover-open", "offline"])
def test_the_printer_is_put_into_a_state(client: FlaskClient, state: str) -> None:
    assert client.put("/simulator/printer", json={"state": state}).get_json() == {"state": state}
    assert client.get("/simulator/printer").get_json()["state"] == state
    assert client.put("/simulator/printer", json={"state": "ready"}).get_json() == {"state": "ready"}


def test_a_printer_out_of_paper_is_noticed(gate: TestGate, client: FlaskClient) -> None:
    client.put("/simulator/printer", json={"state": "out-of-paper"})
    assert gate.wait_for_condition("printer", DeviceCondition.IMPAIRED).code == "out-of-paper"
    client.put("/simulator/printer", json={"state": "ready"})
    gate.wait_for_condition("printer", DeviceCondition.READY)


def test_the_printer_is_unplugged_and_plugged_in_again(gate: TestGate, client: FlaskClient) -> None:
    assert client.put("/simulator/printer", json={"state": "unplugged"}).get_json() == {"state": "unplugged"}
    gate.wait_for_condition("printer", DeviceCondition.FAULT)
    client.put("/simulator/printer", json={"state": "ready"})
    gate.wait_for_condition("printer", DeviceCondition.READY)
    assert client.get("/simulator/printer").get_json()["state"] == "ready"


@pytest.mark.parametrize("body", [{"state": "on fire"}, {"state": True}, {}, {"state": "ready", "paper": 1}])
def test_a_state_of_the_printer_is_refused(client: FlaskClient, body: object) -> None:
    answer = client.put("/simulator/printer", json=body)
    assert answer.status_code == 422
    assert refusal(answer)["code"] == "invalid"
    assert client.get("/simulator/printer").get_json()["state"] == "ready"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "lanes/back/card", {"uid": "DEADBEEF"}),
        ("POST", "lanes/back/frame", None),
        ("GET", "lanes/back/gate", None),
        ("PUT", "lanes/back/inputs", {"loop": True}),
        ("GET", "elsewhere", None),
    ],
)
def test_what_is_not_there_is_told(client: FlaskClient, method: str, path: str, body: object) -> None:
    answer = client.open(f"/simulator/{path}", method=method, json=body)
    assert answer.status_code == 404
    assert refusal(answer)["code"] == "not-found"


def test_a_wrong_method_is_told(client: FlaskClient) -> None:
    answer = client.get("/simulator/lanes/in/card")
    assert answer.status_code == 405
    assert refusal(answer)["code"] == "method-not-allowed"


@pytest.mark.parametrize("path", ["", "printer", "lanes/in/gate", "scene", "lanes/in/view.jpg", "receipts/1.png"])
@pytest.mark.parametrize(
    "stranger",
    [
        {"environ_overrides": {"REMOTE_ADDR": "192.168.1.20"}},
        {"headers": {"Host": "rebound.example:8080"}},
    ],
)
def test_only_the_kiosk_may_play(client: FlaskClient, path: str, stranger: dict[str, Any]) -> None:
    answer = client.get(f"/simulator/{path}", **stranger)
    assert answer.status_code == 403
    if path:  # the page itself answers with a page
        assert refusal(answer)["code"] == "forbidden"


def test_real_devices_have_nothing_here(tmp_path: Any) -> None:
    settings = document(printer={"driver": "escpos", "connection": "file", "path": str(tmp_path / "no-printer")})
    settings["lanes"]["out"] |= {"camera": {"driver": "v4l2", "device": str(tmp_path / "no-camera")}}
    del settings["lanes"]["out"]["inputs"], settings["desk"]
    with demo_appliance(tmp_path, settings=settings) as gate:
        client = create_app(gate.appliance).test_client()
        frame = client.post("/simulator/lanes/out/frame", data=qr_png("x"), content_type="image/png")
        inputs = client.put("/simulator/lanes/out/inputs", json={"loop": True})
        printer = client.put("/simulator/printer", json={"state": "ready"})
        desk = client.post("/simulator/desk/card", json={"uid": "DEADBEEF"})
        for answer in (frame, inputs, printer, desk, client.get("/simulator/printer")):
            assert answer.status_code == 404
            assert refusal(answer)["code"] == "not-found"
        assert client.put("/simulator/devices/out.camera", json={"unplugged": True}).status_code == 404
        assert client.get("/simulator/lanes/out/gate").get_json() == {"relay": "released", "inputs": {}, "pulses": []}
        page = client.get("/simulator/")
        assert page.status_code == 200
        assert 'data-device="out.camera"' not in page.text
        assert "data-paper" not in page.text
        assert 'value="desk"' not in page.text
