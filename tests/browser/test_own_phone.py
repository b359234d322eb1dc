"""A visit typed on the visitor's own phone, from the screen's code to the barrier, in every language."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from kiosk.services.form_codes import form_code_text
from tests.support.accessibility import examine, examine_colours
from tests.support.appliance import TestGate, demo_appliance, document
from tests.support.browser import PATIENCE_MS
from tests.support.live_server import LiveServer, live_server
from web.i18n import LANGUAGES, Language

expect.set_options(timeout=PATIENCE_MS)
PHONE = {"width": 390, "height": 844}


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
    gate, server, found = estate.gate, estate.server, []
    pulses = len(gate.relay().pulses)
    browser = page.context.browser
    assert browser is not None
    page.goto(server.url)
    page.locator(f"[name=language][value={language.code}]").click()
    found += examine(page, may_scroll_down=False)
    page.locator(".door.primary").click()
    expect(page.locator(".own-phone svg")).to_be_visible()
    found += examine(page, may_scroll_down=False)
    (*_, draft) = server.app.extensions["drafts"]._drafts.values()
    context = browser.new_context(viewport=PHONE, locale=language.tag, reduced_motion="reduce")
    phone = context.new_page()
    phone.set_default_timeout(PATIENCE_MS)

    def look() -> None:
        expect(phone.locator("html")).to_have_attribute("lang", language.tag)
        phone.emulate_media(color_scheme="light")
        found.extend(examine(phone, may_scroll_down=True))
        phone.emulate_media(color_scheme="dark")
        found.extend(f"by night: {line}" for line in examine_colours(phone))

    phone.goto(f"{server.url}/v/{draft.ticket.token}")
    page.wait_for_url("**/sign-in/phone")  # by itself
    found += examine(page, may_scroll_down=False)
    page.locator(".onward .button").click()
    expect(page.locator(".doors")).to_be_visible()  # free for the next visitor

    phone.locator("form[data-ready]").wait_for()
    phone.locator(".kind", has=phone.locator("[value=guest]")).click()
    phone.locator("#q").press_sequentially("2C12")
    expect(phone.locator(".pick")).to_have_count(2)
    look()
    phone.locator(".pick").last.click()
    phone.locator(".visit-form > .button.wide").click()
    phone.locator("#visitor_name").wait_for()
    phone.locator(".visit-form > .button.wide").click()  # without a name
    expect(phone.locator("#problem-visitor_name")).to_be_visible()
    look()
    phone.locator("#visitor_name").fill("歐陽詠欣")
    phone.locator(".visit-form > .button.wide").click()
    expect(phone.locator(".ticket .code svg")).to_be_visible()
    look()

    (*_, form) = server.app.extensions["phone_forms"]._forms.values()
    if language is LANGUAGES[0]:
        page.locator("body").wait_for()
        gate.hold_up(form_code_text(form.key))  # the first page goes on by itself
    else:
        page.locator(".door.primary").click()
        page.locator(".onward [href$=number]").click()
        page.locator("#code").fill(form.code)
        found += examine(page, may_scroll_down=False)
        page.locator(".onward .button").click()
    page.wait_for_url("**/sign-in/summary")
    expect(page.locator("html")).to_have_attribute("lang", language.tag)
    page.locator(".onward .button").click()
    gate.wait_for_pulses(pulses + 1)
    expect(page.locator(".number")).to_be_visible()
    expect(phone.locator(".closed h1")).to_be_visible()  # the phone tells that it is over
    look()
    context.close()
    assert not found, "\n".join(found)
