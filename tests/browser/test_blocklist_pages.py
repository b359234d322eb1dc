"""The blocklist in a real browser: it holds up who waits while a guard looks on, and its pages are for everybody."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from kiosk.domain.roles import Role
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource, VisitState
from tests.support.appliance import demo_appliance
from tests.support.live_server import live_server
from tests.support.panel import PASSWORD, Look, Reader, in_every_look


@in_every_look
def test_who_waits_is_held_up_before_the_guards_eyes(tmp_path: Path, page: Page, look: Look) -> None:
    with demo_appliance(tmp_path) as gate, live_server(gate.appliance) as server:
        box = gate.appliance
        box.accounts.add_user("chief", Role.SUPERVISOR, PASSWORD)
        visits = [
            box.visits.sign_in(
                NewVisit(VisitKind.CONTRACTOR, "1-A-1-A", "陳大文", phone=phone, purpose="lift"),
                source=VisitSource.TOUCH, actor="touchscreen", lane="in",
            ).visit
            for phone in ("9123 4567", "6123 4567")
        ]  # fmt: skip
        chief = Reader(page, server.url, look).log_in("chief")
        one, other = (page.locator(f"#waiting-{visit.id}") for visit in visits)
        expect(one.locator("button.good")).to_be_visible()

        entry = box.blocklist.add(actor="user chief", name="陳大文", phone="91234567", reason="威脅保安員")
        expect(one.locator(".blocked:not(.perhaps)")).to_contain_text("威脅保安員")
        expect(other.locator(".blocked.perhaps")).to_be_visible()
        expect(one.locator("button.good")).to_have_count(0)
        one.locator("summary").click()
        chief.examine(by_night=True)
        one.locator("[name=reason]").fill("接孩子")
        one.locator("details button").click()
        expect(one).to_have_count(0)
        gate.wait_for_pulses(1)
        other.locator("button.bad").click()
        expect(other).to_have_count(0)
        assert [box.visit_queries.get(visit.id).state for visit in visits] == [
            VisitState.SIGNED_IN, VisitState.REFUSED,
        ]  # fmt: skip
        assert box.visit_queries.get(visits[0].id).reason == "接孩子"

        for path in (f"visits/{visits[0].id}", "blocklist", "blocklist/add", f"blocklist/{entry.id}"):
            chief.go(f"/panel/{path}").examine(by_night=True)
        page.locator("summary.bad").click()
        chief.examine(by_night=True)
        page.locator("details button.bad").click()
        page.wait_for_url("**/panel/blocklist")
        chief.examine(by_night=True)
    assert not chief.found, "\n".join(chief.found)
