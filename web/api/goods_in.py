"""Goods in: register, find, read, hand out."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from kiosk.domain.goods import CollectMethod, Goods, GoodsSource, GoodsState, NewGoods
from kiosk.services.goods.goods_queries import GoodsFilter
from web.access import appliance
from web.api.answers import SignedIn
from web.api.cursors import read_cursor, write_cursor
from web.api.goods_models import (
    CollectBody,
    GoodsItem,
    GoodsPage,
    GoodsQuery,
    GoodsWithCode,
    NewGoodsBody,
    RegisteredGoods,
)
from web.api.operations import Reply, caller, operation
from web.api.repeats import KEY_HEADERS, read_repeatable

_LIST: Final = "goods-in"


@operation(
    "POST",
    "/goods-in",
    tag="goods",
    body=NewGoodsBody,
    answer=RegisteredGoods,
    status=HTTPStatus.CREATED,
    errors=("idempotency-key-reused",),
    request_headers=KEY_HEADERS,
    answer_headers={"Location": "Where the goods are."},
)
def register_goods(body: NewGoodsBody) -> Reply:
    """Register goods.

    To the door they go with a visit, whose pass comes with the answer; at the gate they get a shelf, and the unit is
    told. Dangerous goods wait for a guard. A repeat is answered with the goods as they stand then, without the visit.
    """
    new = NewGoods(**{name: getattr(body, name) for name in NewGoodsBody.model_fields if name != "lane"})
    registered = appliance().goods.goods_in.register(
        new, source=GoodsSource.API, actor=caller().actor, lane=body.lane, repeatable=read_repeatable()
    )
    sign_in = registered.sign_in
    answer = RegisteredGoods(
        sign_in=SignedIn.model_validate(sign_in.answer()) if sign_in is not None else None,
        **_members(registered.goods),
    )
    return Reply(answer, {"Location": f"/api/v1/goods-in/{answer.id}"})


@operation("GET", "/goods-in", tag="goods", query=GoodsQuery, answer=GoodsPage, exports=_LIST)
def list_goods(query: GoodsQuery) -> GoodsPage:
    """List goods, the newest first.

    What waits on the shelves is `?state=kept`.
    """
    wanted = GoodsFilter(state=query.state, query=query.q, unit=query.unit, since=query.since)
    before = read_cursor(_LIST, query.cursor)
    page = appliance().goods.goods_queries.page(wanted, before=before, limit=query.limit)
    items = [GoodsItem(**_members(goods)) for goods in page.items]
    return GoodsPage(items=items, next=write_cursor(_LIST, page.next_after))


@operation("GET", "/goods-in/<goods_id>", tag="goods", answer=GoodsWithCode, errors=("not-found",))
def get_goods(goods_id: str) -> GoodsWithCode:
    """Read goods, and the code by which they are collected."""
    goods = appliance().goods.goods_queries.get(goods_id)
    code = appliance().goods.codes.collect_code(goods.id) if goods.state is GoodsState.KEPT else None
    return GoodsWithCode(code=code, **_members(goods))


@operation(
    "POST",
    "/goods-in/<goods_id>/collect",
    tag="goods",
    body=CollectBody,
    needs_body=False,
    answer=GoodsItem,
    errors=(
        "not-found", "wrong-code", "goods-waiting", "goods-to-door", "goods-collected", "goods-returned",
        "goods-refused", "goods-cancelled",
    ),
)  # fmt: skip
def collect_goods(goods_id: str, body: CollectBody) -> GoodsItem:
    """Hand out kept goods.

    With the unit's code, or on the program's own word.
    """
    service, actor = appliance().goods.goods_in, caller().actor
    if body.code is not None:
        return GoodsItem(**_members(service.collect_with_code(goods_id, body.code, actor=actor)))
    return GoodsItem(**_members(service.collect(goods_id, method=CollectMethod.DESK, by=actor, actor=actor)))


def _members(goods: Goods) -> dict[str, Any]:
    return {name: getattr(goods, name) for name in GoodsItem.model_fields}
