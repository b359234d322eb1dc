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
from web.panel.at_lanes import lanes_leading, picture_now
from web.panel.blocklist import BlockNote, block_note
from web.panel.blueprint import bp, current_user, needs
from web.panel.goods import registered_sentence

UNITS_OFFERED: Final = 2000
"""Units that the form offers while one types; a larger estate's others are typed in full."""
_NO_NUMBER: Final = 0
"""Stands for pieces that are no number; it is out of their range."""


@bp.get("/goods/new")
@needs(Permission.MANAGE_GOODS)
def show_new_goods() -> Response:
    """The form for goods before the guard."""
    return _form(HTTPStatus.OK, {})


@bp.post("/goods/new")
@needs(Permission.MANAGE_GOODS)
def register_goods() -> Response:
    """Register goods. Dangerous ones need a note, and so does a carrier on the blocklist."""
    actor = current_user().actor
    try:
        new = _goods_from_form()
        frame = picture_now(request.form.get("photo_from", ""))
        registered = appliance().goods.goods_in.register(
            new, source=GoodsSource.PANEL, actor=actor, lane=request.form.get("lane") or None,
            photo=frame.jpeg() if frame is not None else None, approved_by=actor,
            reason=reason_from_form(is_needed=False),
        )  # fmt: skip
    except VisitorBlocked as refusal:
        name = new.carrier_name.strip() or new.carrier.strip()
        return _form(HTTPStatus.CONFLICT, {}, block_note(refusal.entry_id, Traits(name, new.phone, new.vehicle_plate)))
    except Invalid as refusal:
        return _form(HTTPStatus.UNPROCESSABLE_ENTITY, refusal.fields)
    except Conflict as refusal:
        if refusal.code != "no-reason":
            raise
        return _form(HTTPStatus.UNPROCESSABLE_ENTITY, {"reason": FieldProblem.REQUIRED}, is_dangerous=True)
    goods = registered.goods
    return done(registered_sentence(goods.number, goods.shelf), url_for("panel.show_goods", goods_id=goods.id))


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
        typed=request.form,
        problems=problems,
        note=note,
        is_dangerous=is_dangerous,
        **goods_words.for_templates(),
    )
    return make_response(page, int(status))
