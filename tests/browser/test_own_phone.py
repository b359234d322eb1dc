"""A visit typed on the visitor's own phone, from the screen's code to the barrier, in every language."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from kiosk.services.form_codes import form_code_text
from tests.support.appliance import TestGate, demo_appliance, document
from tests.support.browser import PATIENCE_MS, PHONE
from tests.support.live_server import LiveServer, live_server
from tests.support.walk import NEXT, TELEPHONE, Walk
from web.i18n import LANGUAGES, Language
from web.turns.phone_forms import PhoneForms

expect.set_options(timeout=PATIENCE_MS)
SEEN: Final = {
    "at the screen": {
        "touch/start.html", "touch/kind.html", "touch/on_phone.html", "touch/phone_number.html", "touch/summary.html",
    },
    "on the phone": {
        "phone/visit.html", "phone/about.html", "phone/code.html", "phone/over.html", "phone/closed.html",
        "phone/said.html", "error.html",
    },
}  # fmt: skip
"""What each walk sees."""

SEND: Final = ".visit-form > .button.wide"


@dataclass(frozen=True)
class Estate:
    """A gate that phones find, served."""

    gate: TestGate
    server: LiveServer


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = document(
        touch={"exit_lane": "out", "phone_base_url": f"http://127.0.0.1:{port}", "phone_wifi": "Clearmist guests"},
        visits={"kinds": {"guest": {"photo": "none"}}},
    )
    with (
        demo_appliance(tmp_path_factory.mktemp("phone"), settings=settings) as gate,
        live_server(gate.appliance, port=port) as server,
    ):
        gate.appliance.phone_reach.look()
        yield Estate(gate, server)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_from_the_screens_code_over_the_phone_to_the_barrier(estate: Estate, page: Page, language: Language) -> None:
    gate, server = estate.gate, estate.server
    pulses = len(gate.relay().pulses)
    browser = page.context.browser
    assert browser is not None
    walk = Walk(page, server, language).begin().look().tap(".door.primary").look(".own-phone svg")
    (*_, draft) = server.app.extensions["drafts"]._drafts.values()
    context = browser.new_context(viewport=PHONE, locale=language.tag, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    phone = Walk(context.new_page(), server, language, TELEPHONE)
    phone.go("/v/").look(".closed").go("/v/none/none").look(".error-page a[href='/v/']")
    phone.go(f"/v/{draft.ticket.token}")
    page.wait_for_url("**/sign-in/phone")  # by itself
    walk.look().tap(NEXT)
    expect(page.locator(".doors")).to_be_visible()  # free for the next visitor, who speaks another language

    phone.look("form[data-ready]").tap(SEND).look("#problem-kind", "#problem-unit")
    phone.look("form[data-ready]").touch(".languages summary").look(".languages button")
    phone.touch(".languages summary", ".kind:has([value=contractor])")
    phone.page.locator("#q").press_sequentially("2C12")
    expect(phone.page.locator(".pick")).to_have_count(2)
    phone.look().touch(".pick:last-of-type").tap(SEND)
    phone.look("#visitor_name").tap(SEND).look("#problem-visitor_name", "#problem-phone")
    phone.tap(".going a").touch(".kind:has([value=guest])").tap(SEND).look("#visitor_name")
    phone.fill(visitor_name="歐陽詠欣").tap(SEND).look(".ticket .code svg")

    phone_forms: PhoneForms = server.app.extensions["phone_forms"]
    (*_, form) = phone_forms._forms.values()
    walk.begin(".door.primary").tap_and_look(".onward [href$=number]", NEXT)  # with its problem: no digits
    walk.tap(".bottom form button")  # whoever leaves takes their language along
    walk.tap(".door.primary", ".onward [href$=number]")
    if language is LANGUAGES[0]:
        gate.hold_up(form_code_text(form.key))  # the page goes on by itself
    else:
        walk.fill(code=form.code).tap(NEXT)
    page.wait_for_url("**/sign-in/summary")
    walk.look().tap(NEXT)
    gate.wait_for_pulses(pulses + 1)
    expect(page.locator(".number")).to_be_visible()
    phone.look(".closed h1")  # it tells that it is over
    while phone_forms.may_ask(form, gate.appliance.clock.monotonic_ns()):
        pass  # somebody asks and asks
    phone.go("/v/").look(".closed a")
    context.close()
    walk.end(SEEN["at the screen"])
    phone.end(SEEN["on the phone"])
