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


@bp.get("/events")
def stream_events() -> Response:
    """Stream `access` events, as JSON {granted, sentence, say}, for cards, passes and slips that were held up.

    `go` events name the page to go to: a phone has opened the form of this turn, or its code was held up.
    `moved` events say that the page of what the turn has become is old, `claimed` ones that whoever collects goods has
    shown something. A `courier` event is an `access` one about a good courier's card at the touchscreen's own lane: a
    page from which a delivery can begin goes there.

    With `?leaving=1` decisions at the lanes that lead out are told too. No event names anybody.
    """
    box = appliance()
    lanes = {box.settings.touch.lane}
    if request.args.get("leaving"):
        lanes |= {name for name, lane in box.settings.lanes.items() if lane.direction is not Direction.IN}
    draft = peek()
    result = draft.result if draft is not None else None
    is_collecting = draft is not None and draft.collecting is not None

    def read_on(seq: int) -> list[Event]:
        entries = box.feed.after(seq, _ENTRIES)
        news_since = box.clock.now() - _OLD
        events = []
        for entry in entries:
            is_news = entry.payload.get("lane") in lanes and entry.at > news_since
            if entry.type in _DECISIONS and is_news:
                if is_collecting and entry.type == "access.granted":
                    events.append(Event(entry.seq, "claimed"))
                else:
                    name = "courier" if _is_couriers(entry.payload, box.settings.touch.lane) else "access"
                    events.append(Event(entry.seq, name, _decision(entry.payload)))
            elif entry.type in SLIPS and is_news:
                events.append(
                    Event(
                        entry.seq, "access", _verdict(str(SLIPS[entry.type]), is_good=False, say=slip_key(entry.type))
                    )
                )
            elif (of_phone := _of_phone(entry.seq, entry.type, draft, is_news=is_news)) is not None:
                events.append(of_phone)
            elif result is not None and (
                entry.payload.get(result.register) == result.id or entry.type.startswith(("gate.", "lane."))
            ):
                events.append(Event(entry.seq, "moved"))
        if entries and (not events or events[-1].seq != entries[-1].seq):
            events.append(Event(entries[-1].seq))
        return events

    return event_stream(box.feed, read_on, start=place_asked_for(box.feed), is_allowed=lambda: True)


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
