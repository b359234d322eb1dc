"""The photo as a visitor sees it: advice beside the live picture, the countdown, poor photos and the third try."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from kiosk.domain.photo_advice import Advice
from tests.support.appliance import TestGate, demo_appliance, document
from tests.support.browser import PANEL_7_INCH, PATIENCE_MS
from tests.support.faces import face, png
from tests.support.live_server import LiveServer, live_server
from tests.support.visitor import visits
from tests.support.walk import NEXT, TOUCHSCREEN, Walk
from web.i18n import LANGUAGES, Language

expect.set_options(timeout=PATIENCE_MS)
KINDS = {"guest": {"asks": {"name": "required", "document": "required"}, "photo": "required"}}
SMALL_PANEL = replace(TOUCHSCREEN, sizes=(PANEL_7_INCH,))
TOO_DARK = png(face(light=0.1))
PICTURES = {
    Advice.TOO_DARK: TOO_DARK,
    Advice.TOO_BRIGHT: png(face(light=2.0)),
    Advice.LOOK_HERE: png(face().rotate(90)),
    Advice.ONE_FACE: png(face(0.3, count=2)),
    Advice.COME_CLOSER: png(face(0.22)),
    Advice.STEP_BACK: png(face(0.9)),
    Advice.HOLD_STILL: png(face(blur_px=5)),
    Advice.GOOD: png(face()),
}


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate"), settings=document(visits={"kinds": KINDS})) as gate:
        yield gate


@pytest.fixture(scope="module")
def server(gate: TestGate) -> Iterator[LiveServer]:
    with live_server(gate.appliance) as running:
        yield running


def do(page: Page, what: str) -> None:
    page.locator(f"button[value={what}]").click()


def to_document(page: Page, url: str, language: str) -> None:
    page.goto(url)
    do(page, language)
    page.locator(".door.primary").click()
    for choice in ("guest", "'2/C'", "'2-C-12-A'"):
        do(page, choice)
    page.locator("#visitor_name").fill("歐陽詠欣")
    page.locator(".onward .button").click()


def see(gate: TestGate, picture: bytes, seconds: float = 60) -> None:
    shown_ns = gate.camera("in").show(picture, seconds)
    gate.appliance.cameras["in"].wait_newer(shown_ns, 10)


def test_two_poor_photos_and_the_third_try(gate: TestGate, server: LiveServer, page: Page) -> None:
    to_document(page, server.url, "en")
    page.locator("#document").fill("A123456(3)")
    page.locator(".onward .button").click()
    studio = page.locator(".studio")
    expect(studio).to_have_attribute("data-state", Advice.GOOD)
    see(gate, TOO_DARK)
    expect(studio).to_have_attribute("data-state", Advice.TOO_DARK)
    for count in (1, 2):
        do(page, "take")
        expect(page.locator("[data-count]")).to_be_visible()
        do(page, "take")  # a touch while it counts takes the photo at once
        expect(page.locator(".advice.warn")).to_be_visible()
        expect(page.locator("button[value=keep]")).to_have_count(count - 1)
        do(page, "again")
        # The page's script runs: it counts from here on.
        expect(studio).to_have_attribute("data-state", Advice.TOO_DARK)
    do(page, "take")  # and the whole countdown is waited for
    expect(page.locator("button[value=keep]")).to_be_visible()
    expect(page.locator(".advice.warn")).to_have_count(0)
    do(page, "keep")
    expect(page.get_by_text("****56(3)")).to_be_visible()
    page.locator(".onward .button").click()
    expect(page.locator(".number")).to_have_text(visits(gate)[0].number)
    assert visits(gate)[0].photo_id is not None
    see(gate, png(face()), 0.001)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_what_helps_is_said_beside_the_picture(
    gate: TestGate, server: LiveServer, page: Page, language: Language
) -> None:
    to_document(page, server.url, language.code)
    page.locator("#document").fill("A123456(3)")
    walk = Walk(page, server, language, SMALL_PANEL).tap(NEXT)
    for advice, picture in PICTURES.items():
        see(gate, picture)
        walk.look(f".studio[data-state={advice}]")
    see(gate, png(face()), 0.001)
    walk.end({"touch/photo.html"})
