"""The residents' blueprint, and by which link a request comes.

A link's address is opened once: its token is put into the browser's signed session and the browser is sent on to an
address that says nothing, so that the token stands in no history, no Referer and no page's text. Every request then
finds the link on record, so that one that is revoked closes every page at once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, Final, ParamSpec

from flask import Blueprint, flash, make_response, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from kiosk.errors import Conflict, NotFound, Refusal
from kiosk.services.resident_links import OpenedLink, ResidentLink
from web.access import appliance
from web.host import wording
from web.security import HOST_PATH

P = ParamSpec("P")

_LINK_KEY: Final = "link"
_UNTIL_KEY: Final = "until"

_HTTP_SENTENCES: Final = {
    HTTPStatus.NOT_FOUND: wording.NOT_THERE,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: wording.TOO_LARGE,
}

bp: Final = Blueprint("host", __name__, url_prefix=HOST_PATH)


@bp.context_processor
def _words() -> dict[str, object]:
    return wording.for_templates()


def begin(opened: OpenedLink) -> None:
    """Open the link in this browser. A ticket does not shorten what the link's own token has opened before."""
    link, until = current()
    if link is not None and link.id == opened.link.id and until is None:
        return
    session.clear()
    session.permanent = True
    session[_LINK_KEY] = opened.link.id
    if opened.until is not None:
        session[_UNTIL_KEY] = opened.until.timestamp()


def current() -> tuple[ResidentLink | None, datetime | None]:
    """The link that is open in this browser, and until when; None without one that lasts."""
    link_id, until_s = session.get(_LINK_KEY), session.get(_UNTIL_KEY)
    until = datetime.fromtimestamp(until_s, UTC) if until_s is not None else None
    if not link_id or (until is not None and until <= appliance().clock.now()):
        return None, None
    return appliance().resident_links.get(link_id), until


def with_link(
    view: Callable[Concatenate[ResidentLink, P], ResponseReturnValue],
) -> Callable[P, ResponseReturnValue]:
    """Hand the view its link; without one the resident is asked to open theirs."""

    @wraps(view)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        link, _until = current()
        if link is None:
            return closed()
        return view(link, *args, **kwargs)

    return wrapper


def closed() -> Response:
    """Ask for the link: there is none here, or it has ended."""
    return make_response(render_template("host/closed.html"), int(HTTPStatus.UNAUTHORIZED))


def home(message: object = "") -> Response:
    """Go to the first page, with a word on it."""
    return go_on(url_for("host.show_home"), message)


def go_on(address: str, message: object = "") -> Response:
    """Go to another page, with a word on it."""
    if message:
        flash(str(message))
    return redirect(address, 303)


@bp.errorhandler(CSRFError)
def _stale_form(_error: CSRFError) -> ResponseReturnValue:
    return home(wording.TOO_OLD)


@bp.errorhandler(Refusal)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    if isinstance(refusal, NotFound):
        return _said(wording.NOT_THERE, HTTPStatus.NOT_FOUND)
    status = HTTPStatus.CONFLICT if isinstance(refusal, Conflict) else HTTPStatus.SERVICE_UNAVAILABLE
    return _said(wording.refusal_sentence(refusal), status)


@bp.errorhandler(HTTPException)
def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = HTTPStatus(error.code or 500)
    return _said(_HTTP_SENTENCES.get(status, wording.FAILED), status)


def _said(sentence: object, status: HTTPStatus) -> Response:
    return make_response(render_template("host/said.html", sentence=sentence), int(status))
