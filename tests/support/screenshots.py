"""Draws the README's pictures: a demonstration seeded into a temporary folder, driven through Chromium.

Run by `script/screenshots`. The seed is the demonstration's own, so the people are the same every time; times of day
are those of the run. Before the cameras, which are simulated, stands a courier drawn here.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Browser, Page, expect, sync_playwright

from hardware.simulated.camera import MAX_SHOWN_S
from kiosk.bootstrap import build_appliance
from kiosk.config import parse
from kiosk.demo.accounts import provide
from kiosk.demo.seed import seed
from kiosk.demo.settings import demo_settings
from kiosk.domain.access import CredentialState
from kiosk.domain.invitations import NewInvitation
from kiosk.domain.roles import Role
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource
from kiosk.services.resident_links import NewLink
from tests.support.appliance import PATIENCE_S, TestGate, wait_for
from tests.support.browser import CHROMIUM, FLAGS, PANEL_7_INCH, PANEL_10_INCH, PATIENCE_MS, PHONE
from tests.support.live_server import live_server
from web.i18n import PANEL_LOCALE_COOKIE

OUT: Final = Path(__file__).parents[2] / "docs/screenshots"
_COLOURS: Final = 256
_REFINEMENTS: Final = 2  # without them the palest grounds take each other's colour
_WIDE: Final = (1280, 720)


def main() -> None:
    """Write every picture."""
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gatehouse-") as home, _demonstration(Path(home)) as gate:
        known = provide(gate.appliance.accounts, gate.data).accounts[Role.GUARD]
        with live_server(gate.appliance) as server, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            expect.set_options(timeout=PATIENCE_MS)
            _draw_touchscreen(_page(chromium, PANEL_7_INCH), server.url, gate)
            _draw_typing(_page(chromium, PANEL_7_INCH), server.url)
            for mode in ("large", "contrast", "low"):
                _draw_mode(_page(chromium, PANEL_7_INCH), server.url, mode)
            page = _page(chromium, PANEL_10_INCH)
            page.context.add_cookies([{"name": PANEL_LOCALE_COOKIE, "value": "en", "url": server.url}])
            _draw_panel(page, server.url, gate, known.username, known.password)
            _draw_decision(page, server.url, gate)
            _draw_release(page, server.url, gate)
            page.goto(f"{server.url}/panel/figures")
            _keep(page, "figures")
            _draw_phone(_page(chromium, PHONE), server.url, gate)
            _draw_simulator(page, server.url, gate)
            chromium.close()


@contextmanager
def _demonstration(home: Path) -> Iterator[TestGate]:
    asks_hosts = {
        "visits": {"kinds": {"delivery": {"approval": "host"}}},
        "hosts": {"base_url": "http://gate.invalid"},
    }
    settings, data = parse(demo_settings() | asks_hosts), home / "data"
    seed(settings, data)
    appliance = build_appliance(settings, data, is_demo=True)
    appliance.start()
    try:
        appliance.supervisor.wait_until_settled(PATIENCE_S)
        yield TestGate(appliance, data)
    finally:
        appliance.stop(PATIENCE_S)


def _page(chromium: Browser, size: dict[str, int]) -> Page:
    context = chromium.new_context(viewport={"width": size["width"], "height": size["height"]}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def _draw_touchscreen(page: Page, url: str, gate: TestGate) -> None:
    """The first page as it waits for visitors, and the last one of a guest who is let in."""
    page.goto(url)
    _keep(page, "touch")
    for selector in (".door.primary", "button[value=guest]", *[".tile"] * 3):
        page.locator(selector).first.click()
    page.locator("#visitor_name").fill("歐陽詠欣")
    page.locator(".onward .button").click()
    page.locator(".onward .button").click()
    _stand_before(gate, "in", _portrait("#e3b48f", "#b5473c", has_cap=False))
    expect(page.locator("button[value=take]")).to_be_visible()
    _keep(page, "touch-photo")
    _photograph(page)
    page.locator(".onward .button").click()
    expect(page.locator(".progress.good")).to_have_count(2)
    _keep(page, "touch-done")


def _to_name(page: Page, url: str, language: str) -> None:
    page.goto(url)
    page.locator(f"button[value={language}]").click()
    for selector in (".door.primary", "button[value=guest]", *[".tile"] * 3):
        page.locator(selector).first.click()
    expect(page.locator("#keyboard")).to_have_attribute("data-ready", "yes")


def _draw_typing(page: Page, url: str) -> None:
    """A surname by its strokes, a plate of the mainland, and a unit by its number."""
    _to_name(page, url, "zh_Hant")
    page.locator("#visitor_name").click()
    for stroke in "zsh":
        page.locator(f'[data-skbtn="{stroke}"]').click()
    expect(page.locator("[data-candidates] [lang]").first).to_be_visible()
    _keep(page, "touch-strokes")
    _to_name(page, url, "zh_Hans")
    page.locator("#visitor_name").fill("欧阳咏欣")
    page.locator(".onward .button").click()
    expect(page.locator("#keyboard")).to_have_attribute("data-ready", "yes")
    page.locator("#vehicle_plate").click()
    _keep(page, "touch-plate")
    page.goto(url)
    page.locator("button[value=en]").click()
    for selector in (".door.primary", "button[value=guest]", "[data-find-link]", "[data-key='7']", "[data-key='3']"):
        page.locator(selector).first.click()
    expect(page.locator("[name=found]").first).to_be_visible()
    _keep(page, "touch-find")
    page.goto(url)  # whoever leaves is no turn that the guard could take over


def _draw_mode(page: Page, url: str, mode: str) -> None:
    """The same page in large type, in high contrast, and with all that is touched low."""
    page.goto(url)
    page.locator(".door.primary").click()
    page.locator("button[value=guest]").click()
    page.locator(f".mode[value={mode}]").click()
    expect(page.locator(f"html[data-{mode}]")).to_have_count(1)
    _keep(page, f"touch-{mode}")
    page.goto(url)


def _photograph(page: Page) -> None:
    """Take the photo; a drawn face may be none to the camera's eyes, and is taken all the same at a later try."""
    again, keep, summary = (page.locator(each) for each in ("button[value=again]", "button[value=keep]", ".thumbnail"))
    while not summary.count():
        page.locator("button[value=take]").click()
        summary.or_(again).first.wait_for()
        if summary.count():
            break
        (keep if keep.count() else again).click()
        page.wait_for_load_state()


def _draw_panel(page: Page, url: str, gate: TestGate, username: str, password: str) -> None:
    """A shift: somebody waits, others are inside, and both cameras see something."""
    courier = _portrait("#c98d66", "#27566b", has_cap=True)
    _stand_before(gate, "in", courier)
    _stand_before(gate, "out", _driveway())
    visitor = page.context.browser
    assert visitor is not None
    touch = _page(visitor, PANEL_7_INCH)
    touch.goto(url)
    touch.get_by_role("button", name="English").click()
    for selector in (".door.primary", "button[value=contractor]", *[".tile"] * 3):
        touch.locator(selector).last.click()
    touch.locator("#visitor_name").fill("Lau Ka Chun")
    touch.locator("#phone").fill("5550 2468")
    touch.locator(".onward .button").click()
    touch.locator("#purpose").fill("Lift maintenance")
    for _page_before in range(2):
        touch.locator(".onward .button").click()
    _photograph(touch)
    touch.locator(".onward .button").click()
    expect(touch.locator(".pulse")).to_be_visible()
    for card in [one for one in gate.appliance.cards.first(12) if not one.for_visits][:2]:
        before = gate.appliance.feed.last_seq
        gate.tap(card.uid, "out")
        gate.wait_for_entry("access.granted", before)
    page.goto(f"{url}/panel/")
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(password)
    page.locator("main button").click()
    expect(page.locator("[data-link-state]")).to_have_text("Live")
    for lane in ("in", "out"):
        wait_for(gate.appliance.cameras[lane].latest)
        expect(page.locator(f"#lane-{lane} figcaption")).to_be_hidden()
    page.wait_for_function("() => [...document.images].every((image) => image.complete && image.naturalWidth)")
    _keep(page, "panel")


def _draw_decision(page: Page, url: str, gate: TestGate) -> None:
    """Why a card that is suspended did not open the way in: rule by rule."""
    suspended = next(one for one in gate.appliance.cards.first(12) if one.state is CredentialState.SUSPENDED)
    before = gate.appliance.feed.last_seq
    gate.tap(suspended.uid, "in")
    refused = gate.wait_for_entry("access.refused", before)
    page.goto(f"{url}/panel/decisions/{refused.seq}")
    expect(page.locator(".verdict-objected")).to_be_visible()
    _keep(page, "decision")


def _draw_release(page: Page, url: str, gate: TestGate) -> None:
    """Goods at the way out, ticked off against what their slip has left."""
    slip = next(one for one in gate.appliance.goods.slip_queries.open() if one.is_partly_released)
    page.goto(f"{url}/panel/slips/{slip.id}/release")
    page.get_by_role("button", name="All", exact=True).first.click()
    page.locator("[name=vehicle_plate]").fill(slip.vehicle_plate)
    page.wait_for_function("() => [...document.images].every((image) => image.complete && image.naturalWidth)")
    _keep(page, "release")


def _draw_phone(page: Page, url: str, gate: TestGate) -> None:
    """A resident is asked on a telephone about a courier at the gate, and expects a guest."""
    unit = gate.appliance.units.page("", 0, 1)[0][1].code
    link, token = gate.appliance.resident_links.make(NewLink(unit, "Mrs Chan"), actor="demo")
    now = gate.appliance.clock.now()
    guest = NewInvitation(unit, "Wong Siu Ming", now, now + timedelta(hours=30))
    gate.appliance.invitations.invite(guest, actor=link.actor, link=link)
    photo = io.BytesIO()
    _portrait("#c98d66", "#27566b", has_cap=True).save(photo, "JPEG")
    courier = NewVisit(VisitKind.DELIVERY, unit, "Ho Wing Lam", vehicle_plate="TK 3801", purpose="Two parcels")
    gate.appliance.visits.sign_in(
        courier, source=VisitSource.TOUCH, actor="touchscreen", lane="in", photo=photo.getvalue()
    )
    page.context.add_cookies([{"name": PANEL_LOCALE_COOKIE, "value": "en", "url": url}])
    page.goto(f"{url}/r/{token}")
    expect(page.locator(".asks")).to_be_visible()
    page.wait_for_function("() => [...document.images].every((image) => image.complete && image.naturalWidth)")
    _keep(page, "phone")


def _draw_simulator(page: Page, url: str, gate: TestGate) -> None:
    """The barrier of the way in up, a receipt hanging from the printer."""
    page.goto(f"{url}/simulator/")
    expect(page.locator("[data-paper] img").first).to_be_visible()
    resident = next(one for one in gate.appliance.cards.first(12) if not one.for_visits)
    page.locator(f".card[data-uid='{resident.uid}']").click()
    expect(page.locator("[data-lane=in].up")).to_have_count(1)
    page.wait_for_function("() => [...document.images].every((image) => image.complete)")
    _keep(page, "simulator")


def _keep(page: Page, name: str) -> None:
    """Write what the page shows, in few colours: a tenth of the size, and nothing that anybody would miss."""
    page.evaluate("() => document.fonts.ready")
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    small = picture.quantize(_COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=_REFINEMENTS, dither=Image.Dither.NONE)
    small.save(OUT / f"{name}.png", optimize=True)


def _stand_before(gate: TestGate, lane: str, picture: Image.Image) -> None:
    data = io.BytesIO()
    picture.save(data, "PNG")
    gate.camera(lane).show(data.getvalue(), MAX_SHOWN_S)


def _driveway() -> Image.Image:
    """A road between hedges under a morning sky."""
    width, height = _WIDE
    picture = Image.new("RGB", _WIDE, "#bcd0d8")
    draw = ImageDraw.Draw(picture)
    for left, top, right in ((60, 120, 300), (330, 190, 520), (800, 90, 1010), (1040, 170, 1240)):
        draw.rectangle((left, top, right, 430), fill="#a3adac")
        for x in range(left + 22, right - 30, 52):
            for y in range(top + 26, 400, 58):
                draw.rectangle((x, y, x + 24, y + 30), fill="#c9cfc9")
    draw.rectangle((0, 400, width, height), fill="#7f9470")
    draw.polygon([(560, 400), (720, 400), (1120, height), (160, height)], fill="#8d8f90")
    for step in range(5):
        y = 430 + step * step * 14
        draw.polygon([(637 - step * 2, y), (643 + step * 2, y), (646 + step * 3, y + 12 + step * 7),
                      (634 - step * 3, y + 12 + step * 7)], fill="#e8e4d8")  # fmt: skip
    for x in (20, 150, 330, 900, 1050, 1190):
        draw.ellipse((x - 70, 330, x + 90, 480), fill="#5f7a55")
    return picture.filter(ImageFilter.GaussianBlur(2))


def _portrait(skin: str, coat: str, *, has_cap: bool) -> Image.Image:
    """Somebody before the camera, head and shoulders."""
    picture = _driveway().filter(ImageFilter.GaussianBlur(9))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((360, 505, 920, 1100), fill=coat)
    draw.rounded_rectangle((575, 430, 705, 570), 50, fill=skin)
    draw.polygon([(560, 515), (720, 515), (640, 610)], fill=skin)
    draw.ellipse((500, 105, 780, 395), fill="#2b2420")
    draw.ellipse((525, 140, 755, 470), fill=skin)
    draw.ellipse((506, 275, 545, 350), fill=skin)
    draw.ellipse((735, 275, 774, 350), fill=skin)
    draw.pieslice((515, 95, 765, 330), 180, 360, fill=coat if has_cap else "#2b2420")
    if has_cap:
        draw.rounded_rectangle((500, 205, 780, 238), 16, fill="#193d4d")
    for x in (588, 692):
        draw.ellipse((x - 11, 288, x + 11, 306), fill="#2b2420")
        draw.line((x - 24, 264, x + 24, 264), fill="#2b2420", width=7)
    draw.line((640, 300, 632, 356, 650, 358), fill="#a9714f", width=5, joint="curve")
    draw.arc((592, 350, 688, 412), 25, 155, fill="#8d4b3d", width=7)
    return picture.filter(ImageFilter.GaussianBlur(1.2))


if __name__ == "__main__":
    main()
