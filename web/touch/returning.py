"""Signing in again: found by the whole telephone number, shown masked, and in by one touch where nothing else is asked.

Nothing here tells whether a number is on record unless it is the visitor's own: one that is not, and one that belongs
to somebody who is not offered, lead to the same page as the visitor's *no*.
"""

from __future__ import annotations

from copy import copy
from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kiosk.config import KindSettings
from kiosk.domain.masking import mask_name, mask_phone, mask_plate
from kiosk.domain.visits import VisitField
from kiosk.services.returning import ReturningVisitor, is_whole_number
from kiosk.services.visit_input import MAX_CHARACTERS, is_phone
from web.access import appliance
from web.touch.pages import go, go_on
from web.touch.registering import register_visit
from web.touch.session import begin, bp, go_where_due, with_draft, with_typed
from web.turns import place as places
from web.turns.draft import Draft
from web.turns.steps import ASKED_ON, INPUTS, Step, fields_on, first_open
from web.turns.typed import UNIT, TypedVisit

_NAME = INPUTS[VisitField.NAME]
_PHONE = INPUTS[VisitField.PHONE]
_PLATE = INPUTS[VisitField.VEHICLE_PLATE]


@bp.post("/sign-in/returning/begin")
def begin_returning() -> ResponseReturnValue:
    """Begin with the telephone number: the first page's button for whoever has been here before."""
    begin(TypedVisit())
    return redirect(url_for("touch.show_returning"), 303)


@bp.get("/sign-in/returning")
@with_typed(TypedVisit)
def show_returning(typed: TypedVisit) -> ResponseReturnValue:
    """The pad for the telephone number; while there were too many attempts, the ordinary way."""
    if not appliance().returning.may_ask():
        return go_on(typed)
    return _pad("")


@bp.post("/sign-in/returning")
@with_draft
def find_returning(draft: Draft) -> ResponseReturnValue:
    """Look for the number's latest visitor. The number is kept for the ordinary way, so that nobody types it twice."""
    typed = draft.typed
    if not isinstance(typed, TypedVisit):
        return go_where_due(draft)
    phone = request.form.get(_PHONE, "").strip()[: MAX_CHARACTERS[_PHONE] + 1]
    if len(phone) > MAX_CHARACTERS[_PHONE] or not is_phone(phone) or not is_whole_number(phone):
        return _pad(phone, HTTPStatus.UNPROCESSABLE_ENTITY)
    typed.phone = phone
    typed.has_tried = True
    draft.offered = appliance().returning.find(phone)
    return go(typed, Step.KIND) if draft.offered is None else redirect(url_for("touch.show_offered"), 303)


@bp.get("/sign-in/returning/you")
@with_draft
def show_offered(draft: Draft) -> ResponseReturnValue:
    """Is this you? One person, masked, who comes for the same as last time."""
    offered, typed = draft.offered, draft.typed
    if offered is None or not isinstance(typed, TypedVisit):
        return redirect(url_for("touch.show_kind"), 303)
    settings = appliance().settings
    as_last_time = copy(typed)
    _recall(as_last_time, offered)
    return render_template(
        "touch/is_this_you.html",
        name=mask_name(offered.visitor_name),
        phone=mask_phone(offered.phone),
        kind=offered.kind,
        place=place_told(as_last_time, offered.unit) if as_last_time.place.unit is not None else "",
        is_complete=first_open(as_last_time, settings) is Step.SUMMARY,
        once=draft.token,
        idle_s=settings.touch.idle_s,
    )


@bp.post("/sign-in/returning/you")
@with_draft
def answer_offered(draft: Draft) -> ResponseReturnValue:
    """Yes: as last time, and in, unless something has to be said anew. Change: to the summary. No: the ordinary way."""
    with draft.lock:
        if draft.taken_by:
            return go_where_due(draft)
        offered, draft.offered = draft.offered, None
        typed = draft.typed
        answer = request.form.get("do")
        if typed is None and draft.result is not None:
            return go_where_due(draft)  # pressed twice
        if not isinstance(typed, TypedVisit) or offered is None or answer not in {"yes", "change"}:
            return redirect(url_for("touch.show_kind"), 303)
        _recall(typed, offered)
        if answer == "change":
            return go_on(typed)
        return register_visit(draft, typed) or go_where_due(draft)


def masked(typed: TypedVisit, field: VisitField) -> str | None:
    """A field of the summary as it may be seen, where the last visit filled it in; None where the visitor typed it."""
    if field is VisitField.PHONE and typed.recalled:
        return mask_phone(typed.phone) if typed.phone else ""
    if INPUTS[field] not in typed.recalled:
        return None
    return mask_plate(typed.vehicle_plate) if field is VisitField.VEHICLE_PLATE else mask_name(typed.visitor_name)


def place_told(typed: TypedVisit, unit: str) -> str:
    """Where to, for the summary: of a place that the last visit filled in the block, as the visitor knows the rest."""
    units = appliance().units
    if UNIT not in typed.recalled:
        return places.describe(units, unit)
    block = places.describe_block(units, typed.place)
    return str(_("%(place)s, as last time", place=block) if block else _("As last time"))


def forget_page(typed: TypedVisit, step: Step) -> bool:
    """Forget what the last visit filled in on a page that the visitor goes back to; tells whether there was any."""
    names = {UNIT} if step is Step.PLACE else {INPUTS[field] for field in ASKED_ON.get(step, ())}
    has_any = not typed.recalled.isdisjoint(names)
    if has_any:
        typed.forget(names)
        typed.passed.discard(step.value)
    return has_any


def _recall(typed: TypedVisit, offered: ReturningVisitor) -> None:
    box = appliance()
    kind = box.settings.visits.kinds[offered.kind]
    place = places.place_of(box.units, offered.unit)
    typed.kind = offered.kind
    typed.visitor_name = offered.visitor_name
    typed.vehicle_plate = offered.vehicle_plate if VisitField.VEHICLE_PLATE in kind.asks else ""
    typed.phone = offered.phone if VisitField.PHONE in kind.asks else ""
    typed.recalled = {_NAME}
    if typed.vehicle_plate:
        typed.recalled.add(_PLATE)
    if place is not None:
        typed.place = place
        typed.recalled.add(UNIT)
    typed.is_returning = True
    typed.passed = {Step.KIND.value} | {step.value for step in ASKED_ON if _is_answered(typed, step, kind)}
    if kind.photo == "optional":
        typed.passed.add(Step.PHOTO.value)


def _is_answered(typed: TypedVisit, step: Step, kind: KindSettings) -> bool:
    """Whether everything that a page requires is known. Nobody who comes alone is required to say so."""
    required = {field for field in fields_on(step, kind) if kind.asks[field] == "required"} - {VisitField.COMPANIONS}
    return all(getattr(typed, INPUTS[field]) for field in required)


def _pad(phone: str, status: HTTPStatus = HTTPStatus.OK) -> ResponseReturnValue:
    page = render_template(
        "touch/returning.html",
        phone=phone,
        limit=MAX_CHARACTERS[_PHONE],
        problem=status is not HTTPStatus.OK,
        idle_s=appliance().settings.touch.idle_s,
    )
    return page, status
