"""The muster list at the panel: on every page in a fire, ticked off by those who may, and printed at any time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from hardware.interfaces import PrinterState
from hardware.supervisor import DeviceCondition
from kiosk.domain.muster import PersonKind
from kiosk.domain.papers import PrintKind
from kiosk.domain.roles import Role
from kiosk.domain.visits import Visit
from kiosk.services.print_jobs import PrintState
from tests.panel.guard import STAFF, Guard
from tests.support.appliance import TestGate
from tests.support.muster import burn, end_fire

Arrive = Callable[..., Visit]


@pytest.fixture
def empty(gate: TestGate) -> Iterator[TestGate]:
    yield gate
    for visit in gate.appliance.visit_queries.inside():
        gate.appliance.visits.sign_out(visit.id, actor="user test")


@pytest.fixture
def burning(empty: TestGate) -> Iterator[TestGate]:
    after = empty.appliance.feed.last_seq
    burn(empty)
    empty.wait_for_entry("muster.printed", after=after)
    yield empty
    end_fire(empty)


def mark(visit: Visit) -> str:
    return f"/panel/muster/visit/{visit.id}/mark"


def test_the_list_at_rest_shows_who_is_inside_and_nothing_to_tick(
    guard: Guard, empty: TestGate, arrive: Arrive
) -> None:
    visit = arrive("何文 <b>", unit="2-C-12-A")
    page = guard.get("/panel/muster").text
    assert "何文 &lt;b&gt;" in page
    assert "person inside" in page
    assert mark(visit) not in page
    assert guard.ask(mark(visit)).status_code == 409
    assert 'href="/panel/muster"' in guard.get("/panel/parts/people").text
    empty.appliance.visits.sign_out(visit.id, actor="user test")
    assert "Nobody is on record as inside." in guard.get("/panel/parts/muster").text


@pytest.mark.usefixtures("burning")
@pytest.mark.parametrize("path", ["/panel/", "/panel/visits", "/panel/devices", "/panel/muster"])
def test_in_a_fire_every_page_counts_and_leads_there(guard: Guard, arrive: Arrive, path: str) -> None:
    arrive("何文", companions=2)
    page = guard.get(path).text
    assert "Muster list: 3 people to be found" in page
    assert 'href="/panel/muster"' in page


def test_the_list_is_narrowed_to_a_block_by_its_address(guard: Guard, burning: TestGate, arrive: Arrive) -> None:
    near, far = arrive("何文", unit="1-A-1-A", companions=2), arrive("王小明", unit="2-C-12-A")
    lost = arrive("李嘉欣", unit="2-C-12-B")
    narrowed = "/panel/muster?phase=2&block=C"
    page = guard.get(narrowed).text
    assert [mark(one) in page for one in (near, far, lost)] == [False, True, True]
    assert "<strong>5</strong> <span>people to be found</span>" in page, "the estate's count stays the estate's"
    assert 'data-muster="/panel/parts/muster?phase=2&amp;block=C"' in page
    tabs = page.split('class="tabs blocks"')[1].split("</nav>")[0]
    assert re.findall(r">([^<>]+) <span class=\"count some\">(\d)", tabs) == [
        ("All", "5"), ("Phase 1, Block A", "3"), ("Phase 2, Block C", "2"),
    ]  # fmt: skip
    for one in (far, lost):
        assert f'{mark(one)}?phase=2&amp;block=C"' in page
        assert guard.post(f"{mark(one)}?phase=2&block=C", safe="1").location == narrowed
    page = guard.get("/panel/parts/muster?phase=2&block=C").text
    assert 'aria-label="All found"' in page
    assert "<strong>3</strong> <span>people to be found</span>" in page
    for one in (far, lost):
        burning.appliance.visits.sign_out(one.id, actor="user test")
    page = guard.get(narrowed).text
    assert "Nobody of this block is on the list." in page
    assert 'aria-current="true">Phase 2, Block C' in page
    assert mark(near) in guard.get("/panel/muster?phase=2").text, "half an address narrows nothing"


def test_a_block_that_nobody_knows_is_an_empty_list(guard: Guard, empty: TestGate, arrive: Arrive) -> None:
    arrive("何文")
    page = guard.get(f"/panel/muster?phase={'9' * 500}&block=<b>").text
    assert "Nobody of this block is on the list." in page
    tabs = page.split('class="tabs blocks"')[1].split("</nav>")[0]
    assert "&lt;b&gt;" in tabs
    assert "9" * 65 not in tabs
    for visit in empty.appliance.visit_queries.inside():
        empty.appliance.visits.sign_out(visit.id, actor="user test")
    arrive("何文")
    assert 'class="tabs blocks"' not in guard.get("/panel/muster").text, "one block is no choice"


def test_who_is_safe_is_told_with_who_said_so(guard: Guard, burning: TestGate, arrive: Arrive) -> None:
    visit = arrive("何文")
    assert mark(visit) in guard.get("/panel/muster").text
    answer = guard.ask(mark(visit), safe="1")
    assert (answer.status_code, answer.json) == (200, {"message": "何文 is safe."})
    page = guard.get("/panel/muster").text
    assert "Everybody on the list has been found." in page
    assert "guard</span>" in page
    assert "何文" in guard.get("/panel/").text.split("data-feed")[1], "the feed says whom it is about"
    assert guard.post(mark(visit), safe="0").location == "/panel/muster"
    assert burning.appliance.muster.list().missing == 1
    burning.appliance.visits.sign_out(visit.id, actor="user test")
    assert guard.ask(mark(visit), safe="1").status_code == 404
    assert guard.ask(mark(visit).replace("visit/", "ghost/")).status_code == 404


@pytest.mark.parametrize("role", STAFF)
def test_who_may_tick_and_who_may_print(app: Flask, burning: TestGate, arrive: Arrive, role: Role) -> None:
    visit = arrive("何文")
    person = Guard(app)
    person.log_in(role.value)
    page = person.get("/panel/muster").text
    may_print = role in {Role.GUARD, Role.SUPERVISOR, Role.ADMIN}
    may_tick = may_print or role is Role.FRONT_DESK
    assert ("何文" in page, mark(visit) in page, "/panel/muster/print" in page) == (True, may_tick, may_print)
    assert person.ask(mark(visit), safe="1").status_code == (200 if may_tick else 403)
    assert (burning.appliance.muster.list().persons[0].safe is not None) is may_tick
    after = burning.appliance.feed.last_seq
    assert person.ask("/panel/muster/print").status_code == (200 if may_print else 403)
    if may_print:
        burning.wait_for_entry("muster.printed", after=after)


def test_a_list_that_waits_for_paper_is_told_everywhere(guard: Guard, empty: TestGate, arrive: Arrive) -> None:
    arrive("何文")
    empty.printer().run_out_of_paper()
    empty.wait_for_condition("printer", DeviceCondition.IMPAIRED)
    after = empty.appliance.feed.last_seq
    burn(empty)
    try:
        empty.wait_for_entry("muster.queued", after=after)
        assert "it waits for the printer" in guard.get("/panel/visits").text
        assert "The list on paper waits for the printer. It is out of paper." in guard.get("/panel/muster").text
        devices = guard.get("/panel/devices").text.split('id="receipts"')[1]
        assert "Muster list" in devices
        answer = guard.ask("/panel/muster/print")
        assert (answer.status_code, answer.json["message"]) == (409, "A muster list waits for the printer already.")
    finally:
        empty.printer().set_state(PrinterState.READY)
        empty.wait_for_entry("muster.printed", after=after)
        end_fire(empty)
    assert "waits for the printer" not in guard.get("/panel/muster").text


@pytest.mark.parametrize("decision", ["reprint", "dismiss"])
def test_a_sheet_in_doubt_is_decided_about_like_a_receipt(
    guard: Guard, empty: TestGate, arrive: Arrive, decision: str
) -> None:
    visit = arrive("何文")
    empty.wait_for_entry("receipt.printed", visit=visit.id)
    empty.printer().jam_midway(into=PrinterState.READY)
    after = empty.appliance.feed.last_seq
    assert guard.ask("/panel/muster/print").status_code == 200
    empty.wait_for_entry("muster.uncertain", after=after)
    (job,) = empty.appliance.spool.jobs({PrintState.UNCERTAIN})
    assert job.kind is PrintKind.MUSTER
    path = f"/panel/print-jobs/{job.id}/{decision}"
    assert path in guard.get("/panel/devices").text
    answer = guard.ask(path)
    if decision == "reprint":
        assert answer.json == {"message": "Copy 1 of Muster list is printed next."}
        empty.wait_for_entry("muster.printed", after=after, copy=1)
    else:
        assert answer.json == {"message": "Muster list is settled."}
    assert empty.appliance.spool.jobs({PrintState.UNCERTAIN}) == []
    assert empty.appliance.muster.list().persons[0].kind is PersonKind.VISIT
