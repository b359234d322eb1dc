"""The call for help: one press on any page, loud everywhere else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from kiosk.domain.alarms import AlarmKind, AlarmState
from kiosk.domain.roles import Role
from kiosk.services.alarms import raise_within
from tests.panel.guard import STAFF, Guard
from tests.support.appliance import TestGate
from web.panel.alarms import SHOWN_EVERYWHERE

CALL = "/panel/call-for-help"


@pytest.fixture(autouse=True)
def _tidy(gate: TestGate) -> Iterator[None]:
    yield
    for alarm in gate.appliance.alarms.open(200):
        gate.appliance.alarms.acknowledge(alarm.id, actor="user test", note="tidied up")


@pytest.mark.parametrize("role", STAFF)
def test_whoever_stands_at_a_gate_or_desk_may_call(app: Flask, gate: TestGate, role: Role) -> None:
    may = role is not Role.CLERK
    person = Guard(app)
    person.log_in(role.value)
    for path in ("/panel/", "/panel/visits", "/panel/devices", "/panel/alarms"):
        assert (f'action="{CALL}"' in person.get(path).text) is may
    answer = person.ask(CALL)
    assert answer.status_code == (200 if may else 403)
    assert [alarm.kind for alarm in gate.appliance.alarms.open(5)] == ([AlarmKind.PANIC] if may else [])


def test_a_call_is_on_record_at_once_with_who_called(guard: Guard, gate: TestGate) -> None:
    before = gate.appliance.feed.last_seq
    assert guard.ask(CALL).json == {"message": "Help has been called."}
    (alarm,) = gate.appliance.alarms.open(5)
    assert (alarm.raised_by, alarm.lane, set(alarm.subject)) == ("user guard", "", {"user", "panel"})
    (entry,) = gate.entries("alarm.raised", before)
    assert (entry.actor, entry.payload["kind"], entry.payload["alarm"]) == ("user guard", "panic", alarm.id)
    assert "Alarm: Call for help" in guard.get("/panel/").text


def test_a_plain_form_goes_back_to_its_page(guard: Guard, gate: TestGate) -> None:
    answer = guard.post(CALL, back="/panel/visits?q=x")
    assert (answer.status_code, answer.location) == (303, "/panel/visits?q=x")
    assert "Help has been called." in guard.get("/panel/visits").text
    assert gate.appliance.alarms.count_open() == 1


def test_pressed_again_it_adds_nothing_until_somebody_has_seen_to_it(guard: Guard, gate: TestGate) -> None:
    for _ in range(3):
        assert guard.ask(CALL).status_code == 200
    (alarm,) = gate.appliance.alarms.open(5)
    guard.ask(f"/panel/alarms/{alarm.id}/acknowledge", note="false alarm")
    guard.ask(CALL)
    (again,) = gate.appliance.alarms.open(5)
    assert again.id != alarm.id


def test_it_sounds_on_every_other_panel_and_not_on_the_one_that_called(
    app: Flask, guard: Guard, gate: TestGate
) -> None:
    colleague = Guard(app)
    colleague.log_in("guard")  # the same account at another tablet
    guard.ask(CALL)
    (alarm,) = gate.appliance.alarms.open(5)
    here, there = guard.get("/panel/visits").text, colleague.get("/panel/visits").text
    assert f'id="alarm-{alarm.id}"' in here
    assert "data-alarm=" not in here
    assert "data-loud" not in here
    assert f'data-alarm="{alarm.id}" data-loud' in there
    assert ">guard</p>" in there
    colleague.ask(CALL)  # from another place: somebody else may need help
    assert gate.appliance.alarms.count_open() == 2


def test_no_number_of_lesser_alarms_hides_it(gate: TestGate) -> None:
    with gate.appliance.store.write() as transaction:
        panic = raise_within(transaction, AlarmKind.PANIC, "in")
        forced = raise_within(transaction, AlarmKind.FORCED, "in")
        for _ in range(SHOWN_EVERYWHERE + 1):
            raise_within(transaction, AlarmKind.OVERSTAY, "")
    shown = [alarm.id for alarm in gate.appliance.alarms.open(SHOWN_EVERYWHERE)]
    assert shown[:2] == [panic, forced]
    assert len(gate.appliance.alarms.page(AlarmState.OPEN, None, 50).items) == SHOWN_EVERYWHERE + 3


def test_an_overstay_says_whose_and_leads_to_the_visit(guard: Guard, gate: TestGate, arrive) -> None:
    visit = arrive("歐陽<b>詠欣")
    with gate.appliance.store.write() as transaction:
        alarm_id = raise_within(transaction, AlarmKind.OVERSTAY, "", visit=visit.id)
    page = guard.get("/panel/devices").text
    alarm = page.split(f'id="alarm-{alarm_id}"')[1].split("</article>")[0]
    assert f'href="/panel/visits/{visit.id}"' in alarm
    assert "歐陽&lt;b&gt;詠欣" in alarm
    assert "1-A-1-A" in alarm
    assert "expected to leave by" in alarm
    assert "Alarm: Visitor still inside" in guard.get(f"/panel/visits/{visit.id}").text
