"""Receipts about which a guard decides, and devices that are not well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from hardware.interfaces import PrinterState
from hardware.supervisor import DeviceCondition
from kiosk.domain.notices import Language
from kiosk.domain.roles import Role
from kiosk.domain.slips import NewItem, NewSlip, Requester, SlipKind, SlipSource
from kiosk.domain.visits import NewVisit, Visit, VisitKind, VisitSource
from kiosk.services.print_jobs import PrintState
from tests.panel.guard import PASSWORD, Guard
from tests.support.appliance import TestGate, demo_appliance, document
from web import create_app

Arrive = Callable[..., Visit]


def test_a_receipt_is_printed_again(guard: Guard, gate: TestGate, arrive: Arrive) -> None:
    visit = arrive()
    gate.wait_for_entry("receipt.printed", visit=visit.id)
    answer = guard.ask(f"/panel/visits/{visit.id}/reprint")
    assert answer.json == {"message": f"Copy 1 of the receipt of {visit.number} is printed next."}
    gate.wait_for_entry("receipt.printed", visit=visit.id, copy=1)
    assert "Copy 1" in guard.get(f"/panel/visits/{visit.id}").text


def test_a_visit_that_never_came_in_has_no_receipt(guard: Guard, arrive: Arrive) -> None:
    visit = arrive(kind=VisitKind.CONTRACTOR)
    answer = guard.ask(f"/panel/visits/{visit.id}/reprint")
    assert answer.status_code == 409
    assert "never signed in" in answer.json["message"]


def test_a_receipt_that_waits_is_taken_out_of_the_queue(guard: Guard, gate: TestGate, arrive: Arrive) -> None:
    gate.printer().set_state(PrinterState.OUT_OF_PAPER)
    gate.wait_for_condition("printer", DeviceCondition.IMPAIRED)
    try:
        visit = arrive()
        (job,) = gate.appliance.receipts.jobs_of(visit.id)
        shown = guard.get("/panel/devices").text
        assert "It is out of paper." in shown
        assert f"/panel/print-jobs/{job.id}/dismiss" in shown
        assert guard.ask(f"/panel/visits/{visit.id}/reprint").status_code == 409
        assert guard.post(f"/panel/print-jobs/{job.id}/dismiss").location == "/panel/devices"
        assert guard.ask(f"/panel/print-jobs/{job.id}/dismiss").status_code == 409
        assert [one.state for one in gate.appliance.receipts.jobs_of(visit.id)] == [PrintState.DISMISSED]
    finally:
        gate.printer().set_state(PrinterState.READY)
        gate.wait_for_condition("printer", DeviceCondition.READY)


@pytest.mark.parametrize("decision", ["reprint", "dismiss"])
def test_a_guard_decides_about_a_receipt_in_doubt(guard: Guard, gate: TestGate, arrive: Arrive, decision: str) -> None:
    gate.printer().jam_midway()
    visit = arrive("In doubt")
    gate.wait_for_entry("receipt.uncertain", visit=visit.id)
    (job,) = gate.appliance.receipts.jobs_of(visit.id)
    gate.printer().make_ready()
    gate.wait_for_condition("printer", DeviceCondition.READY)
    assert "One receipt may not have come out" in guard.get("/panel/parts/alerts").text
    assert "Please look at the printer" in guard.get("/panel/devices").text
    if decision == "reprint":
        assert guard.post(f"/panel/visits/{visit.id}/reprint", back="/panel/devices").location == "/panel/devices"
        gate.wait_for_entry("receipt.printed", visit=visit.id, copy=1)
    else:
        assert guard.post(f"/panel/print-jobs/{job.id}/dismiss").location == "/panel/devices"
    assert gate.appliance.receipts.jobs_of(visit.id)[0].state is PrintState.DISMISSED
    assert "may not have come out" not in guard.get("/panel/parts/alerts").text


def test_a_release_slip_in_doubt_is_printed_again(guard: Guard, gate: TestGate) -> None:
    now, goods = gate.appliance.clock.now(), gate.appliance.goods
    wanted = NewSlip(
        SlipKind.HOUSEHOLD, Requester.OWNER, "李太", (NewItem("梳化", 1),), now, now + timedelta(days=1), "1-A-1-A"
    )
    slip = goods.slips.request(wanted, source=SlipSource.DESK, actor="user desk")
    gate.printer().jam_midway()
    job = goods.papers.print_slip(slip.id, Language.ZH_HANT, actor="user desk")
    gate.wait_for_entry("slip_paper.uncertain", slip=slip.id)
    gate.printer().make_ready()
    gate.wait_for_condition("printer", DeviceCondition.READY)
    assert f"Release slip {slip.number}" in guard.get("/panel/devices").text
    answer = guard.ask(f"/panel/print-jobs/{job.id}/reprint")
    assert answer.json == {"message": f"Copy 1 of Release slip {slip.number} is printed next."}
    gate.wait_for_entry("slip_paper.printed", slip=slip.id, copy=1)
    assert goods.slip_queries.get(slip.id).copies == 2


def test_a_receipt_that_lapsed_is_offered_again(tmp_path: Path) -> None:
    printer = {"driver": "simulated", "job_ttl_s": 0.05}
    with demo_appliance(tmp_path, settings=document(printer=printer)) as other:
        other.printer().run_out_of_paper()
        other.wait_for_condition("printer", DeviceCondition.IMPAIRED)
        other.appliance.accounts.add_user("guard", Role.GUARD, PASSWORD)
        new = NewVisit(VisitKind.GUEST, "1-A-1-A", "Late paper")
        visit = other.appliance.visits.sign_in(new, source=VisitSource.API, actor="api x", lane=None).visit
        other.wait_for_entry("receipt.lapsed", visit=visit.id)
        guard = Guard(create_app(other.appliance))
        guard.log_in("guard")
        assert "Not printed: waited too long" in guard.get("/panel/devices").text
        assert guard.ask(f"/panel/visits/{visit.id}/reprint").status_code == 200
        other.wait_for_entry("receipt.lapsed", visit=visit.id, copy=1)


def test_a_driver_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    settings = document(printer={"driver": "simulated", "colour": "red"})
    settings["lanes"]["out"]["reader"] = {"driver": "abacus"}
    with demo_appliance(tmp_path, settings=settings) as gate:
        gate.appliance.accounts.add_user("guard", Role.GUARD, PASSWORD)
        guard = Guard(create_app(gate.appliance))
        guard.log_in("guard")
        shown = guard.get("/panel/devices").text
        assert shown.count("Wrongly set up") == 2
        assert "there is no reader driver &#39;abacus&#39;; known: pcsc, simulated" in shown
        assert "colour" in shown
        assert "Card reader (out): Wrongly set up" in guard.get("/panel/").text
