"""Signing in again by telephone number: quick for whoever it is, and nothing to be learned by anybody else."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from kiosk.domain.visits import NewVisit, Visit, VisitKind, VisitSource, VisitState
from kiosk.services.returning import MAX_ATTEMPTS, WITHIN_S
from tests.support.appliance import TestGate, demo_appliance, document
from tests.support.visitor import ClockAhead, Visitor, visits
from web import create_app

PHONE = "5550 8123"
ORDINARY = "Please sign in here. It does not take long."
Was = Callable[..., Visit]


@pytest.fixture
def was(gate: TestGate) -> Was:
    """Somebody who has been here and has left."""

    def was(name: str = "歐陽詠欣", kind: VisitKind = VisitKind.DELIVERY, **facts: str) -> Visit:
        new = NewVisit(kind, "2-C-12-A", name, **({"phone": PHONE, "vehicle_plate": "AB 1234"} | facts))
        entered = gate.appliance.visits.sign_in(
            new, source=VisitSource.PANEL, actor="user guard", lane=None, approved_by="user guard"
        )
        return gate.appliance.visits.sign_out(entered.visit.id, actor="user guard")

    return was


@pytest.fixture(autouse=True)
def attempts(clock: ClockAhead) -> Iterator[None]:
    """Each test has all attempts."""
    clock.advance(WITHIN_S)
    yield
    clock.advance(WITHIN_S)


def begin(visitor: Visitor, phone: str = PHONE, language: str = "en") -> Visitor:
    visitor.send("/language", language=language)
    visitor.send("/sign-in")
    visitor.see("/sign-in/returning")
    return visitor.send("/sign-in/returning", phone=phone)


def facts_of(visitor: Visitor) -> list[str]:
    return re.findall(r'class="value">([^<]*)', visitor.page)


def test_three_touches_and_the_number_and_the_gate_opens(gate: TestGate, visitor: Visitor, was: Was) -> None:
    was()
    opened = len(gate.relay("in").pulses)
    visitor.send("/language", language="en")
    assert 'action="/sign-in/returning/begin"' in visitor.page
    assert visitor.send("/sign-in/returning/begin").path == "/sign-in/returning"
    visitor.send("/sign-in/returning", phone="+852 5550 8123")
    assert visitor.path == "/sign-in/returning/you"
    for told in ("歐陽**", "852****8123", "Delivery", "Phase 2, Block C, as last time", "Yes, sign in"):
        assert told in visitor.page
    once, token, before = visitor.once, visitor.token, len(visits(gate))
    visitor.send("/sign-in/returning/you", do="yes", once=once)
    assert visitor.path == "/visit"
    visitor.client.post("/sign-in/returning/you", data={"csrf_token": token, "do": "yes", "once": once})
    assert len(visits(gate)) == before + 1, "a double tap registers once"
    visit = visits(gate)[0]
    assert (visit.visitor_name, visit.phone, visit.vehicle_plate) == ("歐陽詠欣", "+852 5550 8123", "AB 1234")
    assert (visit.kind, visit.unit, visit.state) == (VisitKind.DELIVERY, "2-C-12-A", VisitState.SIGNED_IN)
    gate.wait_for_pulses(opened + 1)


def test_whoever_comes_for_something_else_sees_what_can_be_changed(visitor: Visitor, was: Was) -> None:
    was()
    begin(visitor, "+852 5550 8123")
    visitor.send("/sign-in/returning/you", do="change")
    assert visitor.path == "/sign-in/summary"
    assert facts_of(visitor) == [
        "Delivery", "Phase 2, Block C, as last time", "歐陽**", "852****8123", "A***4",
    ]  # fmt: skip


def test_a_yes_without_its_pages_token_registers_nothing(gate: TestGate, visitor: Visitor, was: Was) -> None:
    was()
    begin(visitor)
    before = len(visits(gate))
    assert visitor.send("/sign-in/returning/you", do="yes", once="old").path == "/sign-in/summary"
    assert len(visits(gate)) == before


def test_only_the_latest_of_several_on_one_number_is_asked(visitor: Visitor, was: Was) -> None:
    was("何文")
    was("陳大文")
    begin(visitor)
    assert "陳**" in visitor.page
    assert "何" not in visitor.page
    assert visitor.send("/sign-in/returning/you", do="no").path == "/sign-in/kind"
    assert visitor.see("/sign-in/returning/you").path == "/sign-in/kind", "nobody else is asked"


def test_no_unknown_blocked_and_refused_read_alike(gate: TestGate, visitor: Visitor, was: Was) -> None:
    was("何文", phone="5550 8201")
    was("何文", phone="5550 8202")
    entry = gate.appliance.blocklist.add(actor="user chief", reason="x", phone="55508202")
    was("何文", phone="5550 8203")
    waiting = gate.appliance.visits.sign_in(
        NewVisit(VisitKind.OTHER, "2-C-12-A", "何文", phone="5550 8203", purpose="x"),
        source=VisitSource.TOUCH, actor="touchscreen", lane=None,
    )  # fmt: skip
    gate.appliance.visits.refuse(waiting.visit.id, actor="user guard", reason="x")

    def page_after(phone: str) -> str:
        begin(visitor, phone)
        if visitor.path == "/sign-in/returning/you":
            visitor.send("/sign-in/returning/you", do="no")
        assert visitor.path == "/sign-in/kind"
        return re.sub(r'value="[^"]{40,}"', "", visitor.page)

    pages = {page_after(phone) for phone in ("5550 8201", "5550 8202", "5550 8203", "5550 8204")}
    gate.appliance.blocklist.remove(entry.id, actor="user chief")
    assert len(pages) == 1
    assert ORDINARY in pages.pop()


def test_what_was_typed_serves_the_ordinary_way(visitor: Visitor) -> None:
    begin(visitor, "5550 8300")
    visitor.send("/sign-in/kind", kind="delivery")
    visitor.go_to("2/C", "2-C-12-A")
    assert 'value="5550 8300"' in visitor.page
    assert 'id="visitor_name" name="visitor_name" value=""' in visitor.page


@pytest.mark.parametrize("typed", ["", "8123", "508123", "1234567", "call me", "5550 8123 x", "9" * 16, "1" * 5000])
def test_a_part_of_a_number_is_no_number(visitor: Visitor, was: Was, typed: str) -> None:
    was()
    begin(visitor, typed)
    assert (visitor.status, visitor.path) == (422, "/sign-in/returning")
    assert "Please check the telephone number." in visitor.page
    for _ in range(MAX_ATTEMPTS):
        visitor.send("/sign-in/returning", phone=typed)
    assert begin(visitor).path == "/sign-in/returning/you", "that was no attempt"


def test_after_a_few_attempts_only_the_ordinary_way_is_left(
    app: Flask, visitor: Visitor, was: Was, clock: ClockAhead
) -> None:
    was()
    pages = set()
    for number in range(MAX_ATTEMPTS):
        begin(visitor, f"6000 000{number}")
        pages.add("/sign-in/returning" in visitor.page)
    other = Visitor(app)
    assert begin(other).path == "/sign-in/kind", "another turn at the same screen has no more"
    assert ORDINARY in other.page
    assert "/sign-in/returning" not in other.page
    assert other.see("/sign-in/returning").path == "/sign-in/kind"
    clock.advance(WITHIN_S)
    assert begin(other).path == "/sign-in/returning/you"


def test_grandmothers_at_closing_time_use_no_attempts_up(visitor: Visitor, was: Was) -> None:
    was()
    for _ in range(MAX_ATTEMPTS + 2):
        begin(visitor)
        visitor.send("/sign-in/returning/you", do="yes", once=visitor.once)
        assert visitor.path == "/visit"


def test_no_page_shows_what_the_mask_hides(visitor: Visitor, was: Was) -> None:
    was("歐陽詠欣", VisitKind.GUEST, vehicle_plate="粤B 12345")
    secrets = ("詠", "12345", "Flat A", "12/F")
    begin(visitor)
    pages = [visitor.page, visitor.send("/sign-in/returning/you", do="change").page]
    paths = ("about", "more", "kind", "place", "photo", "summary", "returning", "returning/you")
    pages += [visitor.see(f"/sign-in/{path}").page for path in paths]
    for step in ("summary", "photo", "more", "about", "place"):
        begin(visitor)
        visitor.send("/sign-in/returning/you", do="change")
        pages += [visitor.send("/sign-in/change", step=step).page, visitor.see("/sign-in/summary").page]
        begin(visitor)
        visitor.send("/sign-in/returning/you", do="change")
        pages += [visitor.send("/sign-in/back", step=step).page, visitor.send("/sign-in/back", step="about").page]
    begin(visitor)
    visitor.send("/sign-in/returning/you", do="change")
    pages += [visitor.send("/sign-in/kind", kind="contractor").page, visitor.send("/sign-in/about").page]
    for page in pages:
        assert not any(secret in page for secret in secrets), page


def test_a_line_that_is_changed_is_typed_anew(gate: TestGate, visitor: Visitor, was: Was) -> None:
    was()
    begin(visitor)
    visitor.send("/sign-in/returning/you", do="change")
    visitor.send("/sign-in/change", step="more")
    assert visitor.send("/sign-in/more", vehicle_plate="").path == "/sign-in/summary"
    visitor.send("/sign-in/change", step="place").go_to("1/B")
    assert "Phase 1, Block B, 1/F, Flat A" in visitor.page
    visitor.send("/sign-in/change", step="about")
    assert visitor.see("/sign-in/summary").path == "/sign-in/about", "the name is asked for again"
    visitor.send("/sign-in/about", visitor_name="何文", phone=PHONE)
    assert facts_of(visitor)[2:4] == ["何文", PHONE]
    visitor.send("/sign-in/done", once=visitor.once)
    visit = visits(gate)[0]
    assert (visit.visitor_name, visit.vehicle_plate, visit.unit) == ("何文", "", "1-B-1-A")


def test_another_kind_of_visit_is_the_ordinary_way(visitor: Visitor, was: Was) -> None:
    was()
    begin(visitor)
    visitor.send("/sign-in/returning/you", do="change")
    visitor.send("/sign-in/kind", kind="delivery")
    assert visitor.path == "/sign-in/summary", "the same kind is no other"
    visitor.send("/sign-in/kind", kind="guest")
    assert visitor.path == "/sign-in/place"


def test_a_contractor_is_asked_for_this_times_purpose(gate: TestGate, visitor: Visitor, was: Was) -> None:
    was("李工", VisitKind.CONTRACTOR, purpose="lift")
    begin(visitor)
    assert "Yes, that is me" in visitor.page
    visitor.send("/sign-in/returning/you", do="yes", once=visitor.once)
    assert visitor.path == "/sign-in/more"
    assert "lift" not in visitor.page
    assert 'name="vehicle_plate"' not in visitor.page, "it is known"
    visitor.send("/sign-in/more", companions="1", purpose="boiler")
    assert visitor.path == "/sign-in/carried", "what they carry this time is asked anew"
    visitor.send("/sign-in/carried", count="0", do="none")
    assert visitor.path == "/sign-in/summary"
    assert "A***4" in visitor.page
    visitor.send("/sign-in/done", once=visitor.once)
    visit = visits(gate)[0]
    assert (visit.purpose, visit.vehicle_plate, visit.companions) == ("boiler", "AB 1234", 1)
    assert visit.state is VisitState.WAITING, "a contractor waits for the guard as ever"


def test_it_can_be_switched_off(tmp_path: Path) -> None:
    with demo_appliance(tmp_path, settings=document(visits={"returning_days": 0})) as gate:
        new = NewVisit(VisitKind.GUEST, "2-C-12-A", "何文", phone=PHONE)
        gate.appliance.visits.sign_in(new, source=VisitSource.API, actor="test", lane=None)
        visitor = Visitor(create_app(gate.appliance))
        visitor.send("/sign-in")
        assert "/sign-in/returning" not in visitor.page
        assert begin(visitor).path == "/sign-in/kind"


def test_who_is_on_the_blocklist_reads_what_everybody_reads_who_waits(gate: TestGate, visitor: Visitor) -> None:
    entry = gate.appliance.blocklist.add(actor="user chief", reason="stole a bicycle", phone="55501234")
    try:
        visitor.to_visit()
        assert "Please wait. The guard is being asked." in visitor.page
        assert not any(word in visitor.page.lower() for word in ("block", "bicycle", "list"))
        assert visits(gate)[0].blocklist_id == entry.id
    finally:
        gate.appliance.visits.cancel(visits(gate)[0].id, actor="touchscreen")
        gate.appliance.blocklist.remove(entry.id, actor="user chief")


def test_neither_log_nor_journal_nor_cookie_has_the_number(
    gate: TestGate, visitor: Visitor, was: Was, caplog: pytest.LogCaptureFixture
) -> None:
    was()
    before = gate.appliance.feed.last_seq
    with caplog.at_level(logging.DEBUG):
        begin(visitor)
        visitor.send("/sign-in/returning/you", do="no")
        begin(visitor, "5550 9876")
    written = [entry for entry in gate.entries("", before) if not entry.type.startswith("receipt.")]
    assert written == [], "looking for somebody changes nothing"
    assert not any(secret in caplog.text for secret in ("歐陽", "8123", "9876"))
    with visitor.client.session_transaction() as session:
        assert set(session) == {"csrf_token", "draft", "locale"}


def test_pages_of_a_turn_that_is_over_lead_to_the_start(visitor: Visitor, was: Was) -> None:
    was()
    begin(visitor)
    token = visitor.token
    visitor.send("/leave")
    answer = visitor.client.post("/sign-in/returning/you", data={"csrf_token": token, "do": "yes"})
    assert (answer.status_code, answer.location) == (303, "/")
    assert visitor.see("/sign-in/returning").path == "/"
