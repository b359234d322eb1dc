"""What follows the last button: waiting for the guard, the number, gate and paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from hardware.interfaces import PrinterState
from hardware.supervisor import DeviceCondition
from kiosk.domain.visits import VisitState
from tests.support.appliance import TestGate, demo_appliance, document, wait_for
from tests.support.visitor import Visitor, visits
from web import create_app


@pytest.fixture
def waiting(app: Flask) -> Visitor:
    visitor = Visitor(app).begin("other").go_to("2/C", "2-C-12-A")
    visitor.send("/sign-in/about", visitor_name="何文")
    visitor.send("/sign-in/more", purpose="meter reading")
    visitor.send("/sign-in/photo", do="skip")
    visitor.send("/sign-in/done", once=visitor.once)
    assert "The guard is being asked." in visitor.page
    return visitor


def test_the_guards_yes_leads_to_the_number(gate: TestGate, waiting: Visitor) -> None:
    visit = visits(gate)[0]
    opened = len(gate.relay("in").pulses)
    assert "<svg" not in waiting.page, "there is no pass yet"
    gate.appliance.visits.approve(visit.id, actor="guard")
    assert 'data-state="signed_in"' in waiting.see("/visit/state").page
    assert visit.number in waiting.see("/visit").page
    assert "<svg" in waiting.page
    gate.wait_for_pulses(opened + 1)


def test_the_guards_no_is_said_kindly(gate: TestGate, waiting: Visitor) -> None:
    gate.appliance.visits.refuse(visits(gate)[0].id, actor="guard", reason="has been a nuisance")
    page = waiting.see("/visit").page
    assert "Please speak to the guard" in page
    assert "nuisance" not in page
    assert waiting.send("/leave").path == "/"


def test_who_waits_at_a_locked_lane_is_told_so(gate: TestGate, waiting: Visitor) -> None:
    gate.appliance.lanes.states.lock("in", actor="user guard", reason="broken arm")
    try:
        page = waiting.see("/visit/state").page
        assert "Please wait for the guard, who will help you." in page
        assert "This way in is closed at present." in page
        assert "broken arm" not in page
    finally:
        gate.appliance.lanes.states.unlock("in", actor="user guard")
    assert "closed" not in waiting.see("/visit/state").page


def test_who_waits_can_cancel(gate: TestGate, waiting: Visitor) -> None:
    assert waiting.send("/visit/cancel").path == "/"
    assert visits(gate)[0].state is VisitState.CANCELLED
    assert waiting.see("/visit").path == "/"


def test_who_walks_away_while_waiting_is_given_up(gate: TestGate, waiting: Visitor) -> None:
    waiting.send("/leave")
    assert visits(gate)[0].state is VisitState.CANCELLED


def test_a_cancel_that_comes_after_the_guards_yes_shows_the_number(gate: TestGate, waiting: Visitor) -> None:
    gate.appliance.visits.approve(visits(gate)[0].id, actor="guard")
    waiting.send("/visit/cancel")
    assert waiting.path == "/visit"
    assert visits(gate)[0].number in waiting.page
    assert visits(gate)[0].state is VisitState.SIGNED_IN


def test_the_first_page_leads_back_to_who_waits(waiting: Visitor) -> None:
    assert waiting.see("/").path == "/visit"
    assert waiting.see("/sign-in/summary").path == "/visit"


def test_who_waits_is_not_wiped_with_the_idle_time(waiting: Visitor, gate: TestGate) -> None:
    seconds = gate.appliance.settings.touch.idle_s
    assert f'data-idle-s="{seconds}"' not in waiting.page
    assert 'data-idle-s="300"' in waiting.page


def test_gate_and_paper_are_told(visitor: Visitor) -> None:
    visitor.to_visit()
    wait_for(lambda: "The gate is open." in visitor.see("/visit/state").page)
    wait_for(lambda: "Please take your receipt." in visitor.see("/visit/state").page)


def test_a_printer_without_paper_rests(gate: TestGate, visitor: Visitor) -> None:
    gate.printer().set_state(PrinterState.OUT_OF_PAPER)
    try:
        gate.wait_for_condition("printer", DeviceCondition.IMPAIRED)
        visitor.to_visit()
        assert "The printer is resting." in visitor.page
        assert "<svg" in visitor.page
    finally:
        gate.printer().set_state(PrinterState.READY)
        gate.wait_for_condition("printer", DeviceCondition.READY)


def test_a_gate_without_a_printer_promises_no_paper(tmp_path: Path) -> None:
    settings = document()
    del settings["printer"]
    with demo_appliance(tmp_path, settings=settings) as gate:
        page = Visitor(create_app(gate.appliance)).to_visit().page
        assert "printer" not in page.lower().replace("icon-printer", "")
        assert "Please note your number" in page


def test_a_gate_that_does_not_open_is_told(tmp_path: Path) -> None:
    with demo_appliance(tmp_path) as gate:
        gate.relay("in").unplug()
        gate.wait_for_condition("in.relay", DeviceCondition.FAULT)
        visitor = Visitor(create_app(gate.appliance)).to_visit()
        wait_for(lambda: "The gate does not open." in visitor.see("/visit/state").page)


def test_nothing_is_known_to_whoever_has_no_turn(app: Flask) -> None:
    stranger = Visitor(app)
    for path in ("/visit", "/visit/state"):
        assert stranger.see(path).path == "/"
