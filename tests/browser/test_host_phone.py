"""Residents' pages on a telephone, and the whole way from the touchscreen over the telephone to the barrier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from kiosk.domain.invitations import NewInvitation
from kiosk.domain.roles import Role
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource
from kiosk.services.resident_links import NewLink
from tests.support.appliance import UNITS, TestGate, demo_appliance, document
from tests.support.browser import PANEL_7_INCH, PHONE
from tests.support.live_server import LiveServer, live_server
from tests.support.panel import PASSWORD
from tests.support.receiver import Receiver, answer, receiving
from tests.support.walk import DESK, TELEPHONE, Walk
from web.i18n import LANGUAGES, PANEL_LOCALE_COOKIE, Language

SEEN: Final = {
    "a resident": {
        "host/closed.html", "host/home.html", "host/invite.html", "host/invitation.html", "host/invitations.html",
        "host/visits.html", "host/said.html", "error.html",
    },
}  # fmt: skip
"""What the walk of a resident sees."""

UNIT = UNITS[0].code
in_every_language = pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)


@dataclass(frozen=True)
class Estate:
    """A gate whose guests their hosts approve, served; `told` takes the residents' notices."""

    gate: TestGate
    server: LiveServer
    told: Receiver


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    settings = document(
        visits={"kinds": {"guest": {"approval": "host", "photo": "none"}}}, hosts={"base_url": "http://gate.invalid"}
    )
    with receiving() as told, demo_appliance(tmp_path_factory.mktemp("gate"), settings=settings) as gate:
        told.behave = answer(200)
        gate.appliance.accounts.add_user("desk", Role.FRONT_DESK, PASSWORD)
        with live_server(gate.appliance) as server:
            yield Estate(gate, server, told)


def arrive(gate: TestGate, name: str = "歐陽詠欣") -> None:
    new = NewVisit(VisitKind.GUEST, UNIT, name, companions=2, vehicle_plate="AB 1234", purpose="晚飯")
    gate.appliance.visits.sign_in(new, source=VisitSource.TOUCH, actor="touchscreen", lane="in")


@in_every_language
def test_every_page_of_a_resident(estate: Estate, page: Page, language: Language) -> None:
    gate, walk = estate.gate, Walk(page, estate.server, language, TELEPHONE)
    link, token = gate.appliance.resident_links.make(NewLink(UNIT, "陳太手機"), actor="user desk")
    now = gate.appliance.clock.now()
    for name in ("李小明", "W" * 80):
        gate.appliance.invitations.invite(
            NewInvitation(UNIT, name, now, now + timedelta(hours=30)), actor=link.actor, link=link
        )

    page.context.add_cookies([{"name": PANEL_LOCALE_COOKIE, "value": language.code, "url": estate.server.url}])
    page.goto(f"{estate.server.url}/r/")
    walk.look()
    page.goto(f"{estate.server.url}/r/{token}")
    assert page.url == f"{estate.server.url}/r/"
    walk.look()
    arrive(gate)
    expect(page.locator(".asks")).to_be_visible()  # by itself
    walk.look()
    page.locator(".languages summary").click()
    walk.look()
    page.goto(f"{estate.server.url}/r/invite")
    walk.look()
    page.locator("[value=weekly]").check(force=True)
    expect(page.locator(".once")).to_be_hidden()
    page.locator(".invite > .button").click()  # with its problems: no name, no day
    expect(page.locator("#problem-days")).to_be_visible()
    walk.look()
    page.locator("#visitor_name").fill("Maria Santos")
    for day in ("mon", "thu"):
        page.locator(f"[value={day}]").check(force=True)
    page.locator(".invite > .button").click()
    expect(page.locator(".code svg")).to_be_visible()
    walk.look()
    page.locator("[data-copy]").click()
    page.locator(".withdraw summary").click()
    walk.look()
    page.locator(".withdraw button").click()
    expect(page.locator(".note.good")).to_be_visible()
    walk.look()
    for path in ("invitations", "visits", "invitations/none", "none/none"):
        page.goto(f"{estate.server.url}/r/{path}")
        walk.look()
    for visit in gate.appliance.visit_queries.waiting():
        gate.appliance.visits.cancel(visit.id, actor="touchscreen")
    for invitation in gate.appliance.invitations.open_of(UNIT):
        gate.appliance.invitations.revoke(invitation.id, actor="test")
    gate.appliance.resident_links.revoke(link.id, actor="user desk")
    walk.end(SEEN["a resident"])


@in_every_language
def test_the_desks_page_of_links(estate: Estate, page: Page, language: Language) -> None:
    walk = Walk(page, estate.server, language, DESK)
    page.context.add_cookies([{"name": PANEL_LOCALE_COOKIE, "value": language.code, "url": estate.server.url}])
    page.goto(f"{estate.server.url}/panel/residents")
    page.locator("[name=username]").fill("desk")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button").click()
    form = page.locator(".new-link")
    form.locator("[name=unit]").fill("nowhere")
    form.locator("[name=name]").fill("何太手機")
    form.locator("button").click()
    expect(page.locator("#problem-unit")).to_be_visible()
    walk.look()
    form.locator("[name=unit]").fill(UNITS[5].code)
    form.locator("[name=phone]").fill("9123 4567")
    form.locator("button").click()
    expect(page.locator(".address code")).to_contain_text("http://gate.invalid/r/")
    walk.look()
    page.locator(".link-made .button").click()
    page.locator(".link summary").click()
    walk.look()
    page.locator(".link form button").click()
    expect(page.locator(".links")).to_have_count(0)
    assert gate_links(estate) == []
    walk.end({"panel/residents.html", "panel/resident_link.html"})


def gate_links(estate: Estate) -> list[str]:
    return [link.name for link in estate.gate.appliance.resident_links.page(UNITS[5].code, before=None, limit=9).items]


def test_from_the_touchscreen_over_the_telephone_to_the_barrier(estate: Estate, page: Page) -> None:
    gate = estate.gate
    pulses = len(gate.relay().pulses)
    new = NewLink(UNIT, "陳太手機", address=estate.told.url.replace("http:", "json:") + "/chan")
    link, _token = gate.appliance.resident_links.make(new, actor="user desk")
    browser = page.context.browser
    assert browser is not None
    page.set_viewport_size(PANEL_7_INCH)
    page.goto(estate.server.url)
    page.get_by_role("button", name="English").click()
    for selector in (".door.primary", "button[value=guest]", *[".tile"] * 3):
        page.locator(selector).first.click()
    page.locator("#visitor_name").fill("Wong Siu Ming")
    for _ in range(3):
        page.locator(".onward .button").click()
    expect(page.locator("h1")).to_have_text("Please wait. We are asking your host.")
    assert len(gate.relay().pulses) == pulses

    (notice,) = estate.told.wait_for(1)
    address = notice.json["message"].splitlines()[-1].replace("http://gate.invalid", estate.server.url)
    telephone = browser.new_context(viewport=PHONE, locale="en").new_page()
    telephone.goto(address)
    expect(telephone.locator(".asks .who")).to_have_text("Wong Siu Ming")
    telephone.locator(".answers .yes").click()
    expect(telephone.locator(".nobody")).to_be_visible()
    gate.wait_for_pulses(pulses + 1)
    expect(page.locator(".number")).to_be_visible()  # the touchscreen goes on by itself
    telephone.context.close()
    gate.appliance.resident_links.revoke(link.id, actor="user desk")
