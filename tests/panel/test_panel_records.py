"""How the goods registers are closed at the panel: a week's notes and signatures, holds, certificates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask import Flask, render_template_string

from kiosk.clock import SystemClock
from kiosk.domain.reconciliation import Week
from kiosk.domain.roles import Permission, Role, may
from kiosk.domain.slips import ApprovalMethod, NewItem, NewSlip, Requester, Slip, SlipKind, SlipSource
from kiosk.services.goods.slips import Word
from tests.panel.guard import PASSWORD, Guard
from tests.support.appliance import TestGate, demo_appliance
from web import create_app

HOSTILE = "<script>alert('x')</script>"


class ShiftedClock(SystemClock):
    """The machine's clock, put forward by the test."""

    ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    """A gate of this module's own: its clock goes forward by weeks."""
    with demo_appliance(tmp_path_factory.mktemp("gate"), clock=ShiftedClock()) as running:
        for role in Role:
            running.appliance.accounts.add_user(role.value, role, PASSWORD)
        yield running


def _ahead(gate: TestGate, span: timedelta) -> None:
    assert isinstance(gate.appliance.clock, ShiftedClock)
    gate.appliance.clock.ahead += span


def _log_in(app: Flask, role: Role) -> Guard:
    one = Guard(app)
    assert one.log_in(role.value).status_code == 303
    return one


def _slip(gate: TestGate) -> Slip:
    now = gate.appliance.clock.now()
    new = NewSlip(
        kind=SlipKind.DEPARTMENT, requester=Requester.DEPARTMENT, department="工程部 Works", requested_by="何工",
        items=(NewItem("梯", 1),), not_before=now, not_after=now + timedelta(days=25),
    )  # fmt: skip
    slip = gate.appliance.goods.slips.request(new, source=SlipSource.DESK, actor="user desk")
    word = Word(ApprovalMethod.SUPERVISOR, "user boss", "user boss")
    return gate.appliance.goods.slips.approve(slip.id, word)


def _digest(page: str) -> str:
    found = re.search(r'name="digest" value="(\w+)"', page)
    assert found, page
    return found[1]


@pytest.fixture(scope="module")
def app(gate: TestGate) -> Flask:
    return create_app(gate.appliance)


@pytest.mark.parametrize("role", list(Role))
def test_who_reconciles_and_who_holds(app: Flask, role: Role) -> None:
    one = _log_in(app, role)
    for path, permission in (
        ("/panel/reconciliation", Permission.RECONCILE),
        ("/panel/holds", Permission.HOLD_RECORDS),
        ("/panel/certificates", Permission.HOLD_RECORDS),
    ):
        assert one.get(path).status_code == (200 if may(role, permission) else 403), path


def test_a_week_is_noted_signed_by_two_and_closed(app: Flask, gate: TestGate) -> None:
    reconciliation = gate.appliance.goods.reconciliation
    week, slip = reconciliation.current(), _slip(gate)
    address = f"/panel/reconciliation/{week}"
    desk = _log_in(app, Role.FRONT_DESK)
    running = desk.get(address).text
    assert "It can be signed once the week is over." in running
    assert 'name="digest"' not in running
    _ahead(gate, timedelta(days=15))
    desk, chief = _log_in(app, Role.FRONT_DESK), _log_in(app, Role.SUPERVISOR)
    assert "One week here is overdue" in desk.get("/panel/reconciliation").text
    page = desk.get(address).text
    assert "Not ended with the week." in page
    assert "One number needs a word first." in page
    assert desk.ask(f"{address}/sign", digest=reconciliation.week(week).digest).status_code == 409
    too_long = desk.post(f"{address}/notes", number=slip.number, note="x" * 201)
    assert too_long.status_code == 422
    assert 'aria-invalid="true"' in too_long.text
    assert desk.post(f"{address}/notes", number=slip.number, note=HOSTILE).status_code == 303
    page = desk.get(address).text
    assert "&lt;script&gt;alert" in page
    assert HOSTILE not in page
    shown = _digest(page)
    assert desk.ask(f"{address}/sign", digest="0" * 64).json["message"].startswith("The week has changed since this")
    assert desk.ask(f"{address}/sign", digest=shown).json["message"] == "You have signed. Another user signs next."
    assert "The second signature is another user" in unescape(desk.get(address).text)
    assert desk.ask(f"{address}/sign", digest=shown).status_code == 409
    assert (
        chief.ask(f"{address}/sign", digest=_digest(chief.get(address).text)).json["message"] == "The week is closed."
    )
    closed = desk.get(address).text
    assert "As it was signed" in closed
    assert "supervisor</bdi>" in closed
    assert shown in closed
    assert 'name="note"' not in closed
    assert desk.ask(f"{address}/notes", number=slip.number, note="x").status_code == 409
    assert [one.by for one in reconciliation.week(week).signatures] == ["user frontdesk", "user supervisor"]


def test_what_changes_between_the_signatures_is_said(app: Flask, gate: TestGate) -> None:
    reconciliation = gate.appliance.goods.reconciliation
    week, slip = reconciliation.current(), _slip(gate)
    _ahead(gate, timedelta(days=7))
    desk, chief = _log_in(app, Role.FRONT_DESK), _log_in(app, Role.SUPERVISOR)
    address = f"/panel/reconciliation/{week}"
    desk.post(f"{address}/notes", number=slip.number, note="下週取")
    desk.post(f"{address}/sign", digest=_digest(desk.get(address).text))
    gate.appliance.goods.slips.void(slip.id, actor="user desk", reason="x")
    page = chief.get(address).text
    assert "The week has changed since the first signature" in page
    refused = chief.ask(f"{address}/sign", digest=_digest(page))
    assert (refused.status_code, reconciliation.week(week).signatures) == (409, ())


@pytest.mark.parametrize("path", ["2026-W60", "x", "2090-W01", "9998-W52", "%00"])
def test_what_is_no_week_is_not_there(app: Flask, path: str) -> None:
    assert _log_in(app, Role.FRONT_DESK).get(f"/panel/reconciliation/{path}").status_code == 404
    assert _log_in(app, Role.FRONT_DESK).get(f"/panel/reconciliation?before={path}").status_code == 200


def test_a_record_is_held_by_its_number_and_let_go(app: Flask, gate: TestGate) -> None:
    chief, slip = _log_in(app, Role.SUPERVISOR), _slip(gate)
    assert chief.post("/panel/holds", number="R1999-00001", reason="x").status_code == 404
    assert chief.post("/panel/holds", number=slip.number, reason=" ").status_code == 422
    assert chief.post("/panel/holds", number=slip.number.lower(), reason=HOSTILE).status_code == 303
    page = chief.get("/panel/holds").text
    assert "&lt;script&gt;alert" in page
    assert HOSTILE not in page
    (hold,) = gate.appliance.goods.holds.page(lifted=False, before=None, limit=10).items
    assert chief.post(f"/panel/holds/{hold.id}/lift").status_code == 303
    assert slip.number not in chief.get("/panel/holds").text
    assert slip.number in chief.get("/panel/holds?lifted=1").text
    assert chief.ask(f"/panel/holds/{hold.id}/lift").status_code == 409


def test_a_records_own_page_can_have_its_holds(app: Flask, gate: TestGate) -> None:
    """The pages of slips and goods import the macro; those who may not hold see nothing of it."""
    slip, template = (
        _slip(gate),
        '{% from "panel/_holds.html" import holds_of with context %}{{ holds_of("slip", id) }}',
    )

    def shown(guard: Guard) -> str:
        with guard.client:
            guard.get("/panel/visits")
            return render_template_string(template, id=slip.id)

    assert shown(_log_in(app, Role.GUARD)).strip() == ""
    chief = _log_in(app, Role.SUPERVISOR)
    assert "Nothing keeps this record" in shown(chief)
    answer = chief.post("/panel/holds", subject="slip", id=slip.id, reason="投訴", back="/panel/visits")
    assert answer.location == "/panel/visits"
    held = shown(chief)
    assert "投訴" in held
    assert "/lift" in held


def test_a_certificate_says_what_is_gone(app: Flask, gate: TestGate) -> None:
    slip = _slip(gate)
    gate.appliance.goods.slips.void(slip.id, actor="user desk", reason="x")
    chief = _log_in(app, Role.SUPERVISOR)
    assert "Nothing has been purged yet." in chief.get("/panel/certificates").text
    _ahead(gate, timedelta(days=gate.appliance.settings.goods.keep_days + 1))
    gate.appliance.goods.purge.run(gate.appliance.clock.now())
    page = _log_in(app, Role.SUPERVISOR).get("/panel/certificates").text
    (certificate,) = gate.appliance.goods.certificates.page(before=None, limit=10).items
    assert _log_in(app, Role.SUPERVISOR).get("/panel/reconciliation/0002-W01").status_code == 200
    assert _log_in(app, Role.SUPERVISOR).get("/panel/reconciliation?before=0002-W01").status_code == 200
    assert certificate.digest in page
    assert slip.number in page or any(first < int(slip.number[-5:]) <= last for _year, first, last in certificate.slips)
    assert _log_in(app, Role.ADMIN).get(f"/panel/reconciliation/{Week(2026, 1)}").status_code == 200
