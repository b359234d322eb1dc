"""Somebody at the panel in a real browser, who finds what they press by the words that stand there in their language.

A path that is acted through is acted in every language and at every size: each language has a size of its own in
`LOOKS`. That every page fits every size in every language is what `tests/browser/test_panel_pages.py` walks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import cycle
from typing import Final

import pytest
from babel.support import NullTranslations, Translations
from playwright.sync_api import Locator, Page, expect

from tests.support.accessibility import examine, examine_colours
from tests.support.browser import PANEL_7_INCH, PANEL_10_INCH, PATIENCE_MS, PHONE, Size
from web.i18n import LANGUAGES, PANEL_LOCALE_COOKIE, TRANSLATIONS, Language

expect.set_options(timeout=PATIENCE_MS)
PASSWORD: Final = "correct horse battery"
"""Of everybody whom tests log in."""


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody sees the panel."""

    language: Language
    size: Size

    @property
    def name(self) -> str:
        return f"{self.language.code}-{self.size['width']}"


LOOKS: Final = tuple(map(Look, LANGUAGES, cycle((PANEL_7_INCH, PHONE, PANEL_10_INCH))))
IN_ENGLISH: Final = next(look for look in LOOKS if look.language.code == "en")
"""Where one look is enough."""

in_every_look = pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)


@cache
def _catalogue(code: str) -> NullTranslations:
    return Translations.load(TRANSLATIONS, [code])


class Reader:
    """Somebody at the panel. `found` is what kept others out of the pages that were examined, a line for each."""

    def __init__(self, page: Page, url: str, look: Look) -> None:
        self.page = page
        self.found: list[str] = []
        self._url = url
        self._look = look
        page.set_viewport_size(look.size)
        page.context.add_cookies([{"name": PANEL_LOCALE_COOKIE, "value": look.language.code, "url": url}])

    def log_in(self, username: str, at: str = "/panel/") -> Reader:
        """With the password that everybody has here, and to the page that they were on their way to."""
        page = self.page
        page.goto(f"{self._url}/panel/login?next={at}")
        page.locator("[name=username]").fill(username)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main button").click()
        page.wait_for_url(f"{self._url}{at}")
        page.wait_for_load_state()
        return self

    def go(self, path: str) -> Reader:
        self.page.goto(f"{self._url}{path}")
        return self

    def wait_until_live(self) -> Reader:
        """Until the shift's screen is told of whatever happens."""
        expect(self.page.locator("[data-link-state]")).to_have_text(self.says("Live"))
        return self

    def says(self, sentence: str, **values: object) -> str:
        """A sentence of the product's, as it stands on pages of this language."""
        said: str = _catalogue(self._look.language.code).gettext(sentence)
        return said % values if values else said

    def button(self, sentence: str, within: Locator | None = None, **values: object) -> Locator:
        """The button with these words, on the page or in a part of it."""
        return (within or self.page.locator("body")).get_by_role(
            "button", name=self.says(sentence, **values), exact=True
        )

    def link(self, sentence: str, within: Locator | None = None, **values: object) -> Locator:
        """The link with these words."""
        return (within or self.page.locator("body")).get_by_role("link", name=self.says(sentence, **values), exact=True)

    def field(self, name: str) -> Locator:
        """What is filled in, by the name that its form gives it."""
        return self.page.locator(f"[name='{name}']")

    def examine(self, *, by_night: bool = False) -> Reader:
        """Note what on the page as it stands would keep somebody out."""
        self.found += examine(self.page, may_scroll_down=True)
        if by_night:
            self.page.emulate_media(color_scheme="dark")
            self.found += [f"by night: {line}" for line in examine_colours(self.page)]
            self.page.emulate_media(color_scheme="light")
        return self
