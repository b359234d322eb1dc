"""A guard's goods in a real browser: told of, decided, handed out by card; and tools on the way out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kiosk.domain.goods import GoodsCategory, GoodsSource, GoodsState, Handling, NewGoods
from kiosk.domain.roles import Role
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource, VisitState
from tests.support.appliance import TestGate, demo_appliance
from tests.support.live_server import live_server
from tests.support.panel import PASSWORD, Look, Reader, in_every_look

UNIT = "1-A-1-A"
UID = "04A1B2C3D4E5F6"


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[TestGate]:
    with demo_appliance(tmp_path) as running:
        running.appliance.accounts.add_user("guard", Role.GUARD, PASSWORD)
        running.appliance.cards.add(uid=UID, unit=UNIT, holder="陳太", actor="user clerk")
        yield running


@pytest.fixture
def guard(page: Page, gate: TestGate, look: Look) -> Iterator[Reader]:
    """At the shift's screen, live."""
    with live_server(gate.appliance) as server:
        yield Reader(page, server.url, look).log_in("guard").wait_until_live()


@in_every_look
def test_a_guards_goods_from_the_feed_to_the_way_out(guard: Reader, gate: TestGate) -> None:
    page, goods = guard.page, gate.appliance.goods
    touch = {"source": GoodsSource.TOUCH, "actor": "touchscreen", "lane": "in"}
    gas = NewGoods(UNIT, "SF", GoodsCategory.DANGEROUS, Handling.GATE, description="Gas cylinder")
    waiting = goods.goods_in.register(gas, **touch).goods
    page.locator("[data-part=alerts]").get_by_text(guard.says("Goods wait for a decision: %(num)d", num=1)).click()

    deciding = page.locator(".goods-decide")
    deciding.locator("summary", has_text=guard.says("Let in")).click()
    deciding.locator("[name=reason]").first.fill("Works department goes along")
    guard.button("Let in", within=deciding.locator("form").first).click()
    kept = page.locator(".shelves a", has_text=waiting.number)
    expect(page.locator("[data-messages] .message")).to_contain_text(waiting.number)
    expect(kept).to_be_visible()

    kept.click()
    guard.button("By the resident's card").click()
    expect(page.locator("[data-state=waiting]")).to_be_visible()
    gate.desk_reader().tap(bytes.fromhex(UID))
    expect(page.locator("[data-messages] .message")).to_contain_text(waiting.number)
    assert goods.goods_queries.get(waiting.id).state is GoodsState.COLLECTED

    new = NewVisit(VisitKind.CONTRACTOR, UNIT, "李工程師", phone="91234567", purpose="lift")
    signed = gate.appliance.visits.sign_in(
        new, source=VisitSource.TOUCH, actor="touchscreen", lane=None, approved_by="user guard", carried=[("梯", 2)]
    )
    assert signed.issued is not None
    guard.go("/panel/").wait_until_live()
    gate.hold_up(signed.issued.token, "out")
    line = page.locator(".line", has_text=guard.says("Tools carried in have not been checked"))
    line.get_by_role("link", name="李工程師").click()
    opened = len(gate.relay("out").pulses)
    page.locator(".carried-check select").select_option("out")
    guard.button("All there: sign out").click()
    gate.wait_for_pulses(opened + 1, "out")
    expect(page.locator(".carried")).to_contain_text(guard.says("Went out"))
    assert gate.appliance.visit_queries.get(signed.visit.id).state is VisitState.SIGNED_OUT
