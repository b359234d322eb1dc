"""Without a mouse and without a finger: by Tab, Enter and the space bar, and it is seen where one is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from kiosk.domain.roles import Role
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource, VisitState
from tests.support.appliance import TestGate, demo_appliance
from tests.support.browser import PATIENCE_MS
from tests.support.live_server import LiveServer, live_server
from tests.support.panel import IN_ENGLISH, PASSWORD, Reader

expect.set_options(timeout=PATIENCE_MS)
MOST_TABS: Final = 60
"""More than any page here has places to go to."""

_IS_THERE: Final = """(selector) => {
  const there = document.activeElement;
  if (!there?.matches(selector)) return "";
  const around = [there, there.nextElementSibling, there.firstElementChild];
  const drawn = around.filter((e) => e).map((e) => getComputedStyle(e));
  return drawn.some((it) => it.outlineStyle !== "none" && parseFloat(it.outlineWidth) >= 2) ? "seen" : "unseen";
}"""


class Hands:
    """Whoever presses keys. `unseen` is where the focus was and nothing on the page showed it."""

    def __init__(self, page: Page) -> None:
        self.unseen: list[str] = []
        self._page = page

    def go_to(self, selector: str) -> Hands:
        """From place to place, forward, until one that fits."""
        self._page.wait_for_load_state()
        for _ in range(MOST_TABS):
            how = self._page.evaluate(_IS_THERE, selector)
            if how:
                self.unseen += [selector] if how == "unseen" else []
                return self
            self._page.keyboard.press("Tab")
        raise AssertionError(f"no key leads to {selector} on {self._page.url}")

    def press(self, selector: str, key: str = "Enter") -> Hands:
        """There, and press what stands there."""
        self.go_to(selector)._page.keyboard.press(key)
        return self

    def follow(self, *selectors: str, key: str = "Enter") -> Hands:
        """As `press`, one after the other; each leads to another page."""
        for selector in selectors:
            with self._page.expect_navigation():
                self.press(selector, key)
        return self

    def type(self, selector: str, words: str) -> Hands:
        self.go_to(selector)._page.keyboard.insert_text(words)
        return self


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[TestGate]:
    with demo_appliance(tmp_path) as running:
        running.appliance.accounts.add_user("guard", Role.GUARD, PASSWORD)
        yield running


@pytest.fixture
def server(gate: TestGate) -> Iterator[LiveServer]:
    with live_server(gate.appliance) as running:
        yield running


def test_from_the_first_page_to_the_barrier(gate: TestGate, server: LiveServer, page: Page) -> None:
    page.goto(server.url)
    hands = Hands(page).follow("button[value=en]", ".door.primary").follow("button[value=delivery]", key="Space")
    while "/sign-in/place" in page.url:
        hands.follow(".tile")
    hands.type("#visitor_name", "何文").type("#phone", "55501234").follow(*[".onward .button"] * 3)
    expect(page.locator(".number")).to_be_visible()
    gate.wait_for_pulses(1, "in")
    assert gate.appliance.visit_queries.inside()[0].visitor_name == "何文"
    assert hands.unseen == []


def test_a_guard_lets_somebody_in_and_opens_a_lane(gate: TestGate, server: LiveServer, page: Page) -> None:
    new = NewVisit(VisitKind.CONTRACTOR, "1-A-1-A", "李工", phone="9123 4567", purpose="lift")
    visit = gate.appliance.visits.sign_in(new, source=VisitSource.TOUCH, actor="lane in", lane="in").visit
    Reader(page, server.url, IN_ENGLISH).log_in("guard").wait_until_live()
    hands = Hands(page).press(f"#waiting-{visit.id} button.good")
    gate.wait_for_pulses(1, "in")
    assert gate.appliance.visit_queries.get(visit.id).state is VisitState.SIGNED_IN
    hands.press("#lane-out .open-form summary").type("#lane-out .open-form [name=reason]", "Ambulance").press(
        "#lane-out .open-form button.accent"
    )
    gate.wait_for_pulses(1, "out")
    assert hands.unseen == []
