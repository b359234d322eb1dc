"""Signing in: kind, place and summary; each page leads to the first that is still due."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import gettext as _

from kiosk.domain.visits import VisitField, VisitKind, VisitSource
from kiosk.errors import Invalid
from web.access import appliance
from web.sentences import field_label, kind_label
from web.touch import place as places
from web.touch.asked import mend
from web.touch.carried import carried_told
from web.touch.draft import Draft, Typed
from web.touch.pages import go, go_on, kind_settings, show
from web.touch.place import Place
from web.touch.returning import forget_page, masked, place_told
from web.touch.session import ACTOR, begin, bp, start_over, with_draft, with_typed
from web.touch.steps import ASKED_ON, INPUTS, Step, before, fields_on, first_open, may_show, steps_of


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the summary, and the page that changes it."""

    step: Step
    label: str | LazyString
    value: str | LazyString


@bp.post("/sign-in")
def begin_sign_in() -> ResponseReturnValue:
    """Begin with an empty draft."""
    begin()
    return go(Step.KIND)


@bp.get("/sign-in/kind")
@with_typed
def show_kind(typed: Typed) -> ResponseReturnValue:
    """Which kind of visit?"""
    return show(typed, Step.KIND, kinds=list(VisitKind), may_return=appliance().returning.may_ask())


@bp.post("/sign-in/kind")
@with_typed
def choose_kind(typed: Typed) -> ResponseReturnValue:
    """Take the kind. Another one than before asks for other things: its pages are shown again, filled in."""
    try:
        kind = VisitKind(request.form.get("kind", ""))
    except ValueError:
        return go(Step.KIND)
    if kind is not typed.kind:
        typed.kind = kind
        typed.passed.clear()
        typed.forget(list(typed.recalled))
    typed.place = places.settle(appliance().units, typed.place)
    return go_on(typed)


@bp.get("/sign-in/place")
@with_typed
def show_place(typed: Typed) -> ResponseReturnValue:
    """Where to? One level of the directory, over several pages when it is long."""
    level = places.open_level(typed.place)
    if level is None:
        return go_on(typed)
    found = places.choices(appliance().units, typed.place, level)
    pages = max(1, -(-len(found) // places.BUTTONS_A_PAGE))
    number = min(max(request.args.get("page", 1, type=int), 1), pages)
    first = (number - 1) * places.BUTTONS_A_PAGE
    return show(
        typed, Step.PLACE, level=level, choices=found[first : first + places.BUTTONS_A_PAGE],
        number=number, pages=pages, path=places.path_label(typed.place),
    )  # fmt: skip


@bp.post("/sign-in/place")
@with_typed
def choose_place(typed: Typed) -> ResponseReturnValue:
    """Take one level. A button from another level's page, by a double tap, changes nothing."""
    level = places.open_level(typed.place)
    if level is not None and level.value in request.form:
        chosen = places.choose(appliance().units, typed.place, level, request.form[level.value])
        if chosen is not None:
            typed.place = chosen
    return go_on(typed)


@bp.get("/sign-in/summary")
@with_draft
def show_summary(draft: Draft) -> ResponseReturnValue:
    """Everything once more, each line a button to change it."""
    if draft.typed is None:
        return redirect(url_for("touch.show_visit"), 303)
    return show(draft.typed, Step.SUMMARY, lines=_lines(draft.typed), once=draft.token)


@bp.post("/sign-in/change")
@with_typed
def change(typed: Typed) -> ResponseReturnValue:
    """Go back to one page from the summary."""
    try:
        step = Step(request.form.get("step", ""))
    except ValueError:
        return go_on(typed)
    if not may_show(step, typed, appliance().settings.visits):
        return go_on(typed)
    forget_page(typed, step)
    if step is Step.PLACE:
        typed.place = places.settle(appliance().units, Place())
    return go(step)


@bp.post("/sign-in/back")
@with_typed
def go_back(typed: Typed) -> ResponseReturnValue:
    """Undo one page: within the place one level, else the page before; before the first is the start."""
    kind = kind_settings(typed)
    try:
        step = Step(request.form.get("step", ""))
        earlier = Step.PLACE if step is Step.PLACE else before(step, kind)
    except ValueError:
        return go_on(typed)
    if earlier is None:
        return redirect(url_for("touch.show_start"), 303)
    if forget_page(typed, earlier) and earlier is Step.PLACE:
        typed.place = places.settle(appliance().units, Place())
    elif earlier is Step.PLACE:
        place = places.step_back(appliance().units, typed.place)
        if place is None:
            return go(Step.KIND)
        typed.place = place
    return go(earlier)


@bp.post("/sign-in/done")
@with_draft
def sign_in(draft: Draft) -> ResponseReturnValue:
    """The last button: hand the draft to the register, once, however often it is pressed."""
    box = appliance()
    with draft.lock:
        typed = draft.typed
        if typed is None:
            return redirect(url_for("touch.show_visit"), 303)
        is_complete = first_open(typed, box.settings.visits) is Step.SUMMARY
        if not is_complete or request.form.get("once") != draft.token:
            return go_on(typed)
        since_seq = box.feed.last_seq
        try:
            entered = box.visits.sign_in(
                typed.visit(), source=VisitSource.TOUCH, actor=ACTOR, lane=box.settings.touch.lane, photo=typed.photo,
                carried=typed.carried if Step.CARRIED in steps_of(kind_settings(typed)) else (),
            )  # fmt: skip
        except Invalid as found:
            # A unit that has left the directory meanwhile is on no page of questions.
            return mend(typed, found.fields) or start_over()
        if typed.is_returning:
            box.returning.note_signed_in()
        draft.hand_over(entered.visit.id, since_seq)
    return redirect(url_for("touch.show_visit"), 303)


def _lines(typed: Typed) -> list[Line]:
    kind = kind_settings(typed)
    if kind is None or typed.kind is None or typed.place.unit is None:
        return []
    lines = [
        Line(Step.KIND, _("Kind of visit"), kind_label(typed.kind)),
        Line(Step.PLACE, _("Where to"), place_told(typed, typed.place.unit)),
    ]
    for step in ASKED_ON:
        lines += [Line(step, field_label(field), _value(typed, field)) for field in fields_on(step, kind)]
    if Step.CARRIED in steps_of(kind):
        lines.append(Line(Step.CARRIED, _("Tools"), carried_told(typed) or _("None")))
    if Step.PHOTO in steps_of(kind):
        lines.append(Line(Step.PHOTO, _("Photo"), _("Taken") if typed.photo else ""))
    return lines


def _value(typed: Typed, field: VisitField) -> str:
    value = masked(typed, field)
    if value is not None:
        return value
    value = getattr(typed, INPUTS[field])
    return (str(value) if value else _("None")) if field is VisitField.COMPANIONS else str(value)
