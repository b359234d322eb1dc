"""Server-sent events from the journal (WHATWG HTML, section 9.2): what a page shows live and never misses.

Every event carries the journal's sequence number as its id. A browser that lost the connection names the last one it
has got, and the stream goes on right behind it. A stream holds one of the server's threads; so there are only so
many, and each ends when its reader is gone, which a write every few seconds finds out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from flask import Flask, Response, current_app, request, stream_with_context

from kiosk.errors import Unavailable
from kiosk.services.feed import Feed

HEARTBEAT_S: Final = 5.0
MAX_STREAMS: Final = 20
"""Half of the server's threads: pages and gates' commands get the others."""
RETRY_MS: Final = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `name` empty: nothing is told but the place in the journal, `seq`."""

    seq: int
    name: str = ""
    data: str = ""

    def encode(self) -> str:
        """The event as it goes over the wire."""
        lines = [f"id: {self.seq}"]
        if self.name:
            lines.append(f"event: {self.name}")
            lines += [f"data: {line}" for line in self.data.splitlines() or [""]]
        return "\n".join(lines) + "\n\n"


class StreamSlots:
    """Counts the open streams of one application."""

    def __init__(self, most: int = MAX_STREAMS) -> None:
        self._free = threading.BoundedSemaphore(most)

    def take(self) -> None:
        """Take a place.

        Raises:
            Unavailable: `too-many-streams`: all are taken.
        """
        if not self._free.acquire(blocking=False):
            raise Unavailable("too-many-streams", "Too many live pages are open.")

    def give_back(self) -> None:
        """Free a place."""
        self._free.release()


def init_app(app: Flask) -> None:
    """Give an application its stream slots."""
    app.extensions["stream_slots"] = StreamSlots()


def place_asked_for(feed: Feed) -> int:
    """Where a stream starts: behind the last event the browser has, else behind the page's own `?after=`."""
    for text in (request.headers.get("Last-Event-ID", ""), request.args.get("after", "")):
        if text.isascii() and text.isdigit():
            return min(int(text), feed.last_seq)
    return feed.last_seq


def event_stream(
    feed: Feed, read_on: Callable[[int], list[Event]], *, start: int, is_allowed: Callable[[], bool]
) -> Response:
    """Answer with a stream of what `read_on` makes of the journal.

    Args:
        read_on: handed a sequence number; returns the events that follow it, at least one with the highest number it
            has looked at when that is higher, and none when there is nothing new.
        start: the number to begin behind.
        is_allowed: asked at every turn; when it says no, the stream ends with an event `ended`.

    Raises:
        Unavailable: there are too many streams already.
    """
    slots: StreamSlots = current_app.extensions["stream_slots"]
    slots.take()
    response = Response(stream_with_context(_turns(feed, read_on, start, is_allowed)), mimetype="text/event-stream")
    response.call_on_close(slots.give_back)
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _turns(
    feed: Feed, read_on: Callable[[int], list[Event]], start: int, is_allowed: Callable[[], bool]
) -> Iterator[str]:
    seq = start
    yield f"retry: {RETRY_MS}\n\n"
    while not feed.closed:
        if not is_allowed():
            yield Event(seq, "ended").encode()
            return
        events = read_on(seq)
        if events:
            seq = events[-1].seq
            yield "".join(event.encode() for event in events)
        elif not feed.wait(seq, HEARTBEAT_S):
            yield ": alive\n\n"
