"""What the touchscreen hears of the gate: cards and passes held up, and news of the visit on the screen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from flask import Response, request, url_for

from kiosk.domain.access import GRANTS, Code, Direction
from kiosk.services.form_codes import OPENED, PRESENTED
from web.access import appliance
from web.sentences import visitor_sentence
from web.streams import Event, event_stream, place_asked_for
from web.touch.phone import is_free_for_a_phone
from web.touch.prompts import BUSY, FORM_WAITS, SLIPS, slip_key, verdict_key
from web.touch.session import bp, peek
from web.turns.draft import Draft

_ENTRIES: Final = 100
_OLD: Final = timedelta(seconds=10)
"""What happened longer ago, while the page was not connected, is no news to whoever stands there now."""

_DECISIONS: Final = frozenset({"access.granted", "access.refused"})
_SCREEN: Final = frozenset({"screen.paused", "screen.resumed"})


@bp.get("/events")
def stream_events() -> Response:
    """Stream `access` events, as JSON {granted, sentence, say}, for cards, passes and slips that were held up.

    `go` events name the page to go to: a phone has opened the form of this turn, or its code was held up; or, where
    nobody has a turn, the first page, as the screen was paused or is in use again.
    `moved` events say that the page of what the turn has become is old, `claimed` ones that whoever collects goods has
    shown something. A `courier` event is an `access` one about a good courier's card at the touchscreen's own lane: a
    page from which a delivery can begin goes there.

    With `?leaving=1` decisions at the lanes that lead out are told too. No event names anybody.
    """
    box = appliance()
    lanes = {box.settings.touch.lane}
    if request.args.get("leaving"):
        lanes |= {name for name, lane in box.settings.lanes.items() if lane.direction is not Direction.IN}
    listener = _Listener(frozenset(lanes), box.settings.touch.lane, peek())

    def read_on(seq: int) -> list[Event]:
        entries = box.feed.after(seq, _ENTRIES)
        news_since = box.clock.now() - _OLD
        told = (
            listener.event_of(entry.seq, entry.type, entry.payload, is_fresh=entry.at > news_since) for entry in entries
        )
        events = [event for event in told if event is not None]
        if entries and (not events or events[-1].seq != entries[-1].seq):
            events.append(Event(entries[-1].seq))
        return events

    return event_stream(box.feed, read_on, start=place_asked_for(box.feed), is_allowed=lambda: True)


class _Listener:
    """A page that listens: at which lanes, and whose turn it shows as it stood when it began to."""

    def __init__(self, lanes: frozenset[str], own_lane: str, draft: Draft | None) -> None:
        self._lanes = lanes
        self._own_lane = own_lane
        self._draft = draft
        self._result = draft.result if draft is not None else None
        self._is_collecting = draft is not None and draft.collecting is not None

    def event_of(self, seq: int, type_: str, payload: Mapping[str, Any], *, is_fresh: bool) -> Event | None:
        """What an entry of the journal is to this page; None when nothing."""
        is_news = is_fresh and payload.get("lane") in self._lanes
        if type_ in _DECISIONS and is_news:
            return self._decided(seq, type_, payload)
        if type_ in SLIPS and is_news:
            verdict = _verdict(str(SLIPS[type_]), is_good=False, say=slip_key(type_))
            return Event(seq, "access", verdict)
        if self._draft is None and type_ in _SCREEN:
            return Event(seq, "go", url_for("touch.show_start"))
        of_phone = _of_phone(seq, type_, self._draft, is_news=is_news)
        return of_phone if of_phone is not None else self._moved(seq, type_, payload)

    def _decided(self, seq: int, type_: str, payload: Mapping[str, Any]) -> Event:
        if self._is_collecting and type_ == "access.granted":
            return Event(seq, "claimed")
        name = "courier" if _is_couriers(payload, self._own_lane) else "access"
        return Event(seq, name, _decision(payload))

    def _moved(self, seq: int, type_: str, payload: Mapping[str, Any]) -> Event | None:
        result = self._result
        is_about_it = result is not None and (
            payload.get(result.register) == result.id or type_.startswith(("gate.", "lane."))
        )
        return Event(seq, "moved") if is_about_it else None


def _is_couriers(payload: Mapping[str, Any], lane: str) -> bool:
    return Code(payload["code"]) is Code.COURIER_CARD and payload.get("lane") == lane


def _of_phone(seq: int, type_: str, draft: Draft | None, *, is_news: bool) -> Event | None:
    """What a phone with a form has to do with this screen: it has opened the form, or holds up its code."""
    if type_ == OPENED and draft is not None and draft.form_id is not None:
        return Event(seq, "go", url_for("touch.show_on_phone"))
    if type_ != PRESENTED or not is_news:
        return None
    if is_free_for_a_phone(draft):
        return Event(seq, "go", url_for("touch.take_phone_shown"))
    return Event(seq, "access", _verdict(str(FORM_WAITS), is_good=False, say=BUSY))


def _decision(payload: Mapping[str, Any]) -> str:
    code, direction = Code(payload["code"]), Direction(payload["direction"])
    sentence = visitor_sentence(code, direction)
    return _verdict(str(sentence), is_good=code in GRANTS, say=verdict_key(code, direction))


def _verdict(sentence: str, *, is_good: bool, say: str) -> str:
    return json.dumps({"granted": is_good, "sentence": sentence, "say": say}, ensure_ascii=False)
