"""Every page of the panel in every language: found by following its links, and looked at large, small and on a phone.

The estate has a week behind it, so that lists are full and pages have something to show. Each page has to fit at every
size, and on a phone to have room for a finger. axe-core goes over it at one of them, another one for each language, and
in one over its colours by night too.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from kiosk.bootstrap import build_appliance
from kiosk.config import parse
from kiosk.demo.seed import seed
from kiosk.domain.access import CredentialState
from kiosk.domain.open_items import DailyKind
from kiosk.domain.roles import Role
from tests.support.accessibility import examine, examine_colours, unfitting
from tests.support.appliance import PATIENCE_S, TestGate, document
from tests.support.browser import PANEL_7_INCH, PANEL_10_INCH, PATIENCE_MS, PHONE
from tests.support.fit import SMALL_ON_A_PHONE
from tests.support.live_server import LiveServer, live_server
from tests.support.muster import burn, end_fire
from tests.support.panel import PASSWORD
from web.i18n import LANGUAGES, PANEL_LOCALE_COOKIE, Language
from web.panel.blueprint import SESSION_COOKIE

expect.set_options(timeout=PATIENCE_MS)
UNIT = "2-C-7-3"
SIZES = (PANEL_10_INCH, PANEL_7_INCH, PHONE)
PAGES = Path(__file__).parents[2] / "web/templates/panel"

FORMS: Final = (
    "/panel/sign-in?kind=guest",
    "/panel/goods/new",
    "/panel/slips/new",
    "/panel/cards/new",
    "/panel/passes/new",
    "/panel/blocklist/add",
    "/panel/residents",
)
"""Pages with a form that comes back with its problems when it is sent empty."""

ANSWERS: Final = frozenset(
    {"panel/desk_wait.html", "panel/refusal.html", "panel/resident_link.html", "panel/visit_document.html"}
)
"""Pages that only answer a form."""

NUMBER: Final = "11010519491231002X"
"""Of an identity card of the mainland: the example of GB 11643-1999."""

_SEND_EMPTY = """() => { const form = document.querySelector("main form[data-once]");
  form.noValidate = true;
  form.requestSubmit(form.querySelector("button.accent, button.wide")); }"""
_SEND = """([address, fields]) => { const form = document.createElement("form");
  Object.assign(form, { method: "post", action: address });
  fields = { ...fields, csrf_token: document.querySelector("meta[name=csrf-token]").content };
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("input"), { name, value }));
  }
  document.body.append(form); form.submit(); }"""
_ADDRESSES = """() => [...document.querySelectorAll("a[href]")].map((link) => link.pathname + link.search)
  .filter((address) => address.startsWith("/panel/"))"""


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    """The demonstration's estate, on whose last page of a shift everything stands."""
    data = tmp_path_factory.mktemp("gate") / "data"
    settings = parse(document(visits={"kinds": {"guest": {"asks": {"name": "required", "document": "required"}}}}))
    seed(settings, data)
    appliance = build_appliance(settings, data, is_demo=True)
    appliance.start()
    try:
        assert appliance.supervisor.wait_until_settled(PATIENCE_S)
        gate = TestGate(appliance, data)
        fill(gate)
        yield gate
    finally:
        assert appliance.stop(PATIENCE_S)


def fill(gate: TestGate) -> None:
    """What a week of the demonstration does not bring: accounts, a handover, a list of the day, a card refused."""
    accounts = gate.appliance.accounts
    for role in Role:
        accounts.add_user(role.value, role, PASSWORD)
    gate.appliance.shifts.daily_lists.make(DailyKind.UNFINISHED, gate.appliance.clock.now())
    gate.appliance.shifts.handovers.open(next(user for user in accounts.users() if user.role is Role.GUARD))
    suspended = next(one for one in gate.appliance.cards.first(12) if one.state is CredentialState.SUSPENDED)
    gate.tap(suspended.uid)
    gate.wait_for_entry("access.refused")


@pytest.fixture(scope="module")
def server(gate: TestGate) -> Iterator[LiveServer]:
    with live_server(gate.appliance) as running:
        yield running


class PanelWalk:
    """Somebody who follows every link once, and looks at each page at every size."""

    def __init__(self, page: Page, server: LiveServer, language: Language) -> None:
        self.found: list[str] = []
        self._page = page
        self._server = server
        self._language = language
        self._looks = LANGUAGES.index(language)
        self._routes = server.app.url_map.bind("")

    def log_in(self, role: Role) -> None:
        """As whoever has this role, whoever it was before."""
        page = self._page
        page.context.clear_cookies(name=SESSION_COOKIE)
        page.goto(f"{self._server.url}/panel/login")
        page.locator("[name=username]").fill(role.value)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main button").click()
        page.wait_for_url("**/panel/")

    def follow_every_link(self) -> None:
        """From the shift's screen, a page of each kind."""
        waiting, known = ["/panel/"], {"panel.show_shift"}
        while waiting:
            self.go(waiting.pop(0))
            for address in self._page.evaluate(_ADDRESSES):
                path = urlsplit(address).path
                endpoint, _values = self._routes.match(path)
                if endpoint not in known and "." not in path:  # a file
                    known.add(endpoint)
                    waiting.append(address)

    def go(self, address: str) -> None:
        """To a page, and look at it."""
        self._page.goto(f"{self._server.url}{address}")
        self.look()

    def send_empty(self) -> None:
        """Send the page's form with nothing in it, and look at what it says to that."""
        with self._page.expect_navigation():
            self._page.evaluate(_SEND_EMPTY)
        expect(self._page.locator(".problem").first).to_be_visible()
        self.look()

    def send(self, address: str, **fields: str) -> None:
        """Send a form as a page without script does, and look at the page that answers."""
        with self._page.expect_navigation():
            self._page.evaluate(_SEND, [address, fields])
        self.look()

    def look(self) -> None:
        """Look at the page as it stands."""
        page = self._page
        expect(page.locator("html")).to_have_attribute("lang", self._language.tag)
        self._looks += 1
        for number, size in enumerate(SIZES):
            page.set_viewport_size(size)
            if size is PHONE:
                self.found += [f"{page.url}: {line}" for line in page.evaluate(SMALL_ON_A_PHONE)]
            if number != self._looks % len(SIZES):
                self.found += [f"{size['width']}: {line}" for line in unfitting(page, may_scroll_down=True)]
            else:
                self.found += examine(page, may_scroll_down=True)
        if self._language is LANGUAGES[0]:  # words have no colour
            page.emulate_media(color_scheme="dark")
            self.found += [f"by night: {line}" for line in examine_colours(page)]
            page.emulate_media(color_scheme="light")


@pytest.fixture(params=LANGUAGES, ids=lambda language: language.code)
def walk(request: pytest.FixtureRequest, page: Page, server: LiveServer) -> PanelWalk:
    """As the administrator, in each language."""
    page.context.add_cookies([{"name": PANEL_LOCALE_COOKIE, "value": request.param.code, "url": server.url}])
    walk = PanelWalk(page, server, request.param)
    walk.log_in(Role.ADMIN)
    return walk


def test_every_page_that_a_link_leads_to(server: LiveServer, walk: PanelWalk) -> None:
    walk.follow_every_link()
    pages = {f"panel/{path.name}" for path in PAGES.glob("[!_]*.html")} - {"panel/base.html"}
    assert pages - server.templates <= ANSWERS, "a page that nobody looks at"
    assert not walk.found, "\n".join(walk.found)


def test_every_page_that_answers_a_form(gate: TestGate, server: LiveServer, walk: PanelWalk) -> None:
    for address in FORMS:
        walk.go(address)
        walk.send_empty()
    walk.send("/panel/residents", unit=UNIT, name="陳太 手機", phone="5550 1234")
    guest = {"unit": UNIT, "visitor_name": "歐陽詠欣", "document_kind": "mainland", "document": NUMBER}
    walk.send("/panel/sign-in", kind="guest", **guest)
    walk.send(f"/panel/visits/{gate.appliance.visit_queries.inside()[0].id}/document", why="incident")
    walk.send("/panel/lanes/in/open", issued_at="0", reason="test")  # refused: it comes too late
    walk.send("/panel/desk", purpose="test", then="/panel/cards")
    burn(gate)
    gate.wait_for_entry("fire.began")
    walk.go("/panel/muster")
    end_fire(gate)
    for alarm in gate.appliance.alarms.open(10):
        gate.appliance.alarms.acknowledge(alarm.id, actor="user admin", note="test")
    walk.log_in(Role.OBSERVER)
    walk.look()
    assert server.templates >= ANSWERS
    assert not walk.found, "\n".join(walk.found)
