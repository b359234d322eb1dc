"""The touchscreen as a visitor uses it: a real browser, a live server, a whole simulated gate."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hardware.supervisor import DeviceCondition
from kiosk.demo.seed import directory
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource, VisitState
from kiosk.services.visits import SignIn
from tests.support.appliance import TestGate, demo_appliance
from tests.support.browser import PATIENCE_MS
from tests.support.live_server import live_server

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate"), units=directory()) as gate:
        yield gate


@pytest.fixture(scope="module")
def url(gate: TestGate) -> Iterator[str]:
    with live_server(gate.appliance) as server:
        yield server.url


@pytest.fixture
def screen(page: Page, url: str) -> Page:
    """The first page, in English."""
    page.goto(url)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_text("Welcome.")).to_be_visible()
    return page


def press(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("button", name=name, exact=True).click()


def to_unit(page: Page) -> None:
    press(page, "Phase 2, Block C", "7/F", "Flat 3")


def type_phone(page: Page, digits: str) -> None:
    for digit in digits:
        page.locator(f"[data-key='{digit}']").click()


def signed_in(gate: TestGate, name: str = "何文") -> SignIn:
    """Somebody who is inside."""
    return gate.appliance.visits.sign_in(
        NewVisit(VisitKind.DELIVERY, "2-C-7-3", name), source=VisitSource.API, actor="test", lane=None
    )


def test_from_the_first_touch_to_the_barrier(gate: TestGate, screen: Page) -> None:
    opened = len(gate.relay("in").pulses)
    press(screen, "Sign in", "Guest")
    to_unit(screen)
    screen.get_by_label("Name").fill("歐陽詠欣")
    type_phone(screen, "55501234")
    expect(screen.locator("#phone")).to_have_value("55501234")
    press(screen, "Next", "One more", "One more", "One fewer", "Next")
    expect(screen.get_by_alt_text("What the camera sees")).to_be_visible()
    press(screen, "Take the photo")
    expect(screen.get_by_text("Phase 2, Block C, 7/F, Flat 3")).to_be_visible()
    screen.locator("button[value=photo]").click()
    expect(screen.get_by_alt_text("The photo that was taken")).to_be_visible()
    press(screen, "Take it again", "Take the photo")
    expect(screen.locator(".thumbnail")).to_be_visible()
    press(screen, "Sign in")
    expect(screen.get_by_text("The gate is open.")).to_be_visible()
    expect(screen.get_by_text("Please take your receipt.")).to_be_visible()
    gate.wait_for_pulses(opened + 1, "in")
    assert gate.printer().receipts
    visit = gate.appliance.visit_queries.inside()[0]
    assert (visit.visitor_name, visit.companions, visit.source) == ("歐陽詠欣", 1, VisitSource.TOUCH)
    expect(screen.locator(".number")).to_have_text(visit.number)
    press(screen, "Finished")
    expect(screen.get_by_role("button", name="登記進入")).to_be_visible()
    screen.go_back()
    expect(screen.get_by_role("button", name="登記進入")).to_be_visible()
    assert "歐陽詠欣" not in screen.content()


def test_a_double_tap_on_the_last_button_signs_in_once(gate: TestGate, screen: Page) -> None:
    before = len(gate.entries("visit.signed_in"))
    press(screen, "Sign in", "Delivery")
    to_unit(screen)
    screen.get_by_label("Name").fill("何文")
    press(screen, "Next", "Next")
    screen.get_by_role("button", name="Sign in", exact=True).dblclick()
    expect(screen.locator(".number")).to_be_visible()
    assert len(gate.entries("visit.signed_in")) == before + 1


def test_the_page_goes_on_when_the_guard_says_yes(gate: TestGate, screen: Page) -> None:
    opened = len(gate.relay("in").pulses)
    press(screen, "Sign in", "Other")
    to_unit(screen)
    screen.get_by_label("Name").fill("何文")
    press(screen, "Next")
    screen.get_by_label("Purpose of the visit").fill("piano")
    press(screen, "Next", "Go on without a photo", "Sign in")
    expect(screen.get_by_text("The guard is being asked.")).to_be_visible()
    visit = gate.appliance.visit_queries.waiting()[0]
    gate.appliance.visits.approve(visit.id, actor="guard")
    expect(screen.locator(".number")).to_have_text(visit.number)
    gate.wait_for_pulses(opened + 1, "in")


def test_the_page_goes_on_when_the_guard_says_no(gate: TestGate, screen: Page) -> None:
    press(screen, "Sign in", "Other")
    to_unit(screen)
    screen.get_by_label("Name").fill("何文")
    press(screen, "Next")
    screen.get_by_label("Purpose of the visit").fill("piano")
    press(screen, "Next", "Go on without a photo", "Sign in")
    expect(screen.get_by_text("The guard is being asked.")).to_be_visible()
    gate.appliance.visits.refuse(gate.appliance.visit_queries.waiting()[0].id, actor="guard", reason="no answer")
    expect(screen.get_by_text("Please speak to the guard")).to_be_visible()


def test_signing_out_by_number(gate: TestGate, screen: Page) -> None:
    visit = signed_in(gate).visit
    opened = len(gate.relay("out").pulses)
    press(screen, "Sign out")
    type_phone(screen, "999")
    press(screen, "Next")
    expect(screen.get_by_text("We find no visit with this number.")).to_be_visible()
    type_phone(screen, visit.number.replace("-", ""))
    press(screen, "Next")
    expect(screen.locator(".number")).to_have_text(visit.number)
    press(screen, "Sign out")
    expect(screen.get_by_text("Goodbye!")).to_be_visible()
    expect(screen.get_by_text("The gate is open.")).to_be_visible()
    gate.wait_for_pulses(opened + 1, "out")
    assert gate.appliance.visit_queries.get(visit.id).state is VisitState.SIGNED_OUT


def test_signing_out_by_the_code_at_the_way_out(gate: TestGate, screen: Page) -> None:
    entered = signed_in(gate)
    assert entered.issued is not None
    opened = len(gate.relay("out").pulses)
    press(screen, "Sign out")
    gate.hold_up(entered.issued.token, "out")
    expect(screen.get_by_text("Thank you for your visit. The gate is opening.")).to_be_visible()
    gate.wait_for_pulses(opened + 1, "out")
    assert gate.appliance.visit_queries.get(entered.visit.id).state is VisitState.SIGNED_OUT


def test_a_card_nobody_knows_is_told_kindly_and_the_sentence_goes_again(gate: TestGate, screen: Page) -> None:
    screen.clock.install()
    gate.tap("A1B2C3D4")
    expect(screen.get_by_text("We do not know this card or code.")).to_be_visible()
    screen.clock.fast_forward(5_000)
    expect(screen.locator("[data-verdict]")).to_be_visible()
    screen.clock.fast_forward(2_000)
    expect(screen.locator("[data-verdict]")).to_be_hidden()


def test_the_countdown_is_seen_and_a_touch_stops_it(page: Page, url: str) -> None:
    page.clock.install(time=0)
    page.clock.pause_at(3600)  # from here on the page's time stands still but for `run_for`
    page.goto(url)
    page.get_by_role("button", name="English").click()
    press(page, "Sign in", "Guest")
    expect(page.get_by_text("Which block?")).to_be_visible()
    page.wait_for_load_state()  # the script runs
    countdown = page.get_by_text("Are you still there?")
    page.clock.run_for(44_000)
    expect(countdown).to_be_hidden()
    page.clock.run_for(4_000)
    expect(countdown).to_be_visible()
    expect(page.locator("[data-seconds]")).to_have_text("12")
    page.mouse.click(400, 240)
    expect(countdown).to_be_hidden()
    page.clock.run_for(50_000)
    expect(countdown).to_be_visible()
    page.clock.run_for(11_000)
    page.clock.resume()
    expect(page.get_by_role("button", name="登記進入")).to_be_visible()


def test_a_camera_that_goes_lets_the_visitor_go_on(gate: TestGate, screen: Page) -> None:
    press(screen, "Sign in", "Guest")
    to_unit(screen)
    screen.get_by_label("Name").fill("何文")
    press(screen, "Next", "Next")
    expect(screen.get_by_role("button", name="Take the photo")).to_be_visible()
    gate.camera("in").unplug()
    try:
        expect(screen.get_by_text("The camera is resting")).to_be_visible()
        press(screen, "Next")
        expect(screen.get_by_text("Is everything right?")).to_be_visible()
    finally:
        gate.camera("in").replug()
        gate.wait_for_condition("in.camera", DeviceCondition.READY)


def test_a_restart_in_the_middle_starts_anew(page: Page, tmp_path: Path) -> None:
    with demo_appliance(tmp_path) as gate:
        with live_server(gate.appliance) as first:
            page.goto(first.url)
            page.get_by_role("button", name="English").click()
            press(page, "Sign in", "Guest")
            expect(page.get_by_text("Which block?")).to_be_visible()
        expect(page.get_by_text("One moment please. This screen is starting anew.")).to_be_visible()
        if shots := os.environ.get("SHOTS"):
            page.screenshot(path=Path(shots) / "en-away.png")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_text("If it takes longer than a minute, please ask the guard.")).to_be_visible()
        with live_server(gate.appliance, port=first.port):
            expect(page.get_by_text("Sorry, we have to start again.")).to_be_visible()
