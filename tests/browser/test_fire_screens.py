"""A fire in real browsers: the touchscreen shows the way out by itself, and a telephone ticks off who is safe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from kiosk.domain.roles import Role
from tests.support.accessibility import examine, examine_colours
from tests.support.appliance import TestGate, demo_appliance, document
from tests.support.browser import PATIENCE_MS, PHONE
from tests.support.live_server import live_server
from tests.support.muster import burn, come_in, end_fire, leave
from tests.support.panel import PASSWORD
from tests.support.walk import FIRE, Walk
from web.i18n import LANGUAGES

SEEN: Final = {"fire": {"touch/fire.html"}}
"""What the walk sees; it speaks every language at once."""

THUMB_PX = 64
"""More than a centimetre on any telephone."""

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[TestGate]:
    settings = document()
    settings["estate"] = settings.get("estate", {}) | {
        "assembly_point_zh_hant": "中央花園噴水池旁",
        "assembly_point_zh_hans": "中央花园喷水池旁",
        "assembly_point_en": "by the fountain in the Central Garden",
    }
    with demo_appliance(tmp_path, settings=settings) as gate:
        gate.appliance.accounts.add_user("guard", Role.GUARD, PASSWORD)
        yield gate


def test_the_touchscreen_gives_way_by_itself_and_comes_back(gate: TestGate, page: Page) -> None:
    with live_server(gate.appliance) as server:
        walk = Walk(page, server, LANGUAGES[0], FIRE).go("/").tap(".door.primary", "button[value=delivery]")
        expect(page.locator(".tile").first).to_be_visible()
        burn(gate)
        expect(page.locator(".fire-page")).to_be_visible()
        for words in ("請立即從閘口離開。", "请立即从闸口离开。", "Please leave by the gate now.", "中央花園噴水池旁"):
            expect(page.get_by_text(words)).to_be_visible()
        walk.look().end(SEEN["fire"])
        end_fire(gate)
        expect(page.locator(".door.primary")).to_be_visible()
        page.go_back()
        expect(page.locator(".fire-page")).to_be_hidden()


def test_a_telephone_keeps_up_with_who_leaves_and_ticks_who_is_safe(gate: TestGate, page: Page) -> None:
    leaving, staying = come_in(gate, "王小明", "1-A-1-A", companions=2), come_in(gate, "何文", "2-C-12-A")
    elsewhere = come_in(gate, "李嘉欣", "1-B-1-A")
    burn(gate)
    gate.wait_for_entry("fire.began")
    with live_server(gate.appliance) as server:
        page.set_viewport_size(PHONE)
        page.goto(f"{server.url}/panel/muster")
        page.locator("[name=username]").fill("guard")
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main button").click()
        expect(page.locator(".figure strong")).to_have_text("5")
        leave(gate, leaving)
        expect(page.locator(f"#muster-{leaving.id}")).to_have_count(0)
        expect(page.locator(".figure strong")).to_have_text("2")
        assert examine(page, may_scroll_down=True) == []
        page.get_by_role("link", name="第2期 C座").click()
        expect(page.get_by_role("link", name="第2期 C座")).to_have_attribute("aria-current", "true")
        more = [come_in(gate, f"何{number}", "2-C-12-B") for number in range(12)]
        expect(page.locator(f"#muster-{more[-1].id}")).to_be_visible()  # the list goes on, narrowed as it is
        page.locator(f"#muster-{more[-1].id}").scroll_into_view_if_needed()
        expect(page.locator(".figure strong")).to_be_in_viewport()
        for visit in more:
            leave(gate, visit)
        expect(page.locator(".person")).to_have_count(1)
        button = page.locator(f"#muster-{staying.id} button").bounding_box()
        assert button is not None
        assert min(button["width"], button["height"]) >= THUMB_PX
        page.locator(f"#muster-{staying.id} button").click()
        expect(page.locator(f"#muster-{staying.id} .marked")).to_be_visible()
        expect(page.locator(".figure strong")).to_have_text("1")
        leave(gate, elsewhere)
        expect(page.locator(".figure.found")).to_be_visible()
        page.emulate_media(color_scheme="dark")
        assert examine_colours(page) == []
        page.emulate_media(media="print", color_scheme="light")
        expect(page.locator(f"#muster-{staying.id} .pen-box")).to_be_visible()
        expect(page.locator(".bar")).to_be_hidden()
        expect(page.locator(f"#muster-{staying.id} button")).to_be_hidden()
        expect(page.locator(".muster thead")).to_have_css("display", "table-header-group")  # at the head of every page
        expect(page.locator(".taken")).to_contain_text("第2期 C座")
