"""A time profile written with few touches in a real browser, and drawn while it is written."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from kiosk.domain.roles import Role
from kiosk.domain.time_profiles import Day, Span, TimeProfile
from tests.support.appliance import demo_appliance
from tests.support.live_server import live_server
from tests.support.panel import PASSWORD, Look, Reader, in_every_look


@in_every_look
def test_a_week_is_written_with_few_touches(page: Page, tmp_path: Path, look: Look) -> None:
    with demo_appliance(tmp_path) as gate, live_server(gate.appliance) as server:
        gate.appliance.accounts.add_user("clerk", Role.CLERK, PASSWORD)
        clerk = Reader(page, server.url, look).log_in("clerk", "/panel/time-profiles")
        clerk.link("New time profile").click()

        def day(name: str) -> Locator:
            return page.get_by_role("group", name=clerk.says(name), exact=True)

        clerk.field("name").fill("Helpers")
        clerk.field("mon-0-begins").fill("8")
        clerk.field("mon-0-ends").fill("1230")
        expect(day("Monday").locator("rect")).to_have_attribute("width", "270")
        clerk.field("mon-1-begins").fill("14")
        clerk.field("mon-1-ends").fill("0")
        clerk.field("mon-1-ends").blur()
        expect(clerk.field("mon-0-ends")).to_have_value("12:30")
        expect(clerk.field("mon-1-ends")).to_have_value("24:00")
        for name in ("Tuesday", "Wednesday"):
            clerk.button("As above", within=day(name)).click()
        expect(day("Wednesday").locator("rect")).to_have_count(2)
        clerk.button("Closed", within=day("Wednesday")).click()
        expect(day("Wednesday").locator("rect")).to_have_count(0)
        clerk.button("Whole day", within=day("Holidays")).click()
        clerk.button("Save").click()

        expect(page.locator(".message")).to_have_text(clerk.says("%(name)s is on record.", name="Helpers"))
        (added,) = gate.appliance.time_profiles.all()
        spans = (Span(480, 750), Span(840, 1440))
        wanted = {Day.MONDAY: spans, Day.TUESDAY: spans, Day.HOLIDAY: (Span(0, 1440),)}
        assert added.profile.as_record() == TimeProfile(wanted).as_record()
        expect(page.locator(".profile .week rect")).to_have_count(5)
