"""Walks through pages in a real browser: what somebody looks at is examined, at each of its sizes, and noted.

A walk ends with what it has found, which should be nothing, and with the templates that it has seen. Those are written
down beside it, so that a page that no walk leads to is known (`tests/test_paths_walked.py`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.support.accessibility import examine, examine_colours, examine_layout, unfitting
from tests.support.browser import PANEL_7_INCH, PANEL_10_INCH, PATIENCE_MS, PHONE, SMALL_PHONE, Size
from tests.support.fit import SMALL_ON_A_PHONE, UNFITTING, UNFITTING_IN_MODES
from tests.support.live_server import LiveServer
from web.i18n import LANGUAGES, Language

expect.set_options(timeout=PATIENCE_MS)

NEXT: Final = ".onward .button"
"""The big button that goes on, at the touchscreen."""

MODES: Final = ([], ["large"], ["contrast"], ["low"], ["large", "contrast", "low"])
"""What may be switched on at the touchscreen: nothing, each by itself, and all at once."""

_LEFT: Final = "() => { window.isLeft = true; }"
_ARRIVED: Final = "() => !window.isLeft && document.readyState === 'complete'"

_CONTRAST: Final = "(isOn) => document.documentElement.toggleAttribute('data-contrast', isOn)"


@dataclass(frozen=True)
class Screen:
    """What pages are looked at on. The last of `sizes` is the one that they are left at, and used at."""

    sizes: tuple[Size, ...]
    modes: tuple[list[str], ...] = ()
    has_night: bool = False
    may_scroll_down: bool = False
    is_phone: bool = False


TOUCHSCREEN: Final = Screen((PANEL_10_INCH, PANEL_7_INCH), modes=MODES)
TELEPHONE: Final = Screen((SMALL_PHONE, PHONE), has_night=True, may_scroll_down=True, is_phone=True)
FIRE: Final = replace(TOUCHSCREEN, modes=([],))
"""In a fire whatever was switched on is off."""

DESK: Final = Screen((PANEL_10_INCH,), has_night=True, may_scroll_down=True)


class Walk:
    """Somebody who goes from page to page in one language. Selectors mean the first element that they fit."""

    def __init__(self, page: Page, server: LiveServer, language: Language, screen: Screen = TOUCHSCREEN) -> None:
        self.page = page
        self.url = server.url
        self.language = language
        self.seen: set[str] = set()
        self._server = server
        self._screen = screen
        self._found: list[str] = []
        page.set_viewport_size(screen.sizes[-1])

    def at(self, selector: str) -> Locator:
        return self.page.locator(selector).first

    def go(self, path: str) -> Walk:
        """To an address, as a reader of its code or a link from elsewhere does."""
        self.page.goto(self.url + path)
        return self

    def begin(self, *selectors: str) -> Walk:
        """To the touchscreen's first page in this language, and from there as `tap`."""
        return self.go("/").tap(f"button[value={self.language.code}]", *selectors)

    def tap(self, *selectors: str) -> Walk:
        """Touch one after the other; each leads to another page, whose scripts run when the next is touched."""
        for selector in selectors:
            self.page.evaluate(_LEFT)
            self.at(selector).click()
            self.page.wait_for_function(_ARRIVED)
        return self

    def tap_and_look(self, *selectors: str) -> Walk:
        """As `tap`, and look at every page that it leads to."""
        for selector in selectors:
            self.tap(selector).look()
        return self

    def touch(self, *selectors: str) -> Walk:
        """Touch what changes the page as it stands."""
        for selector in selectors:
            self.at(selector).click()
        return self

    def fill(self, **words: str) -> Walk:
        """Type into fields, by their ids."""
        for field, text in words.items():
            self.page.locator(f"#{field}").fill(text)
        return self

    def look(self, *selectors: str) -> Walk:
        """Examine the page as it stands, once all of these are there to be seen."""
        for selector in selectors:
            expect(self.at(selector)).to_be_visible()
        self.page.wait_for_load_state()
        expect(self.page.locator("html")).to_have_attribute("lang", self.language.tag)
        self.seen.add(self._server.template_at(urlsplit(self.page.url).path))
        for size in self._screen.sizes:
            self.page.set_viewport_size(size)
            self._examine(size)
        self._keep_picture()
        return self

    def end(self, pages: Iterable[str]) -> None:
        """Nothing was found, and these templates were seen and no others."""
        assert not self._found, "\n".join(self._found)
        assert self.seen == set(pages), f"also seen or missed: {self.seen ^ set(pages)}"

    def _examine(self, size: Size) -> None:
        screen, page = self._screen, self.page
        is_first, is_last = self.language is LANGUAGES[0], size is screen.sizes[-1]
        has_modes = screen.modes and (is_first or is_last)  # what fits the smaller panel fits the larger one
        found = page.evaluate(UNFITTING_IN_MODES, screen.modes) if has_modes else []
        if screen.is_phone:
            found += page.evaluate(SMALL_ON_A_PHONE)
        if is_first:
            found += self._examine_by_every_light(size)
        else:
            look = examine if is_last else unfitting
            found += look(page, may_scroll_down=screen.may_scroll_down)
        self._found += [f"{size['width']}: {page.url}: {line}" for line in found]

    def _examine_by_every_light(self, size: Size) -> list[str]:
        """Words have no colour: by night, in contrast and larger the page is examined in one language."""
        screen, page = self._screen, self.page
        found = []
        if screen.modes:
            if size is not screen.sizes[-1]:
                found += examine_layout(page)
            else:
                found += examine(page, may_scroll_down=False)
                page.evaluate(_CONTRAST, True)
                found += [f"in contrast: {line}" for line in examine_colours(page)]
                page.evaluate(_CONTRAST, False)
        elif size is screen.sizes[-1]:
            page.emulate_media(color_scheme="light")
            found += examine(page, may_scroll_down=screen.may_scroll_down)
        else:
            found += page.evaluate(UNFITTING, screen.may_scroll_down)
        if screen.has_night and size is screen.sizes[-1]:
            page.emulate_media(color_scheme="dark")
            found += [f"by night: {line}" for line in examine_colours(page)]
        return found

    def _keep_picture(self) -> None:
        if folder := os.environ.get("SHOTS"):
            name = f"{self.language.code}-{os.environ['PYTEST_CURRENT_TEST'].split('::')[1].split('[')[0]}"
            count = len(list(Path(folder).glob(f"{name}-*.png")))
            self.page.screenshot(path=Path(folder) / f"{name}-{count:02}.png")
