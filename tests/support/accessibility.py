"""Pages examined as they stand before somebody: by axe-core, and for text that does not fit."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page

from tests.support.fit import UNFITTING

AXE: Final = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
"""Installed by `script/bootstrap --with-tests`."""

GRAVE: Final = frozenset({"serious", "critical"})

_ON_LAYOUT: Final = ["color-contrast", "scrollable-region-focusable"]

# Without preloading: axe-core would read style sheets again for one rule, by inline styles, which the policy forbids.
_EXAMINE = """async (rules) => {
  if (!window.axe) {
    if (!window.loadAxe) return null;
    window.loadAxe();
  }
  const options = { preload: false, resultTypes: ["violations"], ...(rules && { runOnly: rules }) };
  const { violations } = await axe.run(document, options);
  return violations.map(({ id, impact, nodes }) => ({
    id, impact, where: nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`),
  }));
}"""


@cache
def _axe() -> str:
    """A script after which axe-core is a call away: what no page asks for is only looked through and not run."""
    return f"window.loadAxe = () => {{ {AXE.read_text(encoding='utf-8')} }};"


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
    found: list[str] = page.evaluate(UNFITTING, may_scroll_down)
    return [f"{page.url}: {line}" for line in found]


def examine_layout(page: Page) -> list[str]:
    """What `examine` finds in a page laid out anew: text that does not fit, and what of axe-core's hangs on layout."""
    return unfitting(page, may_scroll_down=False) + _violations(page, _ON_LAYOUT)


def examine_colours(page: Page) -> list[str]:
    """Tell what on the page as it stands has too little contrast, a line for each: the same page by another light."""
    return _violations(page, ["color-contrast"])


def _violations(page: Page, rules: list[str] | None = None) -> list[str]:
    violations: list[dict[str, Any]] | None = page.evaluate(_EXAMINE, rules)
    if violations is None:  # the first page of its context that is examined; those after it bring the script along
        page.context.add_init_script(_axe())
        page.evaluate(_axe())
        violations = page.evaluate(_EXAMINE, rules)
        assert violations is not None
    return [
        f"{page.url}: {violation['id']} at {place}"
        for violation in violations
        if violation["impact"] in GRAVE
        for place in violation["where"]
    ]
