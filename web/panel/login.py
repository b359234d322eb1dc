"""Coming and going: login, logout, and how a guard likes the panel to look."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import current_app, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kiosk.errors import Unavailable
from web.access import appliance
from web.i18n import PANEL_LOCALE_COOKIE, is_locale
from web.panel.blueprint import (
    KEYS_COOKIE,
    SESSION_COOKIE,
    THEME_COOKIE,
    bp,
    current_session,
    local_page,
    open_to_all,
    session_token,
)
from web.security import PANEL_PATH, LoginBrake, is_over_https
from web.sentences import wait_sentence

THEMES: Final = ("auto", "light", "dark")
KEYS: Final = ("on", "off")
_PREFERENCE_S: Final = 365 * 24 * 3600


@bp.get("/login")
@open_to_all
def show_login() -> Response:
    """The page that asks for name and password."""
    if current_session() is not None:
        return redirect(local_page(request.args.get("next", ""), url_for("panel.show_shift")), 303)
    return _page(HTTPStatus.OK, "")


@bp.post("/login")
@open_to_all
def log_in() -> Response:
    """Open a session for whoever knows the password."""
    username, password = request.form.get("username", ""), request.form.get("password", "")
    brake: LoginBrake = current_app.extensions["login_brake"]
    address = request.remote_addr or ""
    wait_s = brake.wait_s(username, address)
    if wait_s:
        answer = _page(HTTPStatus.TOO_MANY_REQUESTS, wait_sentence(wait_s))
        answer.headers["Retry-After"] = str(wait_s)
        return answer
    accounts = appliance().accounts
    try:
        user = accounts.authenticate(username, password)
    except Unavailable:
        return _page(HTTPStatus.SERVICE_UNAVAILABLE, _("Many people are logging in. Please try again in a moment."))
    if user is None:
        brake.failed(address)
        return _page(HTTPStatus.UNAUTHORIZED, _("This name and this password do not belong together."))
    brake.succeeded(username)
    accounts.close_session(session_token())
    session.clear()  # and with it the form token that was given out before the login
    answer = redirect(local_page(request.form.get("next", ""), url_for("panel.show_shift")), 303)
    answer.set_cookie(
        SESSION_COOKIE, accounts.open_session(user),
        path=PANEL_PATH, httponly=True, samesite="Strict", secure=is_over_https(),
    )  # fmt: skip
    return answer


@bp.post("/logout")
@open_to_all
def log_out() -> Response:
    """End the session, if there is one."""
    appliance().accounts.close_session(session_token())
    session.clear()
    answer = redirect(url_for("panel.show_login"), 303)
    answer.delete_cookie(SESSION_COOKIE, path=PANEL_PATH, httponly=True, samesite="Strict", secure=is_over_https())
    return answer


@bp.post("/preferences")
@open_to_all
def set_preferences() -> Response:
    """Remember language, brightness, and whether letters are shortcuts, in this browser."""
    answer = redirect(local_page(request.form.get("back", ""), url_for("panel.show_shift")), 303)
    wanted = {}
    if is_locale(request.form.get("locale", "")):
        wanted[PANEL_LOCALE_COOKIE] = request.form["locale"]
    if request.form.get("theme") in THEMES:
        wanted[THEME_COOKIE] = request.form["theme"]
    if request.form.get("keys") in KEYS:
        wanted[KEYS_COOKIE] = request.form["keys"]
    for name, value in wanted.items():
        answer.set_cookie(
            name, value, max_age=_PREFERENCE_S, path="/", httponly=True, samesite="Strict", secure=is_over_https()
        )
    return answer


def _page(status: HTTPStatus, problem: str) -> Response:
    target = local_page(request.values.get("next", ""), "")
    username = request.form.get("username", "")[:64]
    return make_response(
        render_template("panel/login.html", problem=problem, next=target, username=username), int(status)
    )
