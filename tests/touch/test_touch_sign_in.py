"""Signing in at the touchscreen, page by page."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from kiosk.domain.units import Unit
from kiosk.domain.visits import VisitKind, VisitSource, VisitState
from kiosk.store import tables
from tests.support.appliance import TestGate, demo_appliance
from tests.support.visitor import Visitor, draft_count, visits
from web import create_app
from web.turns.place import FEW_BLOCKS


def test_a_courier_signs_in_and_the_gate_opens(gate: TestGate, visitor: Visitor) -> None:
    opened = len(gate.relay("in").pulses)
    visitor.to_summary()
    for value in ("Delivery", "Phase 2, Block C, 12/F, Flat A", "歐陽詠欣", "5550 1234", "AB 1234"):
        assert value in visitor.page
    visitor.send("/sign-in/done", once=visitor.once)
    visit = visits(gate)[0]
    assert visitor.path == "/visit"
    assert visit.number in visitor.page
    assert "<svg" in visitor.page, "the pass stands on the screen as a code"
    assert (visit.kind, visit.unit, visit.visitor_name) == (VisitKind.DELIVERY, "2-C-12-A", "歐陽詠欣")
    assert (visit.phone, visit.vehicle_plate, visit.lane) == ("5550 1234", "AB 1234", "in")
    assert (visit.source, visit.state) == (VisitSource.TOUCH, VisitState.SIGNED_IN)
    gate.wait_for_pulses(opened + 1)


def test_a_level_with_one_choice_is_not_asked(visitor: Visitor) -> None:
    visitor.begin()
    assert "Phase 1" in visitor.page
    visitor.go_to("2/C")
    assert "Which door?" in visitor.page, "phase 2 has one block with one floor"
    visitor.send("/sign-in/back", step="place")
    assert "Which block?" in visitor.page, "what was not asked is not asked on the way back either"


def test_few_blocks_of_some_phases_are_one_choice(visitor: Visitor) -> None:
    visitor.begin()
    assert re.findall(r'name="phase" value="([^"]+)"><span>([^<]+)', visitor.page) == [
        ("1/A", "Phase 1, Block A"), ("1/B", "Phase 1, Block B"), ("2/C", "Phase 2, Block C"),
    ]  # fmt: skip
    visitor.go_to("1/A")
    assert "Which floor?" in visitor.page
    visitor.send("/sign-in/back", step="place")
    assert "Which block?" in visitor.page, "both are chosen anew"
    assert visitor.send("/sign-in/place", phase="1").path == "/sign-in/place"
    assert "Which block?" in visitor.page, "no button sends a phase alone"


def test_blocks_of_many_phases_are_asked_for_after_the_phase(tmp_path: Path) -> None:
    units = [
        Unit(f"{phase}-{block}-1-{door}", phase, block, "1", door)
        for phase in "12" for block in "ABCDEFG" for door in "AB"
    ]  # fmt: skip
    assert len(units) / 2 > FEW_BLOCKS
    with demo_appliance(tmp_path, units=units) as gate:
        visitor = Visitor(create_app(gate.appliance)).begin()
        assert "Which phase?" in visitor.page
        visitor.go_to("2")
        assert "Which block?" in visitor.page
        visitor.go_to("G")
        assert "Which door?" in visitor.page
        visitor.send("/sign-in/back", step="place")
        assert "Which block?" in visitor.page
        visitor.send("/sign-in/back", step="place")
        assert "Which phase?" in visitor.page
        assert visitor.go_to("1", "A", "1-A-1-B").path == "/sign-in/about"


def test_back_goes_through_every_page(visitor: Visitor) -> None:
    visitor.to_summary()
    seen = []
    for step in ("summary", "more", "about", "place", "place", "kind"):
        visitor.send("/sign-in/back", step=step)
        seen.append(visitor.path)
    assert seen == ["/sign-in/more", "/sign-in/about", "/sign-in/place", "/sign-in/place", "/sign-in/kind", "/"]


@pytest.mark.parametrize(
    ("kind", "about", "more"),
    [
        ("guest", {"visitor_name", "phone"}, {"companions", "vehicle_plate"}),
        ("delivery", {"visitor_name", "phone"}, {"vehicle_plate"}),
        ("contractor", {"visitor_name", "phone"}, {"companions", "vehicle_plate", "purpose"}),
        ("other", {"visitor_name", "phone"}, {"purpose"}),
    ],
)
def test_a_page_asks_what_the_kind_of_visit_asks(visitor: Visitor, kind: str, about: set[str], more: set[str]) -> None:
    def asked() -> set[str]:
        return set(re.findall(r'<input id="(\w+)" name="\w+" value', visitor.page))

    visitor.begin(kind).go_to("2/C", "2-C-12-A")
    assert asked() == about
    visitor.send("/sign-in/about", visitor_name="A", phone="55501234")
    assert asked() == more


def test_no_resident_is_named(gate: TestGate, visitor: Visitor) -> None:
    names = {"解珮琪", "Nguyễn Thu Hà"}
    with gate.appliance.store.write() as transaction:
        for number, name in enumerate(names):
            transaction.connection.execute(
                tables.residents.insert(), {"id": f"resident{number}", "unit": "2-C-12-A", "name": name, "phone": ""}
            )
    pages = [visitor.begin().page, visitor.go_to("2/C").page, visitor.go_to("2-C-12-A").page, visitor.to_visit().page]
    with gate.appliance.store.read() as connection:
        assert names <= set(connection.execute(select(tables.residents.c.name)).scalars())
    assert not any(name in page for name in names for page in pages)


def test_pages_cannot_be_jumped_over(visitor: Visitor) -> None:
    for path in ("summary", "photo", "more", "about", "place"):
        visitor.see("/")
        visitor.send("/sign-in")
        assert visitor.see(f"/sign-in/{path}").path == "/sign-in/kind"
    visitor.begin("guest").go_to("2/C", "2-C-12-A")
    assert visitor.see("/sign-in/summary").path == "/sign-in/about"


def test_a_line_of_the_summary_can_be_changed(gate: TestGate, visitor: Visitor) -> None:
    visitor.to_summary()
    assert visitor.send("/sign-in/change", step="about").path == "/sign-in/about"
    assert "歐陽詠欣" in visitor.page
    visitor.send("/sign-in/about", visitor_name="何文", phone="")
    assert visitor.path == "/sign-in/summary"
    visitor.send("/sign-in/change", step="place").go_to("1/B")
    assert visitor.path == "/sign-in/summary"
    visitor.send("/sign-in/done", once=visitor.once)
    assert (visits(gate)[0].visitor_name, visits(gate)[0].unit) == ("何文", "1-B-1-A")


def test_another_kind_asks_its_own_questions(visitor: Visitor) -> None:
    visitor.to_summary()
    visitor.send("/sign-in/change", step="kind")
    visitor.send("/sign-in/kind", kind="contractor")
    assert visitor.path == "/sign-in/about"
    assert "歐陽詠欣" in visitor.page, "what was typed is still there"
    visitor.send("/sign-in/about", visitor_name="歐陽詠欣", phone="")
    assert visitor.status == 422, "a contractor's telephone is required"


def test_a_double_tap_signs_in_once(gate: TestGate, visitor: Visitor) -> None:
    visitor.to_summary()
    before = len(visits(gate))
    fields = {"csrf_token": visitor.token, "once": visitor.once}
    cookie = visitor.client.get_cookie("gatehouse")
    assert cookie is not None

    def tap(_: int) -> str | None:
        finger = visitor.client.application.test_client()
        finger.set_cookie("gatehouse", cookie.value)
        return finger.post("/sign-in/done", data=fields).location

    with ThreadPoolExecutor(4) as fingers:
        assert list(fingers.map(tap, range(4))) == ["/visit"] * 4
    assert len(visits(gate)) == before + 1


def test_the_last_button_of_another_turn_does_nothing(gate: TestGate, visitor: Visitor) -> None:
    stale = visitor.to_summary().once
    visitor.to_summary()
    before = len(visits(gate))
    visitor.send("/sign-in/done", once=stale)
    assert visitor.path == "/sign-in/summary"
    visitor.send("/sign-in/done")
    assert len(visits(gate)) == before


@pytest.mark.parametrize(
    ("page", "fields", "sentence"),
    [
        ("about", {"visitor_name": ""}, "Please fill this in."),
        ("about", {"visitor_name": " \t "}, "Please fill this in."),
        ("about", {"visitor_name": "A" * 81}, "This is too long. Please shorten it."),
        ("about", {"visitor_name": "A" * 100_000}, "This is too long. Please shorten it."),
        ("about", {"visitor_name": "A\x00B"}, "Please write this on one line, in plain letters."),
        ("about", {"visitor_name": "A\nB"}, "Please write this on one line, in plain letters."),
        ("about", {"visitor_name": "A", "phone": "call me"}, "Please check the telephone number."),
        ("about", {"visitor_name": "A", "phone": "12"}, "Please check the telephone number."),
        ("more", {"companions": "51", "purpose": "x"}, "This number is outside what is possible."),
        ("more", {"companions": "-1", "purpose": "x"}, "This number is outside what is possible."),
        ("more", {"companions": "many", "purpose": "x"}, "This number is outside what is possible."),
        ("more", {"companions": "9" * 5000, "purpose": "x"}, "This number is outside what is possible."),
        ("more", {"companions": "٣", "purpose": "x"}, "This number is outside what is possible."),
        ("more", {"vehicle_plate": "A" * 17, "purpose": "x"}, "This is too long. Please shorten it."),
        ("more", {"purpose": ""}, "Please fill this in."),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field(
    visitor: Visitor, page: str, fields: dict[str, str], sentence: str
) -> None:
    visitor.begin("contractor").go_to("2/C", "2-C-12-A")
    if page == "more":
        visitor.send("/sign-in/about", visitor_name="A", phone="55501234")
    visitor.send(f"/sign-in/{page}", **{"phone": "55501234", **fields})
    assert (visitor.status, visitor.path) == (422, f"/sign-in/{page}")
    assert sentence in visitor.page
    assert visitor.see("/sign-in/summary").path == f"/sign-in/{page}", "the page stays due"


NAMES = [
    "\U0001f469\u200d\U0001f467 Chan",
    "\u200f\u05de\u05e9\u05d4",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "𠮷野",
]
"""A family as one emoji, a name from right to left, markup, a template, a character beyond U+FFFF."""


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_kept_as_typed(gate: TestGate, visitor: Visitor, name: str) -> None:
    visitor.begin().go_to("2/C", "2-C-12-A")
    visitor.send("/sign-in/about", visitor_name=name)
    raw = visitor.client.post(
        "/sign-in/more", data={"csrf_token": visitor.token, "vehicle_plate": ""}, follow_redirects=True
    ).get_data(as_text=True)
    assert "<script>alert" not in raw
    assert "49" not in re.findall(r'class="value">([^<]*)', raw)
    visitor.see("/sign-in/summary")
    visitor.send("/sign-in/done", once=visitor.once)
    assert visits(gate)[0].visitor_name == name.strip()


def test_values_that_no_button_sends_change_nothing(app: Flask, visitor: Visitor) -> None:
    visitor.send("/sign-in")
    assert visitor.send("/sign-in/kind", kind="burglar").path == "/sign-in/kind"
    visitor.send("/sign-in/kind", kind="guest")
    for fields in ({"phase": "3"}, {"phase": ""}, {"unit": "2-C-12-A"}, {"floor": "12"}, {}):
        assert visitor.send("/sign-in/place", **fields).path == "/sign-in/place"
    visitor.go_to("2/C")
    assert visitor.send("/sign-in/place", unit="1-A-1-A").path == "/sign-in/place", "a door of another phase"
    for path in ("change", "back"):
        assert visitor.send(f"/sign-in/{path}", step="nonsense").path == "/sign-in/place"
    assert visitor.see("/sign-in/place?page=999999999999999999999").status == 200
    assert draft_count(app) == 1


def test_a_form_without_its_token_does_nothing(gate: TestGate, visitor: Visitor) -> None:
    visitor.to_summary()
    before = len(visits(gate))
    answer = visitor.client.post("/sign-in/done", data={"once": visitor.once})
    assert (answer.status_code, answer.location) == (303, "/")
    assert len(visits(gate)) == before


def test_no_address_and_no_cookie_holds_what_was_typed(visitor: Visitor) -> None:
    visitor.to_visit()
    assert visitor.path == "/visit"
    cookie = visitor.client.get_cookie("gatehouse")
    assert cookie is not None
    assert cookie.http_only
    with visitor.client.session_transaction() as session:
        assert set(session) == {"csrf_token", "draft", "locale", "result"}
        assert len(session["draft"]) == 22
        assert set(session["result"]) == {"run", "at", "register", "id", "since_seq"}


def test_nothing_is_stored_or_completed_by_the_browser(visitor: Visitor) -> None:
    visitor.begin().go_to("2/C", "2-C-12-A")
    assert visitor.client.get("/sign-in/about").headers["Cache-Control"] == "no-store"
    inputs = re.findall(r'<input id="[^>]*>', visitor.page)
    assert len(inputs) == 2
    assert all('autocomplete="off"' in each for each in inputs)


def test_an_estate_of_many_floors_is_shown_on_pages(tmp_path_factory: pytest.TempPathFactory) -> None:
    tower = [Unit(f"T-{floor}", "", "Tower", str(floor), "") for floor in range(1, 71)]
    with demo_appliance(tmp_path_factory.mktemp("tower"), units=tower) as gate:
        visitor = Visitor(create_app(gate.appliance)).begin()
        assert "1 / 3" in visitor.page
        assert "24/F" in visitor.page
        assert "25/F" not in visitor.page
        assert "70/F" in visitor.see("/sign-in/place?page=3").page
        visitor.send("/sign-in/place", floor="70")
        assert visitor.path == "/sign-in/about", "the only phase, block and door were not asked"
