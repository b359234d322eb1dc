"""What a phone in the estate's network can reach: its own form by a ticket used once, and nothing else."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.phone.phone import LAN, Phone, at_kinds, ticket
from tests.support.visitor import ClockAhead
from web.security import WRONG_PER_ADDRESS
from web.turns.draft import TICKET_S


def test_a_ticket_is_good_for_the_first_phone_only(app: Flask) -> None:
    at_kinds(app)
    address = ticket(app)
    first, second = Phone(app).see(address), Phone(app, address="192.168.1.78").see(address)
    assert (first.status, second.status) == (200, 410)
    assert first.see(address).path == "/v/", "the phone that has it finds its form again"
    assert len(app.extensions["phone_forms"]) == 1


@pytest.mark.parametrize("headers", [{}, {"Sec-Purpose": "prefetch"}])
def test_looking_ahead_does_not_use_it_up(app: Flask, headers: dict) -> None:
    at_kinds(app)
    address = ticket(app)
    client = app.test_client()
    ask = client.get if headers else client.head
    assert ask(address, headers=headers, environ_base={"REMOTE_ADDR": LAN}).status_code == 204
    assert Phone(app).see(address).status == 200


def test_a_ticket_ends_with_its_time_its_draft_and_its_page(app: Flask, clock: ClockAhead) -> None:
    screen = at_kinds(app)
    old = ticket(app)
    screen.see("/sign-in/kind")
    assert Phone(app).see(old).status == 410, "another was shown since"
    newer = ticket(app)
    screen.send("/sign-in/kind", kind="guest")
    assert Phone(app).see(newer).status == 410, "the visitor goes on at the screen"
    screen.see("/sign-in/kind")
    last = ticket(app)
    screen.send("/leave")
    assert Phone(app).see(last).status == 410, "the draft is gone"
    screen = at_kinds(app)
    late = ticket(app)
    for _ in range(int(TICKET_S // 50) + 1):
        clock.advance(50)
        screen.client.post("/touched", data={"csrf_token": screen.token})
    assert Phone(app).see(late).status == 410


def test_tickets_are_not_guessed(app: Flask) -> None:
    at_kinds(app)
    address = ticket(app)
    guesser = Phone(app)
    for number in range(WRONG_PER_ADDRESS.amount):
        assert guesser.see(f"/v/{number:022d}").status == 410
    assert guesser.see(address).status == 429
    assert Phone(app, address="192.168.1.78").see(address).status == 200


def test_a_phone_sees_no_form_but_its_own(app: Flask) -> None:
    at_kinds(app)
    mine = Phone(app).see(ticket(app))
    mine.fill_in("delivery")
    at_kinds(app)
    theirs = Phone(app, address="192.168.1.78").see(ticket(app))
    for path in ("/v/", "/v/about", "/v/code"):
        assert not any(word in theirs.see(path).page for word in ("歐陽詠欣", "5550", mine.code))


def test_a_form_without_its_csrf_token_changes_nothing(app: Flask) -> None:
    at_kinds(app)
    phone = Phone(app).see(ticket(app))
    answer = phone.client.post("/v/", data={"kind": "guest", "unit": "1-A-1-A"}, environ_base={"REMOTE_ADDR": LAN})
    assert answer.status_code == 303
    (form,) = app.extensions["phone_forms"]._forms.values()
    assert form.typed.kind is None


def test_from_the_network_nothing_else_opens(app: Flask) -> None:
    at_kinds(app)
    phone = Phone(app).see(ticket(app))
    open_to_all = {"static", "favicon", "panel.show_login", "api.get_document"}
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("phone.") or rule.endpoint in open_to_all or rule.endpoint.endswith(".static"):
            continue
        if "GET" not in rule.methods or "HEAD" not in rule.methods:
            continue
        values = {name: "sign-in" if name == "way" else "1" for name in rule.arguments}
        address = app.url_map.bind("localhost").build(rule.endpoint, values, method="GET")
        answer = phone.client.get(address, environ_base={"REMOTE_ADDR": LAN})
        is_login = answer.status_code in {302, 303} and "/panel/login" in (answer.location or "")
        if answer.status_code < 400 and not is_login:
            found.append((rule.endpoint, answer.status_code))
    assert found == []


def test_the_phones_cookie_is_its_own_paths(app: Flask) -> None:
    at_kinds(app)
    phone = Phone(app)
    answer = phone.client.get(ticket(app), environ_base={"REMOTE_ADDR": LAN})
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("gatehouse_visitor=")
    assert all(word in cookie for word in ("Path=/v", "HttpOnly", "SameSite=Lax"))
    assert answer.headers["Referrer-Policy"] == "no-referrer"
