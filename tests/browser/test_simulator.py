"""The simulator's page as a person uses it, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from hardware.interfaces import PrinterState
from hardware.supervisor import DeviceCondition
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource, VisitState
from tests.support.appliance import TestGate, demo_appliance, qr_png, wait_for
from tests.support.browser import PANEL_7_INCH, PANEL_10_INCH, PATIENCE_MS
from tests.support.live_server import live_server

expect.set_options(timeout=PATIENCE_MS)
UNIT = "1-A-1-A"


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate")) as gate:
        gate.appliance.cards.add(actor="test", uid="04A1B2C3D4E5F6", holder="陳大文", unit=UNIT)
        yield gate


@pytest.fixture(scope="module")
def url(gate: TestGate) -> Iterator[str]:
    with live_server(gate.appliance) as server:
        yield f"{server.url}/simulator/"


@pytest.fixture
def simulator(page: Page, url: str) -> Page:
    """The page, open and showing the scene."""
    page.set_viewport_size(PANEL_10_INCH)
    page.goto(url)
    page.wait_for_selector("[data-lane=in][data-relay=released]")
    return page


def test_a_card_tapped_raises_the_barrier_of_its_lane(simulator: Page, gate: TestGate) -> None:
    simulator.locator(".card[data-uid='04A1B2C3D4E5F6']").click()
    gate.wait_for_entry("access.granted", lane="in")
    expect(simulator.locator("[data-lane=in].up")).to_have_count(1)
    expect(simulator.locator("[data-lane=in][data-mood=go] [data-said]")).not_to_be_empty()
    expect(simulator.locator("[data-lane=out].up")).to_have_count(0)
    expect(simulator.locator("[data-lane=in].up")).to_have_count(0)  # and it comes down again


def test_a_number_nobody_knows_is_refused(simulator: Page, gate: TestGate) -> None:
    simulator.locator(".where label").nth(1).click()
    simulator.locator("#uid").fill("0badcafe")
    simulator.locator("[data-uid-form] button").click()
    gate.wait_for_entry("access.refused", lane="out", uid="0BADCAFE")
    expect(simulator.locator("[data-lane=out][data-mood=stop] [data-said]")).not_to_be_empty()
    simulator.locator("#uid").fill("not a number")
    simulator.locator("[data-uid-form] button").click()
    expect(simulator.locator("[data-trouble]")).not_to_be_empty()


def test_the_receipt_comes_out_and_opens_the_way_out(simulator: Page, gate: TestGate) -> None:
    signed_in = gate.appliance.visits.sign_in(
        NewVisit(VisitKind.GUEST, UNIT, "Chan Tai Man"), source=VisitSource.TOUCH, actor="touchscreen", lane="in"
    )
    receipt = simulator.locator("[data-paper] .coming.printed img")
    expect(receipt).to_have_count(1)
    assert receipt.evaluate("picture => picture.naturalWidth") == 576
    simulator.locator("[data-lane=out] [data-hold-up]").click()
    gate.wait_for_entry("visit.signed_out", visit=signed_in.visit.id)
    assert gate.appliance.visit_queries.get(signed_in.visit.id).state is VisitState.SIGNED_OUT
    expect(simulator.locator("[data-lane=out].up")).to_have_count(1)
    simulator.reload()
    expect(simulator.locator("[data-paper] figure")).not_to_have_count(0)
    expect(simulator.locator("[data-paper] .coming")).to_have_count(0)  # what lies there does not come out again


def test_a_picture_from_a_file_is_held_up(simulator: Page, gate: TestGate, tmp_path: Path) -> None:
    picture = tmp_path / "foreign.png"
    picture.write_bytes(qr_png("https://example.org/menu"))
    after = gate.appliance.feed.last_seq
    simulator.locator("[data-lane=in] [data-picture]").set_input_files(picture)
    gate.wait_for_entry("access.refused", after, lane="in", code="unknown")
    picture.write_bytes(b"no picture")
    simulator.locator("[data-lane=in] [data-picture]").set_input_files(picture)
    expect(simulator.locator("[data-trouble]")).not_to_be_empty()


def test_the_exit_button_is_held_and_let_go(simulator: Page, gate: TestGate) -> None:
    after = gate.appliance.feed.last_seq
    button = simulator.locator("[data-lane=out] [data-press]")
    button.hover()
    simulator.mouse.down()
    gate.wait_for_entry("input.changed", after, input="exit_button", active=True)
    simulator.mouse.up()
    gate.wait_for_entry("input.changed", after, input="exit_button", active=False)
    gate.wait_for_entry("gate.opened", after, cause="exit-button")


def test_inputs_are_switched_and_seen(simulator: Page, gate: TestGate) -> None:
    simulator.locator("[data-lane=in] label:has([data-input=loop])").click()
    gate.wait_for_entry("input.changed", lane="in", input="loop", active=True)
    expect(simulator.locator("[data-lane=in].loop")).to_have_count(1)
    simulator.locator("[data-lane=in] label:has([data-input=loop])").click()
    expect(simulator.locator("[data-lane=in].loop")).to_have_count(0)


def test_faults_are_switched_on_and_off(simulator: Page, gate: TestGate) -> None:
    simulator.locator("label:has([value=out-of-paper])").click()
    gate.wait_for_condition("printer", DeviceCondition.IMPAIRED)
    assert gate.printer().status() is PrinterState.OUT_OF_PAPER
    simulator.locator("label:has([value=ready])").click()
    gate.wait_for_condition("printer", DeviceCondition.READY)
    plug = simulator.locator("label:has([data-device='in.camera'])")
    plug.click()
    gate.wait_for_condition("in.camera", DeviceCondition.FAULT)
    expect(simulator.locator("[data-lane=in] .view.dark")).to_have_count(1)
    expect(plug).to_have_attribute("data-condition", "fault")
    plug.click()
    gate.wait_for_condition("in.camera", DeviceCondition.READY)
    expect(simulator.locator("[data-lane=in] .view.dark")).to_have_count(0)


class Held:
    """Requests that a page has made and that go on when the test says so."""

    def __init__(self, page: Page, pattern: str) -> None:
        self._page = page
        self._routes: list[Route] = []
        page.route(pattern, self._hold)

    def next(self) -> Route:
        wait_for(lambda: self._routes or self._page.evaluate("0"))  # the page is asked so that the request is heard of
        return self._routes.pop()

    def _hold(self, route: Route) -> None:
        self._routes.append(route)


def test_a_scene_from_before_a_change_turns_no_switch_back(simulator: Page, gate: TestGate) -> None:
    scenes = Held(simulator, "**/scene?*")
    late = scenes.next()
    earlier = late.fetch()  # everything is well in it
    with simulator.expect_response("**/simulator/printer"):
        simulator.locator("label:has([value=out-of-paper])").click()
    simulator.wait_for_function("!document.querySelector('[data-busy]')")
    late.fulfill(response=earlier)
    scenes.next().continue_()  # asked for once the late one has been shown
    expect(simulator.locator("[value=out-of-paper]")).to_be_checked()
    simulator.unroute_all()
    simulator.locator("label:has([value=ready])").click()
    gate.wait_for_condition("printer", DeviceCondition.READY)


def test_a_scene_from_before_turns_nothing_back_while_a_change_is_under_way(simulator: Page, gate: TestGate) -> None:
    scenes, changes = Held(simulator, "**/scene?*"), Held(simulator, "**/simulator/printer")
    late = scenes.next()
    earlier = late.fetch()
    simulator.locator("label:has([value=out-of-paper])").click()
    change = changes.next()
    late.fulfill(response=earlier)
    asked_again = scenes.next()
    expect(simulator.locator("[value=out-of-paper]")).to_be_checked()
    change.continue_()
    asked_again.continue_()
    simulator.unroute_all()
    gate.wait_for_condition("printer", DeviceCondition.IMPAIRED)
    simulator.locator("label:has([value=ready])").click()
    gate.wait_for_condition("printer", DeviceCondition.READY)


def test_it_fits_one_screen(simulator: Page) -> None:
    too_wide = "document.documentElement.scrollWidth - innerWidth"
    assert simulator.evaluate(too_wide) == 0
    assert simulator.evaluate("document.documentElement.scrollHeight - innerHeight") == 0
    simulator.set_viewport_size(PANEL_7_INCH)
    assert simulator.evaluate(too_wide) == 0


def test_a_kiosk_that_went_away_is_told_and_found_again(page: Page, gate: TestGate) -> None:
    with live_server(gate.appliance) as server:
        page.goto(f"{server.url}/simulator/")
        page.wait_for_selector("[data-lane=in][data-relay=released]")
        server.stop()
        expect(page.locator("[data-trouble][data-gone]")).not_to_be_empty()
        with live_server(gate.appliance, port=server.port):
            expect(page.locator("[data-trouble]")).to_be_empty()
