"""A guard's goods in a real browser: told of, decided, handed out by card; and tools on the way out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from kiosk.domain.goods import GoodsCategory, GoodsSource, GoodsState, Handling, NewGoods
from kiosk.domain.roles import Role
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource, VisitState
from tests.support.appliance import TestGate, demo_appliance
from tests.support.browser import PANEL_10_INCH, PATIENCE_MS
from tests.support.live_server import live_server
from web.i18n import PANEL_LOCALE_COOKIE

PASSWORD = "correct horse battery"
UNIT = "1-A-1-A"
UID = "04A1B2C3D4E5F6"


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate")) as running:
        running.appliance.accounts.add_user("guard", Role.GUARD, PASSWORD)
        running.appliance.cards.add(uid=UID, unit=UNIT, holder="陳太", actor="user clerk")
        yield running


@pytest.fixture
def shift(page: Page, gate: TestGate) -> Iterator[Page]:
    """The shift's screen, live."""
    expect.set_options(timeout=PATIENCE_MS)
    with live_server(gate.appliance) as server:
        page.set_viewport_size(PANEL_10_INCH)
        page.context.add_cookies([{"name": PANEL_LOCALE_COOKIE, "value": "en", "url": server.url}])
        page.goto(f"{server.url}/panel/")
        page.locator("[name=username]").fill("guard")
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main button").click()
        expect(page.locator("[data-link-state]")).to_have_text("Live")
        yield page


def test_a_guards_goods_from_the_feed_to_the_way_out(shift: Page, gate: TestGate) -> None:
    goods = gate.appliance.goods
    touch = {"source": GoodsSource.TOUCH, "actor": "touchscreen", "lane": "in"}
    gas = NewGoods(UNIT, "SF", GoodsCategory.DANGEROUS, Handling.GATE, description="Gas cylinder")
    waiting = goods.goods_in.register(gas, **touch).goods
    shift.locator("[data-part=alerts]").get_by_text("Goods wait for a decision: 1").click()

    shift.locator(".goods-decide summary", has_text="Let in").click()
    shift.locator(".goods-decide [name=reason]").first.fill("Works department goes along")
    shift.locator(".goods-decide form button", has_text="Let in").click()
    expect(shift.locator("[data-messages]")).to_contain_text("is kept on shelf 1.")
    expect(shift.locator(".shelves")).to_contain_text(waiting.number)

    shift.locator(".shelves a").click()
    shift.get_by_role("button", name="By the resident's card").click()
    expect(shift.locator("[data-state=waiting]")).to_be_visible()
    gate.desk_reader().tap(bytes.fromhex(UID))
    expect(shift.locator("[data-messages]")).to_contain_text("is handed out.")
    assert goods.goods_queries.get(waiting.id).state is GoodsState.COLLECTED

    new = NewVisit(VisitKind.CONTRACTOR, UNIT, "李工程師", phone="91234567", purpose="lift")
    signed = gate.appliance.visits.sign_in(
        new, source=VisitSource.TOUCH, actor="touchscreen", lane=None, approved_by="user guard", carried=[("梯", 2)]
    )
    assert signed.issued is not None
    shift.goto(shift.url.partition("/panel/")[0] + "/panel/")
    expect(shift.locator("[data-link-state]")).to_have_text("Live")
    gate.hold_up(signed.issued.token, "out")
    line = shift.locator(".line", has_text="Tools carried in have not been checked")
    line.get_by_role("link", name="李工程師").click()
    opened = len(gate.relay("out").pulses)
    shift.locator(".carried-check select").select_option("out")
    shift.get_by_role("button", name="All there: sign out").click()
    gate.wait_for_pulses(opened + 1, "out")
    expect(shift.locator(".carried")).to_contain_text("Went out")
    assert gate.appliance.visit_queries.get(signed.visit.id).state is VisitState.SIGNED_OUT
