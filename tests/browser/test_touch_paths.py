"""Every path of visitors at the touchscreen, in every language, on both panels and however it is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest
from playwright.sync_api import Page

from hardware.supervisor import DeviceCondition
from kiosk.demo.seed import directory
from kiosk.domain.units import Unit
from kiosk.domain.visits import NewVisit, Visit, VisitKind, VisitSource
from kiosk.services.resident_links import NewLink
from tests.host.resident import ClockAhead
from tests.support.appliance import TestGate, demo_appliance, document
from tests.support.faces import face, png
from tests.support.live_server import LiveServer, live_server
from tests.support.walk import NEXT, Walk
from web.i18n import LANGUAGES, Language

UNIT: Final = "1-A-1-1"
TO_UNIT: Final = (".tile", ".tile", ".tile")
SIGN_IN: Final = ".door.primary"
IN_TOWER: Final = "button[value='3/T']"
SIGN_OUT: Final = "form[action$='/sign-out'] .door"
STEPS: Final = frozenset({"touch/about.html", "touch/more.html", "touch/summary.html", "touch/visit.html"})
SEEN: Final = {
    "a guest": {
        "touch/start.html", "touch/kind.html", "touch/place.html", "touch/find.html", "touch/about.html",
        "touch/more.html", "touch/photo.html", "touch/why_photo.html", "touch/summary.html", "touch/visit.html",
    },
    "a delivery": {
        "touch/about.html", "touch/more.html", "touch/summary.html", "touch/visit.html", "touch/sign_out.html",
        "touch/leaving.html",
    },
    "a contractor": {
        "touch/more.html", "touch/carried.html", "touch/summary.html", "touch/visit.html",
        "touch/leaving.html",
    },
    "another": {
        "touch/more.html", "touch/document.html", "touch/photo.html", "touch/why_photo.html", "touch/summary.html",
        "touch/visit.html",
    },
    "a unit": {"touch/start.html", "touch/kind.html", "touch/place.html", "touch/find.html"},
    "nobody": {"touch/start.html", "touch/about.html", "error.html"},
}  # fmt: skip
"""What each walk sees."""

in_every_language = pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)


@dataclass(frozen=True)
class Estate:
    """A gate, served: guests are approved by their hosts, and others are asked for a document and a photo."""

    gate: TestGate
    server: LiveServer
    clock: ClockAhead

    def inside(self) -> Visit:
        """Whoever has come in last."""
        return self.gate.appliance.visit_queries.inside()[0]

    def waiting(self) -> Visit:
        return self.gate.appliance.visit_queries.waiting()[0]

    def see(self, picture: bytes) -> None:
        """Something else stands before the camera from now on."""
        shown_ns = self.gate.camera("in").show(picture, 60)
        self.gate.appliance.cameras["in"].wait_newer(shown_ns, 10)


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    asks = {"name": "required", "phone": "optional", "purpose": "required", "document": "required"}
    kinds = {"guest": {"approval": "host"}, "other": {"asks": asks, "photo": "required"}}
    settings = document(visits={"kinds": kinds}, hosts={"base_url": "http://gate.invalid"})
    clock = ClockAhead()
    tower = [Unit(f"3-T-{floor}-{door}", "3", "T", str(floor), door) for floor in range(1, 51) for door in "12"]
    with demo_appliance(
        tmp_path_factory.mktemp("gate"), units=[*directory(), *tower], settings=settings, clock=clock
    ) as gate, live_server(gate.appliance) as server:  # fmt: skip
        gate.appliance.resident_links.make(NewLink(UNIT, "陳太"), actor="user desk")
        yield Estate(gate, server, clock)


@pytest.fixture
def walk(estate: Estate, page: Page, language: Language) -> Walk:
    return Walk(page, estate.server, language)


@in_every_language
def test_a_guest_by_way_of_their_host(estate: Estate, walk: Walk) -> None:
    box = estate.gate.appliance
    walk.begin().look()
    walk.tap_and_look(SIGN_IN, "button[value=guest]", ".tile", "[data-find-link]")
    walk.touch("[data-key='1']").look(".found .hint")
    walk.touch("[data-key='9']", "[data-key='9']").look(".found .hint")
    walk.tap(".bottom a").tap_and_look(".tile", ".tile")
    walk.fill(phone="1").tap_and_look(NEXT)  # with its problems: no name, and no number
    walk.fill(visitor_name="歐陽詠欣", phone="+852 5550 1234").tap_and_look(NEXT)
    walk.touch("[data-step='1']").fill(vehicle_plate="粤B 12345").tap(NEXT)

    estate.see(png(face()))
    walk.look(".studio[data-state=good]").tap_and_look("a[href$='/photo/why']").tap("a[href$='/photo']")
    estate.see(png(face(light=0.1)))
    walk.look(".studio[data-state=too-dark]")
    for _attempt in range(2):
        walk.touch("button[value=take]").tap("button[value=take]")  # a touch while it counts takes it at once
        walk.look(".advice.warn").tap("button[value=again]")
    estate.see(png(face()))
    walk.touch("button[value=take]").tap("button[value=take]").look("button[value=keep]")
    walk.tap("button[value=keep]").look(".thumbnail")

    walk.tap(NEXT).look(".pulse")
    estate.clock.ahead += timedelta(minutes=2)
    box.approvals.run_due()
    estate.gate.wait_for_entry("host.unanswered", visit=estate.waiting().id)
    walk.go("/visit").look(".pulse")
    box.visits.approve(estate.waiting().id, actor="user guard")
    walk.look(".number", ".progress.good + .progress.good").tap(NEXT)
    walk.end(SEEN["a guest"])


@in_every_language
def test_a_delivery_while_gate_and_printer_rest_and_out_by_number(estate: Estate, walk: Walk) -> None:
    gate = estate.gate
    gate.printer().run_out_of_paper()
    gate.wait_for_condition("printer", DeviceCondition.IMPAIRED)
    gate.relay("in").unplug()
    walk.begin(SIGN_IN, "button[value=delivery]", *TO_UNIT).look()
    walk.fill(visitor_name="W" * 80).tap_and_look(NEXT, NEXT)
    walk.tap(NEXT).look(".progress.warn + .progress.warn")
    gate.relay("in").replug()
    gate.printer().make_ready()
    walk.tap(NEXT)

    walk.begin().tap_and_look(SIGN_OUT, NEXT)  # with its problem: there is no such number
    walk.fill(number=estate.inside().number).tap_and_look(NEXT)
    gate.appliance.lanes.states.lock("out", actor="user lee", reason="test")
    walk.tap_and_look(NEXT)
    gate.appliance.lanes.states.unlock("out", actor="user lee")
    walk.tap(NEXT).look(".progress.good")
    walk.end(SEEN["a delivery"])


@in_every_language
def test_a_contractor_with_tools_whom_the_guard_sends_away_and_lets_in(estate: Estate, walk: Walk) -> None:
    box = estate.gate.appliance
    walk.begin(SIGN_IN, "button[value=contractor]", *TO_UNIT)
    walk.fill(visitor_name="W" * 80, phone="+852 5550 1234").tap(NEXT).tap_and_look(NEXT)  # with its problem: what for?
    walk.fill(vehicle_plate="AB 1234", purpose="W" * 200).tap_and_look(NEXT)
    walk.tap(*[f".grid .tile:nth-child({each})" for each in (1, 2, 6)])
    walk.fill(name="W" * 60).tap_and_look("button[value=add]")
    walk.tap(NEXT).touch("button[value=take]").tap("button[value=take]").look(".thumbnail")
    walk.tap(NEXT).look(".pulse")
    box.visits.refuse(estate.waiting().id, actor="user guard", reason="test")
    walk.look(".mark.warn").tap(NEXT)

    new = NewVisit(VisitKind.CONTRACTOR, UNIT, "何文", phone="5550 1234", purpose="冷氣維修")
    visit = box.visits.sign_in(
        new, source=VisitSource.PANEL, actor="user guard", lane=None, approved_by="user guard", carried=[("梯", 1)]
    ).visit
    walk.begin(SIGN_OUT).fill(number=visit.number).tap(NEXT).tap_and_look(NEXT)  # whose tools nobody has checked
    walk.end(SEEN["a contractor"])


@in_every_language
def test_another_visit_with_a_document_and_no_camera(estate: Estate, walk: Walk) -> None:
    gate = estate.gate
    walk.begin(SIGN_IN, "button[value=other]", *TO_UNIT).fill(visitor_name="何文").tap(NEXT)
    walk.look().fill(purpose="探訪").tap_and_look(NEXT, NEXT)  # with its problem: no number
    walk.fill(document="A123456(3)").tap(NEXT).tap_and_look("a[href$='/photo/why']").tap("a[href$='/photo']")
    gate.camera("in").unplug()
    walk.look(".picture.none").tap_and_look(NEXT)
    gate.camera("in").replug()
    walk.tap("button[value=document]").look()
    walk.tap(NEXT)
    gate.appliance.lanes.states.lock("in", actor="user lee", reason="test")
    walk.tap(NEXT).look(".pulse")
    gate.appliance.lanes.states.unlock("in", actor="user lee")
    walk.tap(".bottom .button")
    walk.end(SEEN["another"])


@in_every_language
def test_a_unit_of_a_tower_whose_floors_need_more_than_a_page(walk: Walk) -> None:
    walk.begin(SIGN_IN, "button[value=guest]").tap_and_look(IN_TOWER, ".pager .button")
    walk.begin().touch(".mode[value=low]").look(":root[data-low]")  # for which the server makes shorter pages
    walk.tap_and_look(SIGN_IN, "button[value=guest]", IN_TOWER, ".pager .button", "[data-find-link]")
    walk.touch("[data-key='1']").look(".found .hint")
    walk.end(SEEN["a unit"])


@in_every_language
def test_what_is_said_over_a_page(estate: Estate, walk: Walk) -> None:
    walk.page.clock.install()
    walk.begin()
    estate.gate.tap(f"DEADBE{LANGUAGES.index(walk.language):02X}")  # the same again would be taken for the same tap
    walk.look("[data-verdict]").touch("[data-verdict]")
    walk.tap(SIGN_IN, "button[value=delivery]", *TO_UNIT).touch("[data-call] button").look("[data-called]")
    walk.touch("[data-called]")
    walk.page.clock.fast_forward(46_000)
    walk.look("[data-countdown]")
    walk.go("/none").look(".error-page")
    walk.end(SEEN["nobody"])
