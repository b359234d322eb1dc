"""A helper's pass in a real browser: issued by hand, its code read from the screen, revoked on second thought."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hardware import factory
from hardware.interfaces import DeviceKind, QrDecoder
from hardware.pictures import read_gray
from kiosk.domain.passes import PassStanding
from kiosk.domain.roles import Role
from tests.support.appliance import TestGate, demo_appliance, wait_for
from tests.support.live_server import live_server
from tests.support.panel import PASSWORD, Look, Reader, in_every_look


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[TestGate]:
    with demo_appliance(tmp_path) as running:
        running.appliance.accounts.add_user("frontdesk", Role.FRONT_DESK, PASSWORD)
        yield running


@in_every_look
def test_a_helpers_pass_from_the_form_to_its_end(gate: TestGate, page: Page, look: Look) -> None:
    with live_server(gate.appliance) as server:
        desk = Reader(page, server.url, look).log_in("frontdesk", "/panel/passes/new?kind=recurring")
        desk.field("unit").fill("1-A-1-A")
        desk.field("holder").fill("Maria Santos")
        desk.field("not_after").fill((gate.appliance.clock.now() + timedelta(days=30)).date().isoformat())
        monday = page.get_by_label(desk.says("Mon"))
        monday.check()
        begins, ends = desk.field("from_1"), desk.field("to_1")
        begins.fill("12:00")
        ends.fill("09:00")
        desk.button("Issue the pass").click()
        expect(page.locator("#weekly-problem")).to_be_visible()
        expect(monday).to_be_checked()
        desk.examine(by_night=True)
        begins.fill("09:00")
        ends.fill("12:00")
        desk.button("Issue the pass").click()

        code = page.locator(".pass-code img")
        expect(code).to_be_visible()
        page.wait_for_function("() => document.querySelector('.pass-code img').naturalWidth > 0")
        desk.examine(by_night=True)
        code.scroll_into_view_if_needed()
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
        expect(desk.button("Print")).to_be_visible()

        expect(desk.button("Revoke for good")).to_be_hidden()
        page.get_by_text(desk.says("Revoke the pass")).click()
        desk.examine(by_night=True)
        desk.button("Revoke for good").click()
        expect(page.locator(".stamp")).to_have_text(desk.says("Revoked"))
        desk.examine(by_night=True)
        wait_for(
            lambda: gate.appliance.pass_queries.get(reading.claims.id).standing is PassStanding.REVOKED  # type: ignore[union-attr]  # asserted above
        )
        desk.go("/panel/passes")
        expect(page.get_by_role("link", name="Maria Santos")).to_be_visible()
        desk.examine(by_night=True)
    assert not desk.found, "\n".join(desk.found)
