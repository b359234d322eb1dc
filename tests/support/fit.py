"""Whether what stands on a page has its place there: scripts for a page, each of which tells what has not."""

from __future__ import annotations

from typing import Final

LEAST_TARGET_PX: Final = 62
"""What is touched at the touchscreen is nowhere smaller, high or wide."""

OVERFLOWS: Final = """() => {
  const inside = (e) => { const r = e.getBoundingClientRect();
    return !r.width || (r.left >= -1 && r.top >= -1 && r.right <= innerWidth + 1 && r.bottom <= innerHeight + 1); };
  const scrolls = document.scrollingElement.scrollHeight > innerHeight + 1;
  const panes = [...document.querySelectorAll(".carried-list")].filter(inside); // they scroll by themselves
  const outside = [...document.querySelectorAll("main *, .top *, .bottom *")]
    .filter((e) => !inside(e) && !panes.some((pane) => pane !== e && pane.contains(e)));
  return [...(scrolls ? ["the page scrolls"] : []), ...outside.map((e) => `${e.tagName}.${e.className} is outside`)];
}"""
SMALL: Final = f"""() => [...document.querySelectorAll("button, a.button, .field input")]
  .map((e) => [e, e.getBoundingClientRect()])
  .filter(([, r]) => r.height && (r.height < {LEAST_TARGET_PX} || r.width < {LEAST_TARGET_PX}))
  .map(([e, r]) => `${{e.textContent.trim()}} is ${{r.width}} x ${{r.height}}`)"""

SPILLS: Final = """() => [...document.querySelectorAll("button, a.button, a.tile, a.door")].flatMap((button) => {
    const within = button.getBoundingClientRect();
    return [...button.querySelectorAll("span, b, small")]
      .filter((e) => e.textContent.trim() && e.checkVisibility() && !e.closest(".visually-hidden, .word"))
      .map((e) => [e, e.getBoundingClientRect()])
      .filter(([, r]) => r.height && (r.top < within.top - 2 || r.bottom > within.bottom + 2))
      .map(([e]) => `${e.textContent.trim().slice(0, 40)} spills out of its button`); })"""
UNFITTING: Final = """(mayScrollDown) => {
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

UNFITTING_IN_MODES: Final = f"""(sets) => {{
  const root = document.documentElement;
  const before = Object.keys(root.dataset);
  const set = (modes) => {{
    for (const mode of Object.keys(root.dataset)) delete root.dataset[mode];
    for (const mode of modes) root.dataset[mode] = "";
  }};
  const found = [];
  for (const modes of sets) {{
    set(modes);
    const here = [...({OVERFLOWS})(), ...({SMALL})(), ...({SPILLS})(), ...({UNFITTING})(false)];
    found.push(...here.map((line) => `${{modes.join(" and ") || "as it is"}}: ${{line}}`));
  }}
  set(before);
  return found;
}}"""
"""The same in each set of modes that the touchscreen's styles know (`["large", "low"]`); the page is left as it was."""
