"""Residents told through apprise that somebody asks for them; a receiver on 127.0.0.1 stands for the chat service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from kiosk.domain.notices import Language
from kiosk.domain.visits import NewVisit, Visit, VisitKind, VisitSource
from kiosk.services.host_notices import GOODS_SUBSCRIBER, SUBSCRIBER
from kiosk.services.resident_links import NewLink
from tests.host.resident import ClockAhead
from tests.support.appliance import UNITS, TestGate, demo_appliance, document, wait_for
from tests.support.receiver import Receiver, answer, receiving, say_nothing

UNIT, OTHER = UNITS[0].code, UNITS[1].code
NAME, PHONE = "歐陽詠欣", "5550 1234"
BASE = "http://192.168.1.10:8080"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        receiver.behave = answer(200)
        yield receiver


def settings(**hosts: Any) -> dict[str, Any]:
    return document(visits={"kinds": {"guest": {"approval": "host"}}}, hosts={"base_url": BASE} | hosts)


@pytest.fixture
def gate(tmp_path) -> Iterator[TestGate]:
    with demo_appliance(tmp_path, settings=settings()) as gate:
        yield gate


def link(gate: TestGate, receiver: Receiver, path: str, unit: str = UNIT, language: Language = Language.ZH_HANT):
    address = receiver.url.replace("http:", "json:") + path
    new = NewLink(unit, path.strip("/"), address=address, language=language)
    return gate.appliance.resident_links.make(new, actor="user clerk")


def arrive(gate: TestGate, unit: str = UNIT) -> Visit:
    new = NewVisit(VisitKind.GUEST, unit, NAME, phone=PHONE, vehicle_plate="AB 1234")
    return gate.appliance.visits.sign_in(new, source=VisitSource.TOUCH, actor="touchscreen", lane="in").visit


def status_of(gate: TestGate, unit: str = UNIT):
    return {one.name: one for one in gate.appliance.resident_links.page(unit, before=None, limit=20).items}


def test_every_telephone_of_the_unit_is_told_in_its_language_without_a_name(gate, receiver):
    link(gate, receiver, "/chan")
    link(gate, receiver, "/lee", language=Language.EN)
    link(gate, receiver, "/neighbour", unit=OTHER)
    gate.appliance.resident_links.make(NewLink(UNIT, "silent"), actor="user clerk")
    visit = arrive(gate)
    taken = {one.path: one.json for one in receiver.wait_for(2)}
    assert set(taken) == {"/chan", "/lee"}
    assert taken["/chan"]["title"] == "晴嵐花園: 有訪客到訪，請批准"
    assert taken["/lee"]["title"] == "Clearmist Garden: A visitor asks to come in to you"
    lines = taken["/lee"]["message"].splitlines()
    assert lines[:2] == ["Kind: guest", f"Number: {visit.number}"]
    assert re.fullmatch(r"Time: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", lines[2])
    assert len(lines) == 4
    whole = " ".join(one.body.decode("unicode_escape") for one in receiver.taken)
    assert not any(secret in whole for secret in (NAME, PHONE, "AB 1234", UNIT))
    wait_for(lambda: status_of(gate)["chan"].told_at and status_of(gate)["lee"].told_at)


def test_the_address_in_a_notice_opens_the_link_and_is_not_the_link_itself(gate, receiver):
    made, token = link(gate, receiver, "/chan")
    arrive(gate)
    (taken,) = receiver.wait_for(1)
    address = taken.json["message"].splitlines()[-1]
    assert address.startswith(f"{BASE}/r/")
    assert token not in taken.body.decode()
    opened = gate.appliance.resident_links.open(address.rsplit("/", 1)[1])
    assert opened is not None
    assert opened.link.id == made.id
    assert opened.until is not None


def test_one_who_cannot_be_told_delays_nobody_and_is_said(gate, receiver):
    with receiving() as silent:
        silent.behave = say_nothing
        link(gate, silent, "/silent")
        link(gate, receiver, "/chan")
        gate.appliance.resident_links.make(NewLink(UNIT, "wrong", address="nonsense://x"), actor="user clerk")
        arrive(gate)
        assert silent.hanging.wait(20)
        wait_for(lambda: status_of(gate)["chan"].told_at)
        wait_for(lambda: status_of(gate)["wrong"].failure == "bad-address")


def test_a_receiver_that_was_down_is_tried_again_while_the_visitor_waits(gate, receiver):
    receiver.behave = answer(503)
    link(gate, receiver, "/chan")
    arrive(gate)
    wait_for(lambda: status_of(gate)["chan"].failure == "not-taken")
    receiver.behave = answer(200)
    wait_for(lambda: status_of(gate)["chan"].told_at)
    assert status_of(gate)["chan"].failure == ""


def test_who_has_been_let_in_meanwhile_is_told_of_to_nobody(tmp_path, receiver):
    with demo_appliance(tmp_path, settings=settings()) as gate:
        link(gate, receiver, "/chan")
        gate.appliance.outbox.let_go()
        gate.appliance.outbox.stop(20)
        decided, waiting = arrive(gate), arrive(gate)
        gate.appliance.visits.approve(decided.id, actor="user chan")
    with demo_appliance(tmp_path, settings=settings()) as gate:  # goes on where it was
        (taken,) = receiver.wait_for(1)
        assert waiting.number in taken.json["message"]
        wait_for(lambda: status_of(gate)["chan"].told_at)
    assert len(receiver.taken) == 1


@pytest.mark.parametrize(
    ("document", "names"),
    [
        (document(), []),
        (document(hosts={"base_url": BASE}), [GOODS_SUBSCRIBER]),
        (settings(), [SUBSCRIBER, GOODS_SUBSCRIBER]),
    ],
)
def test_residents_are_told_of_what_can_happen_and_where_a_notice_can_lead_somewhere(tmp_path, document, names):
    with demo_appliance(tmp_path, settings=document) as gate:
        assert [one.name for one in gate.appliance.outbox.statuses()] == names


def test_no_answer_is_handed_to_the_guard_by_itself(tmp_path):
    clock = ClockAhead()
    with demo_appliance(tmp_path, settings=settings(), clock=clock) as gate:
        gate.appliance.resident_links.make(NewLink(UNIT, "陳太", phone="9123 4567"), actor="user clerk")
        visit = arrive(gate)
        clock.ahead += timedelta(minutes=2)
        arrive(gate)  # any news makes the gate look at its clock
        gate.wait_for_entry("host.unanswered", visit=visit.id)
        assert gate.appliance.approvals.asked()[visit.id].contacts[0].phone == "9123 4567"
