"""A unit's goods on telephones: every page in every language, and the way from a tenant's photo to the code."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from kiosk.domain.goods import CollectMethod, GoodsCategory, GoodsSource, Handling, NewGoods
from kiosk.domain.notices import Language as InNotices
from kiosk.domain.slips import NewItem, NewSlip, Requester, Slip, SlipKind, SlipSource, SlipState
from kiosk.services.goods.slip_release import Load
from kiosk.services.resident_links import NewLink
from tests.support.appliance import UNITS, TestGate, demo_appliance, document
from tests.support.browser import PHONE
from tests.support.live_server import LiveServer, live_server
from tests.support.receiver import Receiver, answer, receiving
from tests.support.walk import TELEPHONE, Walk
from web.i18n import LANGUAGES, PANEL_LOCALE_COOKIE, Language

SEEN: Final = {"goods": {"host/home.html", "host/goods.html", "host/slip.html", "host/slip_form.html"}}
"""What the walk sees."""

UNIT = UNITS[0].code


@dataclass(frozen=True)
class Estate:
    """A gate, served; `told` takes the residents' notices."""

    gate: TestGate
    server: LiveServer
    told: Receiver


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    settings = document(hosts={"base_url": "http://gate.invalid"})
    with receiving() as told, demo_appliance(tmp_path_factory.mktemp("gate"), settings=settings) as gate:
        told.behave = answer(200)
        with live_server(gate.appliance) as server:
            yield Estate(gate, server, told)


def photograph() -> bytes:
    """As large as a telephone's."""
    data = io.BytesIO()
    Image.effect_noise((2000, 1500), 40).convert("RGB").save(data, "JPEG")
    return data.getvalue()


def keep(gate: TestGate, carrier: str) -> str:
    new = NewGoods(UNIT, carrier, GoodsCategory.OTHER, Handling.GATE, description="嬰兒車及汽車座椅", pieces=3)
    desk = gate.appliance.goods.goods_in
    return desk.register(new, source=GoodsSource.PANEL, actor="user guard", lane=None).goods.id


def ask(gate: TestGate, kind: SlipKind, actor: str) -> Slip:
    now = gate.appliance.clock.now()
    items = (
        NewItem("三座位梳化", 2, "張", "右扶手有刮痕", returnable_until=now + timedelta(days=3)),
        NewItem("W" * 60, 9999, "M" * 12),
    )
    new = NewSlip(
        kind, Requester.TENANT, "W" * 64, items, now - timedelta(hours=1), now + timedelta(days=3), UNIT,
        carrier="GoGoVan", vehicle_plate="AB 1234", taken_by="李師傅", note="小心",
    )  # fmt: skip
    return gate.appliance.goods.slips.request(new, source=SlipSource.LINK, actor=actor)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_every_page_of_goods(estate: Estate, page: Page, language: Language) -> None:
    gate, walk = estate.gate, Walk(page, estate.server, language, TELEPHONE)
    link, token = gate.appliance.resident_links.make(NewLink(UNIT, "業主", is_owner=True), actor="user desk")
    desk = gate.appliance.goods
    collected = keep(gate, "Keeta")
    desk.goods_in.collect(collected, method=CollectMethod.CODE, by="code", actor="touchscreen")
    keep(gate, "順豐速運 SF Express")
    ask(gate, SlipKind.MOVING, "user desk")
    waiting, good = ask(gate, SlipKind.HOUSEHOLD, "user desk"), ask(gate, SlipKind.HOUSEHOLD, "user desk")
    desk.slips.approve_by_link(good.id, link)
    desk.release.release(good.id, Load("out", {1: 1}, "AB1234"), actor="user guard")

    page.context.add_cookies([{"name": PANEL_LOCALE_COOKIE, "value": language.code, "url": estate.server.url}])
    page.goto(f"{estate.server.url}/r/{token}")
    walk.look()
    page.locator(".tabs a").last.click()
    expect(page.locator(".collect strong")).to_be_visible()
    walk.look()
    page.goto(f"{estate.server.url}/r/goods/slips/{waiting.id}")
    page.locator(".word summary").first.click()
    walk.look()
    page.goto(f"{estate.server.url}/r/goods/slips/{good.id}")
    expect(page.locator(".code svg")).to_be_visible()
    walk.look()
    page.goto(f"{estate.server.url}/r/goods/slips/new")
    page.locator(".item summary").click()
    walk.look()
    page.locator("form.slip-form").evaluate("(form) => { form.noValidate = true; }")
    page.locator(".slip-form > .button").last.click()
    expect(page.locator("[id='problem-items.1.name']")).to_be_visible()
    walk.look()
    for slip in desk.slip_queries.open():
        desk.slips.void(slip.id, actor="user desk", reason="test")
    for goods in desk.goods_queries.kept():
        desk.goods_in.give_back(goods.id, actor="user guard", reason="test")
    gate.appliance.resident_links.revoke(link.id, actor="user desk")
    walk.end(SEEN["goods"])


def telephone(browser: Browser, url: str) -> Page:
    page = browser.new_context(viewport=PHONE, locale="en", color_scheme="light").new_page()
    page.goto(url)
    return page


def test_a_tenant_asks_with_a_photo_and_the_owner_approves_on_another_telephone(
    estate: Estate, browser: Browser
) -> None:
    gate, links = estate.gate, estate.gate.appliance.resident_links
    address = estate.told.url.replace("http:", "json:") + "/owner"
    owner_link, _token = links.make(
        NewLink(UNIT, "Owner", address=address, is_owner=True, language=InNotices.EN), actor="user desk"
    )
    tenant_link, token = links.make(NewLink(UNIT, "Tenant", language=InNotices.EN), actor="user desk")

    tenant = telephone(browser, f"{estate.server.url}/r/{token}")
    tenant.get_by_role("link", name="Goods").click()
    tenant.get_by_role("link", name="Ask for a release slip").click()
    tenant.locator("[name='items.1.name']").fill("Sofa")
    tenant.locator("[name='items.1.photo']").set_input_files(
        {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": photograph()}
    )
    expect(tenant.locator("[data-preview]").first).to_be_visible()
    tenant.get_by_role("button", name="Another item").click()
    tenant.locator("[name='items.2.name']").fill("Lamp")
    tenant.locator("[name='items.2.quantity']").fill("3")
    tenant.get_by_role("button", name="Another item").click()
    tenant.get_by_role("button", name="Remove this item").last.click()
    tenant.get_by_role("button", name="Ask for the slip").click()
    expect(tenant.locator(".note.good")).to_contain_text("The owner has been asked to approve it.")
    (slip,) = gate.appliance.goods.slip_queries.open()
    assert [(item.name, item.quantity) for item in slip.items] == [("Sofa", 1), ("Lamp", 3)]
    with Image.open(io.BytesIO(gate.appliance.photos.jpeg(slip.items[0].photo_id or ""))) as picture:
        assert picture.size == (1600, 1200)

    (notice,) = estate.told.wait_for(1)
    address = notice.json["message"].splitlines()[-1]
    owner = telephone(browser, address.replace("http://gate.invalid", estate.server.url))
    owner.get_by_role("link", name="Look at it and answer").click()
    expect(owner.locator(".things .face")).to_be_visible()
    owner.get_by_text("Approve", exact=True).click()
    owner.get_by_role("button", name="Yes, these may leave").click()
    expect(owner.locator(".code svg")).to_be_visible()
    assert gate.appliance.goods.slip_queries.get(slip.id).state is SlipState.APPROVED

    tenant.reload()
    shown = Image.open(io.BytesIO(tenant.locator(".code").screenshot()))
    (code,) = zxingcpp.read_barcodes(shown.convert("L"))
    assert gate.appliance.goods.slip_queries.by_token(code.text) is not None
    for link, page in ((owner_link, owner), (tenant_link, tenant)):
        page.context.close()
        links.revoke(link.id, actor="user desk")
