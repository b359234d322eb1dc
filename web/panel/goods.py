"""Goods in at the panel: what waits for a decision, what is kept at the gate, and one lot of goods."""

from __future__ import annotations

from http import HTTPStatus
from itertools import chain
from typing import Final

from flask import Response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from kiosk.domain.goods import CollectMethod, GoodsState
from kiosk.domain.roles import Permission
from kiosk.domain.subjects import Subject
from kiosk.errors import Conflict
from kiosk.services.export import every_page
from kiosk.services.goods.goods_queries import GoodsFilter
from web import goods_words
from web.access import appliance
from web.paging import place_before
from web.panel.answers import done, not_done, reason_from_form
from web.panel.blueprint import bp, current_user, needs
from web.panel.columns import goods_columns
from web.panel.desk import taken_tap
from web.panel.exports import send_list
from web.panel.kept import by_shelf, is_late, kept_label
from web.sentences import guard_sentence

PAGE_LENGTH: Final = 25
MAX_QUERY: Final = 80


@bp.get("/goods")
@needs(Permission.SEE_PEOPLE)
def list_goods() -> str:
    """What waits, what is kept, and goods by whatever is known of them, newest first."""
    gate = appliance()
    wanted = _wanted()
    place = place_before()
    is_overview = place is None and wanted == GoodsFilter()
    return render_template(
        "panel/goods.html",
        waiting=gate.goods.goods_queries.waiting(),
        kept=by_shelf(gate.goods.goods_queries.kept()) if is_overview else [],
        is_overview=is_overview,
        page=gate.goods.goods_queries.page(wanted, before=place, limit=PAGE_LENGTH),
        query=wanted.query,
        state=wanted.state,
        states=list(GoodsState),
        is_first=place is None,
        now=gate.clock.now(),
        kept_label=kept_label,
        is_late=is_late,
        **goods_words.for_templates(),
    )


@bp.get("/goods.<ending>")
@needs(Permission.EXPORT)
def export_goods(ending: str) -> Response:
    """The same goods, all of them, as a file."""
    pages = every_page(appliance().goods.goods_queries.page, _wanted())
    return send_list("goods-in", ending, goods_columns(), chain.from_iterable(pages))


@bp.get("/goods/<goods_id>")
@needs(Permission.SEE_PEOPLE)
def show_goods(goods_id: str) -> str:
    """One lot of goods with its photo, its history and what can be done with it."""
    gate = appliance()
    goods = gate.goods.goods_queries.get(goods_id)
    return render_template(
        "panel/goods_one.html",
        goods=goods,
        visit=gate.visit_queries.get(goods.visit_id) if goods.visit_id is not None else None,
        history=gate.feed_view.history(Subject.GOODS, goods.id),
        purpose=_purpose(goods.id),
        now=gate.clock.now(),
        kept_label=kept_label,
        is_late=is_late,
        **goods_words.for_templates(),
    )


@bp.post("/goods/<goods_id>/let-in")
@needs(Permission.MANAGE_GOODS)
def let_goods_in(goods_id: str) -> AnyResponse:
    """Let in goods that wait, on the guard's terms."""
    registered = appliance().goods.goods_in.let_in(goods_id, actor=current_user().actor, note=reason_from_form())
    return done(registered_sentence(registered.goods.number, registered.goods.shelf), _page_of(goods_id))


@bp.post("/goods/<goods_id>/refuse")
@needs(Permission.MANAGE_GOODS)
def refuse_goods(goods_id: str) -> AnyResponse:
    """Turn goods away that wait."""
    goods = appliance().goods.goods_in.refuse(goods_id, actor=current_user().actor, reason=reason_from_form())
    return done(_("%(number)s is turned away.", number=goods.number), _page_of(goods_id))


@bp.post("/goods/<goods_id>/hand-out")
@needs(Permission.MANAGE_GOODS)
def hand_goods_out(goods_id: str) -> AnyResponse:
    """Hand out kept goods on the code that was typed; without one on the guard's own word."""
    service, actor, code = appliance().goods.goods_in, current_user().actor, request.form.get("code", "").strip()
    if code:
        goods = service.collect_with_code(goods_id, code, actor=actor)
    else:
        goods = service.collect(goods_id, method=CollectMethod.DESK, by=actor, actor=actor)
    return done(_("%(number)s is handed out.", number=goods.number), _page_of(goods_id))


@bp.post("/goods/<goods_id>/hand-out-by-card")
@needs(Permission.MANAGE_GOODS)
def hand_goods_out_by_card(goods_id: str) -> AnyResponse:
    """Hand out kept goods to whoever has held a card of their unit to the reader at the desk."""
    goods = appliance().goods.goods_queries.get(goods_id)
    tap = taken_tap(_purpose(goods.id))
    if tap is None:
        raise Conflict("no-card-shown", "No card was held to the reader.")
    if not tap.is_good or tap.card_id is None:
        return not_done(str(guard_sentence(tap.code)), HTTPStatus.CONFLICT)
    if tap.is_nobodys or tap.unit != goods.unit:
        raise Conflict("other-unit", "The card is not of the goods' unit.")
    goods = appliance().goods.goods_in.collect(
        goods.id, method=CollectMethod.CARD, by=f"card {tap.card_id}", actor=current_user().actor
    )
    return done(_("%(number)s is handed out.", number=goods.number), _page_of(goods.id))


@bp.post("/goods/<goods_id>/give-back")
@needs(Permission.MANAGE_GOODS)
def give_goods_back(goods_id: str) -> AnyResponse:
    """Give kept goods back to the carrier."""
    goods = appliance().goods.goods_in.give_back(goods_id, actor=current_user().actor, reason=reason_from_form())
    return done(_("%(number)s goes back with the carrier.", number=goods.number), _page_of(goods_id))


@bp.post("/goods/<goods_id>/reprint-label")
@needs(Permission.MANAGE_GOODS)
def reprint_goods_label(goods_id: str) -> AnyResponse:
    """Print another label of kept goods."""
    appliance().goods.papers.reprint_label(goods_id, actor=current_user().actor)
    return done(_("The label is printed next."), _page_of(goods_id))


def registered_sentence(number: str, shelf: str) -> str:
    """What became of goods that are in: their shelf, or the way to the door."""
    if shelf:
        return str(_("%(number)s is kept on shelf %(shelf)s.", number=number, shelf=shelf))
    return str(_("%(number)s goes to the door.", number=number))


def _wanted() -> GoodsFilter:
    state = request.args.get("state", "")
    return GoodsFilter(
        state=GoodsState(state) if state in set(GoodsState) else None, query=request.args.get("q", "")[:MAX_QUERY]
    )


def _page_of(goods_id: str) -> str:
    return url_for("panel.show_goods", goods_id=goods_id)


def _purpose(goods_id: str) -> str:
    """What a card at the desk is waited for: no other goods are handed out by it."""
    return f"collect {goods_id}"
