"""A handover on the gate's receipt printer: who may have it printed, what is said meanwhile, and what is in doubt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from hardware.interfaces import PrinterState
from hardware.supervisor import DeviceCondition
from kiosk.domain.handovers import Means, Side
from kiosk.domain.papers import PrintKind
from kiosk.domain.roles import Permission, Role, may
from kiosk.domain.visits import Visit, VisitKind
from kiosk.services.print_jobs import PrintState
from tests.panel.guard import PASSWORD, STAFF, Guard
from tests.support.appliance import TestGate, demo_appliance, document
from web import create_app

NOTE = "後門鎖壞了"
PRINT = "Print at the gate"


def signed(gate: TestGate) -> str:
    """The address of a handover that both have signed."""
    service = gate.appliance.shifts.handovers
    users = {user.username: user for user in gate.appliance.accounts.users()}
    sheet = service.open(users["guard"])
    id_ = sheet.handover.id
    service.name(id_, "supervisor", actor="user guard")
    sheet = service.note(id_, NOTE, actor="user guard")
    for side in Side:
        signer = users[sheet.handover.name_of(side)]
        service.sign(id_, side, signer, Means.PIN, digest=sheet.digest)
    return f"/panel/handovers/{id_}"


def id_of(page: str) -> str:
    return page.rpartition("/")[2]


@pytest.fixture
def page(gate: TestGate, arrive: Callable[..., Visit]) -> str:
    arrive("何工", VisitKind.CONTRACTOR)
    return signed(gate)


@pytest.fixture
def out_of_paper(gate: TestGate) -> Iterator[None]:
    gate.printer().run_out_of_paper()
    gate.wait_for_condition("printer", DeviceCondition.IMPAIRED)
    yield
    gate.printer().set_state(PrinterState.READY)
    gate.wait_for_condition("printer", DeviceCondition.READY)


def test_a_button_prints_it(guard: Guard, gate: TestGate, page: str) -> None:
    assert PRINT in guard.get(page).text
    answer = guard.ask(f"{page}/print")
    assert answer.json == {"message": "The handover is printed next."}
    gate.wait_for_entry("handover_paper.printed", handover=id_of(page), copy=0)
    assert guard.post(f"{page}/print").location == page
    gate.wait_for_entry("handover_paper.printed", handover=id_of(page), copy=1)


@pytest.mark.parametrize("role", STAFF)
def test_who_hands_over_may_print_and_nobody_else(app: Flask, gate: TestGate, page: str, role: Role) -> None:
    person = Guard(app)
    person.log_in(role.value)
    is_theirs = may(role, Permission.HAND_OVER)
    assert is_theirs is (role in {Role.GUARD, Role.SUPERVISOR, Role.ADMIN})
    shown = person.get(page)
    assert (shown.status_code == 200, PRINT in shown.text) == (is_theirs, is_theirs)
    assert person.ask(f"{page}/print").status_code == (200 if is_theirs else 403)
    if is_theirs:
        gate.wait_for_entry("handover_paper.printed", handover=id_of(page))
    else:
        assert gate.entries("handover_paper.queued", handover=id_of(page)) == []


def test_what_not_both_have_signed_has_no_button_and_says_why(guard: Guard, gate: TestGate) -> None:
    page = guard.post("/panel/handovers").location
    assert PRINT not in guard.get(page).text
    answer = guard.ask(f"{page}/print")
    assert (answer.status_code, answer.json["message"]) == (409, "This handover is not signed by both yet.")
    gate.appliance.shifts.handovers.cancel(id_of(page), "x", actor="user guard")
    assert PRINT not in guard.get(page).text
    answer = guard.ask(f"{page}/print")
    assert (answer.status_code, answer.json["message"]) == (409, "This handover was cancelled.")


@pytest.mark.usefixtures("out_of_paper")
def test_it_waits_for_paper_and_the_device_page_says_so(app: Flask, guard: Guard, gate: TestGate, page: str) -> None:
    observer = Guard(app)
    observer.log_in(Role.OBSERVER.value)
    assert guard.ask(f"{page}/print").status_code == 200
    again = guard.ask(f"{page}/print")
    assert (again.status_code, again.json["message"]) == (409, "This paper is about to be printed.")
    (job,) = gate.appliance.spool.jobs({PrintState.QUEUED})
    assert job.kind is PrintKind.HANDOVER
    label = f"Shift handover {job.subject_number}"
    devices = guard.get("/panel/devices").text
    assert label in devices
    assert f"/panel/print-jobs/{job.id}/dismiss" in devices
    assert label not in observer.get("/panel/devices").text
    gate.printer().set_state(PrinterState.READY)
    gate.wait_for_entry("handover_paper.printed", handover=id_of(page), copy=0)
    assert label not in guard.get("/panel/devices").text


@pytest.mark.parametrize("decision", ["reprint", "dismiss"])
def test_one_in_doubt_is_decided_about_like_a_receipt(
    app: Flask, guard: Guard, gate: TestGate, page: str, decision: str
) -> None:
    gate.printer().jam_midway(into=PrinterState.READY)
    after = gate.appliance.feed.last_seq
    assert guard.ask(f"{page}/print").status_code == 200
    gate.wait_for_entry("handover_paper.uncertain", after=after)
    (job,) = gate.appliance.spool.jobs({PrintState.UNCERTAIN})
    label = f"Shift handover {job.subject_number}"
    path = f"/panel/print-jobs/{job.id}/{decision}"
    assert path in guard.get("/panel/devices").text
    assert "Shift handover may not have come out" in guard.get("/panel/").text.split("data-feed")[1]
    observer = Guard(app)
    observer.log_in(Role.OBSERVER.value)
    assert path not in observer.get("/panel/devices").text
    assert observer.ask(path).status_code == 403
    answer = guard.ask(path)
    if decision == "reprint":
        assert answer.json == {"message": f"Copy 1 of {label} is printed next."}
        gate.wait_for_entry("handover_paper.printed", after=after, copy=1)
    else:
        assert answer.json == {"message": f"{label} is settled."}
    assert gate.appliance.spool.jobs({PrintState.UNCERTAIN}) == []


def test_without_a_printer_there_is_no_button_and_a_clear_word(tmp_path: Path) -> None:
    settings = document()
    del settings["printer"]
    with demo_appliance(tmp_path, settings=settings) as gate:
        for role in (Role.GUARD, Role.SUPERVISOR):
            gate.appliance.accounts.add_user(role.value, role, PASSWORD)
        page = signed(gate)
        guard = Guard(create_app(gate.appliance))
        guard.log_in("guard")
        assert PRINT not in guard.get(page).text
        answer = guard.ask(f"{page}/print")
        assert (answer.status_code, answer.json["message"]) == (503, "This gate has no receipt printer.")
