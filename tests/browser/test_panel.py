"""The guards' panel in a real browser: live, over lost connections, and with a hand on every button."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from kiosk.domain.roles import Role
from kiosk.domain.visits import NewVisit, Visit, VisitKind, VisitSource, VisitState
from tests.support.appliance import TestGate, demo_appliance, wait_for
from tests.support.live_server import LiveServer, live_server
from tests.support.panel import IN_ENGLISH, PASSWORD, Look, Reader, in_every_look

LINE_TYPES = {"visit.signed_in", "visit.waiting", "visit.signed_out"}


class Arrive(Protocol):
    def __call__(self, name: str, kind: VisitKind = ..., lane: str | None = ...) -> Visit: ...


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate")) as running:
        for role in (Role.GUARD, Role.CLERK):
            running.appliance.accounts.add_user(role.value, role, PASSWORD)
        yield running


@pytest.fixture(scope="module")
def server(gate: TestGate) -> Iterator[LiveServer]:
    with live_server(gate.appliance) as running:
        yield running


@pytest.fixture
def arrive(gate: TestGate) -> Arrive:
    def arrive(name: str, kind: VisitKind = VisitKind.GUEST, lane: str | None = None) -> Visit:
        new = NewVisit(kind, "1-A-1-A", name, phone="9123 4567", purpose="lift")
        visits = gate.appliance.visits
        return visits.sign_in(new, source=VisitSource.TOUCH, actor="lane in", lane=lane).visit

    return arrive


@pytest.fixture
def look() -> Look:
    """Where a test is not one of every look."""
    return IN_ENGLISH


@pytest.fixture
def guard(page: Page, server: LiveServer, look: Look) -> Reader:
    """At the shift's screen, live."""
    return at_the_shift(page, server.url, look=look)


@pytest.fixture
def shift(guard: Reader) -> Page:
    return guard.page


def at_the_shift(page: Page, url: str, name: str = "guard", look: Look = IN_ENGLISH) -> Reader:
    return Reader(page, url, look).log_in(name).wait_until_live()


@in_every_look
def test_a_visitor_appears_and_is_let_in(guard: Reader, gate: TestGate, arrive: Arrive) -> None:
    page, pulses = guard.page, len(gate.relay().pulses)
    visit = arrive("王小明 <b>", VisitKind.CONTRACTOR, lane="in")
    waiting = page.locator(f"#waiting-{visit.id}")
    expect(waiting).to_contain_text("王小明 <b>")
    expect(page.locator("[data-feed] .line").first).to_contain_text(guard.says("Visitor waits for approval"))
    guard.button("Let in", within=waiting).click()
    expect(page.locator(".message")).to_have_text(guard.says("%(number)s is let in.", number=visit.number))
    expect(waiting).to_have_count(0)
    expect(page.locator("[data-part=inside]")).to_contain_text("王小明 <b>")
    gate.wait_for_pulses(pulses + 1)
    assert gate.appliance.visit_queries.get(visit.id).state is VisitState.SIGNED_IN


def test_a_reason_being_typed_survives_what_happens_meanwhile(shift: Page, gate: TestGate, arrive: Arrive) -> None:
    visit = arrive("Ho Ka Yan", VisitKind.CONTRACTOR)
    waiting = shift.locator(f"#waiting-{visit.id}")
    waiting.locator("summary").click()
    reason = waiting.locator("[name=reason]")
    reason.press_sequentially("Not exp")
    other = arrive("Somebody else", VisitKind.CONTRACTOR)
    expect(shift.locator(f"#waiting-{other.id}")).to_be_visible()
    expect(reason).to_be_focused()
    reason.press_sequentially("ected")
    waiting.locator("form button.bad").click()
    expect(waiting).to_have_count(0)
    assert gate.appliance.visit_queries.get(visit.id).reason == "Not expected"


@in_every_look
def test_a_lane_is_opened_for_a_reason(guard: Reader, gate: TestGate) -> None:
    before, pulses = gate.appliance.feed.last_seq, len(gate.relay("out").pulses)
    lane = guard.page.locator("#lane-out")
    lane.locator(".open-form summary").click()
    guard.button("Emergency", within=lane).click()
    guard.button("Open lane: %(lane)s", lane="out").click()
    expect(guard.page.locator(".message")).to_have_text(guard.says("The lane is open."))
    gate.wait_for_pulses(pulses + 1, "out")
    entry = gate.wait_for_entry("gate.commanded", before)
    reason = guard.says("Emergency")
    assert (entry.actor, entry.payload["reason"]) == ("user guard", reason)
    expect(guard.page.locator(".line", has_text=reason).first).to_contain_text("guard")


def test_an_order_held_up_by_the_network_comes_too_late(shift: Page, gate: TestGate) -> None:
    pulses = gate.relay().pulses
    # The press happened six seconds ago by the page's own clock: the request has been under way since.
    shift.route("**/open", lambda route: route.continue_(post_data=age(route.request.post_data or "", 6_000)))
    lane = shift.locator("#lane-in")
    lane.locator(".open-form summary").click()
    lane.locator(".open-form [name=reason]").fill("Resident")
    lane.get_by_role("button", name="Open lane: in").click()
    expect(shift.locator(".message.problem")).to_contain_text("too late")
    assert gate.relay().pulses == pulses


def age(form: str, by_ms: int) -> str:
    fields = dict(pair.split("=") for pair in form.split("&"))
    return "&".join(f"{name}={int(value) - by_ms if name == 'issued_at' else value}" for name, value in fields.items())


def test_the_feed_misses_nothing_while_the_network_is_gone(page: Page, gate: TestGate, arrive: Arrive) -> None:
    start = gate.appliance.feed.last_seq
    with live_server(gate.appliance) as first:
        at_the_shift(page, first.url)
        arrive("Before")
        expect(page.locator(".line", has_text="Before")).to_have_count(1)
        first.stop()
        expect(page.locator("[data-link-state]")).to_have_text("Connecting again …")
        for number in range(8):
            arrive(f"Meanwhile {number}")
        with live_server(gate.appliance, port=first.port):
            expect(page.locator("[data-link-state]")).to_have_text("Live")
            arrive("Afterwards")
            expect(page.locator(".line", has_text="Afterwards")).to_have_count(1)
            numbers = [int(line) for line in page.locator("[data-feed] .line").evaluate_all(
                "lines => lines.map(line => line.dataset.seq)"
            )]  # fmt: skip
            written = [entry.seq for entry in gate.entries("", start) if entry.type in LINE_TYPES]
            assert len(written) == 10
            assert [number for number in reversed(numbers) if number in written] == written
            assert len(numbers) == len(set(numbers))


def test_a_stream_that_the_server_refuses_is_asked_for_again(page: Page, server: LiveServer, arrive: Arrive) -> None:
    refusals: list[Route] = []

    def refuse_once(route: Route) -> None:
        refusals.append(route)
        if len(refusals) == 1:
            route.fulfill(status=503, body="")
        else:
            route.continue_()

    page.route("**/panel/feed?*", refuse_once)
    at_the_shift(page, server.url)
    arrive("Late riser")
    expect(page.locator(".line", has_text="Late riser")).to_have_count(1)
    assert len(refusals) == 2


def test_the_live_picture_moves(shift: Page, gate: TestGate) -> None:
    wait_for(gate.appliance.cameras["in"].latest)
    picture = shift.locator("#lane-in [data-live-picture]")
    expect(picture).to_have_attribute("src", re.compile("^blob:"))
    first = picture.get_attribute("src")
    expect(picture).not_to_have_attribute("src", first or "")
    expect(shift.locator("#lane-in figcaption")).to_be_hidden()


def test_a_camera_that_is_unplugged_is_seen(shift: Page, gate: TestGate) -> None:
    gate.camera("out").unplug()
    try:
        expect(shift.locator("#lane-out figcaption")).to_be_visible()
        expect(shift.locator("[data-part=alerts]")).to_contain_text("Camera (out)")
    finally:
        gate.camera("out").replug()
    expect(shift.locator("#lane-out figcaption")).to_be_hidden()
    expect(shift.locator("[data-part=alerts]")).not_to_contain_text("Camera (out)")


def test_a_session_that_has_ended_leads_to_the_login(shift: Page, gate: TestGate) -> None:
    gate.appliance.accounts.set_password("guard", PASSWORD)
    # More than one part of the page may see it and lead there; a navigation overtaken by another is no failure.
    expect(shift).to_have_url(re.compile(r"/panel/login\?next="))
    shift.locator("[name=username]").fill("guard")
    shift.locator("[name=password]").fill(PASSWORD)
    shift.locator("main button").click()
    expect(shift.locator("[data-link-state]")).to_have_text("Live")


@in_every_look
def test_a_visitor_is_signed_in_and_out_at_the_panel(guard: Reader, gate: TestGate, look: Look) -> None:
    page, name = guard.page, f"何嘉欣 {look.name}"
    guard.link("Sign in", within=page.locator("nav").first).click()
    guard.link("Contractor").click()
    guard.field("unit").fill("2-C-12-A")
    guard.field("visitor_name").fill(name)
    guard.field("phone").fill("6123 4567")
    guard.field("purpose").fill("升降機保養")
    guard.button("Sign in").click()
    expect(page.locator(".message")).to_be_visible()
    expect(page.locator("h1")).to_have_text(name)
    guard.link("Visits").click()
    guard.field("q").fill(look.name)
    guard.button("Search").click()
    page.get_by_role("link", name=name).click()
    guard.field("lane").select_option("out")
    pulses = len(gate.relay("out").pulses)
    guard.button("Sign out").click()
    expect(page.locator(".message")).to_be_visible()
    gate.wait_for_pulses(pulses + 1, "out")
    expect(page.locator("main .badge").first).to_have_text(guard.says("Signed out"))


def test_a_clerk_watches_and_cannot_act(page: Page, server: LiveServer, arrive: Arrive) -> None:
    at_the_shift(page, server.url, "clerk")
    visit = arrive("For the guard", VisitKind.CONTRACTOR)
    waiting = page.locator(f"#waiting-{visit.id}")
    expect(waiting).to_be_visible()
    expect(waiting.get_by_role("button")).to_have_count(0)
    expect(page.locator(".lane summary")).to_have_count(0)
    expect(page.locator("nav").get_by_role("link", name="Sign in")).to_have_count(0)


def test_without_script_the_essentials_work(browser: Browser, server: LiveServer, arrive: Arrive) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(f"{server.url}/panel/")
    page.locator("[name=username]").fill("guard")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button").click()
    expect(page.locator("#lane-in")).to_be_visible()
    visit = arrive("Plain", VisitKind.CONTRACTOR)
    page.reload()
    page.locator(f"#waiting-{visit.id}").get_by_role("button", name="Let in").click()
    expect(page.locator(".message")).to_have_text(f"{visit.number} is let in.")
    page.locator("#lane-in .open-form summary").click()
    page.locator("#lane-in .open-form [name=reason]").fill("Resident")
    page.get_by_role("button", name="Open lane: in").click()
    expect(page.locator(".message")).to_have_text("The lane is open.")
    context.close()


def test_language_and_night_are_a_touch_away(shift: Page) -> None:
    shift.locator(".menu summary").click()
    shift.get_by_role("button", name="Night").click()
    expect(shift.locator("html")).to_have_attribute("data-theme", "dark")
    shift.wait_for_load_state()
    shift.locator(".menu summary").click()
    shift.get_by_role("button", name="繁體中文").click()
    expect(shift.locator("html")).to_have_attribute("lang", "zh-Hant-HK")
    shift.wait_for_load_state()
    shift.locator(".menu summary").click()
    shift.locator(".menu form[action$=logout] button").click()
    shift.wait_for_url(re.compile("/panel/login"))
    expect(shift.locator("html")).to_have_attribute("data-theme", "dark")
