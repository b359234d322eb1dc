"""The photo as a visitor sees it: advice beside the live picture, the countdown, poor photos and the third try."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import examine
from tests.support.appliance import TestGate, demo_appliance, document
from tests.support.browser import PATIENCE_MS
from tests.support.faces import face, png
from tests.support.live_server import live_server
from tests.support.visitor import visits

expect.set_options(timeout=PATIENCE_MS)
KINDS = {"guest": {"asks": {"name": "required", "document": "required"}, "photo": "required"}}
SMALL = """() => [...document.querySelectorAll("main button, .bottom .button, .choice span")].filter((e) => {
    const r = e.getBoundingClientRect(); return r.height && (r.height < 77.5 || r.width < 77.5); })
  .map((e) => `${e.textContent.trim()} ${e.getBoundingClientRect().height}`)"""


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate"), settings=document(visits={"kinds": KINDS})) as gate:
        yield gate


@pytest.fixture(scope="module")
def url(gate: TestGate) -> Iterator[str]:
    with live_server(gate.appliance) as server:
        yield server.url


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


@pytest.mark.parametrize("language", ["en", "zh_Hant", "zh_Hans"])
def test_two_poor_photos_and_the_third_try(gate: TestGate, url: str, page: Page, language: str) -> None:
    to_document(page, url, language)
    looked_at = [*examine(page, may_scroll_down=False), *page.evaluate(SMALL)]
    page.locator("#document").fill("A123456(3)")
    page.locator(".onward .button").click()
    studio = page.locator(".studio")
    expect(studio).to_have_attribute("data-state", "good")
    looked_at += [*examine(page, may_scroll_down=False), *page.evaluate(SMALL)]
    page.locator("a[href$='/photo/why']").click()
    expect(page.locator(".why dd")).to_have_count(4)
    looked_at += examine(page, may_scroll_down=False)
    page.locator("a[href$='/photo']").click()
    see(gate, png(face(light=0.1)))
    expect(studio).to_have_attribute("data-state", "too-dark")
    for count in (1, 2):
        do(page, "take")
        expect(page.locator("[data-count]")).to_be_visible()
        do(page, "take")  # a touch while it counts takes the photo at once
        expect(page.locator(".advice.warn")).to_be_visible()
        expect(page.locator("button[value=keep]")).to_have_count(count - 1)
        looked_at += [*examine(page, may_scroll_down=False), *page.evaluate(SMALL)]
        do(page, "again")
        expect(studio).to_have_attribute("data-state", "too-dark")  # the page's script runs: it counts from here on
    do(page, "take")
    if language != "en":
        do(page, "take")  # the whole countdown is waited for once
    expect(page.locator("button[value=keep]")).to_be_visible()
    expect(page.locator(".advice.warn")).to_have_count(0)
    do(page, "keep")
    expect(page.get_by_text("****56(3)")).to_be_visible()
    page.locator(".onward .button").click()
    expect(page.locator(".number")).to_have_text(visits(gate)[0].number)
    assert visits(gate)[0].photo_id is not None
    see(gate, png(face()), 0.001)
    assert looked_at == []
