"""Signing in: the kind of visit, and the last button. The other pages are shared, or ask the kind's questions."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kiosk.domain.visits import VisitField, VisitKind
from web.access import appliance
from web.sentences import field_label, kind_label
from web.touch.carried import carried_told
from web.touch.pages import go, go_on, kind_settings, show
from web.touch.phone import ticket_picture, withdraw_ticket
from web.touch.registering import register_visit
from web.touch.returning import masked, place_told
from web.touch.session import begin, bp, go_where_due, with_draft, with_typed
from web.touch.summary import Line, photo_line, summary_of
from web.turns import place as places
from web.turns.draft import Draft
from web.turns.steps import ASKED_ON, INPUTS, Step, fields_on, steps_of
from web.turns.typed import TypedVisit


@bp.post("/sign-in")
def begin_sign_in() -> ResponseReturnValue:
    """Begin with an empty draft."""
    typed = TypedVisit()
    begin(typed)
    return go(typed, Step.KIND)


@bp.get("/sign-in/kind")
@with_typed(TypedVisit)
def show_kind(typed: TypedVisit) -> ResponseReturnValue:
    """Which kind of visit?"""
    box, ticket = appliance(), ticket_picture()
    live: dict[str, Any] = {"seq": box.feed.last_seq} if ticket is not None else {}
    return show(
        typed, Step.KIND, kinds=list(VisitKind), may_return=box.returning.may_ask(), ticket=ticket,
        wifi=box.settings.touch.phone_wifi, **live,
    )  # fmt: skip


@bp.post("/sign-in/kind")
@with_typed(TypedVisit)
def choose_kind(typed: TypedVisit) -> ResponseReturnValue:
    """Take the kind. Another one than before asks for other things: its pages are shown again, filled in."""
    try:
        kind = VisitKind(request.form.get("kind", ""))
    except ValueError:
        return go(typed, Step.KIND)
    withdraw_ticket()
    if kind is not typed.kind:
        typed.kind = kind
        typed.passed = {Step.KIND.value}
        typed.forget(list(typed.recalled))
    typed.place = places.settle(appliance().units, typed.place)
    return go_on(typed)


@bp.post("/sign-in/done")
@with_draft
def sign_in(draft: Draft) -> ResponseReturnValue:
    """The last button: hand the draft to the register, once, however often it is pressed."""
    with draft.lock:
        typed = draft.at_screen
        if not isinstance(typed, TypedVisit):
            return go_where_due(draft)
        return register_visit(draft, typed) or go_where_due(draft)


@summary_of(TypedVisit)
def _lines(typed: TypedVisit) -> list[Line]:
    kind = kind_settings(typed)
    if kind is None or typed.kind is None or typed.place.unit is None:
        return []
    lines = [
        Line(Step.KIND, _("Kind of visit"), kind_label(typed.kind)),
        Line(Step.PLACE, _("Where to"), place_told(typed, typed.place.unit)),
    ]
    for step in ASKED_ON:
        lines += [Line(step, field_label(field), _value(typed, field)) for field in fields_on(step, kind)]
    steps = steps_of(typed, appliance().settings)
    if Step.CARRIED in steps:
        lines.append(Line(Step.CARRIED, _("Tools"), carried_told(typed) or _("None")))
    if Step.PHOTO in steps:
        lines.append(photo_line(typed))
    return lines


def _value(typed: TypedVisit, field: VisitField) -> str:
    value = masked(typed, field)
    if value is not None:
        return value
    if field is VisitField.DOCUMENT:
        return typed.document.masked() if typed.document is not None else ""
    value = getattr(typed, INPUTS[field])
    return (str(value) if value else _("None")) if field is VisitField.COMPANIONS else str(value)
