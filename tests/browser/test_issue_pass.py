"""A helper's pass in a real browser: issued by hand, its code read from the screen, revoked on second thought."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from hardware import factory
from hardware.interfaces import DeviceKind, QrDecoder
from hardware.pictures import read_gray
from kiosk.domain.passes import PassStanding
from kiosk.domain.roles import Role
from tests.support.accessibility import examine, examine_colours
from tests.support.appliance import TestGate, demo_appliance, wait_for
from tests.support.browser import PANEL_10_INCH, PATIENCE_MS
from tests.support.live_server import live_server
from web.i18n import PANEL_LOCALE_COOKIE

PASSWORD = "correct horse battery"


@pytest.fixture
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate")) as running:
        running.appliance.accounts.add_user("frontdesk", Role.FRONT_DESK, PASSWORD)
        yield running


def test_a_helpers_pass_from_the_form_to_its_end(gate: TestGate, page: Page) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    found: list[str] = []

    def look() -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # its literals
            found.extend(examine(page, may_scroll_down=True) if scheme == "light" else examine_colours(page))
        page.emulate_media(color_scheme="light")

    with live_server(gate.appliance) as server:
        page.set_viewport_size(PANEL_10_INCH)
        page.context.add_cookies([{"name": PANEL_LOCALE_COOKIE, "value": "en", "url": server.url}])
        page.goto(f"{server.url}/panel/login?next=/panel/passes/new?kind=recurring")
        page.locator("[name=username]").fill("frontdesk")
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main button").click()

        page.get_by_label("Unit").fill("1-A-1-A")
        page.get_by_label("Pass holder").fill("Maria Santos")
        page.get_by_label("Last day").fill((gate.appliance.clock.now() + timedelta(days=30)).date().isoformat())
        page.get_by_label("Mon").check()
        page.get_by_label("From, 1").fill("12:00")
        page.get_by_label("To, 1").fill("09:00")
        page.get_by_role("button", name="Issue the pass").click()
        expect(page.locator("#weekly-problem")).to_be_visible()
        expect(page.get_by_label("Mon")).to_be_checked()
        look()
        page.get_by_label("From, 1").fill("09:00")
        page.get_by_label("To, 1").fill("12:00")
        page.get_by_role("button", name="Issue the pass").click()

        code = page.locator(".pass-code img")
        expect(code).to_be_visible()
        page.wait_for_function("() => document.querySelector('.pass-code img').naturalWidth > 0")
        look()
        decoder = factory.build(DeviceKind.DECODER, "zxing", {})
        assert isinstance(decoder, QrDecoder)
        with decoder:
            (seen,) = decoder.decode(read_gray(page.screenshot(), most_side_px=4096))
        reading = gate.appliance.pass_keys.read(seen.text)
        assert reading.claims is not None

        page.emulate_media(media="print")
        expect(page.locator(".pass-side")).to_be_hidden()
        expect(code).to_be_visible()
        page.emulate_media(media="screen")
        expect(page.get_by_role("button", name="Print")).to_be_visible()

        expect(page.get_by_role("button", name="Revoke for good")).to_be_hidden()
        page.get_by_text("Revoke the pass").click()
        look()
        page.get_by_role("button", name="Revoke for good").click()
        expect(page.locator(".stamp")).to_have_text("Revoked")
        look()
        wait_for(
            lambda: gate.appliance.pass_queries.get(reading.claims.id).standing is PassStanding.REVOKED  # type: ignore[union-attr]  # asserted above
        )
        page.goto(f"{server.url}/panel/passes")
        expect(page.get_by_role("link", name="Maria Santos")).to_be_visible()
        look()
    assert not found, "\n".join(found)
