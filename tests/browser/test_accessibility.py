"""The panel and the simulator in every language, for people who see, hear or move differently: nothing serious."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from kiosk.demo.seed import directory
from kiosk.domain.access import CredentialKind
from kiosk.domain.roles import Role
from kiosk.domain.time_profiles import Day, Span, TimeProfile
from kiosk.domain.timings import JUDGED_FROM
from kiosk.domain.visits import NewVisit, Visit, VisitKind, VisitSource
from tests.support.accessibility import examine, examine_colours
from tests.support.appliance import TestGate, demo_appliance
from tests.support.browser import PANEL_10_INCH, PATIENCE_MS
from tests.support.live_server import live_server
from tests.support.panel import PASSWORD
from web.i18n import LANGUAGES, PANEL_LOCALE_COOKIE, Language

expect.set_options(timeout=PATIENCE_MS)
UNIT = "2-C-7-3"
in_every_language = pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)


@dataclass(frozen=True)
class Estate:
    """A gate, served."""

    gate: TestGate
    url: str

    def arrive(self, kind: VisitKind, name: str = "歐陽詠欣") -> Visit:
        new = NewVisit(kind, UNIT, name, phone="5550 1234", vehicle_plate="AB 1234", purpose="冷氣維修")
        return self.gate.appliance.visits.sign_in(
            new, source=VisitSource.TOUCH, actor="touchscreen", lane="in"
        ).visit  # fmt: skip


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    with demo_appliance(tmp_path_factory.mktemp("gate"), units=directory()) as gate:
        for role in (Role.GUARD, Role.CLERK):
            gate.appliance.accounts.add_user(role.value, role, PASSWORD)
        gate.appliance.time_profiles.add(
            actor="test", name="家務助理", profile=TimeProfile({Day.MONDAY: (Span(480, 720), Span(840, 1080))})
        )
        gate.appliance.cards.add(actor="test", uid="04A1B2C3D4E5F6", holder="陳大文", unit=UNIT)
        with live_server(gate.appliance) as server:
            yield Estate(gate, server.url)


@in_every_language
def test_what_opens_on_a_page_of_the_panel(estate: Estate, page: Page, language: Language) -> None:
    """Menus, forms, problems and verdicts; the pages themselves are walked through by `test_panel_pages`."""
    found: list[str] = []

    def look() -> None:
        expect(page.locator("html")).to_have_attribute("lang", language.tag)
        page.emulate_media(color_scheme="light")
        found.extend(examine(page, may_scroll_down=True))
        if language is LANGUAGES[0]:  # words have no colour
            page.emulate_media(color_scheme="dark")
            found.extend(f"by night: {line}" for line in examine_colours(page))

    def log_in(username: str) -> None:
        page.locator("[name=username]").fill(username)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main button").click()

    waiting, inside = estate.arrive(VisitKind.CONTRACTOR), estate.arrive(VisitKind.GUEST)
    page.set_viewport_size(PANEL_10_INCH)
    page.context.add_cookies([{"name": PANEL_LOCALE_COOKIE, "value": language.code, "url": estate.url}])
    page.goto(f"{estate.url}/panel/")
    look()
    log_in("nobody")
    expect(page.locator(".problem")).to_be_visible()
    look()
    log_in("guard")
    expect(page.locator(f"#waiting-{waiting.id}")).to_be_visible()
    expect(page.locator("[data-feed] .line").first).to_be_visible()
    look()
    page.locator(".menu summary").click()
    look()
    page.locator(".menu summary").click()
    for menu in page.locator("nav summary").all():
        menu.click()
        look()
        page.keyboard.press("Escape")
    page.locator("#lane-in .open-form summary").click()
    page.locator("#lane-out .lock-form summary").click()
    page.locator(f"#waiting-{waiting.id} summary").click()
    look()
    for path in ("visits?q=nobody", f"visits/{inside.id}"):  # test_panel_pages goes everywhere
        page.goto(f"{estate.url}/panel/{path}")
        look()
    page.goto(f"{estate.url}/panel/lanes/in/self-test")
    page.locator("main form button").click()
    expect(page.locator("#verdict")).to_be_visible()
    look()
    for _ in range(JUDGED_FROM):
        estate.gate.appliance.timings.note("in", CredentialKind.CARD, 400_000_000)
    page.goto(f"{estate.url}/panel/health")
    page.locator(".kind details summary").first.click()
    look()
    page.goto(f"{estate.url}/panel/devices")
    look()
    estate.gate.appliance.visits.refuse(waiting.id, actor="user guard", reason="test")
    page.goto(f"{estate.url}/panel/none")
    look()
    page.goto(f"{estate.url}/panel/")
    page.locator(".menu summary").click()
    page.locator(".menu form[action$=logout] button").click()
    log_in("clerk")
    expect(page.locator("[data-shift]")).to_be_visible()
    page.goto(f"{estate.url}/panel/sign-in")  # refused
    look()
    page.goto(f"{estate.url}/panel/time-profiles/new")
    page.locator("[name=name]").fill("test")
    page.locator("[name=mon-0-begins]").fill("9")
    page.locator("[data-week] button.accent").click()  # with its problem: no end
    expect(page.locator("#problem-mon")).to_be_visible()
    look()
    assert not found, "\n".join(found)


@in_every_language
def test_the_simulator(estate: Estate, page: Page, language: Language) -> None:
    page.set_viewport_size(PANEL_10_INCH)
    page.context.add_cookies([{"name": PANEL_LOCALE_COOKIE, "value": language.code, "url": estate.url}])
    estate.arrive(VisitKind.GUEST)
    page.goto(f"{estate.url}/simulator/")
    expect(page.locator("html")).to_have_attribute("lang", language.tag)
    expect(page.locator("[data-paper] img").first).to_be_visible()
    estate.gate.tap(f"DEADBE{LANGUAGES.index(language):02X}")  # the same number again would be taken for the same tap
    expect(page.locator("[data-lane=in] [data-said]")).not_to_be_empty()
    assert examine(page, may_scroll_down=True) == []
