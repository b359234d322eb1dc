"""Tools at the touchscreen: asked of contractors, listed by touch, and shown to the guard before leaving."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from kiosk.domain.goods import MAX_CARRIED, ItemCheck
from kiosk.domain.visits import Visit, VisitState
from tests.support.appliance import TestGate
from tests.support.visitor import Visitor, visits

PAGE = "/sign-in/carried"


@pytest.fixture
def asked(visitor: Visitor) -> Visitor:
    """A contractor who is asked for tools."""
    visitor.begin("contractor").go_to("2/C", "2-C-12-A")
    visitor.send("/sign-in/about", visitor_name="李工", phone="55501234")
    visitor.send("/sign-in/more", purpose="lift")
    assert visitor.path == PAGE
    return visitor


def listed(visitor: Visitor) -> list[tuple[str, str]]:
    return re.findall(
        r'name="remove" value="\d+"><b class="digits">(\d+) ×</b><span class="name">(.*?)</span>', visitor.page
    )


def put(visitor: Visitor, **fields: str) -> Visitor:
    count = re.search(r'name="count" value="(\d+)"', visitor.page)
    assert count
    return visitor.send(PAGE, count=count[1], **({"quantity": "1"} | fields))


def to_register(visitor: Visitor, gate: TestGate) -> Visit:
    visitor.send("/sign-in/photo", do="skip")
    if visitor.path != "/sign-in/summary":
        visitor.see("/sign-in/summary")
    visitor.send("/sign-in/done", once=visitor.once)
    return visits(gate)[0]


def test_tools_are_listed_taken_off_and_kept_with_the_visit(asked: Visitor, gate: TestGate) -> None:
    assert "No, nothing" in asked.page
    put(asked, usual="Ladder")
    put(asked, usual="Ladder", quantity="2")
    put(asked, name=" Bosch <drill> ", do="add")
    put(asked, name="Pump", do="add")
    assert listed(asked) == [("3", "Ladder"), ("1", "Bosch <drill>"), ("1", "Pump")]
    put(asked, remove="2")
    assert listed(asked) == [("3", "Ladder"), ("1", "Bosch <drill>")]
    put(asked, name="Cable", do="on")
    assert asked.path == "/sign-in/photo", "what was typed is not lost, and needs no further touch"
    visit = to_register(asked, gate)
    items = gate.appliance.goods.carried.of_visit(visit.id)
    assert [(item.name, item.quantity) for item in items] == [("Ladder", 3), ("Bosch <drill>", 1), ("Cable", 1)]


def test_the_summary_tells_them_and_leads_back(asked: Visitor) -> None:
    put(asked, usual="Ladder", quantity="2")
    put(asked, do="on")
    asked.send("/sign-in/photo", do="skip").see("/sign-in/summary")
    assert "2 × Ladder" in asked.page
    asked.send("/sign-in/change", step="carried")
    assert asked.path == PAGE
    assert listed(asked) == [("2", "Ladder")]


def test_nothing_is_an_answer(asked: Visitor, gate: TestGate) -> None:
    put(asked, do="none")
    assert asked.path == "/sign-in/photo"
    assert gate.appliance.goods.carried.of_visit(to_register(asked, gate).id) == []


def test_a_form_that_is_sent_twice_adds_and_takes_off_once(asked: Visitor) -> None:
    for _ in range(2):
        asked.send(PAGE, count="0", usual="Ladder", quantity="1")
    assert listed(asked) == [("1", "Ladder")]
    put(asked, usual="Drill")
    for _ in range(2):
        asked.send(PAGE, count="2", remove="0")
    assert listed(asked) == [("1", "Drill")]


def test_what_cannot_be_listed_is_said(asked: Visitor) -> None:
    put(asked, name="x" * 61, do="add")
    assert (asked.status, "This is too long." in asked.page) == (422, True)
    put(asked, name="x", quantity="0", do="add")
    assert listed(asked) == [("1", "x")], "none of something is one of it: nobody lists what they do not bring"
    put(asked, name="x", quantity="999", do="add")
    assert asked.status == 422
    for number in range(1, MAX_CARRIED):
        put(asked, name=f"tool {number}", do="add")
    assert len(listed(asked)) == MAX_CARRIED
    assert 'name="usual"' not in asked.page, "the list is full"


def test_no_guest_is_asked(visitor: Visitor) -> None:
    visitor.begin("guest").go_to("2/C", "2-C-12-A")
    visitor.send("/sign-in/about", visitor_name="A")
    visitor.send("/sign-in/more", companions="0")
    assert visitor.path == "/sign-in/photo"
    assert visitor.see(PAGE).path == "/sign-in/photo"


def test_signing_out_by_number_sends_whoever_has_tools_to_the_guard(asked: Visitor, app: Flask, gate: TestGate) -> None:
    put(asked, usual="Ladder")
    put(asked, do="on")
    visit = to_register(asked, gate)
    gate.appliance.visits.approve(visit.id, actor="user guard")
    opened = len(gate.relay("out").pulses)
    leaving = Visitor(app)
    leaving.send("/language", language="en")
    leaving.send("/sign-out")
    leaving.send("/sign-out/number", number=visit.number)
    leaving.send("/sign-out/visit")
    assert (leaving.status, "Please show your tools to the guard." in leaving.page) == (409, True)
    assert gate.appliance.visit_queries.get(visit.id).state is VisitState.SIGNED_IN
    assert len(gate.entries("carried.awaited", visit=visit.id)) == 1
    gate.appliance.goods.carried.check_out(visit.id, {1: ItemCheck(1)}, actor="user guard")
    leaving.send("/sign-out/visit")
    assert "Goodbye" in leaving.page
    gate.wait_for_pulses(opened + 1, "out")
