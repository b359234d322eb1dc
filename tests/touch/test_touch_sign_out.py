"""Signing out at the touchscreen by number, and what the live stream tells."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask

from kiosk.domain.visits import Visit, VisitState
from tests.support.appliance import TestGate, demo_appliance, document
from tests.support.visitor import Visitor, visits
from web import create_app


@pytest.fixture
def inside(gate: TestGate, app: Flask) -> Visit:
    """Somebody who is inside, and whose turn at the screen is over."""
    Visitor(app).to_visit().send("/leave")
    return visits(gate)[0]


@pytest.fixture
def leaving(app: Flask) -> Visitor:
    visitor = Visitor(app)
    visitor.send("/language", language="en")
    return visitor.send("/sign-out")


@pytest.mark.parametrize("typed", ["{0}", "{0} ", "{1}"])
def test_a_number_signs_out_and_opens_the_way_out(gate: TestGate, inside: Visit, leaving: Visitor, typed: str) -> None:
    opened = len(gate.relay("out").pulses)
    day, running = inside.number.split("-")
    leaving.send("/sign-out/number", number=typed.format(day + running, running))
    assert leaving.path == "/sign-out/visit"
    assert inside.number in leaving.page
    for private in (inside.visitor_name, inside.phone, inside.unit, "Flat"):
        assert private not in leaving.page
    leaving.send("/sign-out/visit")
    assert "Goodbye" in leaving.page
    assert gate.appliance.visit_queries.get(inside.id).state is VisitState.SIGNED_OUT
    gate.wait_for_pulses(opened + 1, "out")


@pytest.mark.parametrize("typed", ["", "0", "999", "000000000", "12345678901234567890", "' OR 99=99", "%", "٣"])
def test_a_number_nobody_has_gets_a_kind_answer(leaving: Visitor, typed: str) -> None:
    leaving.send("/sign-out/number", number=typed)
    assert leaving.status == 422
    assert "We find no visit with this number." in leaving.page


def test_a_locked_way_out_keeps_the_visit_and_says_whom_to_ask(gate: TestGate, inside: Visit, leaving: Visitor) -> None:
    opened = len(gate.relay("out").pulses)
    leaving.send("/sign-out/number", number=inside.number)
    gate.appliance.lanes.states.lock("out", actor="user guard", reason="broken arm")
    try:
        leaving.send("/sign-out/visit")
        assert "This lane is closed at present. Please ask the guard." in leaving.page
        assert inside.number in leaving.page
        assert gate.appliance.visit_queries.get(inside.id).state is VisitState.SIGNED_IN
    finally:
        gate.appliance.lanes.states.unlock("out", actor="user guard")
    leaving.send("/sign-out/visit")
    assert "Goodbye" in leaving.page
    gate.wait_for_pulses(opened + 1, "out")


def test_a_double_tap_signs_out_once(gate: TestGate, inside: Visit, leaving: Visitor) -> None:
    leaving.send("/sign-out/number", number=inside.number)
    for _ in range(2):
        leaving.send("/sign-out/visit")
        assert leaving.path == "/visit"
    assert len(gate.entries("visit.signed_out", visit=inside.id)) == 1


def test_a_visit_that_left_by_another_way_in_the_meantime(gate: TestGate, inside: Visit, leaving: Visitor) -> None:
    leaving.send("/sign-out/number", number=inside.number)
    gate.appliance.visits.sign_out(inside.id, actor="guard")
    leaving.send("/sign-out/visit")
    assert leaving.status == 409
    assert "We find no visit with this number." in leaving.page


def test_a_number_shows_nobody_elses_pass(inside: Visit, leaving: Visitor) -> None:
    leaving.send("/sign-out/number", number=inside.number)
    assert leaving.see("/visit").path == "/"
    assert "<svg" not in leaving.page


def test_going_back_forgets_the_number(inside: Visit, leaving: Visitor) -> None:
    leaving.send("/sign-out/number", number=inside.number)
    leaving.see("/sign-out")
    assert leaving.see("/sign-out/visit").path == "/sign-out"
    assert leaving.send("/sign-out/visit").path == "/sign-out"


def test_a_number_opens_no_lane_unless_the_settings_say_so(tmp_path: Path) -> None:
    settings = document(touch={})
    with demo_appliance(tmp_path, settings=settings) as gate:
        app = create_app(gate.appliance)
        Visitor(app).to_visit()
        visitor = Visitor(app)
        visitor.send("/language", language="en")
        visitor.send("/sign-out")
        visitor.send("/sign-out/number", number=visits(gate)[0].number)
        visitor.send("/sign-out/visit")
        assert "Goodbye" in visitor.page
        assert "The gate" not in visitor.page
        assert gate.entries("visit.signed_out", lane=None)
        assert gate.relay("out").pulses == ()


# --- the live stream ---


def _events(visitor: Visitor, path: str, count: int) -> list[tuple[str, str]]:
    """The first events of a stream as (name, data); the place in the journal alone is no event."""
    answer = visitor.client.get(path, buffered=False)
    found: list[tuple[str, str]] = []
    for part in answer.response:
        for event in str(part, "utf-8").split("\n\n"):
            fields = dict(line.split(": ", 1) for line in event.splitlines() if ": " in line)
            if "event" in fields:
                found.append((fields["event"], fields.get("data", "")))
        if len(found) >= count:
            break
    answer.close()
    return found


def test_a_card_held_up_is_answered_in_the_visitors_language(gate: TestGate, app: Flask) -> None:
    visitor = Visitor(app)
    visitor.send("/language", language="zh_Hans")
    after = gate.appliance.feed.last_seq
    gate.tap("A1B2C3D4", "in")
    gate.wait_for_entry("access.refused", after=after, code="unknown")
    ((name, data),) = _events(visitor, f"/events?after={after}", 1)
    assert name == "access"
    assert json.loads(data) == {
        "granted": False,
        "sentence": "没有找到此卡或二维码的记录，请登记，或咨询保安。",
        "say": "verdict-unknown",
    }


def test_a_release_slip_held_up_is_answered_by_asking_to_wait(gate: TestGate, app: Flask) -> None:
    visitor = Visitor(app)
    visitor.send("/language", language="en")
    after = gate.appliance.feed.last_seq
    gate.hold_up("SLIP:R2026-00001:NOT-GENUINE", "in")
    gate.wait_for_entry("slip.unknown", after=after, lane="in")
    ((name, data),) = _events(visitor, f"/events?after={after}", 1)
    assert name == "access"
    assert json.loads(data) == {
        "granted": False,
        "sentence": "Please wait a moment. The guard will help you.",
        "say": "slip-unknown",
    }


def test_the_other_lane_is_heard_by_who_signs_out_only(gate: TestGate, inside: Visit, app: Flask) -> None:
    visitor = Visitor(app)
    visitor.send("/language", language="en")
    after = gate.appliance.feed.last_seq
    gate.hold_up(gate.appliance.visit_queries.token_of(inside) or "", "out")
    gate.wait_for_entry("access.granted", after=after, lane="out")
    gate.tap("A1B2C3D5", "in")
    gate.wait_for_entry("access.refused", after=after, lane="in")
    first = json.loads(_events(visitor, f"/events?after={after}", 1)[0][1])
    assert first["granted"] is False
    told = [json.loads(data) for _, data in _events(visitor, f"/events?leaving=1&after={after}", 2)]
    assert told[0] == {
        "granted": True,
        "sentence": "Thank you for your visit. The gate is opening.",
        "say": "verdict-granted-overdue",
    }


def test_news_of_the_visit_on_the_screen_names_nobody(gate: TestGate, visitor: Visitor) -> None:
    after = gate.appliance.feed.last_seq
    visitor.to_visit()
    assert _events(visitor, f"/events?after={after}", 1)[0] == ("moved", "")
