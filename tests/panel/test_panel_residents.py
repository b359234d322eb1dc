"""Residents at the panel: their links, and what a guard sees of a host who is being asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask

from kiosk.domain.roles import Role
from kiosk.domain.visits import NewVisit, Visit, VisitKind, VisitSource
from kiosk.services.resident_links import NewLink
from tests.host.resident import ClockAhead, Resident
from tests.panel.guard import PASSWORD, Guard
from tests.support.appliance import UNITS, TestGate, demo_appliance, document
from web import create_app

UNIT = UNITS[0].code
SECRET = "bark://bark.example/s3cret"


@pytest.fixture(scope="module")
def clock() -> ClockAhead:
    return ClockAhead()


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory, clock: ClockAhead) -> Iterator[TestGate]:
    settings = document(visits={"kinds": {"guest": {"approval": "host"}}}, hosts={"base_url": "http://gate.lan:8080"})
    with demo_appliance(tmp_path_factory.mktemp("gate"), settings=settings, clock=clock) as running:
        for role in Role:
            running.appliance.accounts.add_user(role.value, role, PASSWORD)
        yield running


@pytest.fixture(scope="module")
def app(gate: TestGate) -> Flask:
    return create_app(gate.appliance)


@pytest.fixture
def desk(app: Flask) -> Guard:
    desk = Guard(app)
    desk.log_in("frontdesk")
    return desk


@pytest.fixture
def ask(gate: TestGate) -> Callable[[], Visit]:
    def ask() -> Visit:
        new = NewVisit(VisitKind.GUEST, UNIT, "歐陽詠欣")
        return gate.appliance.visits.sign_in(new, source=VisitSource.TOUCH, actor="touchscreen", lane="in").visit

    return ask


def test_a_link_is_shown_once_and_works_until_it_is_revoked(app: Flask, gate: TestGate, desk: Guard) -> None:
    answer = desk.post("/panel/residents", unit=UNIT, name="陳太 phone", phone="9123 4567", address=SECRET)
    assert answer.status_code == 201
    token = re.search(r"http://gate\.lan:8080/r/([\w-]{43})<", answer.text)
    assert token
    assert "<svg" in answer.text
    listed = desk.get(f"/panel/residents?unit={UNIT}").text
    assert "陳太 phone" in listed
    assert "9123 4567" in listed
    assert token[1] not in listed
    assert "s3cret" not in answer.text + listed
    assert '<span class="badge">Owner</span>' not in listed
    resident = Resident(app, token[1])
    (link,) = gate.appliance.resident_links.page(UNIT, before=None, limit=5).items
    assert not link.is_owner
    assert desk.post(f"/panel/residents/{link.id}/revoke").status_code == 303
    assert resident.get("/r/").status_code == 401
    assert desk.post(f"/panel/residents/{link.id}/revoke").status_code == 404


def test_an_owners_link_is_ticked_to_be_one_and_said_in_the_list(desk: Guard, gate: TestGate) -> None:
    unit = UNITS[5].code
    assert desk.post("/panel/residents", unit=unit, name="業主", is_owner="on").status_code == 201
    (link,) = gate.appliance.resident_links.page(unit, before=None, limit=5).items
    assert link.is_owner
    assert '<span class="badge">Owner</span>' in desk.get(f"/panel/residents?unit={unit}").text


def test_a_link_that_nobody_opened_is_said_to_have_ended(app: Flask, gate: TestGate, clock: ClockAhead) -> None:
    made, token = gate.appliance.resident_links.make(NewLink(UNITS[4].code, "陳太 tablet"), actor="user desk")
    clock.ahead += timedelta(days=180)
    try:
        later = Guard(app)
        later.log_in("frontdesk")
        assert "has ended: nobody opened it" in later.get(f"/panel/residents?unit={UNITS[4].code}").text
        assert gate.appliance.resident_links.open(token) is None
    finally:
        clock.ahead -= timedelta(days=180)
    assert gate.appliance.resident_links.revoke(made.id, actor="user desk").id == made.id


def test_without_the_setting_a_link_leads_to_where_the_panel_was_opened(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with demo_appliance(tmp_path_factory.mktemp("gate")) as gate:
        gate.appliance.accounts.add_user("desk", Role.FRONT_DESK, PASSWORD)
        desk = Guard(create_app(gate.appliance))
        desk.log_in("desk")
        assert "http://localhost/r/" in desk.post("/panel/residents", unit=UNIT, name="陳太").text


def test_what_cannot_be_is_said_and_what_was_typed_stays(desk: Guard, gate: TestGate) -> None:
    before = gate.appliance.feed.last_seq
    answer = desk.post("/panel/residents", unit="nowhere", name="陳太 phone", phone="1", address="x")
    assert answer.status_code == 422
    assert "陳太 phone" in answer.text
    assert answer.text.count('class="problem" id=') == 3
    assert gate.entries("link.made", before) == []


@pytest.mark.parametrize("role", [Role.GUARD, Role.CLERK])
def test_others_neither_see_nor_make_links(app: Flask, role: Role) -> None:
    other = Guard(app)
    other.log_in(role.value)
    assert other.get("/panel/residents").status_code == 403
    assert other.post("/panel/residents", unit=UNIT, name="x").status_code == 403
    assert "/panel/residents" not in other.get("/panel/").text


def test_the_guard_sees_that_the_host_is_asked_and_then_whom_to_call(
    app: Flask, gate: TestGate, clock: ClockAhead, ask: Callable[[], Visit]
) -> None:
    link, _token = gate.appliance.resident_links.make(NewLink(UNIT, "陳太 phone", phone="9123 4567"), actor="user desk")
    guard = Guard(app)
    guard.log_in("guard")
    visit = ask()
    for path in ("/panel/parts/people", f"/panel/visits/{visit.id}"):
        page = guard.get(path).text
        assert "The host is being asked." in page
        assert "data-until-ms=" in page
        assert "9123 4567" not in page
    clock.ahead += timedelta(seconds=120)
    assert gate.appliance.approvals.run_due() in {0, 1}  # the gate's own watch may have been first
    for path in ("/panel/parts/people", f"/panel/visits/{visit.id}"):
        page = guard.get(path).text
        assert "No answer from the unit" in page
        assert "9123 4567" in page
        assert "陳太 phone" in page
    gate.appliance.visits.approve(visit.id, actor=link.actor)
    history = unescape(guard.get(f"/panel/visits/{visit.id}").text)
    places = [
        history.index(step) for step in ("The host was asked", "No answer from the unit", "By the resident's link · ")
    ]
    assert places == sorted(places)
    assert "陳太 phone" in history
    assert guard.ask(f"/panel/visits/{visit.id}/approve").status_code == 409


def test_the_guard_may_be_first(app: Flask, ask: Callable[[], Visit]) -> None:
    guard = Guard(app)
    guard.log_in("guard")
    visit = ask()
    assert guard.ask(f"/panel/visits/{visit.id}/approve").status_code == 200
    assert "At the panel · " in guard.get(f"/panel/visits/{visit.id}").text
