"""What the simulator's page is made of, without a browser."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from PIL import Image

from hardware.supervisor import DeviceCondition
from kiosk.domain.access import CredentialState
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource, VisitState
from tests.support.appliance import TestGate, demo_appliance, wait_for
from web import create_app

UNIT = "2-C-12-A"


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate")) as gate:
        yield gate


@pytest.fixture(scope="module")
def client(gate: TestGate) -> FlaskClient:
    return create_app(gate.appliance).test_client()


def sign_in(gate: TestGate) -> str:
    """Sign a visitor in and wait for the receipt; returns the visit's id."""
    printed = len(gate.printer().receipts)
    signed_in = gate.appliance.visits.sign_in(
        NewVisit(VisitKind.GUEST, UNIT, "陳大文"), source=VisitSource.TOUCH, actor="touchscreen", lane="in"
    )
    assert gate.printer().wait_for_receipts(printed + 1, 20)
    return signed_in.visit.id


def test_the_page_has_no_inline_script_or_style(client: FlaskClient) -> None:
    answer = client.get("/simulator/")
    assert answer.status_code == 200
    assert "style=" not in answer.text
    assert "<style" not in answer.text
    assert " onclick=" not in answer.text
    assert answer.text.count("<script") == answer.text.count('<script type="module" src=')


def test_cards_that_do_not_open_are_marked(gate: TestGate, client: FlaskClient) -> None:
    cards = gate.appliance.cards
    cards.add(actor="test", uid="01020304", holder="Wong Ka Yee", unit=UNIT)
    lost = cards.add(actor="test", uid="01020305", holder="Ho Chi Ming", unit=UNIT)
    cards.set_state(lost.id, CredentialState.LOST, actor="test")
    page = client.get("/simulator/").text
    assert 'class="card " data-uid="01020304"' in page
    assert 'class="card bad" data-uid="01020305"' in page


def test_the_scene_tells_what_moved_and_was_said(gate: TestGate, client: FlaskClient) -> None:
    before = client.get("/simulator/scene").get_json()
    assert before["said"] == []
    gate.appliance.cards.add(actor="test", uid="0102030405060A", holder="Lam Fung", unit=UNIT)
    gate.tap("0102030405060A", "out")
    gate.wait_for_pulses(1, "out")
    after = client.get(f"/simulator/scene?after={before['seq']}").get_json()
    assert after["lanes"]["out"]["pulses"] == before["lanes"]["out"]["pulses"] + 1
    assert [(said["lane"], said["mood"]) for said in after["said"]] == [("out", "go")]
    gate.tap("FFFFFFFF", "out")
    gate.wait_for_entry("access.refused", uid="FFFFFFFF")
    said = client.get(f"/simulator/scene?after={after['seq']}").get_json()["said"]
    assert [one["mood"] for one in said] == ["stop"]


def test_the_last_receipt_held_up_signs_the_visitor_out(gate: TestGate, client: FlaskClient) -> None:
    visit = sign_in(gate)
    newest = client.get("/simulator/scene").get_json()["printer"]["receipts"][-1]
    assert client.post("/simulator/lanes/out/receipt", json={"receipt": newest}).status_code == 202
    gate.wait_for_entry("visit.signed_out", visit=visit)
    assert gate.appliance.visit_queries.get(visit).state is VisitState.SIGNED_OUT


def test_the_paper_is_shown_as_a_picture(gate: TestGate, client: FlaskClient) -> None:
    sign_in(gate)
    receipt = gate.printer().receipts[-1]
    answer = client.get(f"/simulator/receipts/{receipt.id}.png")
    assert answer.mimetype == "image/png"
    picture = Image.open(io.BytesIO(answer.data)).convert("L")
    assert picture.width == 576
    assert picture.getpixel((0, 0)) == 255  # paper is white
    assert picture.getextrema() == (0, 255)


@pytest.mark.parametrize("path", ["receipts/9999.png", "receipts/0.png", "receipts/one.png"])
def test_a_receipt_that_never_came_out(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/simulator/{path}")
    assert answer.status_code == 404
    assert answer.get_json()["error"]["code"] == "not-found"


@pytest.mark.parametrize("body", [{}, {"receipt": "1"}, {"receipt": 1.5}, {"receipt": 1, "lane": "in"}])
def test_a_receipt_to_hold_up_is_refused(client: FlaskClient, body: object) -> None:
    answer = client.post("/simulator/lanes/in/receipt", json=body)
    assert answer.status_code == 422
    assert answer.get_json()["error"]["code"] == "invalid"


def test_what_the_camera_sees_is_nothing_once_unplugged(gate: TestGate, client: FlaskClient) -> None:
    wait_for(lambda: client.get("/simulator/lanes/in/view.jpg").status_code == 200)
    picture = Image.open(io.BytesIO(client.get("/simulator/lanes/in/view.jpg").data))
    assert (picture.format, picture.size) == ("JPEG", (1280, 720))
    client.put("/simulator/devices/in.camera", json={"unplugged": True})
    gate.wait_for_condition("in.camera", DeviceCondition.FAULT)
    wait_for(lambda: client.get("/simulator/lanes/in/view.jpg").status_code == 204)
    assert client.get("/simulator/scene").get_json()["devices"]["in.camera"] == {
        "condition": "fault", "unplugged": True
    }  # fmt: skip
    client.put("/simulator/devices/in.camera", json={"unplugged": False})
    gate.wait_for_condition("in.camera", DeviceCondition.READY)


def test_people_of_a_real_estate_are_not_shown(tmp_path_factory: pytest.TempPathFactory) -> None:
    with demo_appliance(tmp_path_factory.mktemp("real"), is_demo=False) as gate:
        gate.appliance.cards.add(actor="test", uid="01020304", holder="Wong Ka Yee", unit=UNIT)
        page = create_app(gate.appliance).test_client().get("/simulator/").text
    assert "Wong Ka Yee" not in page
    assert "01020304" not in page
