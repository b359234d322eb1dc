"""What the touchscreen hears of the gate: cards and passes held up, and news of the visit on the screen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from flask import Response, request

from kiosk.domain.access import GRANTS, Code, Direction
from web.access import appliance
from web.sentences import SLIP_SHOWN, visitor_sentence
from web.streams import Event, event_stream, place_asked_for
from web.touch.session import bp, peek

_ENTRIES: Final = 100
_OLD: Final = timedelta(seconds=10)
"""What happened longer ago, while the page was not connected, is no news to whoever stands there now."""

_DECISIONS: Final = frozenset({"access.granted", "access.refused"})
_SLIPS: Final = frozenset({"slip.presented", "slip.unknown"})
"""About a slip nothing is decided when it is shown, genuine or not: whoever holds it up is asked to wait."""


@bp.get("/events")
def stream_events() -> Response:
    """Stream `access` events, as JSON {granted, sentence}, and `moved` events, which say that the visit's page is old.

    With `?leaving=1` decisions at the lanes that lead out are told too. No event names anybody.
    """
    box = appliance()
    lanes = {box.settings.touch.lane}
    if request.args.get("leaving"):
        lanes |= {name for name, lane in box.settings.lanes.items() if lane.direction is not Direction.IN}
    draft = peek()
    visit_id = draft.visit_id if draft is not None else None

    def read_on(seq: int) -> list[Event]:
        entries = box.feed.after(seq, _ENTRIES)
        news_since = box.clock.now() - _OLD
        events = []
        for entry in entries:
            if entry.type in _DECISIONS | _SLIPS and entry.payload.get("lane") in lanes and entry.at > news_since:
                events.append(Event(entry.seq, "access", _answer(entry.type, entry.payload)))
            elif visit_id is not None and (
                entry.payload.get("visit") == visit_id or entry.type.startswith(("gate.", "lane."))
            ):
                events.append(Event(entry.seq, "moved"))
        if entries and (not events or events[-1].seq != entries[-1].seq):
            events.append(Event(entries[-1].seq))
        return events

    return event_stream(box.feed, read_on, start=place_asked_for(box.feed), is_allowed=lambda: True)


def _answer(type_: str, payload: Mapping[str, Any]) -> str:
    if type_ in _SLIPS:
        return json.dumps({"granted": False, "sentence": str(SLIP_SHOWN)}, ensure_ascii=False)
    code = Code(payload["code"])
    sentence = visitor_sentence(code, Direction(payload["direction"]))
    return json.dumps({"granted": code in GRANTS, "sentence": str(sentence)}, ensure_ascii=False)
