"""A journal entry as a line of the feed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from hardware.interfaces import GateInput
from hardware.supervisor import DeviceCondition
from kiosk.domain.access import Code, CredentialKind
from kiosk.domain.subjects import Subject
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource
from kiosk.services.feed_view import FEED_TYPES, NAMING, People, Tone, feed_item
from kiosk.services.openings import OpeningCause
from kiosk.store.journal import Entry
from tests.support.appliance import TestGate
from web.panel.wording import actor_label, device_label, feed_detail, feed_sentence

NOBODY = People({}, {}, {})


def entry(type_: str, payload: Mapping[str, Any] | None = None, actor: str = "system") -> Entry:
    return Entry(7, datetime(2026, 3, 1, tzinfo=UTC), "synchronised", actor, type_, payload or {}, b"", b"")


@pytest.mark.parametrize(
    ("type_", "payload", "tone"),
    [
        ("access.granted", {"code": "granted"}, Tone.GOOD),
        ("access.granted", {"code": "granted-overdue"}, Tone.ALERT),
        ("access.refused", {"code": "forged"}, Tone.BAD),
        ("visit.waiting", {}, Tone.ALERT),
        ("visit.signed_out", {}, Tone.PLAIN),
        ("gate.failed", {"fault": "unplugged"}, Tone.ALERT),
        ("input.changed", {"input": "fire", "active": True}, Tone.ALERT),
        ("input.changed", {"input": "fire", "active": False}, Tone.PLAIN),
        ("lane.self_test", {"lane": "in", "passed": True}, Tone.PLAIN),
        ("lane.self_test", {"lane": "in", "passed": False}, Tone.ALERT),
        ("slip.presented", {"state": "approved"}, Tone.ALERT),
        ("slip.presented", {"state": "void"}, Tone.BAD),
        ("slip.mismatch", {"found": [{"code": "nothing", "line": None}]}, Tone.BAD),
        ("goods.released", {"lines": [{"line": 1, "quantity": 2}]}, Tone.GOOD),
        ("device.changed", {"device": "printer", "condition": "ready", "code": ""}, Tone.PLAIN),
        ("device.changed", {"device": "printer", "condition": "impaired", "code": "out-of-paper"}, Tone.ALERT),
    ],
)
def test_a_line_strikes_the_eye_as_it_should(type_: str, payload: dict[str, Any], tone: Tone) -> None:
    assert feed_item(entry(type_, payload), NOBODY).tone is tone


def test_an_entry_of_a_later_version_is_still_a_line() -> None:
    payload = {"code": "teleported", "cause": "magic", "condition": "enchanted", "input": "crystal", "visit": "x"}
    for type_ in FEED_TYPES:
        item = feed_item(entry(type_, payload), NOBODY)
        assert (item.cause, item.condition, item.input, item.name) == (None, None, None, "")


def test_a_line_says_what_the_entry_says() -> None:
    item = feed_item(entry("access.refused", {"lane": "in", "code": "lost", "credential": "card"}), NOBODY)
    assert (item.lane, item.code, item.credential, item.fault) == ("in", Code.LOST, CredentialKind.CARD, "")
    item = feed_item(entry("gate.failed", {"lane": "in", "cause": "command", "fault": "busy"}), NOBODY)
    assert (item.cause, item.fault) == (OpeningCause.COMMAND, "busy")
    item = feed_item(entry("device.changed", {"device": "in.camera", "condition": "fault", "code": "busy"}), NOBODY)
    assert (item.device, item.condition, item.fault) == ("in.camera", DeviceCondition.FAULT, "busy")
    item = feed_item(entry("input.changed", {"input": "loop", "active": True}), NOBODY)
    assert (item.input, item.is_active) == (GateInput.LOOP, True)


def test_every_line_has_its_sentence(app: Flask) -> None:
    cases: list[tuple[str, dict[str, Any]]] = [(type_, {}) for type_ in sorted(FEED_TYPES)]
    cases += [("access.refused", {"code": code.value}) for code in Code]
    cases += [("input.changed", {"input": wire.value, "active": on}) for wire in GateInput for on in (True, False)]
    cases += [("device.changed", {"device": "in.reader", "condition": one.value}) for one in DeviceCondition]
    with app.test_request_context("/panel/", headers={"Accept-Language": "en"}):
        sentences = [feed_sentence(feed_item(entry(type_, payload), NOBODY)) for type_, payload in cases]
        assert "Entry in the journal" not in sentences
        assert all(sentences)
        slow = feed_item(entry("lane.slow", {"lane": "in", "credential": "card", "took_ms": 3140}), NOBODY)
        assert (feed_sentence(slow), feed_detail(slow)) == ("Gate opened slowly", "Card · after 3.1 s")
        failed = feed_item(entry("gate.failed", {"fault": "unplugged", "cause": "sign-in"}), NOBODY)
        assert feed_detail(failed) == "It is not connected. Please check its cable and its power. · Sign-in"


def test_devices_and_people_are_called_by_their_names(app: Flask) -> None:
    with app.test_request_context("/panel/", headers={"Accept-Language": "en"}):
        assert device_label("in.camera") == "Camera (in)"
        assert device_label("north-gate.relay") == "Barrier relay (north-gate)"
        assert device_label("printer") == "Receipt printer"
    assert actor_label("user guard") == "guard"
    assert actor_label("api lift controller") == "lift controller"
    assert actor_label("lane in") == actor_label("system") == ""


def test_the_newest_lines_and_the_place_behind_them(gate: TestGate) -> None:
    view = gate.appliance.feed_view
    new = NewVisit(VisitKind.GUEST, "1-A-1-A", "陳大文")
    visit = gate.appliance.visits.sign_in(new, source=VisitSource.API, actor="api x", lane=None).visit
    gate.wait_for_entry("receipt.printed", visit=visit.id)
    page = view.latest(1)
    assert page.last_seq == gate.appliance.feed.last_seq
    (item,) = page.items
    assert (item.name, item.unit, item.number, item.type) == ("陳大文", "1-A-1-A", visit.number, "visit.signed_in")
    assert view.after(page.last_seq, 100).items == []
    assert view.after(page.last_seq, 100).last_seq == page.last_seq
    assert view.after(item.seq - 1, 1).items[0] == item


def test_a_visits_history_is_its_own(gate: TestGate) -> None:
    new = NewVisit(VisitKind.GUEST, "1-A-1-A", "陳大文")
    visits = [
        gate.appliance.visits.sign_in(new, source=VisitSource.API, actor="api x", lane=None).visit for _ in range(2)
    ]
    for visit in visits:
        gate.wait_for_entry("receipt.printed", visit=visit.id)
    history = [item.type for item in gate.appliance.feed_view.history(Subject.VISIT, visits[0].id)]
    assert history == ["visit.signed_in", "receipt.queued", "receipt.printing", "receipt.printed"]
    assert gate.appliance.feed_view.history(Subject.VISIT, "0" * 32) == []


@pytest.mark.parametrize("subject", [Subject.VISIT, Subject.PASS, Subject.CARD])
def test_a_history_is_found_by_its_index(gate: TestGate, subject: Subject) -> None:
    with gate.appliance.store.read() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {NAMING[subject]}", {"id": "x", "limit": 1}).all()
    assert f"journal_by_{subject.value}" in str(plan)


@pytest.mark.parametrize(
    ("type_", "payload", "told"),
    [
        ("slip.presented", {"slip": "s", "state": "lapsed"}, "Lapsed"),
        ("slip.approved", {"slip": "s", "method": "supervisor", "by": "user x"}, "By a supervisor"),
        ("slip.lost", {"slip": "s", "kind": "damaged", "quantity": 2}, "Damaged · Quantity: 2"),
        ("slip.mismatch", {"found": [{"code": "other-day"}, {"code": "new-one"}]}, "The slip is for another day."),
        ("slip.void", {"slip": "s", "replaced_by": "R2026-00002"}, "See R2026-00002"),
        ("goods.released", {"lines": [{"line": 1, "quantity": 2}, {"line": 2, "quantity": 3}]}, "Quantity: 5"),
        ("goods.kept", {"goods": "g", "shelf": "7"}, "Shelf 7"),
        ("goods.collected", {"goods": "g", "method": "code"}, "By code"),
    ],
)
def test_a_line_of_goods_says_what_else_there_is(app: Flask, type_: str, payload: dict[str, Any], told: str) -> None:
    with app.test_request_context("/panel/", headers={"Accept-Language": "en"}):
        assert feed_detail(feed_item(entry(type_, payload), NOBODY)) == told


def test_a_line_of_goods_leads_to_its_slip_and_says_whose_it_is() -> None:
    item = feed_item(entry("slip.void", {"slip": "s", "number": "R2026-00001", "unit": "1-A-1-A"}), NOBODY)
    assert item.goods is not None
    assert (item.goods.slip_id, item.number, item.unit) == ("s", "R2026-00001", "1-A-1-A")
    item = feed_item(entry("slip.void", {"slip": "s", "number": "R2026-00002", "unit": None}), NOBODY)
    assert item.unit == ""
