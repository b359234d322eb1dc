"""Errors as answers: one JSON shape for programs, a page for people.

`{"error": {"code", "message", "fields"?}}` is what every error of `/api`, of the simulator's commands, of the
keyboard's candidates and of the health checks looks like, whoever raised it: a service that refuses, the router, or a
crash. Anywhere else a person is at the other end and gets a page, unless the request says that it wants JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_babel import LazyString, force_locale
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import HTTPException

from kiosk.errors import Conflict, Invalid, NotFound, Refusal, Unavailable
from web.sentences import field_sentence

_REFUSALS: Final[Mapping[type[Refusal], HTTPStatus]] = {
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

_HTTP: Final[Mapping[int, tuple[str, LazyString]]] = {
    400: ("bad-request", _("This request cannot be understood. Please go back and try again.")),
    401: ("unauthorized", _("This needs a valid key: Authorization: Bearer KEY.")),
    403: ("forbidden", _("This is not allowed from here.")),
    404: ("not-found", _("There is nothing at this address.")),
    405: ("method-not-allowed", _("This address does not take such requests.")),
    409: ("conflict", _("This cannot be done any more: it has changed in the meantime.")),
    413: ("too-large", _("This is too large.")),
    415: ("unsupported-media-type", _("This content type is not taken here.")),
    422: ("invalid", _("Some of the input cannot be used.")),
    429: ("too-many-requests", _("Too many requests. Please wait a little.")),
    500: ("internal", _("Something went wrong here. It has been written to the log.")),
    503: ("unavailable", _("This is not available at the moment. Please try again.")),
}
"""Code and sentence of each status, for what the framework refuses by itself and for pages."""

_PROGRAMS_LOCALE: Final = "en"
"""What programs are told is English, whatever language a browser would like."""

_JSON_BELOW: Final = ("/api/", "/simulator/", "/healthz", "/metrics", "/ime")
_SIMULATOR_PAGE: Final = "/simulator/"


class Unusable(Refusal):
    """Input that a surface refuses before any service sees it: 400, or 422 where single fields are at fault.

    Attributes:
        sentences: each field at fault with a sentence about it.
    """

    def __init__(self, code: str, message: str, status: HTTPStatus, sentences: Mapping[str, str] | None = None) -> None:
        super().__init__(code, message)
        self.status = status
        self.sentences = dict(sentences or {})


def init_app(app: Flask) -> None:
    """Answer every error of an application."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _http_error)


def error_answer(status: int, code: str, message: str, fields: Mapping[str, str] | None = None) -> Response:
    """The one JSON shape of an error."""
    error: dict[str, object] = {"code": code, "message": message}
    if fields:
        error["fields"] = dict(fields)
    answer = jsonify(error=error)
    answer.status_code = status
    return answer


def _refused(error: Refusal) -> Response:
    status = _status_of(error)
    if not _wants_json():
        return _page(status)
    if isinstance(error, Unusable):
        fields = error.sentences
    else:
        with force_locale(_PROGRAMS_LOCALE):
            fields = {name: str(field_sentence(problem)) for name, problem in error.fields.items()}
    return error_answer(status, error.code, error.message, fields)


def _status_of(error: Refusal) -> HTTPStatus:
    if isinstance(error, Unusable):
        return error.status
    return next(status for kind, status in _REFUSALS.items() if isinstance(error, kind))


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if _wants_json():
        code, sentence = _words(status)
        with force_locale(_PROGRAMS_LOCALE):
            answer = error_answer(status, code, str(sentence))
    else:
        answer = _page(status)
    # What belongs to the status stays: Allow with 405, WWW-Authenticate with 401, Retry-After with 429 and 503.
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            answer.headers.add(name, value)
    return answer


def _words(status: int) -> tuple[str, LazyString]:
    return _HTTP.get(status) or _HTTP[400 if status < 500 else 500]


def _wants_json() -> bool:
    if request.path == "/api" or (request.path.startswith(_JSON_BELOW) and request.path != _SIMULATOR_PAGE):
        return True
    accept = request.accept_mimetypes
    return accept["application/json"] > accept["text/html"]


def _page(status: int) -> Response:
    _code, sentence = _words(status)
    answer = make_response(render_template("error.html", sentence=sentence))
    answer.status_code = status
    return answer
