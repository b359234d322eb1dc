"""Pages examined as they stand before somebody: by axe-core, and for text that does not fit."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page

from tests.support.browser import PANEL_7_INCH, PANEL_10_INCH

AXE: Final = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
"""Installed by `script/bootstrap --with-tests`."""

GRAVE: Final = frozenset({"serious", "critical"})

# Without preloading: axe-core would read style sheets again for one rule, by inline styles, which the policy forbids.
_EXAMINE = """async (rules) => {
  const options = { preload: false, resultTypes: ["violations"], ...(rules && { runOnly: rules }) };
  const { violations } = await axe.run(document, options);
  return violations.map(({ id, impact, nodes }) => ({
    id, impact, where: nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`),
  }));
}"""

_UNFITTING = """(mayScrollDown) => {
  const root = document.scrollingElement;
  const found = [];
  if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth} wide`);
  if (!mayScrollDown && root.scrollHeight > root.clientHeight) found.push(`the page is ${root.scrollHeight} high`);
  // A pixel is left to rounding; what is hidden from sight on purpose is a pixel wide.
  for (const element of document.querySelectorAll("body *:not(svg *)")) {
    const width = element.checkVisibility() ? element.clientWidth : 0;
    const isCut = element.scrollWidth > width + 1 && getComputedStyle(element).overflowX !== "auto";
    if (isCut && width > 1 && element.textContent.trim()) {
      const words = element.textContent.trim().slice(0, 40);
      found.push(`${element.tagName}.${element.className} is too narrow for "${words}"`);
    }
  }
  return found;
}"""


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


def examine(page: Page, *, may_scroll_down: bool) -> list[str]:
    """Tell what on the page as it stands would keep somebody out, a line for each; nothing, as it should be.

    That is a violation of serious or critical impact, and text or a page that is wider (or, unless `may_scroll_down`,
    higher) than its place. axe-core goes in through the debugger, past the content policy: the page is examined under
    the policy it is served with.
    """
    return unfitting(page, may_scroll_down=may_scroll_down) + _violations(page)


def unfitting(page: Page, *, may_scroll_down: bool) -> list[str]:
    """Tell of the text and the page itself alone: whether they fit into their place."""
    page.wait_for_load_state()
    found: list[str] = page.evaluate(_UNFITTING, may_scroll_down)
    return [f"{page.url}: {line}" for line in found]


def examine_on_both_panels(page: Page) -> list[str]:
    """What `examine` finds on a page of the touchscreen at 1280 x 800, and then at 800 x 480, where it is left."""
    found = []
    for size in (PANEL_10_INCH, PANEL_7_INCH):
        page.set_viewport_size(size)
        found += [f"{size['width']}: {line}" for line in examine(page, may_scroll_down=False)]
    return found


def examine_colours(page: Page) -> list[str]:
    """Tell what on the page as it stands has too little contrast, a line for each: the same page by another light."""
    return _violations(page, ["color-contrast"])


def _violations(page: Page, rules: list[str] | None = None) -> list[str]:
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_axe())
    violations: list[dict[str, Any]] = page.evaluate(_EXAMINE, rules)
    return [
        f"{page.url}: {violation['id']} at {place}"
        for violation in violations
        if violation["impact"] in GRAVE
        for place in violation["where"]
    ]
