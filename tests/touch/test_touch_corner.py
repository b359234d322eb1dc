"""The supervisor's corner: who gets in, what can be done there, and what a pause keeps up and lets go on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from kiosk.domain.alarms import AlarmKind
from kiosk.domain.roles import Role
from kiosk.services.power import Power
from kiosk.services.screen_pause import ScreenPause
from tests.support.appliance import TestGate, wait_for
from tests.support.visitor import ClockAhead, Visitor
from web.touch.corner import GRACE_S, IDLE_S, NAMES_A_PAGE

PASSWORD, PIN, DURESS_PIN = "correct horse battery", "2580", "2749"
CHIEFS_CARD, RESIDENTS_CARD = "04A1B2C3", "04A1B2C4"


@pytest.fixture(scope="module")
def chief(gate: TestGate) -> str:
    """A supervisor with both PINs and a card; returns the account's id."""
    accounts, cards = gate.appliance.accounts, gate.appliance.cards
    accounts.add_user("corner-chief", Role.SUPERVISOR, PASSWORD)
    accounts.set_pin("corner-chief", PIN, DURESS_PIN)
    accounts.add_user("corner-guard", Role.GUARD, PASSWORD)
    accounts.set_pin("corner-guard", PIN)
    card = cards.add(actor="user clerk", uid=CHIEFS_CARD, holder="主管", unit="1-A-1-A")
    cards.add(actor="user clerk", uid=RESIDENTS_CARD, holder="黃志強", unit="1-A-1-A")
    accounts.set_card("corner-chief", card.id)
    return next(user.id for user in accounts.users() if user.username == "corner-chief")


@pytest.fixture
def many_chiefs(gate: TestGate, chief: str) -> Iterator[list[str]]:
    """So many supervisors that their names need a second page; returns them in order."""
    accounts = gate.appliance.accounts
    others = [f"corner-deputy-{number}" for number in range(NAMES_A_PAGE)]
    for name in others:
        accounts.add_user(name, Role.SUPERVISOR, PASSWORD)
        accounts.set_pin(name, PIN)
    supervisors = [user for user in accounts.users() if user.id == chief or user.username in others]
    yield [user.id for user in supervisors]
    for name in others:
        accounts.remove_user(name)


@pytest.fixture(autouse=True)
def in_use(gate: TestGate) -> Iterator[None]:
    """Each test leaves the screen in use, and nobody in the corner."""
    yield
    if gate.appliance.screen_pause.current is not None:
        gate.appliance.screen_pause.resume(actor="test")
    gate.appliance.corner_cards.stop()


def enter(visitor: Visitor, who: str, pin: str = PIN) -> Visitor:
    visitor.see("/corner")
    return visitor.send("/corner/pin", who=who, pin=pin)


def test_only_supervisors_with_a_pin_stand_there_and_a_wrong_pin_lets_nobody_in(visitor: Visitor, chief: str) -> None:
    visitor.see("/corner")
    assert re.findall(r'name="who" value="(\w+)"', visitor.page) == [chief]
    assert visitor.see("/corner/menu").path == "/", "nobody is in yet"
    assert (enter(visitor, chief, "2588").status, visitor.path) == (403, "/corner/pin")
    assert visitor.see("/corner/menu").path == "/"
    assert visitor.send("/corner/do", do="pause").path == "/"
    assert enter(visitor, chief, "").status == 422
    assert enter(visitor, "nobody").path == "/corner"
    assert enter(visitor, chief).path == "/corner/menu"


def test_whoever_guesses_a_pin_is_told_how_long_to_wait(gate: TestGate, visitor: Visitor) -> None:
    gate.appliance.accounts.add_user("corner-guessed", Role.SUPERVISOR, PASSWORD)
    gate.appliance.accounts.set_pin("corner-guessed", PIN)
    who = next(user.id for user in gate.appliance.accounts.users() if user.username == "corner-guessed")
    statuses = [enter(visitor, who, "0000").status for _ in range(12)]
    assert statuses[0] == 403
    assert statuses[-1] == 429
    assert "嘗試次數過多，請等候" in visitor.page
    assert enter(visitor, who).status == 429, "not even by the right one"
    assert visitor.see("/corner/menu").path == "/"
    gate.appliance.accounts.remove_user("corner-guessed")


def test_more_supervisors_than_fit_stand_on_a_second_page(visitor: Visitor, many_chiefs: list[str]) -> None:
    listed = []
    for page in (1, 2, 99):
        visitor.see(f"/corner?page={page}")
        listed.append(re.findall(r'name="who" value="(\w+)"', visitor.page))
    assert listed == [many_chiefs[:NAMES_A_PAGE], many_chiefs[NAMES_A_PAGE:], many_chiefs[NAMES_A_PAGE:]]
    assert enter(visitor, many_chiefs[-1]).path == "/corner/menu"


def test_it_closes_by_itself(visitor: Visitor, chief: str, clock: ClockAhead) -> None:
    assert enter(visitor, chief).path == "/corner/menu"
    clock.advance(IDLE_S + GRACE_S)
    assert visitor.see("/corner/menu").path == "/"


def test_a_pause_is_said_begins_nothing_and_ends_no_turn(
    app: Flask, gate: TestGate, visitor: Visitor, chief: str
) -> None:
    other = Visitor(app).to_summary()
    before = gate.appliance.feed.last_seq
    assert enter(visitor, chief).path == "/corner/menu"
    assert visitor.send("/corner/do", do="pause").path == "/"
    for words in ("本機暫停服務", "本机暂停服务", "This screen is out of service."):
        assert words in visitor.page
    assert "登記進入" not in visitor.page
    assert gate.entries("screen.paused", before)[0].actor == "user corner-chief"
    assert other.send("/sign-in/done", once=other.once).path == "/visit", "whoever was in a turn finishes it"
    assert Visitor(app).see("/goods").path == "/"
    enter(visitor, chief)
    assert visitor.send("/corner/do", do="resume").path == "/"
    assert "登記進入" in visitor.page


def test_a_pause_outlives_the_process(gate: TestGate) -> None:
    gate.appliance.screen_pause.pause(actor="user corner-chief")
    again = ScreenPause(gate.appliance.store).current
    assert again is not None
    assert again.by == "user corner-chief"


def test_the_duress_pin_works_and_tells(gate: TestGate, visitor: Visitor, chief: str) -> None:
    assert enter(visitor, chief, DURESS_PIN).path == "/corner/menu"
    (alarm,) = [each for each in gate.appliance.alarms.open(50, with_silent=True) if each.kind is AlarmKind.DURESS]
    gate.appliance.alarms.acknowledge(alarm.id, actor="user test", note="tidied up", with_silent=True)


def test_a_supervisors_card_is_for_the_corner_while_it_waits(gate: TestGate, visitor: Visitor, chief: str) -> None:
    assert chief
    before, opened = gate.appliance.feed.last_seq, len(gate.relay("in").pulses)
    visitor.see("/corner")
    assert visitor.client.get("/corner/card").status_code == 204
    gate.tap(CHIEFS_CARD)
    assert wait_for(lambda: visitor.client.get("/corner/card").json) == {"go": "/corner/menu"}
    assert visitor.see("/corner/menu").path == "/corner/menu"
    gate.tap(RESIDENTS_CARD)
    gate.wait_for_pulses(opened + 1)
    assert [entry.payload.get("lane") for entry in gate.entries("access.granted", before)] == ["in"]


def test_a_residents_card_is_the_lanes_as_ever(gate: TestGate, visitor: Visitor, chief: str) -> None:
    assert chief
    visitor.see("/corner")
    opened = len(gate.relay("in").pulses)
    gate.tap("04A1B2C5")
    gate.wait_for_entry("access.refused", gate.appliance.feed.last_seq - 5, uid="04A1B2C5")
    assert visitor.client.get("/corner/card").status_code == 204
    assert len(gate.relay("in").pulses) == opened


def test_shutting_down_is_offered_where_it_is_allowed_only(visitor: Visitor, chief: str) -> None:
    assert 'value="shut-down"' not in enter(visitor, chief).page
    assert visitor.send("/corner/do", do="shut-down-now").path == "/corner/menu"


@pytest.mark.parametrize(("code", "is_done"), [(0, True), (1, False)])
def test_the_service_manager_is_asked_and_its_refusal_told(
    gate: TestGate, tmp_path: Path, code: int, *, is_done: bool
) -> None:
    program = tmp_path / "systemctl"
    program.write_text(f'#!/bin/sh\necho "$@" >"{tmp_path}/asked"\nexit {code}\n')
    program.chmod(0o755)
    before = gate.appliance.feed.last_seq
    power = Power(gate.appliance.store, is_allowed=True, which=lambda _name: str(program))
    assert power.shut_down(actor="user corner-chief") is is_done
    assert (tmp_path / "asked").read_text() == "--no-ask-password poweroff\n"
    assert gate.entries("system.shut_down", before)
    assert bool(gate.entries("system.shut_down_failed", before)) is not is_done
    assert not Power(gate.appliance.store, is_allowed=False).may_shut_down
