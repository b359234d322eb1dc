"""A real Chromium for tests: one for the whole run, a clean page for each test, and failures of the page as failures.

`tests/conftest.py` hands the fixtures to every test. Import them nowhere else: a second browser would not start
beside the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

CHROMIUM: Final = "/usr/bin/chromium-headless-shell"
"""Debian's Chromium without the browser's own windows, of which nobody would see anything: half of the work."""

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Size = dict[str, int]
PANEL_7_INCH: Final[Size] = {"width": 800, "height": 480}
PANEL_10_INCH: Final[Size] = {"width": 1280, "height": 800}
PHONE: Final[Size] = {"width": 390, "height": 844}
SMALL_PHONE: Final[Size] = {"width": 360, "height": 640}
PATIENCE_MS = 20_000
"""How long an expectation goes on before it fails: only a hang takes so long."""

PANEL_LOOKS_EVERY_MS = 5_000
"""How often a panel looks for alarms, and sounds those again that are loud (`panel-alarms.js`): for a page's clock."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of 800 x 480 in a clean browser; a script error or a breach of the content policy fails the test."""
    context = browser.new_context(viewport=PANEL_7_INCH, locale="zh-HK", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    troubles: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            troubles.append(message.text)

    opened.on("console", note)
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    yield opened
    context.close()
    assert troubles == []
