"""Goods that come in: who brings them, what they are, where they go. Nothing personal is asked unless it must be."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kiosk.config import DangerousGoods
from kiosk.domain.goods import IN_WORDS, MAX_PIECES, GoodsCategory, GoodsSource, Handling
from kiosk.domain.service_times import Turn
from kiosk.domain.visits import VisitField
from kiosk.errors import FieldProblem, Invalid
from kiosk.services.goods.goods_input import MAX_CHARACTERS, check_new_goods
from web.access import appliance
from web.goods_words import CATEGORY_LABELS
from web.i18n import current_language
from web.sentences import field_label
from web.touch.pages import go, go_on, kind_settings, show
from web.touch.session import ACTOR, begin, bp, go_where_due, start_over, touched, with_draft, with_typed
from web.touch.start import end_turn
from web.touch.summary import Line, photo_line, summary_of
from web.touch.waiting import is_waiting
from web.turns import place as places
from web.turns.courier import carrier_of_tap
from web.turns.draft import Draft, Register, Result
from web.turns.questions import Question, only, typed_number, typed_text
from web.turns.steps import Step, first_open, steps_of
from web.turns.typed import TypedGoods

_FIELDS_ON: Final = {
    Step.CARRIER: {"carrier"},
    Step.WHAT: {"pieces", "vehicle_plate"},
    Step.DETAILS: {"description"},
    Step.CONTACT: {"phone"},
}


@bp.get("/goods")
def show_goods_doors() -> ResponseReturnValue:
    """Deliver, collect, take out? No turn has begun yet."""
    box = appliance()
    return end_turn() or render_template(
        "touch/goods_doors.html", idle_s=box.settings.touch.idle_s, seq=box.feed.last_seq
    )


@bp.post("/goods-in")
def begin_goods_in() -> ResponseReturnValue:
    """Begin with an empty draft."""
    typed = TypedGoods(place=places.settle(appliance().units, places.Place()))
    begin(typed)
    return go(typed, Step.CARRIER)


@bp.post("/goods-in/courier")
def begin_by_card() -> ResponseReturnValue:
    """A courier's card was tapped: on with the place, by the company that has the card.

    Only the script of a page from before the place sends this, with the number of the journal's entry that it was told
    of. What was entered already, by whoever came back to the first question, stays.
    """
    draft, seq = touched(), request.form.get("seq", type=int)
    if draft is not None and is_waiting(draft):
        return go_where_due(draft)
    carrier = carrier_of_tap(appliance(), seq) if seq is not None else None
    if carrier is None:
        return go_where_due(draft) if draft is not None else start_over()
    typed = draft.typed if draft is not None else None
    if not isinstance(typed, TypedGoods):
        typed = TypedGoods(place=places.settle(appliance().units, places.Place()))
        begin(typed)
    typed.carrier = carrier
    typed.passed.add(Step.CARRIER)
    return go_on(typed)


@bp.get("/goods-in/carrier")
@with_typed(TypedGoods)
def show_carrier(typed: TypedGoods) -> ResponseReturnValue:
    """Who brings them? With `?other=1` in words."""
    return _ask(typed, Step.CARRIER, in_words="other" in request.args)


@bp.post("/goods-in/carrier")
@with_typed(TypedGoods)
def take_carrier(typed: TypedGoods) -> ResponseReturnValue:
    """Take the company of a button, or the words."""
    typed.carrier = typed_text("carrier")
    return _pass(typed, Step.CARRIER)


@bp.get("/goods-in/what")
@with_typed(TypedGoods)
def show_what(typed: TypedGoods) -> ResponseReturnValue:
    """What is it, in how many pieces, brought by which vehicle?"""
    return _ask(typed, Step.WHAT)


@bp.post("/goods-in/what")
@with_typed(TypedGoods)
def take_what(typed: TypedGoods) -> ResponseReturnValue:
    """Take all three; a category that says nothing by itself is told in words on the next page, again too."""
    problems: dict[str, FieldProblem] = {}
    typed.pieces = typed_number("pieces", problems, least=1, most=MAX_PIECES) or typed.pieces
    typed.vehicle_plate = typed_text("vehicle_plate")
    chosen = request.form.get("category", "")
    if chosen not in set(GoodsCategory):
        return go(typed, Step.WHAT)
    if not typed.vehicle_plate and _plate_is_required(typed):
        problems["vehicle_plate"] = FieldProblem.REQUIRED
    category = GoodsCategory(chosen)
    if category is not typed.category:
        typed.category, typed.danger, typed.description = category, "", ""
    typed.passed.discard(Step.DETAILS.value)
    return _pass(typed, Step.WHAT, problems)


@bp.get("/goods-in/details")
@with_typed(TypedGoods)
def show_details(typed: TypedGoods) -> ResponseReturnValue:
    """Which dangerous goods, or in words: what is it?"""
    return _ask(typed, Step.DETAILS, in_words="other" in request.args)


@bp.post("/goods-in/details")
@with_typed(TypedGoods)
def take_details(typed: TypedGoods) -> ResponseReturnValue:
    """Take a button of the dangerous goods, or the words."""
    known = {each.name_en: each for each in appliance().settings.goods.dangerous}
    danger = known.get(request.form.get("danger", "")) if typed.category is GoodsCategory.DANGEROUS else None
    typed.danger = _told_guard(danger) if danger is not None else ""
    typed.description = typed_text("description")
    return _pass(typed, Step.DETAILS)


@bp.get("/goods-in/contact")
@with_typed(TypedGoods)
def show_contact(typed: TypedGoods) -> ResponseReturnValue:
    """The telephone number, where a delivery has to leave one."""
    return _ask(typed, Step.CONTACT)


@bp.post("/goods-in/contact")
@with_typed(TypedGoods)
def take_contact(typed: TypedGoods) -> ResponseReturnValue:
    """Take it."""
    typed.phone = typed_text("phone")
    return _pass(typed, Step.CONTACT, {} if typed.phone else {"phone": FieldProblem.REQUIRED})


@bp.post("/goods-in/done")
@with_draft
def register_goods(draft: Draft) -> ResponseReturnValue:
    """The last button says where the goods go: they are registered, once, however often it is pressed."""
    box = appliance()
    with draft.lock:
        typed = draft.at_screen
        if not isinstance(typed, TypedGoods):
            return go_where_due(draft)
        is_complete = first_open(typed, box.settings) is Step.SUMMARY
        handling = request.form.get("handling", "")
        if not is_complete or handling not in set(Handling) or request.form.get("once") != draft.token:
            return go_on(typed)
        since_seq = box.feed.last_seq
        try:
            registered = box.goods.goods_in.register(
                typed.goods(Handling(handling)), source=GoodsSource.TOUCH, actor=ACTOR, lane=box.settings.touch.lane,
                photo=typed.photo, turn=Turn(draft.begun_at),
            )  # fmt: skip
        except Invalid as found:
            # A unit that has left the directory meanwhile is on no page of questions.
            return _mend(typed, found.fields) or start_over()
        visit = registered.sign_in.visit if registered.sign_in is not None else None
        draft.hand_over(
            Result(Register.VISIT, visit.id, since_seq)
            if visit is not None
            else Result(Register.GOODS, registered.goods.id, since_seq)
        )
    return go_where_due(draft)


def _pass(typed: TypedGoods, step: Step, problems: Mapping[str, FieldProblem] | None = None) -> ResponseReturnValue:
    """Go on from a page, or ask again what cannot be."""
    found = dict(problems or {})
    try:
        check_new_goods(typed.goods(Handling.DOOR))
    except Invalid as invalid:
        found |= only(invalid.fields, _FIELDS_ON[step])
    if found:
        typed.passed.discard(step.value)
        return _ask(typed, step, found, in_words=True)
    typed.passed.add(step.value)
    return go_on(typed)


def _mend(typed: TypedGoods, problems: Mapping[str, FieldProblem]) -> ResponseReturnValue | None:
    """Ask again on the first page that has a field at fault; None when no page has."""
    for step in steps_of(typed, appliance().settings):
        found = only(problems, _FIELDS_ON.get(step, set()))
        if found:
            typed.passed.discard(step.value)
            return _ask(typed, step, found, in_words=True)
    return None


def _ask(
    typed: TypedGoods, step: Step, problems: Mapping[str, FieldProblem] | None = None, *, in_words: bool = False
) -> ResponseReturnValue:
    problems = problems or {}
    settings = appliance().settings.goods
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK

    def question(name: str, label: object, *, is_required: bool = True, limit: int = 0, least: int = 0) -> Question:
        most = limit or MAX_CHARACTERS[name]
        return Question(name, str(label), getattr(typed, name), is_required, most, problems.get(name), least)

    if step is Step.CARRIER:
        in_words = in_words or not settings.carriers
        carrier = question("carrier", _("Company or name"))
        return show(
            typed, step, status=status, question=carrier, in_words=in_words, carriers=settings.carriers,
            has_cards=appliance().card_queries.has_couriers(), seq=appliance().feed.last_seq,
        )  # fmt: skip
    if step is Step.WHAT:
        pieces = question("pieces", _("Pieces"), limit=MAX_PIECES, least=1)
        plate_label = field_label(VisitField.VEHICLE_PLATE)
        plate = question("vehicle_plate", plate_label, is_required=_plate_is_required(typed))
        return show(typed, step, status=status, categories=list(GoodsCategory), pieces=pieces, plate=plate)
    if step is Step.DETAILS:
        dangers = [(each.name_en, _name(each)) for each in settings.dangerous]
        in_words = in_words or typed.category is not GoodsCategory.DANGEROUS or not dangers
        words = question("description", _("What is it?"))
        return show(typed, step, status=status, question=words, in_words=in_words, dangers=dangers)
    return show(typed, step, status=status, question=question("phone", field_label(VisitField.PHONE)))


def _plate_is_required(typed: TypedGoods) -> bool:
    kind = kind_settings(typed)
    return kind is not None and kind.asks.get(VisitField.VEHICLE_PLATE) == "required"


def _name(danger: DangerousGoods) -> str:
    """Its name in the reader's language."""
    names = {"zh_Hant": danger.name_zh_hant, "zh_Hans": danger.name_zh_hans}
    return names.get(current_language().code, danger.name_en)


def _told_guard(danger: DangerousGoods) -> str:
    """Its name for the register: the guard reads another language than the courier, as like as not."""
    return " ".join(dict.fromkeys((danger.name_zh_hant, danger.name_en)))


@summary_of(TypedGoods)
def _lines(typed: TypedGoods) -> list[Line]:
    if typed.category is None or typed.place.unit is None:
        return []
    label, what = _("Goods"), str(CATEGORY_LABELS[typed.category])
    if typed.category in IN_WORDS:
        known = {_told_guard(each): _name(each) for each in appliance().settings.goods.dangerous}
        label, what = what, known.get(typed.danger, typed.description)
    lines = [
        Line(Step.CARRIER, _("Carrier"), typed.carrier),
        Line(Step.PLACE, _("Where to"), places.describe(appliance().units, typed.place.unit)),
    ]
    if Step.CONTACT in steps_of(typed, appliance().settings):
        lines.append(Line(Step.CONTACT, field_label(VisitField.PHONE), typed.phone))
    lines.append(Line(Step.WHAT, label, f"{typed.pieces} × {what}"))
    lines.append(Line(Step.WHAT, field_label(VisitField.VEHICLE_PLATE), typed.vehicle_plate))
    return [*lines, photo_line(typed)]
