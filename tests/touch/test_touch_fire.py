"""A fire at the touchscreen: every page shows the way out, and nothing that was typed is left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from hardware.interfaces import GateInput
from kiosk.config import EstateSettings
from tests.support.appliance import TestGate, wait_for
from tests.support.muster import burn, end_fire
from tests.support.visitor import Visitor, draft_count
from web.touch.fire import ways_out

WAYS = ("請立即從閘口離開。", "请立即从闸口离开。", "Please leave by the gate now.")


@pytest.fixture
def fire(gate: TestGate) -> Iterator[TestGate]:
    yield gate
    if gate.appliance.lanes.fire.is_on:
        end_fire(gate)


def begin(gate: TestGate) -> None:
    burn(gate)
    wait_for(lambda: gate.appliance.lanes.fire.is_on)


@pytest.mark.parametrize(
    "path", ["/", "/sign-in/kind", "/sign-in/summary", "/visit", "/sign-out", "/goods", "/collect"]
)
def test_every_page_shows_the_way_out_in_three_languages(fire: TestGate, visitor: Visitor, path: str) -> None:
    visitor.to_summary()
    begin(fire)
    page = visitor.see(path).page
    assert all(words in page for words in WAYS)
    assert "歐陽詠欣" not in page
    assert [tag for tag in ("zh-Hant-HK", "zh-Hans-CN", "en") if f'<div lang="{tag}">' in page] == [
        "zh-Hant-HK",
        "zh-Hans-CN",
        "en",
    ]


def test_what_was_typed_is_wiped_at_once(app: Flask, fire: TestGate, visitor: Visitor) -> None:
    visitor.to_summary()
    assert draft_count(app) == 1
    begin(fire)
    wait_for(lambda: draft_count(app) == 0)
    end_fire(fire)
    assert visitor.see("/sign-in/summary").path == "/"
    assert WAYS[2] not in visitor.page


def test_the_last_button_signs_nobody_in(fire: TestGate, visitor: Visitor) -> None:
    before = len(fire.entries("visit.signed_in"))
    visitor.to_summary()
    once = visitor.once
    begin(fire)
    visitor.send("/sign-in/done", once=once)
    assert visitor.path == "/"
    assert WAYS[0] in visitor.page
    assert len(fire.entries("visit.signed_in")) == before


def test_the_pages_script_is_told_from_memory(app: Flask, fire: TestGate, visitor: Visitor) -> None:
    ask = app.test_client()
    assert ask.get("/fire").json | {"run": ""} == {"fire": False, "taken": False, "run": ""}
    assert 'data-fire="/fire"' in visitor.page
    assert "data-burning" not in visitor.page
    with fire.appliance.store.write():
        begin(fire)
        assert ask.get("/fire").json | {"run": ""} == {"fire": True, "taken": False, "run": ""}
        assert "data-burning" in visitor.see("/").page
    fire.wait_for_entry("input.changed", input="fire", active=True)
    end_fire(fire)
    assert ask.get("/fire").json | {"run": ""} == {"fire": False, "taken": False, "run": ""}
    assert fire.inputs("in").state()[GateInput.FIRE] is False


def test_only_the_kiosk_is_told(app: Flask) -> None:
    assert app.test_client().get("/fire", environ_base={"REMOTE_ADDR": "192.168.1.20"}).status_code == 403


def test_the_meeting_point_is_named_where_the_estate_has_one(app: Flask) -> None:
    estate = EstateSettings(assembly_point_zh_hant="中央花園", assembly_point_en="Central Garden")
    with app.test_request_context("/"):
        assert [way.meeting_point for way in ways_out(estate)] == [
            "集合地點：中央花園",
            "",
            "Meeting point: Central Garden",
        ]
