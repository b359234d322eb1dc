"""The live feed: every line once and in order, over any number of lost connections."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from werkzeug.test import TestResponse

from kiosk.domain.roles import Role
from kiosk.domain.visits import Visit, VisitKind
from tests.panel.guard import PASSWORD, Guard
from tests.support.appliance import TestGate, demo_appliance, wait_for
from tests.support.live_server import live_server
from web import create_app, streams
from web.streams import MAX_STREAMS

Arrive = Callable[..., Visit]
Connect = Callable[..., "Stream"]


class Stream:
    """Reads one connection as a browser does."""

    def __init__(self, answer: TestResponse) -> None:
        assert answer.status_code == 200, answer.text
        self.answer = answer
        self._chunks = iter(answer.response)
        self._text = ""

    def events(self) -> Iterator[dict[str, str]]:
        """Each event as its fields; heartbeats are passed over."""
        while True:
            while "\n\n" in self._text:
                block, self._text = self._text.split("\n\n", 1)
                fields: dict[str, str] = {}
                for line in block.split("\n"):
                    name, _colon, value = line.partition(":")
                    if name:
                        fields[name] = fields[name] + "\n" + value.lstrip() if name in fields else value.lstrip()
                if fields:
                    yield fields
            chunk = next(self._chunks, None)
            if chunk is None:
                return
            self._text += chunk if isinstance(chunk, str) else chunk.decode()

    def lines(self, count: int) -> list[tuple[int, str]]:
        """The next `count` lines of the feed as (number, HTML)."""
        found = []
        for event in self.events():
            if event.get("event") == "line":
                found.append((int(event["id"]), event["data"]))
                if len(found) == count:
                    return found
        raise AssertionError(f"the stream ended after {found}")


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Opens streams; closes at the end what the test has left open."""
    streams: list[Stream] = []

    def connect(guard: Guard, after: int | None = None, last_event_id: str | None = None) -> Stream:
        headers = guard.headers | {"Accept": "text/event-stream"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        query = {} if after is None else {"after": str(after)}
        streams.append(Stream(guard.client.get("/panel/feed", query_string=query, headers=headers, buffered=False)))
        return streams[-1]

    yield connect
    for stream in streams:
        stream.answer.close()


def test_a_line_comes_when_something_happens(connect: Connect, guard: Guard, arrive: Arrive) -> None:
    page = guard.get("/panel/").text
    place = re.search(r'data-after="(\d+)"', page)
    assert place
    stream = connect(guard, after=int(place[1]))
    visit = arrive("李<嘉>欣")
    ((seq, line),) = stream.lines(1)
    assert f'id="line-{seq}"' in line
    assert "李&lt;嘉&gt;欣" in line
    assert "1-A-1-A" in line
    assert f"/panel/visits/{visit.id}" in line
    assert "Visitor signed in" in line


def test_nothing_is_missed_or_doubled_over_lost_connections(
    connect: Connect, guard: Guard, gate: TestGate, arrive: Arrive
) -> None:
    start = gate.appliance.feed.last_seq
    seen: list[int] = []
    for turn in range(5):
        # The browser asks with the address it was first given, and names the last line it has got.
        stream = connect(guard, after=start, last_event_id=str(seen[-1]) if seen else None)
        for number in range(3):
            arrive(f"Visitor {turn}-{number}")
        seen += [seq for seq, _line in stream.lines(2)]
        stream.answer.close()
        arrive(f"Visitor {turn} unseen", VisitKind.CONTRACTOR)
    expected = [entry.seq for entry in gate.entries("", start) if entry.type in {"visit.signed_in", "visit.waiting"}]
    seen += [seq for seq, _line in connect(guard, last_event_id=str(seen[-1])).lines(len(expected) - len(seen))]
    assert seen == expected


def test_what_is_no_line_still_moves_the_place_on(connect: Connect, guard: Guard, gate: TestGate) -> None:
    start = gate.appliance.feed.last_seq
    gate.appliance.cards.add(actor="test", uid="04AABBCC", holder="x", unit="1-A-1-A")
    stream = connect(guard, after=start)
    events = stream.events()
    assert "retry" in next(events)
    place = next(events)
    assert set(place) == {"id"}
    assert int(place["id"]) > start


@pytest.mark.parametrize("place", ["", "-1", "x", "９", "9" * 30])
def test_a_place_that_is_none_starts_at_the_end(
    connect: Connect, guard: Guard, arrive: Arrive, gate: TestGate, place: str
) -> None:
    stream = connect(guard, last_event_id=place)
    arrive("Next")
    ((seq, line),) = stream.lines(1)
    assert "Next" in line
    assert gate.entries("visit.signed_in")[-1].seq == seq


def test_a_stream_ends_with_its_session(connect: Connect, guard: Guard, gate: TestGate) -> None:
    stream = connect(guard)
    guard.post("/panel/logout")
    gate.appliance.accounts.make_api_key("wakes the stream")
    assert [event.get("event") for event in stream.events()][-1] == "ended"


def test_there_are_only_so_many_streams_and_a_closed_one_makes_room(connect: Connect, guard: Guard) -> None:
    streams = [connect(guard) for _ in range(MAX_STREAMS)]
    refused = guard.get("/panel/feed", **{"X-Requested-With": "panel"})
    assert refused.status_code == 503
    assert "Too many live pages" in refused.json["message"]
    streams.pop().answer.close()
    assert connect(guard).answer.status_code == 200


def test_a_reader_who_leaves_makes_room_before_a_heartbeat_is_due(
    gate: TestGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_S", 3600.0)
    with live_server(gate.appliance) as server, ExitStack() as readers:

        def status() -> int:
            connection = readers.enter_context(closing(http.client.HTTPConnection("127.0.0.1", server.port)))
            connection.request("GET", "/events")
            return readers.enter_context(closing(connection.getresponse())).status

        assert [status() for _ in range(MAX_STREAMS + 1)] == [200] * MAX_STREAMS + [503]
        readers.close()
        wait_for(lambda: status() == 200)


def test_a_stream_ends_when_the_gate_stops(connect: Connect, tmp_path_factory: pytest.TempPathFactory) -> None:
    with demo_appliance(tmp_path_factory.mktemp("stopping")) as gate:
        gate.appliance.accounts.add_user("guard", Role.GUARD, PASSWORD)
        guard = Guard(create_app(gate.appliance))
        guard.log_in("guard")
        stream = connect(guard)
        events = stream.events()
        assert "retry" in next(events)
        stopper = threading.Thread(target=gate.appliance.feed.close)
        stopper.start()
        assert all("data" not in event for event in events)
        stopper.join()


def test_a_card_and_an_unknown_card_are_told(connect: Connect, guard: Guard, gate: TestGate) -> None:
    gate.appliance.cards.add(actor="test", uid="04010203", holder="區美玲", unit="2-C-12-A")
    stream = connect(guard)
    gate.tap("04010203")
    line = stream.lines(1)[0][1]
    assert "Let through" in line
    assert "區美玲" in line
    assert "2-C-12-A" in line
    gate.wait_for_entry("gate.opened", cause="credential")
    before = gate.appliance.feed.last_seq
    gate.tap("FFFFFFFF")
    gate.wait_for_entry("access.refused", before)
    refused = next(line for _seq, line in stream.lines(2) if "tone-bad" in line)
    assert "Not on record" in refused
