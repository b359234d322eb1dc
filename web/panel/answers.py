"""How an action answers: by a page for a plain form, by a sentence for the panel's own script."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import flash, jsonify, make_response, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden, Unauthorized
from werkzeug.wrappers import Response

from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound, Refusal
from web.panel.blueprint import bp, local_page, wants_answer
from web.panel.wording import refusal_sentence
from web.security import PANEL_PATH

MAX_REASON: Final = 200


def done(message: str, otherwise: str) -> Response:
    """Tell that something was done; a plain form goes back to its page, or to `otherwise`."""
    if wants_answer():
        return jsonify(message=message)
    flash(message)
    return redirect(_back(otherwise), 303)


def not_done(message: str, status: HTTPStatus) -> Response:
    """Tell that it was not."""
    if wants_answer():
        return make_response(jsonify(message=message), int(status))
    return make_response(
        render_template("panel/refusal.html", message=message, leads_back_to=_back(PANEL_PATH)), int(status)
    )


def reason_from_form(*, is_needed: bool = True) -> str:
    """The reason that an action asks for; empty where it may be left out and was.

    Raises:
        Conflict: `no-reason`: it is missing.
        Invalid: it is too long.
    """
    reason = " ".join(request.form.get("reason", "").split())
    if is_needed and not reason:
        raise Conflict("no-reason", "A reason is needed.")
    if len(reason) > MAX_REASON:
        raise Invalid({"reason": FieldProblem.TOO_LONG})
    return reason


def _back(otherwise: str) -> str:
    return local_page(request.form.get("back", ""), otherwise)


def _status_of(refusal: Refusal) -> HTTPStatus:
    if isinstance(refusal, Invalid) or refusal.code == "no-reason":
        return HTTPStatus.UNPROCESSABLE_ENTITY
    if isinstance(refusal, NotFound):
        return HTTPStatus.NOT_FOUND
    return HTTPStatus.CONFLICT if isinstance(refusal, Conflict) else HTTPStatus.SERVICE_UNAVAILABLE


@bp.errorhandler(Refusal)
def _refused(refusal: Refusal) -> Response:
    return not_done(refusal_sentence(refusal), _status_of(refusal))


@bp.errorhandler(CSRFError)
def _old_form(_error: CSRFError) -> Response:
    return not_done(refusal_sentence(Conflict("old-form", "The form's token does not fit.")), HTTPStatus.BAD_REQUEST)


@bp.errorhandler(Forbidden)
def _not_allowed(_error: Forbidden) -> Response:
    return not_done(refusal_sentence(Conflict("not-allowed", "Not allowed.")), HTTPStatus.FORBIDDEN)


@bp.errorhandler(Unauthorized)
def _not_logged_in(_error: Unauthorized) -> Response:
    return make_response("", int(HTTPStatus.UNAUTHORIZED))
