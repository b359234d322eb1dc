"""A release slip in a real browser: asked for at the desk, signed, shown at the camera, ticked off, and re-issued."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from hardware.simulated.camera import MAX_SHOWN_S
from kiosk.domain.roles import Role
from kiosk.domain.slips import Slip, SlipState
from tests.support.accessibility import examine, examine_colours
from tests.support.appliance import TestGate, demo_appliance
from tests.support.browser import PANEL_10_INCH, PATIENCE_MS
from tests.support.live_server import live_server
from web.i18n import PANEL_LOCALE_COOKIE

PASSWORD = "correct horse battery"


@pytest.fixture
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate")) as running:
        for role in (Role.SUPERVISOR, Role.GUARD):
            running.appliance.accounts.add_user(role.value, role, PASSWORD)
        yield running


def newest(gate: TestGate) -> Slip:
    return gate.appliance.goods.slip_queries.open()[0]


def log_in(page: Page, url: str, username: str, at: str) -> None:
    page.set_viewport_size(PANEL_10_INCH)
    page.context.add_cookies([{"name": PANEL_LOCALE_COOKIE, "value": "en", "url": url}])
    page.goto(f"{url}/panel/login?next={at}")
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button").click()


def large_picture() -> bytes:
    """A photograph as a tablet takes it: too much for the box to be sent as it is."""
    data = io.BytesIO()
    Image.effect_noise((1800, 1200), 60).convert("RGB").save(data, "JPEG", quality=95)
    return data.getvalue()


def test_goods_from_the_form_to_the_barrier(gate: TestGate, page: Page, browser: Browser) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    found: list[str] = []

    def look(at: Page, *, by_night: bool = False) -> None:
        found.extend(examine(at, may_scroll_down=True))
        if by_night:
            at.emulate_media(color_scheme="dark")
            found.extend(examine_colours(at))
            at.emulate_media(color_scheme="light")

    with live_server(gate.appliance) as server, browser.new_context(reduced_motion="reduce") as at_the_gate:
        # The desk asks, at first without a name, and the supervisor signs.
        log_in(page, server.url, "supervisor", "/panel/slips/new?kind=department")
        page.get_by_label("Department").select_option("工程部 Works")
        page.locator("[name='items.1.name']").fill("Generator")
        page.locator("[name='items.1.quantity']").fill("3")
        picture = {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": large_picture()}
        page.locator("[name='items.1.photo']").set_input_files(picture)  # type: ignore[arg-type]  # a FilePayload
        shrunk = "() => document.querySelector(\"[name='items.1.photo']\").files[0].name === 'picture.jpg'"
        page.wait_for_function(shrunk)
        page.get_by_role("button", name="More lines").click()
        page.locator("[name='items.6.name']").fill("Ladder")
        page.get_by_label("Vehicle plate").fill("AB 1234")
        page.locator("[name=requested_by]").evaluate("input => input.required = false")
        page.get_by_role("button", name="Ask for the release slip").click()
        expect(page.locator("#requested_by-problem")).to_be_visible()
        expect(page.locator(".has-photo img")).to_be_visible()
        look(page)
        page.locator("[name=requested_by]").fill("Mr Lee")
        page.get_by_role("button", name="Ask for the release slip").click()
        expect(page.locator("h1")).to_have_text(newest(gate).number)
        look(page)
        page.get_by_role("button", name="Approve for the department").click()
        expect(page.locator(".message")).to_contain_text("is approved")
        slip = newest(gate)
        assert slip.items[0].photo_id is not None
        assert [(item.name, item.quantity) for item in slip.items] == [("Generator", 3), ("Ladder", 1)]

        # The driver shows it; the guard ticks off a first load.
        shift = at_the_gate.new_page()
        shift.set_default_timeout(PATIENCE_MS)
        log_in(shift, server.url, "guard", "/panel/")
        expect(shift.locator("[data-link-state]")).to_have_text("Live")
        gate.hold_up(gate.appliance.goods.slip_queries.token_of(slip), "out", MAX_SHOWN_S)
        card = shift.locator(f"#goods-{slip.id}")
        expect(card).to_contain_text(slip.number)
        look(shift, by_night=True)
        card.get_by_role("link", name="Release goods").click()
        line = shift.locator(".load li").first
        line.get_by_role("button", name="One more: Generator").click()
        line.get_by_role("button", name="One more: Generator").click()
        line.get_by_role("button", name="One less: Generator").click()
        shift.get_by_label("Vehicle plate, as read at the gate").fill("ab1234")
        look(shift)
        shift.get_by_role("button", name="Let it leave").click()
        expect(shift.locator(".outcome-opened")).to_be_visible()
        gate.wait_for_pulses(1, "out")
        look(shift)

        # Another lorry: kept back, and told to the desk.
        shift.get_by_role("link", name="Next trip").click()
        shift.get_by_role("button", name="Everything that is left").click()
        shift.get_by_label("Vehicle plate, as read at the gate").fill("CD 5678")
        shift.get_by_role("button", name="Let it leave").click()
        expect(shift.locator(".stop")).to_contain_text("The slip is for another vehicle.")
        look(shift, by_night=True)
        assert len(gate.relay("out").pulses) == 1
        shift.get_by_role("button", name="Ask the desk to re-issue").click()
        expect(shift.locator("[data-part=alerts]")).to_contain_text("The gate wants another release slip")

        # The desk issues another for what is left, and the old one opens nothing.
        page.goto(f"{server.url}/panel/slips?view=reissue")
        look(page, by_night=True)
        page.get_by_role("link", name=slip.number).click()
        page.get_by_role("link", name="Re-issue").click()
        expect(page.locator("[name='items.1.quantity']")).to_have_value("2")
        page.get_by_label("Vehicle plate").fill("CD 5678")
        page.get_by_role("button", name="Issue in place of").click()
        expect(page.locator(".note")).to_contain_text(slip.number)
        assert newest(gate).replaces_id == slip.id
        assert gate.appliance.goods.slip_queries.get(slip.id).state is SlipState.VOID
        shift.goto(f"{server.url}/panel/slips/{slip.id}/release")
        expect(shift.locator(".loud")).to_have_text("VOID")
        look(shift)
    assert not found, "\n".join(found)
