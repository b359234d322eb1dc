"""Waiting for a card at the desk, as pages without script do it, and what the card office sees of cards shown there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask import Flask, render_template_string

from kiosk.domain.access import CredentialState
from kiosk.domain.roles import Role
from tests.panel.conftest import UNIT
from tests.panel.guard import STAFF, Guard
from tests.support.appliance import TestGate

READ = "/panel/cards/new/desk"
SLIP = {"purpose": "slip 7", "then": "/panel/visits", "back": "/panel/alarms"}


def logged_in(app: Flask, role: Role) -> Guard:
    someone = Guard(app)
    someone.log_in(role.value)
    return someone


@pytest.fixture
def clerk(app: Flask) -> Guard:
    return logged_in(app, Role.CLERK)


@pytest.fixture
def uid(gate: TestGate) -> str:
    """A UID that no card has."""
    return f"{0x04D5B200 + gate.appliance.feed.last_seq:08X}"


@pytest.fixture(autouse=True)
def _nobody_waits_afterwards(gate: TestGate) -> Iterator[None]:
    """A card that nobody knows ends whatever wish a test has left."""
    yield
    show(gate, f"{0x04C00000 + gate.appliance.feed.last_seq:08X}")


def show(gate: TestGate, uid: str) -> None:
    before = gate.appliance.feed.last_seq
    gate.desk_reader().tap(bytes.fromhex(uid))
    gate.wait_for_entry("desk.card_tapped", before)


def wish_of(page: str) -> str:
    found = re.search(r'name="give_up" value="([0-9a-f-]+)"', page)
    assert found, page
    return found[1]


def part_of(page: str) -> str:
    found = re.search(r'data-desk-wait="([^"]+)"', page)
    assert found, page
    return unescape(found[1])


class TestTheCardForm:
    def test_the_number_is_filled_in_and_what_was_typed_stays(self, clerk: Guard, gate: TestGate, uid: str) -> None:
        assert f'formaction="{READ}"' in clerk.get("/panel/cards/new").text
        page = clerk.post(READ, holder="麥太").text
        assert "Please hold the card to the reader at the desk." in page
        assert 'value="麥太"' in page
        part, wish = part_of(page), wish_of(page)
        assert 'data-state="waiting"' in clerk.get(part).text
        show(gate, uid)
        assert f'name="wish" value="{wish}" formaction="{READ}"' in clerk.get(part).text
        page = clerk.post(READ, holder="麥太", wish=wish, format="wiegand-34").text
        assert f'name="number" value="{uid}"' in page
        assert '<option value="hex" selected' in page
        assert 'value="麥太"' in page
        assert "No card was held to the reader." in clerk.get(part).text  # once

    def test_a_card_that_is_on_record_is_led_to(self, clerk: Guard, gate: TestGate, uid: str) -> None:
        card = gate.appliance.cards.add(actor="user clerk", uid=uid, holder="司徒美玲", unit=UNIT)
        wish = wish_of(clerk.post(READ).text)
        show(gate, uid)
        answer = clerk.post(READ, wish=wish)
        assert answer.status_code == 422
        assert f'/panel/cards/{card.id}"><bdi>司徒美玲' in answer.text

    def test_only_one_waits_at_a_time(self, clerk: Guard, app: Flask) -> None:
        supervisor = logged_in(app, Role.SUPERVISOR)
        wish = wish_of(clerk.post(READ).text)
        page = supervisor.post(READ, holder="麥太").text
        assert "Somebody else is waiting for a card at the desk." in page
        assert 'value="麥太"' in page
        page = clerk.post(READ, give_up=wish, holder="佘太").text
        assert f'formaction="{READ}"' in page
        assert "data-desk-wait" not in page
        assert 'value="佘太"' in page
        assert "data-desk-wait" in supervisor.post(READ).text

    def test_a_tap_for_something_else_fills_in_nothing(self, clerk: Guard, gate: TestGate, uid: str) -> None:
        wish = wish_of(clerk.post("/panel/desk", **SLIP).text)
        show(gate, uid)
        page = clerk.post(READ, wish=wish).text
        assert uid not in page.split('name="number"')[1].split(">")[0]


class TestThePageThatWaits:
    def test_any_page_can_have_a_button_that_leads_to_it(self, app: Flask, guard: Guard) -> None:
        page = (
            '{% from "panel/_desk_wait.html" import desk_button with context %}'
            '{{ desk_button("slip 7", "/panel/visits", "Sign <here>") }}'
        )
        with app.test_request_context("/panel/alarms"):
            button = render_template_string(page)
        assert "Sign &lt;here&gt;" in button
        assert 'action="/panel/desk"' in button
        sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', button))
        assert "data-desk-wait" in guard.post("/panel/desk", **SLIP | {name: sent[name] for name in SLIP}).text
        assert {name: sent[name] for name in SLIP} == SLIP

    @pytest.mark.parametrize("role", STAFF)
    def test_it_leads_to_where_the_asking_page_said(self, app: Flask, gate: TestGate, uid: str, role: Role) -> None:
        someone = logged_in(app, role)
        page = someone.post("/panel/desk", **SLIP).text
        wish, part = wish_of(page), part_of(page)
        for name, value in SLIP.items():
            assert f'name="{name}" value="{value}"' in page
        show(gate, uid)
        for shown in (someone.get(part).text, someone.post("/panel/desk", wish=wish, **SLIP).text):
            assert f'name="wish" value="{wish}" formaction="/panel/visits"' in shown
        tap = gate.appliance.desk_taps.take(wish, f"user {role.value}")
        assert tap is not None
        assert (tap.uid, tap.purpose) == (uid, "slip 7")

    def test_nobody_sees_what_became_of_anothers(self, clerk: Guard, guard: Guard) -> None:
        part = part_of(guard.post("/panel/desk", **SLIP).text)
        assert 'data-state="waiting"' in guard.get(part).text
        assert 'data-state="over"' in clerk.get(part).text

    def test_giving_up_leads_back(self, guard: Guard, clerk: Guard) -> None:
        wish = wish_of(guard.post("/panel/desk", **SLIP).text)
        answer = guard.post("/panel/desk", give_up=wish, **SLIP)
        assert (answer.status_code, answer.location) == (303, "/panel/alarms")
        assert "data-desk-wait" in clerk.post("/panel/desk", **SLIP).text

    def test_the_script_gives_up_from_a_page_that_is_left(self, guard: Guard, clerk: Guard) -> None:
        wish = wish_of(guard.post("/panel/desk", **SLIP).text)
        assert guard.ask("/panel/desk", give_up=wish).status_code == 204
        assert "data-desk-wait" in clerk.post("/panel/desk", **SLIP).text

    @pytest.mark.parametrize(
        "change", [{"then": "https://elsewhere.example/"}, {"then": ""}, {"purpose": ""}, {"purpose": "x" * 101}]
    )
    def test_it_waits_for_nothing_it_cannot_hand_on(self, guard: Guard, clerk: Guard, change: dict[str, str]) -> None:
        assert guard.post("/panel/desk", **SLIP | change).status_code == 422
        assert "data-desk-wait" in clerk.post("/panel/desk", **SLIP).text


class TestTheCardOffice:
    def test_a_known_card_is_led_to_from_the_list(self, clerk: Guard, gate: TestGate, uid: str) -> None:
        card = gate.appliance.cards.add(actor="user clerk", uid=uid, holder="司徒美玲", unit=UNIT)
        gate.appliance.cards.set_state(card.id, CredentialState.SUSPENDED, actor="user clerk")
        show(gate, uid)
        for page in (clerk.get("/panel/cards?q=nobody").text, clerk.get("/panel/parts/desk-card").text):
            assert f'href="/panel/cards/{card.id}"' in page
            assert "司徒美玲" in page
            assert "Card suspended" in page
        assert "Card shown at the desk" in clerk.get(f"/panel/cards/{card.id}").text

    def test_unknown_ones_are_put_on_record(self, clerk: Guard, guard: Guard, gate: TestGate, uid: str) -> None:
        other = f"{int(uid, 16) + 0x1000:08X}"
        show(gate, uid)
        show(gate, other)
        assert f"/panel/cards/new?uid={other}" in clerk.get("/panel/parts/desk-card").text
        assert f"/panel/cards/new?uid={other}" not in guard.get("/panel/parts/desk-card").text
        offered = clerk.get("/panel/parts/unknown-cards").text
        assert offered.index(f'name="take" value="{other}"') < offered.index(f'name="take" value="{uid}"')
        assert "at the desk" in offered
        card = gate.appliance.cards.add(actor="user clerk", uid=other, holder="佘太", unit=UNIT)
        assert other not in clerk.get("/panel/parts/unknown-cards").text
        assert f'href="/panel/cards/{card.id}"' in clerk.get("/panel/parts/desk-card").text
