"""Registering goods at the desk: the guard who does it decides about them by that."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from kiosk.domain.access import Direction
from kiosk.domain.blocklist import Traits
from kiosk.domain.goods import MAX_PIECES, GoodsCategory, GoodsSource, Handling, NewGoods
from kiosk.domain.roles import Permission
from kiosk.errors import Conflict, FieldProblem, Invalid
from kiosk.services.blocklist import VisitorBlocked
from kiosk.services.goods.goods_input import MAX_CHARACTERS
from web import goods_words
from web.access import appliance
from web.panel.answers import done, reason_from_form
from web.panel.at_lanes import lanes_leading
from web.panel.blocklist import BlockNote, block_note
from web.panel.blueprint import bp, current_user, needs
from web.panel.goods import registered_sentence
from web.panel.turns import FROM_TURN, Turn, chosen_photo, finishing, taken_turn
from web.turns.draft import Register
from web.turns.typed import TypedGoods

UNITS_OFFERED: Final = 2000
"""Units that the form offers while one types; a larger estate's others are typed in full."""
_NO_NUMBER: Final = 0
"""Stands for pieces that are no number; it is out of their range."""


@bp.get("/goods/new")
@needs(Permission.MANAGE_GOODS)
def show_new_goods() -> Response:
    """The form for goods before the guard, or for those of a turn that the guard has taken over."""
    return _form(HTTPStatus.OK, {}, turn=taken_turn(TypedGoods))


@bp.post("/goods/new")
@needs(Permission.MANAGE_GOODS)
def register_goods() -> Response:
    """Register goods. Dangerous ones need a note, and so does a carrier on the blocklist."""
    with finishing(TypedGoods) as turn:
        return _register(turn)


def _register(turn: Turn[TypedGoods] | None) -> Response:
    actor = current_user().actor
    try:
        new = _goods_from_form()
        registered = appliance().goods.goods_in.register(
            new, source=GoodsSource.PANEL, actor=actor, lane=request.form.get("lane") or None,
            photo=chosen_photo(turn), approved_by=actor,
            reason=reason_from_form(is_needed=False), turn=turn.served if turn is not None else None,
        )  # fmt: skip
    except VisitorBlocked as refusal:
        name = new.carrier_name.strip() or new.carrier.strip()
        note = block_note(refusal.entry_id, Traits(name, new.phone, new.vehicle_plate))
        return _form(HTTPStatus.CONFLICT, {}, note, turn=turn)
    except Invalid as refusal:
        return _form(HTTPStatus.UNPROCESSABLE_ENTITY, refusal.fields, turn=turn)
    except Conflict as refusal:
        if refusal.code != "no-reason":
            raise
        problems = {"reason": FieldProblem.REQUIRED}
        return _form(HTTPStatus.UNPROCESSABLE_ENTITY, problems, is_dangerous=True, turn=turn)
    goods = registered.goods
    if turn is not None and registered.sign_in is not None:
        turn.finish(Register.VISIT, registered.sign_in.visit.id)
    elif turn is not None:
        turn.finish(Register.GOODS, goods.id)
    return done(registered_sentence(goods.number, goods.shelf), url_for("panel.show_goods", goods_id=goods.id))


def _form_of(typed: TypedGoods) -> dict[str, str]:
    """The form filled in with what was typed at the touchscreen."""
    return {
        "unit": typed.place.unit or "",
        "carrier": typed.carrier,
        "category": (typed.category or GoodsCategory.PARCEL).value,
        "description": typed.danger or typed.description,
        "pieces": str(typed.pieces),
        "vehicle_plate": typed.vehicle_plate,
        "phone": typed.phone,
        "lane": appliance().settings.touch.lane,
        "photo_from": FROM_TURN if typed.photo is not None else "",
    }


def _goods_from_form() -> NewGoods:
    """Read the form; what is wrong with a text or a number, the register tells with everything else.

    Raises:
        Invalid: what is chosen from a list is none of it.
    """
    form = request.form
    problems: dict[str, FieldProblem] = {}
    category, handling, pieces = form.get("category", ""), form.get("handling", ""), form.get("pieces", "").strip()
    if category not in set(GoodsCategory):
        problems["category"] = FieldProblem.REQUIRED
    if handling not in set(Handling):
        problems["handling"] = FieldProblem.REQUIRED
    if problems:
        raise Invalid(problems)
    return NewGoods(
        unit=form.get("unit", "").strip(),
        category=GoodsCategory(category),
        handling=Handling(handling),
        pieces=int(pieces) if pieces.isascii() and pieces.isdigit() and len(pieces) < 6 else _NO_NUMBER,
        **{name: form.get(name, "") for name in MAX_CHARACTERS},
    )


def _form(
    status: HTTPStatus,
    problems: dict[str, FieldProblem],
    note: BlockNote | None = None,
    *,
    is_dangerous: bool = False,
    turn: Turn[TypedGoods] | None = None,
) -> Response:
    gate = appliance()
    ways_in = lanes_leading(Direction.IN)
    page = render_template(
        "panel/goods_new.html",
        carriers=gate.settings.goods.carriers,
        units=[unit for _position, unit in gate.units.page("", 0, UNITS_OFFERED)],
        cameras=[lane for lane in ways_in if lane in gate.cameras] or list(gate.cameras),
        lanes=ways_in,
        limits=MAX_CHARACTERS,
        most_pieces=MAX_PIECES,
        typed=_form_of(turn.typed) if turn is not None and not request.form else request.form,
        turn=turn,
        problems=problems,
        note=note,
        is_dangerous=is_dangerous,
        **goods_words.for_templates(),
    )
    return make_response(page, int(status))
