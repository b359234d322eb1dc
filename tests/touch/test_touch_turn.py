"""Whose turn it is: the idle wipe, leaving, languages, restarts, and who may use the screen at all."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from kiosk.domain.visits import VisitKind
from tests.support.appliance import TestGate
from tests.support.visitor import ClockAhead, Visitor, draft_count
from web import create_app
from web.turns.draft import GRACE_S, MAX_DRAFTS, WAITING_S, Drafts, Register, Result
from web.turns.typed import TypedVisit

IDLE_S = 60.0
S = 1_000_000_000
BEGUN = datetime(2026, 5, 4, 8, 30, tzinfo=UTC)


def test_a_draft_is_wiped_when_its_time_is_up() -> None:
    drafts = Drafts(IDLE_S)
    draft = drafts.begin(0, BEGUN)
    end_ns = int((IDLE_S + GRACE_S) * S)
    assert drafts.touch(draft.id, end_ns - 1) is draft
    assert drafts.get(draft.id, 2 * end_ns - 2) is draft, "a touch begins the time anew"
    assert drafts.get(draft.id, 2 * end_ns - 1) is None
    assert len(drafts) == 0


def test_looking_is_not_touching() -> None:
    drafts = Drafts(IDLE_S)
    draft = drafts.begin(0, BEGUN)
    for second in range(1, int(IDLE_S + GRACE_S)):
        assert drafts.get(draft.id, second * S) is draft
    drafts.sweep(int((IDLE_S + GRACE_S) * S))
    assert len(drafts) == 0


def test_a_visit_that_waits_for_the_guard_has_more_time_and_holds_nothing() -> None:
    drafts = Drafts(IDLE_S)
    draft = drafts.begin(0, BEGUN, TypedVisit(kind=VisitKind.GUEST))
    draft.hand_over(Result(Register.VISIT, "visit", 7))
    assert draft.typed is None
    assert drafts.get(draft.id, int(WAITING_S * S)) is draft
    assert drafts.get(draft.id, int((WAITING_S + GRACE_S) * S)) is None


def test_drafts_do_not_pile_up() -> None:
    drafts = Drafts(IDLE_S)
    first = drafts.begin(0, BEGUN)
    for now_ns in range(1, MAX_DRAFTS + 1):
        drafts.begin(now_ns, BEGUN)
    assert len(drafts) == MAX_DRAFTS
    assert drafts.get(first.id, MAX_DRAFTS) is None


def test_what_was_typed_is_gone_after_the_idle_time(app: Flask, clock: ClockAhead, visitor: Visitor) -> None:
    visitor.to_summary()
    clock.advance(IDLE_S + GRACE_S + 1)
    visitor.see("/sign-in/summary")
    assert visitor.path == "/"
    assert "Sorry, we have to start again." in visitor.page
    assert "歐陽詠欣" not in visitor.page
    assert draft_count(app) == 0
    assert "Sorry" not in visitor.see("/").page, "it says sorry once"


def test_touches_that_the_page_reports_keep_it(clock: ClockAhead, visitor: Visitor) -> None:
    visitor.to_summary()
    for _ in range(3):
        clock.advance(IDLE_S)
        assert visitor.client.post("/touched", headers={"X-CSRFToken": visitor.token}).status_code == 204
    assert "歐陽詠欣" in visitor.see("/sign-in/summary").page
    clock.advance(IDLE_S + GRACE_S + 1)
    assert visitor.client.post("/touched", headers={"X-CSRFToken": visitor.token}).status_code == 410


def test_leaving_forgets_everything(app: Flask, visitor: Visitor) -> None:
    visitor.to_summary()
    assert 'lang="en"' in visitor.page
    visitor.send("/leave")
    assert visitor.path == "/"
    assert 'lang="zh-Hant-HK"' in visitor.page, "the language is forgotten too"
    assert draft_count(app) == 0
    assert visitor.see("/sign-in/summary").path == "/"
    assert "抱歉" not in visitor.page, "who cancelled needs no excuse"


def test_the_first_page_ends_a_turn(app: Flask, visitor: Visitor) -> None:
    visitor.to_summary()
    visitor.see("/")
    assert draft_count(app) == 0


def test_history_after_the_end_shows_nothing(visitor: Visitor) -> None:
    visitor.to_visit()
    for path in ("about", "more", "summary"):
        assert visitor.see(f"/sign-in/{path}").path == "/visit"
    visitor.send("/leave")
    for path in ("/sign-in/about", "/sign-in/summary", "/visit", "/sign-out/visit"):
        assert visitor.see(path).path == "/"


def test_a_restart_in_the_middle_says_sorry(gate: TestGate, visitor: Visitor) -> None:
    visitor.begin().go_to("2/C", "2-C-12-A")
    visitor.client.application = create_app(gate.appliance)
    visitor.send("/sign-in/about", visitor_name="何文")
    assert visitor.path == "/"
    assert "Sorry, we have to start again." in visitor.page


def test_a_page_that_reports_a_touch_after_a_restart_is_led_to_the_first_page(gate: TestGate, visitor: Visitor) -> None:
    visitor.begin().go_to("2/C", "2-C-12-A")
    visitor.client.application = create_app(gate.appliance)
    assert visitor.client.post("/touched", data={"csrf_token": visitor.token}).status_code == 410
    visitor.see("/turn")  # where the page's script goes then
    assert visitor.path == "/"
    assert "Sorry, we have to start again." in visitor.page


def test_a_visit_that_was_registered_before_a_restart_is_shown_again(gate: TestGate, visitor: Visitor) -> None:
    number = re.search(r'class="number digits">([^<]+)<', visitor.to_visit().page)
    assert number
    with visitor.client.session_transaction() as kept:
        assert set(kept["result"]) == {"run", "at", "register", "id", "since_seq"}, "the browser keeps no name"
    for _ in range(2):
        visitor.client.application = create_app(gate.appliance)
        assert visitor.client.get("/visit/state").status_code == 200, "the page's script looks on"
        assert number[1] in visitor.see("/visit").page
    visitor.send("/leave")
    visitor.client.application = create_app(gate.appliance)
    assert visitor.see("/visit").path == "/", "what was finished is not shown to whoever comes next"


def test_what_was_wiped_does_not_come_back(
    gate: TestGate, clock: ClockAhead, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.to_visit()
    clock.advance(WAITING_S + GRACE_S + 1)
    assert visitor.see("/visit").path == "/", "in the same run of the box"

    visitor.to_visit()
    visitor.client.application = create_app(gate.appliance)
    later = gate.appliance.clock.now() + timedelta(seconds=WAITING_S + 1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert visitor.see("/visit").path == "/", "after a long outage somebody else stands there"


@pytest.mark.parametrize(
    ("code", "tag", "words"),
    [("zh_Hant", "zh-Hant-HK", "晴嵐花園"), ("zh_Hans", "zh-Hans-CN", "晴岚花园"), ("en", "en", "Clearmist Garden")],
)
def test_one_touch_changes_the_language(visitor: Visitor, code: str, tag: str, words: str) -> None:
    visitor.send("/language", language=code)
    assert f'<html lang="{tag}">' in visitor.page
    assert words in visitor.page
    assert f'lang="{tag}"' in visitor.send("/sign-in").page


def test_a_language_that_does_not_exist_is_not_chosen(visitor: Visitor) -> None:
    for code in ("", "tlh", "../../etc/passwd"):
        assert 'lang="zh-Hant-HK"' in visitor.send("/language", language=code).page


def test_a_new_turn_speaks_traditional_chinese_whatever_the_browser_wants(app: Flask) -> None:
    page = app.test_client().get("/", headers={"Accept-Language": "fr, en"}).get_data(as_text=True)
    assert '<html lang="zh-Hant-HK">' in page


def test_the_first_page_counts_down_only_after_a_choice(visitor: Visitor) -> None:
    assert "data-idle-s" not in visitor.page
    assert 'data-idle-s="60"' in visitor.send("/language", language="en").page


PATHS = [
    "/",
    "/goods",
    "/goods-in/carrier",
    "/collect",
    "/take-out",
    "/sign-in/kind",
    "/sign-in/photo/preview.jpg",
    "/visit",
    "/visit/state",
    "/sign-out",
    "/events",
]


@pytest.mark.parametrize("path", PATHS)
def test_only_the_kiosks_own_browser_is_answered(app: Flask, path: str) -> None:
    client = app.test_client()
    assert client.get(path, environ_base={"REMOTE_ADDR": "192.168.1.20"}).status_code == 403
    assert client.get(path, headers={"Host": "attacker.example"}).status_code == 403
