"""Goods that go out: showing a slip, or asking for one. What leaves is told; whether it may is somebody else's word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from typing import Final

from babel.dates import format_skeleton
from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from kiosk.domain.slips import Requester, SlipKind, SlipSource
from kiosk.domain.visits import VisitField
from kiosk.errors import FieldProblem, Invalid
from kiosk.services.goods.slip_input import MAX_CHARACTERS, check_new_slip
from web.access import appliance
from web.goods_words import REQUESTER_LABELS, SLIP_KIND_LABELS
from web.sentences import field_label
from web.touch.pages import go, go_on, show
from web.touch.session import ACTOR, begin, bp, go_where_due, start_over, with_draft, with_typed
from web.touch.slip_items import show_list
from web.touch.start import end_turn
from web.touch.summary import Line, photo_line, summary_of
from web.turns import place as places
from web.turns.draft import Draft, Register, Result
from web.turns.questions import Question, only, typed_text
from web.turns.steps import Step, first_open
from web.turns.typed import TypedSlip

DAYS_AHEAD: Final = 7
_ASKERS: Final = (Requester.OWNER, Requester.TENANT, Requester.AGENT)
_KINDS: Final = (SlipKind.HOUSEHOLD, SlipKind.MOVING)
_ASKED: Final = ("requested_by", "taken_by", "carrier", "vehicle_plate")
_FIELDS_ON: Final = {Step.ASKER: {"requester", *_ASKED}, Step.DAY: {"not_after"}}


@bp.get("/take-out")
def show_take_out() -> ResponseReturnValue:
    """Hold up the slip, or ask for one. No turn has begun yet."""
    box = appliance()
    return end_turn() or render_template(
        "touch/take_out.html", seq=box.feed.last_seq, idle_s=box.settings.touch.idle_s
    )  # fmt: skip


@bp.post("/take-out")
def begin_take_out() -> ResponseReturnValue:
    """Begin to ask for a slip."""
    typed = TypedSlip(place=places.settle(appliance().units, places.Place()))
    begin(typed)
    return go_on(typed)


@bp.get("/take-out/asker")
@with_typed(TypedSlip)
def show_asker(typed: TypedSlip) -> ResponseReturnValue:
    """Who asks, and who takes the goods away?"""
    return _ask_who(typed)


@bp.post("/take-out/asker")
@with_typed(TypedSlip)
def take_asker(typed: TypedSlip) -> ResponseReturnValue:
    """Take both."""
    chosen = request.form.get("requester", "")
    typed.requester = next((each for each in _ASKERS if each.value == chosen), None)
    for name in _ASKED:
        setattr(typed, name, typed_text(name))
    problems = only(_problems(typed), _FIELDS_ON[Step.ASKER])
    if typed.requester is None:
        problems["requester"] = FieldProblem.REQUIRED
    if problems:
        typed.passed.discard(Step.ASKER.value)
        return _ask_who(typed, problems)
    typed.passed.add(Step.ASKER.value)
    return go_on(typed)


@bp.get("/take-out/day")
@with_typed(TypedSlip)
def show_day(typed: TypedSlip) -> ResponseReturnValue:
    """On which day, and is it a move?"""
    today = _today()
    days = [today + timedelta(days=number) for number in range(DAYS_AHEAD + 1)]
    return show(typed, Step.DAY, days=[(day.isoformat(), *_told(day)) for day in days], kinds=_KINDS)


@bp.post("/take-out/day")
@with_typed(TypedSlip)
def take_day(typed: TypedSlip) -> ResponseReturnValue:
    """Take both; a day that has passed while the page stood there is asked for again."""
    chosen = request.form.get("kind", "")
    typed.kind = next((each for each in _KINDS if each.value == chosen), typed.kind)
    offered = {(_today() + timedelta(days=number)).isoformat() for number in range(DAYS_AHEAD + 1)}
    day = request.form.get("day", "")
    if day not in offered:
        return go(typed, Step.DAY)
    typed.day = date.fromisoformat(day)
    typed.passed.add(Step.DAY.value)
    return go_on(typed)


@bp.post("/take-out/done")
@with_draft
def request_slip(draft: Draft) -> ResponseReturnValue:
    """The last button: the slip is asked for, once, however often it is pressed."""
    box = appliance()
    with draft.lock:
        typed = draft.at_screen
        if not isinstance(typed, TypedSlip):
            return go_where_due(draft)
        if first_open(typed, box.settings) is not Step.SUMMARY or request.form.get("once") != draft.token:
            return go_on(typed)
        since_seq = box.feed.last_seq
        try:
            slip = box.goods.slips.request(
                typed.slip(_today(), box.settings.estate.zone), source=SlipSource.TOUCH, actor=ACTOR
            )
        except Invalid as found:
            # A unit that has left the directory meanwhile is on no page of questions.
            return _mend(typed, found.fields) or start_over()
        draft.hand_over(Result(Register.SLIP, slip.id, since_seq))
    return go_where_due(draft)


@bp.get("/take-out/slip")
@with_draft
def show_slip(draft: Draft) -> ResponseReturnValue:
    """The slip that was asked for: its number, and whose word it waits for."""
    box, result = appliance(), draft.result
    if result is None or result.register is not Register.SLIP:
        return go_where_due(draft)
    slip = box.goods.slip_queries.get(result.id)
    day = slip.not_before.astimezone(box.settings.estate.zone).date()
    return render_template("touch/slip.html", slip=slip, day=_told(day)[1], idle_s=box.settings.touch.idle_s)


def _mend(typed: TypedSlip, problems: Mapping[str, FieldProblem]) -> ResponseReturnValue | None:
    """Ask again on the first page that has a field at fault; None when no page has."""
    if any(name.partition(".")[0] == "items" for name in problems):
        return show_list(typed)
    asked = only(problems, _FIELDS_ON[Step.ASKER])
    if asked:
        typed.passed.discard(Step.ASKER.value)
        return _ask_who(typed, asked)
    if only(problems, _FIELDS_ON[Step.DAY]):
        typed.passed.discard(Step.DAY.value)
        return go(typed, Step.DAY)
    return None


def _problems(typed: TypedSlip) -> Mapping[str, FieldProblem]:
    """What is wrong with the slip as typed so far."""
    box = appliance()
    try:
        slip = typed.slip(_today(), box.settings.estate.zone)
        check_new_slip(slip, departments=box.settings.goods.departments, now=box.clock.now())
    except Invalid as found:
        return found.fields
    return {}


def _ask_who(typed: TypedSlip, problems: Mapping[str, FieldProblem] | None = None) -> ResponseReturnValue:
    problems = problems or {}
    labels = {
        "requested_by": _("Your name"),
        "taken_by": _("Who takes them away"),
        "carrier": _("Removal company"),
        "vehicle_plate": field_label(VisitField.VEHICLE_PLATE),
    }
    questions = [
        Question(
            name, label, getattr(typed, name), name == "requested_by", MAX_CHARACTERS[name], problems.get(name)
        )
        for name, label in labels.items()
    ]  # fmt: skip
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK
    return show(
        typed, Step.ASKER, status=status, questions=questions, askers=_ASKERS, problem=problems.get("requester")
    )  # fmt: skip


def _today() -> date:
    box = appliance()
    return box.clock.now().astimezone(box.settings.estate.zone).date()


def _told(day: date) -> tuple[str, str]:
    """A day in words where there are any, and its date with the weekday."""
    near = {0: _("Today"), 1: _("Tomorrow")}.get((day - _today()).days, "")
    told: str = format_skeleton("MMMEd", datetime.combine(day, time()), tzinfo=None, locale=get_locale())
    return near, told


@summary_of(TypedSlip)
def _lines(typed: TypedSlip) -> list[Line]:
    if typed.place.unit is None or typed.requester is None or typed.day is None:
        return []
    items = ", ".join(f"{item.quantity} × {item.name}" for item in typed.items)
    taken_by = ", ".join(part for part in (typed.taken_by, typed.carrier, typed.vehicle_plate) if part)
    near, told = _told(typed.day)
    return [
        Line(Step.PLACE, _("Where from"), places.describe(appliance().units, typed.place.unit)),
        Line(Step.ITEMS, _("Goods"), items),
        Line(Step.ASKER, REQUESTER_LABELS[typed.requester], typed.requested_by),
        Line(Step.ASKER, _("Who takes them away"), taken_by),
        Line(Step.DAY, SLIP_KIND_LABELS[typed.kind], " · ".join(part for part in (near, told) if part)),
        photo_line(typed),
    ]
