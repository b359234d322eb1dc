"""A visitor who has been here before, at the real touchscreen: three touches and the number, in every language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from kiosk.demo.seed import directory
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource
from tests.support.appliance import TestGate, demo_appliance
from tests.support.live_server import LiveServer, live_server
from tests.support.walk import NEXT, Walk
from web.i18n import LANGUAGES, Language

SEEN: Final = {"returning": {"touch/kind.html", "touch/returning.html", "touch/is_this_you.html"}}
"""What the walk sees."""


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate"), units=directory()) as gate:
        yield gate


@pytest.fixture(scope="module")
def server(gate: TestGate) -> Iterator[LiveServer]:
    with live_server(gate.appliance) as running:
        yield running


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_three_touches_and_the_number(gate: TestGate, server: LiveServer, page: Page, language: Language) -> None:
    new = NewVisit(VisitKind.GUEST, "2-C-7-3", "歐陽詠欣", phone="13812345678", vehicle_plate="粤B 12345")
    before = gate.appliance.visits.sign_in(new, source=VisitSource.API, actor="test", lane=None).visit
    gate.appliance.visits.sign_out(before.id, actor="test")
    opened = len(gate.relay("in").pulses)
    walk = Walk(page, server, language).begin().tap_and_look(".door.primary", NEXT)
    walk.touch(*[f"[data-key='{digit}']" for digit in "5550"]).tap(NEXT).look(".problem")
    walk.touch(*["[data-key=erase]"] * 4, *[f"[data-key='{digit}']" for digit in "13812345679"]).tap(NEXT)
    expect(page.locator(".tile")).to_have_count(4)
    walk.look().tap(".bottom form[action$='/leave'] button")
    walk.begin("form[action$='/returning/begin'] .door")
    walk.touch(*[f"[data-key='{digit}']" for digit in "13812345678"]).tap(NEXT)
    expect(page.locator(".masked")).to_have_text("歐陽**")
    expect(page.get_by_text("138****5678")).to_be_visible()
    walk.look()
    assert not any(secret in page.content() for secret in ("詠", "12345", "2-C-7-3"))
    walk.tap("button[value=yes]")
    expect(page.locator(".number")).to_be_visible()
    gate.wait_for_pulses(opened + 1, "in")
    visit = gate.appliance.visit_queries.inside()[0]
    assert (visit.visitor_name, visit.unit, visit.vehicle_plate) == ("歐陽詠欣", "2-C-7-3", "粤B 12345")
    walk.end(SEEN["returning"])
