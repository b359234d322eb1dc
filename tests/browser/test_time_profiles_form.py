"""A time profile written with few touches in a real browser, and drawn while it is written."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from kiosk.domain.roles import Role
from kiosk.domain.time_profiles import Day, Span, TimeProfile
from tests.support.appliance import demo_appliance
from tests.support.browser import PANEL_10_INCH, PATIENCE_MS
from tests.support.live_server import live_server
from web.i18n import PANEL_LOCALE_COOKIE

PASSWORD = "correct horse battery"


def test_a_week_is_written_with_few_touches(page: Page, tmp_path: Path) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    with demo_appliance(tmp_path) as gate, live_server(gate.appliance) as server:
        gate.appliance.accounts.add_user("clerk", Role.CLERK, PASSWORD)
        page.set_viewport_size(PANEL_10_INCH)
        page.context.add_cookies([{"name": PANEL_LOCALE_COOKIE, "value": "en", "url": server.url}])
        page.goto(f"{server.url}/panel/time-profiles")
        page.locator("[name=username]").fill("clerk")
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main button").click()
        page.get_by_role("link", name="New time profile").click()

        def day(name: str):
            return page.get_by_role("group", name=name, exact=True)

        page.get_by_label("Name of the time profile").fill("Helpers")
        page.locator("[name=mon-0-begins]").fill("8")
        page.locator("[name=mon-0-ends]").fill("1230")
        expect(day("Monday").locator("rect")).to_have_attribute("width", "270")
        page.locator("[name=mon-1-begins]").fill("14")
        page.locator("[name=mon-1-ends]").fill("0")
        page.locator("[name=mon-1-ends]").blur()
        expect(page.locator("[name=mon-0-ends]")).to_have_value("12:30")
        expect(page.locator("[name=mon-1-ends]")).to_have_value("24:00")
        for name in ("Tuesday", "Wednesday"):
            day(name).get_by_role("button", name="As above").click()
        expect(day("Wednesday").locator("rect")).to_have_count(2)
        day("Wednesday").get_by_role("button", name="Closed").click()
        expect(day("Wednesday").locator("rect")).to_have_count(0)
        day("Holidays").get_by_role("button", name="Whole day").click()
        page.get_by_role("button", name="Save").click()

        expect(page.locator(".message")).to_have_text("Helpers is on record.")
        (added,) = gate.appliance.time_profiles.all()
        spans = (Span(480, 750), Span(840, 1440))
        wanted = {Day.MONDAY: spans, Day.TUESDAY: spans, Day.HOLIDAY: (Span(0, 1440),)}
        assert added.profile.as_record() == TimeProfile(wanted).as_record()
        expect(page.locator(".profile .week rect")).to_have_count(5)
