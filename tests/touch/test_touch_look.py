"""Large type, contrast, low buttons, the voice: switched by a touch on every page, and forgotten with the visitor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from kiosk.commands.voice import spoken
from kiosk.domain.access import Code, Direction
from tests.support.appliance import TestGate, demo_appliance, document
from tests.support.visitor import Visitor
from web import create_app
from web.touch.look import Mode
from web.touch.prompts import PAGES, SPOKEN, VERDICTS, prompt_key, verdict_key
from web.turns import place

ROOT = re.compile(r"<html [^>]*>")
CSS = Path(__file__).parents[2] / "web/static/css"


def modes(visitor: Visitor) -> set[str]:
    root = ROOT.search(visitor.page)
    assert root, visitor.page
    return set(re.findall(r" data-(\w+)", root.group()))


def switch(visitor: Visitor, mode: str, *, at: str) -> Visitor:
    answer = visitor.client.post(
        "/look",
        data={"csrf_token": visitor.token, "do": mode},
        headers={"Referer": f"http://localhost{at}"},
        follow_redirects=True,
    )
    return visitor._take(answer)


@pytest.fixture(scope="module")
def speaking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    home = tmp_path_factory.mktemp("voice")
    recordings = home / "recordings"
    (recordings / "zh_Hant").mkdir(parents=True)
    (recordings / "zh_Hant" / "start.ogg").write_bytes(b"OggS")
    touch = {"voice": "always", "voice_dir": str(recordings)}
    with demo_appliance(home, settings=document() | {"touch": touch}) as gate:
        yield gate


@pytest.mark.parametrize("mode", list(Mode))
def test_a_mode_is_switched_on_and_off_and_leads_back_to_the_page(visitor: Visitor, mode: Mode) -> None:
    visitor.begin("delivery")
    place_page = visitor.path
    assert switch(visitor, mode, at=place_page).path == place_page
    assert modes(visitor) == {mode}
    assert modes(visitor.see("/sign-in/kind")) == {mode}
    assert modes(switch(visitor, mode, at="/sign-in/kind")) == set()


def test_modes_add_up_and_are_forgotten_with_the_language(visitor: Visitor) -> None:
    visitor.begin("delivery", language="zh_Hans")
    for mode in (Mode.LARGE, Mode.LOW):
        switch(visitor, mode, at="/sign-in/kind")
    assert modes(visitor) == {"large", "low"}
    visitor.send("/leave")
    assert modes(visitor) == set()
    assert 'lang="zh-Hant-HK"' in visitor.page


def test_the_first_page_forgets_what_was_switched_on_it_when_nobody_goes_on(visitor: Visitor) -> None:
    assert "data-idle-s" not in visitor.page
    assert "data-idle-s" in switch(visitor, "contrast", at="/").page


def test_a_page_that_changes_as_it_stands_only_tells_so(visitor: Visitor) -> None:
    visitor.begin("delivery")
    answer = visitor.client.post("/look", data={"csrf_token": visitor.token, "do": "large", "in_place": "yes"})
    assert (answer.status_code, answer.data) == (204, b"")
    assert modes(visitor.see("/sign-in/kind")) == {"large"}


@pytest.mark.parametrize("came_from", ["/none", "/events", "/look", "/panel/", "//elsewhere.invalid/", ""])
def test_from_anywhere_else_it_leads_to_where_the_turn_is(visitor: Visitor, came_from: str) -> None:
    visitor.begin("delivery")
    answer = visitor.client.post(
        "/look", data={"csrf_token": visitor.token, "do": "large"}, headers={"Referer": f"http://localhost{came_from}"}
    )
    assert answer.status_code == 303
    assert answer.location == "/sign-in/place"


def test_what_is_no_mode_changes_nothing(visitor: Visitor) -> None:
    assert modes(switch(visitor, "loud", at="/")) == set()


def test_where_all_lies_low_there_are_two_rows_of_buttons(app: Flask) -> None:
    visitor = Visitor(app).begin("delivery")
    switch(visitor, "low", at="/sign-in/place")
    assert visitor.page.count('class="tile"') <= place.BUTTONS_LOW


def test_the_page_is_said_in_the_visitors_language(visitor: Visitor) -> None:
    visitor.send("/language", language="en")
    assert 'data-say="start"' in visitor.page
    assert 'data-sentence="Welcome. What would you like to do?"' in visitor.page
    answer = visitor.client.get("/voice/start")
    assert (answer.status_code, answer.mimetype, answer.data[:4]) == (200, "audio/wav", b"RIFF")
    assert visitor.client.get("/voice/none").status_code == 404
    assert visitor.client.get("/voice/start", environ_base={"REMOTE_ADDR": "192.168.1.5"}).status_code == 403


def test_recordings_are_played_and_the_voice_is_on_where_it_always_is(speaking: TestGate) -> None:
    visitor = Visitor(create_app(speaking.appliance))
    assert modes(visitor) == {"voice"}
    assert "data-idle-s" not in visitor.page
    answer = visitor.client.get("/voice/start")
    assert (answer.mimetype, answer.data) == ("audio/ogg", b"OggS")
    assert modes(switch(visitor, "voice", at="/")) == set()


def test_a_voice_that_is_off_is_not_offered(tmp_path: Path) -> None:
    with demo_appliance(tmp_path, settings=document() | {"touch": {"voice": "off"}}) as gate:
        visitor = Visitor(create_app(gate.appliance))
        assert 'value="large"' in visitor.page
        assert 'value="voice"' not in visitor.page
        assert "data-say" not in visitor.page
        assert "touch-voice.js" not in visitor.page
        assert visitor.client.get("/voice/start").status_code == 404
        assert modes(switch(visitor, "voice", at="/")) == set()


def test_every_page_with_a_sentence_is_a_page_of_the_touchscreen(app: Flask) -> None:
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("touch.show_")}
    reached = {prompt_key(page, about) for page in pages for about in (None, *(key.partition("-")[2] for key in PAGES))}
    assert set(PAGES) - reached == set()
    silent = {page for page in pages if not any(prompt_key(page, key.partition("-")[2] or None) for key in PAGES)}
    assert silent <= {"touch.show_preview", "touch.show_taken", "touch.show_corner", "touch.show_corner_menu"}


def test_every_verdict_is_said() -> None:
    assert {verdict_key(code, way) for code in Code for way in Direction} == set(VERDICTS)
    assert str(verdict_key(Code.GRANTED, Direction.OUT)) == "verdict-granted-overdue"


def test_what_is_to_be_recorded_is_listed_in_every_language() -> None:
    listed = dict(spoken())
    assert len(listed) == 3 * len(SPOKEN)
    assert listed["en/kind"] == "What brings you here?"
    assert listed["zh_Hant/kind"] != listed["zh_Hans/kind"] != listed["en/kind"]


# --- the design system ---


def test_every_size_of_type_on_the_touchscreen_grows_with_the_large_mode() -> None:
    fixed = [
        f"{sheet.name}: {line.strip()}"
        for sheet in sorted(CSS.glob("touch*.css"))
        if sheet.name != "touch-modes.css"
        for line in sheet.read_text(encoding="utf-8").splitlines()
        if re.search(r"font(-size)?: [^;]*\d(px|rem|em)(?! \* var\(--type\))", line) and ".mode" not in line
    ]
    assert fixed == [], "write calc(20px * var(--type))"


INKS = {
    "ink": ("ground", "surface", "sunk", "accent-wash"),
    "ink-soft": ("ground", "surface", "sunk", "accent-wash"),
    "accent": ("ground", "surface", "accent-wash"),
    "on-accent": ("accent", "accent-strong"),
    "good": ("ground", "surface", "good-wash"),
    "warn": ("ground", "surface", "warn-wash"),
    "bad": ("ground", "surface", "bad-wash"),
    "surface": ("bad", "good"),
}


@pytest.mark.parametrize("selector", [":root", ":root[data-contrast]"])
@pytest.mark.parametrize("light", ["day", "night"])
def test_whatever_is_read_has_the_contrast_of_aaa(selector: str, light: str) -> None:
    sheet = (CSS / "tokens.css").read_text(encoding="utf-8")
    block = sheet[sheet.index(f"\n{selector} {{") :].partition("\n}")[0]
    pairs = re.findall(r"--([\w-]+): var\(--light, (#\w{6})\) var\(--dark, (#\w{6})\);", block)
    colours = {name: day if light == "day" else night for name, day, night in pairs}
    poor = [
        f"{ink} on {ground}: {_contrast(colours[ink], colours[ground]):.2f}"
        for ink, grounds in INKS.items()
        for ground in grounds
        if _contrast(colours[ink], colours[ground]) < 7
    ]
    assert poor == []


def _contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
