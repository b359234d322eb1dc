"""The PIN that opening a lane asks for: right, wrong, under duress, and guessed at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from kiosk.domain.alarms import AlarmKind
from kiosk.domain.roles import Role
from tests.panel.guard import PASSWORD, Guard
from tests.support.appliance import TestGate
from web.panel.blueprint import SESSION_COOKIE

NUMBERS = count(1)
PIN, DURESS_PIN, WRONG_PIN = "2580", "2749", "2588"
CHANGING = re.compile(
    r'(name="csrf-token" content="|name="csrf_token" value="|data-server-ms="|data-after="|data-seq="|id="line-'
    r'|datetime=")[^"]*"|\d\d:\d\d:\d\d'
)


@pytest.fixture
def chan(app: Flask, gate: TestGate) -> Iterator[Guard]:
    """A guard with both PINs; a name of his own for each test, because his attempts are counted."""
    name = f"chan-{next(NUMBERS)}"
    gate.appliance.accounts.add_user(name, Role.GUARD, PASSWORD)
    gate.appliance.accounts.set_pin(name, PIN, DURESS_PIN)
    guard = Guard(app)
    guard.log_in(name)
    yield guard
    for alarm in gate.appliance.alarms.open(200, with_silent=True):
        gate.appliance.alarms.acknowledge(alarm.id, actor="user test", note="tidied up", with_silent=True)


def opened(gate: TestGate) -> int:
    return len(gate.relay().pulses)


def silent_alarms(gate: TestGate) -> list[AlarmKind]:
    return [alarm.kind for alarm in gate.appliance.alarms.open(200, with_silent=True)]


def open_lane(guard: Guard, gate: TestGate, pin: str) -> TestResponse:
    pulses = opened(gate)
    answer = guard.ask("/panel/lanes/in/open", reason="Emergency", pin=pin)
    gate.wait_for_pulses(pulses + 1)
    return answer


def headers_of(answer: TestResponse) -> dict[str, str]:
    changing = {"X-Server-Ms", "Date", "Set-Cookie"}
    return {name: value for name, value in answer.headers.items() if name not in changing}


def screen(guard: Guard, path: str = "/panel/") -> str:
    return CHANGING.sub("", guard.get(path).text)


def test_who_has_a_pin_is_asked_and_who_has_none_is_not(chan: Guard, guard: Guard) -> None:
    assert 'name="pin" type="password"' in chan.get("/panel/").text
    assert 'name="pin"' not in guard.get("/panel/").text
    assert guard.ask("/panel/lanes/in/open", reason="Emergency", pin="0000").status_code == 200


def test_the_right_pin_and_the_duress_pin_are_answered_byte_for_byte_alike(chan: Guard, gate: TestGate) -> None:
    right, under_duress = open_lane(chan, gate, PIN), open_lane(chan, gate, DURESS_PIN)
    assert (right.status_code, right.data) == (200, b'{"message":"The lane is open."}\n')
    assert (under_duress.status, under_duress.data) == (right.status, right.data)
    assert headers_of(under_duress) == headers_of(right)
    assert silent_alarms(gate) == [AlarmKind.DURESS]
    (alarm,) = gate.appliance.alarms.open(1, with_silent=True)
    assert alarm.lane == "in"


def test_the_pages_afterwards_are_alike_too(chan: Guard, gate: TestGate) -> None:
    # Twice the same PIN first, so that the feed has the lines of both ways before it.
    open_lane(chan, gate, PIN)
    shown = []
    for pin in (PIN, DURESS_PIN):
        before = gate.appliance.feed.last_seq
        answer = chan.post("/panel/lanes/in/open", reason="Emergency", pin=pin)
        assert (answer.status_code, answer.location) == (303, "/panel/")
        gate.wait_for_entry("gate.opened", before)
        pages = {path: screen(chan, path) for path in ("/panel/", "/panel/alarms", "/panel/visits", "/panel/devices")}
        lines = [item.type for item in gate.appliance.feed_view.after(before, 100).items]
        head, _feed, rest = pages.pop("/panel/").partition("data-feed=")
        shown.append((head, rest.split("</li>")[:2], lines, pages))
    assert shown[0] == shown[1]
    assert shown[0][2] == ["gate.commanded", "gate.opened"]


@pytest.mark.parametrize(("pin", "status", "sentence"), [(WRONG_PIN, 403, "not right"), ("", 422, "type your PIN")])
def test_without_the_pin_nothing_opens(chan: Guard, gate: TestGate, pin: str, status: int, sentence: str) -> None:
    pulses, before = opened(gate), gate.appliance.feed.last_seq
    answer = chan.ask("/panel/lanes/in/open", reason="Emergency", pin=pin)
    assert answer.status_code == status
    assert sentence in answer.json["message"]
    assert opened(gate) == pulses
    assert gate.entries("gate.commanded", before) == []
    assert len(gate.entries("user.pin_failed", before)) == (1 if pin else 0)
    assert silent_alarms(gate) == []


def test_the_duress_pin_alarms_even_where_nothing_opens(chan: Guard, gate: TestGate) -> None:
    pulses = opened(gate)
    answers = [
        chan.ask("/panel/lanes/in/open", **fields, pin=pin)
        for fields in ({}, {"reason": "Emergency", "issued_at": "1"})
        for pin in (PIN, DURESS_PIN)
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 409, 409]
    assert answers[0].data == answers[1].data
    assert answers[2].data == answers[3].data
    assert opened(gate) == pulses
    assert silent_alarms(gate) == [AlarmKind.DURESS] * 2


def test_guessing_is_slowed_down_and_keeps_nobody_from_logging_in(chan: Guard, app: Flask, gate: TestGate) -> None:
    cookie = chan.client.get_cookie(SESSION_COOKIE, path="/panel")
    assert cookie is not None
    session = gate.appliance.accounts.session(cookie.value)
    assert session is not None
    guesses = [chan.ask("/panel/lanes/in/open", reason="x", pin=f"{n:04}").status_code for n in range(11)]
    assert guesses == [403] * 10 + [429]
    for pin in (PIN, DURESS_PIN):
        answer = chan.ask("/panel/lanes/in/open", reason="x", pin=pin)
        assert answer.status_code == 429
        assert "Please wait" in answer.json["message"]
        assert 0 < int(answer.headers["Retry-After"]) <= 300
    assert silent_alarms(gate) == []
    assert Guard(app).log_in(session.user.username).status_code == 303


def test_right_pins_use_no_attempts_up(chan: Guard, gate: TestGate) -> None:
    for _turn in range(3):
        for _guess in range(4):
            assert chan.ask("/panel/lanes/in/open", reason="x", pin=WRONG_PIN).status_code == 403
        open_lane(chan, gate, PIN)
