"""Server-sent events from the journal (WHATWG HTML, section 9.2): what a page shows live and never misses.

Every event carries the journal's sequence number as its id. A browser that lost the connection names the last one it
has got, and the stream goes on right behind it. A stream holds one of the server's threads; so there are only so
many, and each ends as soon as its reader is gone: a visitor is through ten pages in half a minute, each with a stream.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from flask import Flask, Response, copy_current_request_context, current_app, request

from kiosk.errors import Unavailable
from kiosk.services.feed import Feed

HEARTBEAT_S: Final = 5.0
LOOK_EVERY_S: Final = 0.5
"""How often a stream that has nothing to tell looks whether its reader is still there. The heartbeat finds out about
those that went without a word, as when a cable is pulled."""
SETTLE_S: Final = 0.03
"""How long a stream lets the gate alone after it was woken: a decision is committed just before its relay moves, and
whoever draws pages in that moment holds up the barrier. What the gate did then comes with the same turn."""

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


class Slots:
    """Counts what an application has open of a kind of answer that holds a thread for long."""

    def __init__(self, most: int, code: str, message: str) -> None:
        """Let there be `most` of them; one more is refused with this code and message."""
        self._most = most
        self._code = code
        self._message = message
        self._taken: set[object] = set()
        self._lock = threading.Lock()

    def take(self) -> Callable[[], None]:
        """Take a place; returns what frees it again, once, however often it is called.

        Raises:
            Unavailable: all are taken.
        """
        place = object()
        with self._lock:
            if len(self._taken) >= self._most:
                raise Unavailable(self._code, self._message)
            self._taken.add(place)
        return lambda: self._give_back(place)

    def _give_back(self, place: object) -> None:
        with self._lock:
            self._taken.discard(place)


def init_app(app: Flask) -> None:
    """Give an application its stream slots."""
    app.extensions["stream_slots"] = Slots(MAX_STREAMS, "too-many-streams", "Too many live pages are open.")


def place_asked_for(feed: Feed) -> int:
    """Where a stream starts: behind the last event the browser has, else behind the page's own `?after=`."""
    for text in (request.headers.get("Last-Event-ID", ""), request.args.get("after", "")):
        if text.isascii() and text.isdigit() and len(text) < 19:
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
    slots: Slots = current_app.extensions["stream_slots"]
    give_back = slots.take()
    # Only while it is at work is the request's context in place: a stream that waits must not leave it to its thread.
    in_context = copy_current_request_context(read_on)
    # Waitress's own word, as it goes on reading while it answers; another server's streams end by the heartbeat.
    is_gone = request.environ.get("waitress.client_disconnected", lambda: False)
    response = Response(_turns(feed, in_context, start, is_allowed, is_gone), mimetype="text/event-stream")
    response.call_on_close(give_back)
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _turns(
    feed: Feed,
    read_on: Callable[[int], list[Event]],
    start: int,
    is_allowed: Callable[[], bool],
    is_gone: Callable[[], bool],
) -> Iterator[str]:
    never = threading.Event()
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
        elif _await_news(feed, seq, is_gone):
            never.wait(SETTLE_S)
        elif is_gone():
            return
        else:
            yield ": alive\n\n"


def _await_news(feed: Feed, seq: int, is_gone: Callable[[], bool]) -> bool:
    """Wait until there is something behind `seq`, the reader is gone, or a heartbeat is due; tells the first."""
    for _ in range(round(HEARTBEAT_S / LOOK_EVERY_S)):
        if feed.wait(seq, LOOK_EVERY_S):
            return True
        if is_gone():
            return False
    return False
