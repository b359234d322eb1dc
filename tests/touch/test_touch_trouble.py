"""The box could not do something: the page says what to do next, and nothing that was typed is lost."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.visitor import ClockAhead, Visitor, draft_count
from web.streams import MAX_STREAMS, Slots
from web.turns.draft import TAKEN_S, Drafts
from web.turns.typed import TypedVisit

NOT_NOW = "That did not work just now."


@pytest.fixture
def full(app: Flask) -> Slots:
    """Every live page that the box can serve is open."""
    slots: Slots = app.extensions["stream_slots"]
    for _ in range(MAX_STREAMS):
        slots.take()
    return slots


@pytest.mark.usefixtures("full")
def test_what_the_box_cannot_do_at_present_keeps_what_was_typed(app: Flask, visitor: Visitor) -> None:
    visitor.to_summary()
    refused = visitor.client.get("/events")
    assert refused.status_code == 503
    assert NOT_NOW in refused.text
    assert 'href="/turn"' in refused.text
    assert visitor.see("/turn").path == "/sign-in/summary", "trying again goes on where it was"
    assert "歐陽詠欣" in visitor.page
    assert draft_count(app) == 1


def test_what_nobody_has_foreseen_says_so_in_plain_words(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.to_summary()
    monkeypatch.setattr(app, "testing", False)
    monkeypatch.setitem(app.extensions, "code_attempts", None)  # a page that trips over a part that is gone
    visitor.send("/collect")
    answer = visitor.client.post("/collect/code", data={"csrf_token": visitor.token, "code": "123456"})
    assert answer.status_code == 500
    assert NOT_NOW in answer.text


def test_a_turn_that_the_guard_has_outlasts_the_idle_time_but_not_for_ever(clock: ClockAhead) -> None:
    drafts = Drafts(idle_s=60)
    draft = drafts.begin(0, clock.now(), TypedVisit())
    draft.taken_by = "user guard"
    assert drafts.get(draft.id, int((TAKEN_S - 1) * 1e9)) is draft
    assert drafts.typed(int((TAKEN_S - 1) * 1e9)) == [draft]
    assert drafts.get(draft.id, int(TAKEN_S * 1e9)) is None
