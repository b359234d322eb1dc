"""Whether what stands on a page has its place there: scripts for a page, each of which tells what has not."""

from __future__ import annotations

from typing import Final

LEAST_TARGET_PX: Final = 78
"""What is touched at the touchscreen is nowhere smaller, high or wide: 15 mm on the 7-inch panel."""

LEAST_TARGET_OF_A_PHONE_PX: Final = 44
"""The same on a phone: WCAG 2.2, 2.5.5, and Apple's Human Interface Guidelines."""

LEAST_TARGET_IN_MODES_PX: Final = 62
"""The same with large type and in the low mode, which leave less room: 12 mm."""

OVERFLOWS: Final = """() => {
  const inside = (e) => { const r = e.getBoundingClientRect();
    return !r.width || (r.left >= -1 && r.top >= -1 && r.right <= innerWidth + 1 && r.bottom <= innerHeight + 1); };
  const scrolls = document.scrollingElement.scrollHeight > innerHeight + 1;
  const panes = [...document.querySelectorAll(".carried-list")].filter(inside); // they scroll by themselves
  const outside = [...document.querySelectorAll("main *, .top *, .bottom *")]
    .filter((e) => !inside(e) && !panes.some((pane) => pane !== e && pane.contains(e)));
  return [...(scrolls ? ["the page scrolls"] : []), ...outside.map((e) => `${e.tagName}.${e.className} is outside`)];
}"""
_SMALLER_THAN: Final = """(least) => {
  const found = [];
  const touched = "button, a.button, a.door, a.tile, summary, select, .choice span, .tick, input:not([type=hidden])";
  for (const element of document.querySelectorAll(touched)) {
    if (element.closest("[aria-hidden=true]")) continue; // what Enter presses in a form
    const own = element.getBoundingClientRect();
    let { top, bottom, left, right } = own;
    for (const label of element.labels ?? []) { // a touch on it is one on the field
      const place = label.getBoundingClientRect();
      if (place.height <= 1) continue; // hidden from sight on purpose
      [top, bottom] = [Math.min(top, place.top), Math.max(bottom, place.bottom)];
      [left, right] = [Math.min(left, place.left), Math.max(right, place.right)];
    }
    const [width, height] = [right - left, bottom - top];
    if (element.checkVisibility() && own.width > 1 && own.height > 1 && Math.min(width, height) < least - 0.5) {
      found.push(`${element.textContent.trim() || element.name} is ${width} x ${height}`);
    }
  }
  return found;
}"""

SMALL: Final = f"""() => {{
  const {{ large, low }} = document.documentElement.dataset;
  const least = (large ?? low) === undefined ? {LEAST_TARGET_PX} : {LEAST_TARGET_IN_MODES_PX};
  return ({_SMALLER_THAN})(least);
}}"""
"""What is touched at the touchscreen and too small."""

SMALL_ON_A_PHONE: Final = f"() => ({_SMALLER_THAN})({LEAST_TARGET_OF_A_PHONE_PX})"
"""What is touched on a phone and too small."""

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
