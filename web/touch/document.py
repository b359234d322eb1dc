"""The number of an identity document, where the settings ask for one.

It is in plain sight only while it is typed, on this page, by whoever holds the document. Once the page is left it is
shown by its end; whoever comes back finds an empty field, and what they leave empty stays as it was.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kiosk.domain.documents import Document, DocumentKind
from kiosk.domain.visits import VisitField, VisitSource
from kiosk.errors import FieldProblem, Invalid
from kiosk.services.visit_input import check_new_visit
from web.documents import DOCUMENT_KINDS, MOST_TYPED, document_from
from web.touch.pages import go_on, kind_settings, show
from web.touch.session import bp, with_typed
from web.turns.questions import Question
from web.turns.steps import INPUTS, Step
from web.turns.typed import TypedVisit

_NAME = INPUTS[VisitField.DOCUMENT]


@bp.get("/sign-in/document")
@with_typed(TypedVisit)
def show_document(typed: TypedVisit) -> ResponseReturnValue:
    """Which document, and its number?"""
    return _ask(typed)


@bp.post("/sign-in/document")
@with_typed(TypedVisit)
def take_document(typed: TypedVisit) -> ResponseReturnValue:
    """Take the number, checked; an empty field leaves what was given before."""
    kind = kind_settings(typed)
    if kind is None or typed.place.unit is None or VisitField.DOCUMENT not in kind.asks:
        return go_on(typed)
    sent, before = document_from(request.form), typed.document
    typed.document = sent or before
    try:
        typed.document = check_new_visit(typed.visit(), kind, VisitSource.TOUCH).document
    except Invalid as found:
        problem = found.fields.get(_NAME)
        if problem is not None:
            typed.document = before
            typed.passed.discard(Step.DOCUMENT.value)
            return _ask(typed, sent, problem)
    typed.passed.add(Step.DOCUMENT.value)
    return go_on(typed)


def _ask(typed: TypedVisit, sent: Document | None = None, problem: FieldProblem | None = None) -> ResponseReturnValue:
    kind = kind_settings(typed)
    if kind is None:
        return go_on(typed)
    given = typed.document
    is_required = kind.asks.get(VisitField.DOCUMENT) == "required"
    shown = sent or given
    return show(
        typed,
        Step.DOCUMENT,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problem is not None else HTTPStatus.OK,
        question=Question(
            _NAME, _("Number of the document"), sent.number if sent is not None else "", is_required, MOST_TYPED,
            problem,
        ),
        kinds=DOCUMENT_KINDS,
        chosen=shown.kind if shown is not None else DocumentKind.HONG_KONG,
        given=given.masked() if given is not None else "",
    )  # fmt: skip
