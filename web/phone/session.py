"""The blueprint of visitors' phones, and which form a request is about: the one that this phone has opened.

The phone keeps a random id in a signed cookie of its own path, and no page in its cache; what is typed is kept here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper, wraps
from http import HTTPStatus
from typing import Concatenate, Final, ParamSpec

from flask import Blueprint, abort, make_response, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from kiosk.errors import Refusal
from web.access import appliance
from web.host.wording import clock
from web.i18n import TOUCH_LOCALE_KEY
from web.security import VISITOR_PATH
from web.sentences import field_sentence, kind_label
from web.turns import phone_forms
from web.turns.phone_forms import FormState, PhoneForm

P = ParamSpec("P")

_FORM_KEY: Final = "form"

_FAILED: Final = _("Something went wrong here. Please try again.")
_HTTP_SENTENCES: Final = {
    HTTPStatus.NOT_FOUND: _("This is not there, or not any more."),
    HTTPStatus.TOO_MANY_REQUESTS: _("Too many requests. Please wait a little."),
}
_OVER: Final = {
    FormState.TAKEN: _("Please go on at the screen. Your details are there."),
    FormState.ENDED: _("Somebody goes on at the screen. This form is closed."),
}

bp: Final = Blueprint("phone", __name__, url_prefix=VISITOR_PATH)


@bp.context_processor
def _words() -> dict[str, object]:
    return {"kind_label": kind_label, "field_sentence": field_sentence, "clock": clock}


@bp.before_app_request
def _sweep() -> None:
    # Nobody may ever ask for a form again whose time is up; somebody always asks for something.
    phone_forms().sweep(now_ns())


def now_ns() -> int:
    """The time that forms go by."""
    return appliance().clock.monotonic_ns()


def current() -> PhoneForm | None:
    """The form that this phone has opened, without counting the request as a touch."""
    form_id = session.get(_FORM_KEY)
    return phone_forms().get(form_id, now_ns()) if form_id else None


def begin(form: PhoneForm) -> None:
    """Let this phone have a form; the language that was chosen on it stays."""
    chosen = session.get(TOUCH_LOCALE_KEY)
    session.clear()
    session[_FORM_KEY] = form.id
    if chosen is not None:
        session[TOUCH_LOCALE_KEY] = chosen


def with_form(
    view: Callable[Concatenate[PhoneForm, P], ResponseReturnValue],
) -> Callable[P, ResponseReturnValue]:
    """Hand the view the phone's form; without one the visitor is asked to scan the code at the screen."""

    @wraps(view)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        form_id = session.get(_FORM_KEY)
        form = phone_forms().touch(form_id, now_ns()) if form_id else None
        if form is None:
            return closed()
        if not phone_forms().may_ask(form, now_ns()):
            abort(HTTPStatus.TOO_MANY_REQUESTS)
        return view(form, *args, **kwargs)

    return wrapper


def while_open(
    view: Callable[Concatenate[PhoneForm, P], ResponseReturnValue],
) -> Callable[P, ResponseReturnValue]:
    """Hand the view a form that is being typed; one that is sent shows its code, and one that is over says so."""

    def of_open_form(form: PhoneForm, /, *args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if form.state is not FormState.OPEN:
            return redirect(url_for("phone.show_code"), 303)
        return view(form, *args, **kwargs)

    update_wrapper(of_open_form, view)
    return with_form(of_open_form)


def closed() -> Response:
    """Ask for a new code: this phone has no form, or it was forgotten."""
    return make_response(render_template("phone/closed.html"), int(HTTPStatus.GONE))


def over(form: PhoneForm) -> Response:
    """Say how a form has ended."""
    return make_response(render_template("phone/over.html", sentence=_OVER[form.state]))


@bp.errorhandler(CSRFError)
def _stale_form(_error: CSRFError) -> ResponseReturnValue:
    return redirect(url_for("phone.show_visit"), 303)


@bp.errorhandler(Refusal)
def _refused(_refusal: Refusal) -> ResponseReturnValue:
    return _said(_FAILED, HTTPStatus.SERVICE_UNAVAILABLE)


@bp.errorhandler(HTTPException)
def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = HTTPStatus(error.code or 500)
    return _said(_HTTP_SENTENCES.get(status, _FAILED), status)


def _said(sentence: object, status: HTTPStatus) -> Response:
    return make_response(render_template("phone/said.html", sentence=sentence), int(status))
