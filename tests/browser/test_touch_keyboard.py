"""The touchscreen's own keyboard: Chinese, Latin, plates, without an answer, and without a finger."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.accessibility import examine
from tests.support.appliance import TestGate, demo_appliance, document
from tests.support.browser import PANEL_7_INCH, PANEL_10_INCH, PATIENCE_MS
from tests.support.fit import OVERFLOWS
from tests.support.live_server import live_server
from tests.support.visitor import visits
from web.i18n import LANGUAGES, Language

expect.set_options(timeout=PATIENCE_MS)
KINDS = {"guest": {"asks": {"name": "required", "vehicle_plate": "optional"}, "photo": "none"}}
SMALLER_THAN_15_MM = """() => [...document.querySelectorAll("#keyboard button")].filter((e) => {
    const r = e.getBoundingClientRect(); return r.height && (r.height < 77.5 || r.width < 77.5); })
  .map((e) => `${e.textContent.trim()} ${e.getBoundingClientRect().width} x ${e.getBoundingClientRect().height}`)"""


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate"), settings=document(visits={"kinds": KINDS})) as gate:
        yield gate


@pytest.fixture(scope="module")
def url(gate: TestGate) -> Iterator[str]:
    with live_server(gate.appliance) as server:
        yield server.url


def to_name(page: Page, url: str, language: str) -> Page:
    page.goto(url)
    page.locator(f"button[value={language}]").click()
    page.locator(".door.primary").click()
    for choice in ("guest", "'2/C'", "'2-C-12-A'"):
        page.locator(f"button[value={choice}]").click()
    return ready(page)


def ready(page: Page) -> Page:
    expect(page.locator("#keyboard")).to_have_attribute("data-ready", "yes")
    return page


def keys(page: Page, *names: str) -> None:
    for name in names:
        page.locator(f'[data-skbtn="{name}"]').click()


def candidate(page: Page, text: str) -> None:
    page.locator("[data-candidates]").get_by_text(text, exact=True).click()


def looked_at(page: Page) -> list[str]:
    """What is wrong with the page as it is, on the small panel and on the large one."""
    found = [*examine(page, may_scroll_down=False), *page.evaluate(SMALLER_THAN_15_MM)]
    for size in (PANEL_10_INCH, PANEL_7_INCH):
        page.set_viewport_size(size)
        found += page.evaluate(OVERFLOWS)
    return found


def test_a_chinese_name_by_sound_and_by_stroke_and_a_plate_of_the_mainland(
    gate: TestGate, page: Page, url: str
) -> None:
    to_name(page, url, "zh_Hans")
    page.locator("#visitor_name").click()
    keys(page, *"ouyang")
    candidate(page, "欧阳")
    expect(page.locator("#visitor_name")).to_have_value("欧阳")
    keys(page, "{stroke}", *"hsh")
    expect(page.locator("[data-composition]")).to_have_text("一丨一")
    expect(page.locator("[data-candidates] [lang=zh-Hans]").first).to_be_visible()
    assert looked_at(page) == []
    keys(page, *"szhhshszh")
    candidate(page, "喆")
    page.locator("[data-close]").click()
    expect(page.locator("#visitor_name")).to_have_value("欧阳喆")
    page.locator("#visitor_name").click()
    expect(page.locator('[data-skbtn="{stroke}"]')).to_have_class(re.compile("chosen"))
    keys(page, "{next}")
    ready(page)
    page.locator("#vehicle_plate").click()
    keys(page, "粤", *"BD12345")
    keys(page, "{next}")
    page.locator(".onward .button").click()
    expect(page.locator(".number")).to_be_visible()
    visit = visits(gate)[0]
    assert (visit.visitor_name, visit.vehicle_plate.replace(" ", "")) == ("欧阳喆", "粤BD12345")


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_every_way_of_typing_can_be_used_by_everybody(page: Page, url: str, language: Language) -> None:
    to_name(page, url, language.code)
    page.locator("#visitor_name").click()
    first = {"zh_Hant": "stroke", "zh_Hans": "pinyin", "en": "latin"}[language.code]
    expect(page.locator(f'[data-skbtn="{{{first}}}"]')).to_have_class(re.compile("chosen"))
    for way in ("{jyutping}", "{digits}", "{pinyin}", "{latin}"):
        keys(page, way)
        assert looked_at(page) == [], way
    keys(page, "J", "x", "{erase}", "o")
    expect(page.locator("#visitor_name")).to_have_value("Jo")
    keys(page, "{jyutping}", *"chan")
    surname = "陈" if language.code == "zh_Hans" else "陳"
    candidate(page, surname)
    expect(page.locator("#visitor_name")).to_have_value(f"Jo{surname}")
    keys(page, "{next}")
    ready(page)
    page.locator("#vehicle_plate").click()
    if language.code == "zh_Hans":
        keys(page, "{plate}")
    keys(page, *"AB1234")
    assert looked_at(page) == []
    expect(page.locator("#vehicle_plate")).to_have_value("AB1234")


def test_without_an_answer_nothing_is_lost_and_latin_goes_on(page: Page, url: str) -> None:
    to_name(page, url, "en")
    page.locator("#visitor_name").click()
    keys(page, "{pinyin}")
    page.route("**/ime?*", lambda route: route.abort())
    keys(page, *"mei")
    expect(page.locator("[data-trouble]")).to_be_visible()
    expect(page.locator("[data-composition]")).to_have_text("mei")
    page.unroute("**/ime?*")
    keys(page, "{erase}")
    expect(page.locator("[data-trouble]")).to_be_hidden()
    expect(page.locator("[data-candidates] [lang]").first).to_be_visible()
    keys(page, "{latin}", "A", "n", "n")
    expect(page.locator("#visitor_name")).to_have_value("Ann")


def test_a_real_keyboard_and_no_finger_at_all(page: Page, url: str) -> None:
    to_name(page, url, "en")
    page.locator("#visitor_name").focus()
    expect(page.locator("#keyboard")).to_be_hidden()
    page.keyboard.type("Ada")
    page.locator("#visitor_name").click()
    page.locator('[data-skbtn="m"]').focus()
    page.keyboard.press("Enter")
    expect(page.locator("#visitor_name")).to_have_value("Adam")
    page.keyboard.press("Escape")
    expect(page.locator("#keyboard")).to_be_hidden()
    page.locator("#visitor_name").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#vehicle_plate")).to_be_visible()


def test_on_a_touchscreen_the_keys_are_there_with_the_field(browser: Browser, url: str) -> None:
    context = browser.new_context(viewport=PANEL_7_INCH, has_touch=True)
    page = context.new_page()
    to_name(page, url, "zh_Hant")
    expect(page.locator("#keyboard")).to_be_visible()
    page.locator('[data-skbtn="h"]').tap()
    expect(page.locator("[data-composition]")).to_have_text("一")
    for key in ("{erase}", "{latin}", "A", "d", "a", "{next}"):
        page.locator(f'[data-skbtn="{key}"]').tap()
    expect(page.locator("#keyboard")).to_be_hidden()
    expect(page.locator("#vehicle_plate")).to_have_count(1, timeout=PATIENCE_MS)
    assert page.url.endswith("/sign-in/more"), "and nothing beneath the key was pressed with it"
    context.close()
