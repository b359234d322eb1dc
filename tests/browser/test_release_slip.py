"""A release slip in a real browser: asked for at the desk, signed, shown at the camera, ticked off, and re-issued."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from hardware.simulated.camera import MAX_SHOWN_S
from kiosk.domain.roles import Role
from kiosk.domain.slips import Slip, SlipState
from tests.support.appliance import TestGate, demo_appliance
from tests.support.browser import PATIENCE_MS
from tests.support.live_server import live_server
from tests.support.panel import PASSWORD, Look, Reader, in_every_look

SHRUNK = "() => document.querySelector(\"[name='items.1.photo']\").files[0].name === 'picture.jpg'"


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[TestGate]:
    with demo_appliance(tmp_path) as running:
        for role in (Role.SUPERVISOR, Role.GUARD):
            running.appliance.accounts.add_user(role.value, role, PASSWORD)
        yield running


def newest(gate: TestGate) -> Slip:
    return gate.appliance.goods.slip_queries.open()[0]


def large_picture() -> bytes:
    """A photograph as a tablet takes it: too much for the box to be sent as it is."""
    data = io.BytesIO()
    Image.effect_noise((1800, 1200), 60).convert("RGB").save(data, "JPEG", quality=95)
    return data.getvalue()


def ask(gate: TestGate, desk: Reader) -> Slip:
    """The desk asks, at first without a name, and the supervisor signs."""
    page = desk.page
    desk.field("department").select_option("工程部 Works")
    desk.field("items.1.name").fill("Generator")
    desk.field("items.1.quantity").fill("3")
    picture = {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": large_picture()}
    desk.field("items.1.photo").set_input_files(picture)  # type: ignore[arg-type]  # a FilePayload
    page.wait_for_function(SHRUNK)
    desk.button("More lines").click()
    desk.field("items.6.name").fill("Ladder")
    desk.field("vehicle_plate").fill("AB 1234")
    desk.field("requested_by").evaluate("input => input.required = false")
    desk.button("Ask for the release slip").click()
    expect(page.locator("#requested_by-problem")).to_be_visible()
    expect(page.locator(".has-photo img")).to_be_visible()
    desk.examine()
    desk.field("requested_by").fill("Mr Lee")
    desk.button("Ask for the release slip").click()
    expect(page.locator("h1")).to_have_text(newest(gate).number)
    desk.examine()
    desk.button("Approve for the department").click()
    slip = newest(gate)
    expect(page.locator(".message")).to_contain_text(slip.number)
    assert newest(gate).state is SlipState.APPROVED
    assert slip.items[0].photo_id is not None
    assert [(item.name, item.quantity) for item in slip.items] == [("Generator", 3), ("Ladder", 1)]
    return newest(gate)


def release_a_first_load(gate: TestGate, guard: Reader, slip: Slip) -> None:
    """The driver shows it; the guard ticks off one generator of three."""
    page = guard.page
    gate.hold_up(gate.appliance.goods.slip_queries.token_of(slip), "out", MAX_SHOWN_S)
    card = page.locator(f"#goods-{slip.id}")
    expect(card).to_contain_text(slip.number)
    guard.examine(by_night=True)
    guard.link("Release goods", within=card).click()
    line = page.locator(".load li").first
    guard.button("One more: %(name)s", within=line, name="Generator").click()
    guard.button("One more: %(name)s", within=line, name="Generator").click()
    guard.button("One less: %(name)s", within=line, name="Generator").click()
    guard.field("vehicle_plate").fill("ab1234")
    guard.examine()
    guard.button("Let it leave").click()
    expect(page.locator(".outcome-opened")).to_be_visible()
    gate.wait_for_pulses(1, "out")
    guard.examine()


def keep_another_lorry_back(gate: TestGate, guard: Reader) -> None:
    """It is told to the desk."""
    page = guard.page
    guard.link("Next trip").click()
    guard.button("Everything that is left").click()
    guard.field("vehicle_plate").fill("CD 5678")
    guard.button("Let it leave").click()
    expect(page.locator(".stop")).to_contain_text(guard.says("The slip is for another vehicle."))
    guard.examine(by_night=True)
    assert len(gate.relay("out").pulses) == 1
    guard.button("Ask the desk to re-issue").click()
    expect(page.locator("[data-part=alerts] a[href$='view=reissue']")).to_be_visible()


@in_every_look
def test_goods_from_the_form_to_the_barrier(gate: TestGate, page: Page, browser: Browser, look: Look) -> None:
    with live_server(gate.appliance) as server, browser.new_context(reduced_motion="reduce") as at_the_gate:
        desk = Reader(page, server.url, look).log_in("supervisor", "/panel/slips/new?kind=department")
        slip = ask(gate, desk)
        shift = at_the_gate.new_page()
        shift.set_default_timeout(PATIENCE_MS)
        guard = Reader(shift, server.url, look).log_in("guard").wait_until_live()
        release_a_first_load(gate, guard, slip)
        keep_another_lorry_back(gate, guard)

        # The desk issues another for what is left, and the old one opens nothing.
        desk.go("/panel/slips?view=reissue").examine(by_night=True)
        page.get_by_role("link", name=slip.number).click()
        desk.link("Re-issue").click()
        expect(desk.field("items.1.quantity")).to_have_value("2")
        desk.field("vehicle_plate").fill("CD 5678")
        desk.button("Issue in place of %(number)s", number=slip.number).click()
        expect(page.locator(".note")).to_contain_text(slip.number)
        assert newest(gate).replaces_id == slip.id
        assert gate.appliance.goods.slip_queries.get(slip.id).state is SlipState.VOID
        guard.go(f"/panel/slips/{slip.id}/release")
        expect(shift.locator(".loud")).to_have_text(guard.says("VOID"))
        guard.examine()
    assert not [*desk.found, *guard.found], "\n".join([*desk.found, *guard.found])
