"""Opening a link, and how its owner likes the pages to speak."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import current_app, make_response, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from kiosk.services.host_news import HostPage
from web.access import appliance
from web.host.session import begin, bp, closed, go_on, home
from web.i18n import PANEL_LOCALE_COOKIE, is_locale
from web.security import LinkBrake, is_over_https

_PAGES: Final = {HostPage.GOODS.value: "host.show_goods"}
"""Where a notice leads that is about something else than the gate."""
_PREFERENCE_S: Final = 365 * 24 * 3600


@bp.record_once
def _make_brake(state: BlueprintSetupState) -> None:
    state.app.extensions["link_brake"] = LinkBrake()


@bp.get("/<token>")
def open_link(token: str) -> Response:
    """Open a link by its token, or by the ticket of a notice, and go on to where its address is out of sight."""
    brake: LinkBrake = current_app.extensions["link_brake"]
    address = request.remote_addr or ""
    wait_s = brake.wait_s(address)
    if wait_s:
        page = render_template("host/closed.html", wait=True)
        return make_response(page, int(HTTPStatus.TOO_MANY_REQUESTS), {"Retry-After": str(wait_s)})
    opened = appliance().resident_links.open(token)
    if opened is None:
        brake.was_wrong(address)
        return closed()
    begin(opened)
    answer = go_on(url_for(_PAGES.get(request.args.get("page", ""), "host.show_home")))
    if not is_locale(request.cookies.get(PANEL_LOCALE_COOKIE, "")):
        _speak(answer, opened.link.language.value)
    return answer


@bp.post("/language")
def choose_language() -> Response:
    """Remember the language in this browser."""
    answer = home()
    wanted = request.form.get("language", "")
    if is_locale(wanted):
        _speak(answer, wanted)
    return answer


def _speak(answer: Response, language: str) -> None:
    answer.set_cookie(
        PANEL_LOCALE_COOKIE, language,
        max_age=_PREFERENCE_S, path="/", httponly=True, samesite="Lax", secure=is_over_https(),
    )  # fmt: skip
