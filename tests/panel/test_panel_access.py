"""Who gets at what: every route with every role and without a login; logging in and out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from kiosk.clock import SystemClock
from kiosk.domain.roles import Role, may
from tests.panel.guard import PASSWORD, Guard
from tests.support.appliance import TestGate, demo_appliance
from web import create_app
from web.panel.blueprint import NEEDS, SESSION_COOKIE

NO_ID = "0" * 32


def routes(app: Flask) -> list[tuple[str, str, str]]:
    """Every route of the panel as (endpoint, method, path)."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("panel."):
            values = {name: {"lane": "in", "ending": "csv"}.get(name, NO_ID) for name in rule.arguments}
            with app.test_request_context():
                path = app.url_for(rule.endpoint, **values)
            found += [(rule.endpoint, method, path) for method in sorted(rule.methods - {"HEAD", "OPTIONS"})]
    return found


def test_every_route_says_what_it_needs(app: Flask) -> None:
    assert {endpoint for endpoint, _method, _path in routes(app)} == set(NEEDS)
    open_to_all = {endpoint for endpoint, need in NEEDS.items() if need.permission is None}
    assert open_to_all == {"panel.show_login", "panel.log_in", "panel.log_out", "panel.set_preferences"}


def test_without_a_login_no_route_answers(app: Flask, stranger: Guard) -> None:
    tried = 0
    for endpoint, method, path in routes(app):
        if NEEDS[endpoint].permission is None:
            continue
        tried += 1
        answer = stranger.get(path) if method == "GET" else stranger.post(path)
        assert answer.status_code == 303, endpoint
        assert answer.location.startswith("/panel/login?next="), endpoint
        piece = stranger.get(path, Accept="image/*") if method == "GET" else stranger.ask(path)
        assert piece.status_code == 401, endpoint
        assert piece.data == b"", endpoint
    assert tried > 15


@pytest.mark.parametrize("role", list(Role))
def test_a_role_gets_at_what_it_may_and_at_nothing_else(app: Flask, role: Role) -> None:
    guard = Guard(app)
    guard.log_in(role.value)
    for endpoint, method, path in routes(app):
        permission = NEEDS[endpoint].permission
        if permission is None:
            continue
        answer = guard.get(path) if method == "GET" else guard.post(path)
        if may(role, permission):
            assert answer.status_code in {200, 303, 404, 409, 422}, (endpoint, answer.status)
            assert "login" not in answer.headers.get("Location", ""), endpoint
        else:
            assert answer.status_code == 403, (endpoint, answer.status)
            assert "may not do this" in answer.text
        answer.close()


def test_a_form_without_its_token_does_nothing(guard: Guard, app: Flask, gate: TestGate) -> None:
    before = gate.appliance.feed.last_seq
    for endpoint, method, path in routes(app):
        if method == "POST":
            for token in ({}, {"csrf_token": "forged"}):
                answer = guard.client.post(
                    path, data={"reason": "x", "username": "guard", "password": PASSWORD} | token
                )
                assert answer.status_code == 400, endpoint
    assert gate.appliance.feed.last_seq == before


def test_a_token_of_another_session_does_not_fit(guard: Guard, stranger: Guard) -> None:
    answer = guard.client.post("/panel/logout", data={"csrf_token": stranger.token()})
    assert answer.status_code == 400
    assert guard.get("/panel/").status_code == 200


def test_the_login_page_leads_back_to_where_one_was_going(stranger: Guard) -> None:
    asked = stranger.get("/panel/visits?q=%E9%99%B3&state=waiting")
    assert asked.location == "/panel/login?next=/panel/visits?q%3D%25E9%2599%25B3%26state%3Dwaiting"
    answer = stranger.log_in("guard", next="/panel/visits?q=%E9%99%B3&state=waiting")
    assert answer.location == "/panel/visits?q=%E9%99%B3&state=waiting"


def test_a_session_that_ends_under_a_page_leads_back_to_it(guard: Guard) -> None:
    shown = guard.get("/panel/visits?q=%E9%99%B3&state=waiting").text
    assert 'data-login="/panel/login?next=/panel/visits?q%3D%25E9%2599%25B3%26state%3Dwaiting"' in shown


@pytest.mark.parametrize(
    "target",
    [
        "https://example.com/panel/",
        "//example.com/panel/",
        "/\\example.com",
        "/panel\\..\\..",
        "/panel/../../api/v1/visits\r\nX: y",
        "/panelist",
        "/",
        "javascript:alert(1)",
        "",
    ],
)
def test_no_login_leads_elsewhere(stranger: Guard, target: str) -> None:
    assert stranger.log_in("guard", next=target).location == "/panel/"


def test_the_cookie_is_for_the_panel_alone(stranger: Guard) -> None:
    answer = stranger.log_in("guard")
    (cookie,) = [value for value in answer.headers.getlist("Set-Cookie") if value.startswith(f"{SESSION_COOKIE}=")]
    assert "; Path=/panel" in cookie
    assert "; HttpOnly" in cookie
    assert "; SameSite=Strict" in cookie
    assert "Secure" not in cookie


def test_over_https_the_cookie_stays_there(app: Flask) -> None:
    secure = {"base_url": "https://gate.example"}
    client = app.test_client()
    page = client.get("/panel/login", headers={"Accept-Language": "en"}, **secure)
    token = page.text.split('name="csrf-token" content="')[1].split('"')[0]
    answer = client.post(
        "/panel/login",
        data={"csrf_token": token, "username": "guard", "password": PASSWORD},
        headers={"Referer": "https://gate.example/panel/login"},
        **secure,
    )
    assert answer.status_code == 303
    assert all("; Secure" in cookie for cookie in answer.headers.getlist("Set-Cookie"))


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(stranger: Guard) -> None:
    wrong, unknown = stranger.log_in("clerk", "wrong wrong wrong"), stranger.log_in("nobody", "wrong wrong wrong")
    assert wrong.status_code == unknown.status_code == 401
    said = [answer.text.split('role="alert">')[1].split("<")[0] for answer in (wrong, unknown)]
    assert said == ["This name and this password do not belong together."] * 2
    assert stranger.get("/panel/").status_code == 303


def test_guessing_is_slowed_down_and_the_account_is_not_locked_for_ever(app: Flask, gate: TestGate) -> None:
    gate.appliance.accounts.add_user("patient", Role.GUARD, PASSWORD)
    guesser = Guard(app)
    guesses = [guesser.log_in("patient", f"guess number {number}").status_code for number in range(11)]
    assert guesses == [401] * 10 + [429]
    answer = guesser.log_in("patient")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 300
    assert "Please wait" in answer.text
    assert Guard(app).log_in("supervisor").status_code == 303  # others are not held up


def test_logging_out_ends_the_session(guard: Guard) -> None:
    cookie = guard.client.get_cookie(SESSION_COOKIE, path="/panel")
    assert cookie is not None
    assert guard.post("/panel/logout").location == "/panel/login"
    guard.client.set_cookie(SESSION_COOKIE, cookie.value, path="/panel")
    assert guard.get("/panel/").status_code == 303


def test_a_made_up_session_is_none(stranger: Guard) -> None:
    for value in ("", "x", "../..", "A" * 4000):
        stranger.client.set_cookie(SESSION_COOKIE, value, path="/panel")
        assert stranger.get("/panel/").status_code == 303


class ShiftedClock(SystemClock):
    """The machine's clock, put forward by the test."""

    ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def test_a_screen_left_alone_ends_although_it_refreshes_itself(tmp_path: Path) -> None:
    clock = ShiftedClock()
    with demo_appliance(tmp_path, clock=clock) as gate:
        gate.appliance.accounts.add_user("guard", Role.GUARD, PASSWORD)
        guard = Guard(create_app(gate.appliance))
        guard.log_in("guard")
        clock.ahead += timedelta(minutes=29)
        assert guard.get("/panel/parts/lanes", **{"X-Requested-With": "panel"}).status_code == 200
        clock.ahead += timedelta(minutes=2)
        assert guard.get("/panel/parts/lanes", **{"X-Requested-With": "panel"}).status_code == 401
        guard.log_in("guard")
        for _turn in range(3):
            clock.ahead += timedelta(minutes=29)
            assert guard.get("/panel/").status_code == 200


def test_language_and_brightness_are_kept(guard: Guard) -> None:
    answer = guard.post("/panel/preferences", locale="zh_Hant", back="/panel/visits")
    assert answer.location == "/panel/visits"
    assert '<html lang="zh-Hant-HK">' in guard.get("/panel/").text
    guard.post("/panel/preferences", theme="dark")
    assert '<html lang="zh-Hant-HK" data-theme="dark">' in guard.get("/panel/").text
    guard.post("/panel/preferences", locale='en"><script>', theme="purple", back="//example.com")
    assert '<html lang="zh-Hant-HK" data-theme="dark">' in guard.get("/panel/").text
