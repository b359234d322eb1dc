"""After the last button of goods that come in: the shelf, waiting for the guard, or that it cannot be.

Goods that go to the door are a visit, and theirs is that visit's page.
"""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kiosk.domain.goods import GoodsState
from web.access import appliance
from web.touch.paper import PaperState, paper_state, printed_since
from web.touch.session import bp, forget, go_where_due, peek, start_over, touched, with_draft
from web.touch.visit import DONE_S
from web.touch.waiting import give_up
from web.turns import place as places
from web.turns.draft import WAITING_S, Draft, Register, Result


@bp.get("/goods-in/goods")
def show_goods() -> ResponseReturnValue:
    """The goods of this turn, as they stand."""
    return _answer(touched(), "touch/goods.html")


@bp.get("/goods-in/goods/state")
def tell_goods() -> ResponseReturnValue:
    """The part of that page which changes, for its script; asking for it is not a touch."""
    return _answer(peek(), "touch/goods_state.html")


@bp.post("/goods-in/cancel")
@with_draft
def cancel_goods(draft: Draft) -> ResponseReturnValue:
    """The carrier does not want to wait. Whom the guard has let in meanwhile is shown where the goods go instead."""
    if not give_up(draft):
        return go_where_due(draft)
    forget()
    return redirect(url_for("touch.show_start"), 303)


def _answer(draft: Draft | None, template: str) -> ResponseReturnValue:
    if draft is None or draft.result is None:
        return start_over()
    if draft.result.register is not Register.GOODS:
        return go_where_due(draft)
    box, result = appliance(), draft.result
    goods = box.goods.goods_queries.get(result.id)
    if goods.state is GoodsState.CANCELLED:
        return redirect(url_for("touch.show_start"), 303)
    if goods.visit_id is not None:
        draft.result = Result(Register.VISIT, goods.visit_id, result.since_seq)
        return go_where_due(draft)
    printed = printed_since(result.since_seq, Register.GOODS, goods.id)
    is_waiting = goods.state is GoodsState.WAITING
    return render_template(
        template,
        goods=goods,
        unit=places.describe(box.units, goods.unit),
        is_told=_is_told(goods.unit),
        paper=paper_state(printed) if printed is not None else PaperState.NONE,
        seq=box.feed.last_seq,
        idle_s=int(max(box.settings.touch.idle_s, WAITING_S)) if is_waiting else min(box.settings.touch.idle_s, DONE_S),
    )


def _is_told(unit: str) -> bool:
    """Tell whether somebody of the unit has a telephone that the box can reach; else they find out when they look."""
    box = appliance()
    return box.settings.hosts.base_url is not None and any(link.is_told for link in box.resident_links.of_unit(unit))
