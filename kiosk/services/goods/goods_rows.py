"""The rows of goods in: how they are written, moved on and read back, within the caller's transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, func, insert, select, update

from kiosk.domain.goods import (
    ENDED_STATES,
    CollectMethod,
    Goods,
    GoodsCategory,
    GoodsSource,
    GoodsState,
    Handling,
    NewGoods,
    goods_number,
    may_become,
)
from kiosk.domain.ids import new_id
from kiosk.domain.text import plate_key
from kiosk.errors import Conflict, NotFound
from kiosk.services.counting import next_count
from kiosk.services.register_lookup import index_words
from kiosk.store.database import Transaction
from kiosk.store.tables import goods_in

WORDS: Final = "goods_search"
"""The full-text index of carriers, whoever carries, and what goods are in words."""


def searched_texts(carrier: str, carrier_name: str, description: str) -> list[str]:
    """What goods are found by, as words."""
    return [carrier, carrier_name, description]


def enter(
    transaction: Transaction,
    new: NewGoods,
    zone: ZoneInfo,
    *,
    state: GoodsState,
    source: GoodsSource,
    lane: str | None,
    is_dangerous: bool,
    photo_id: str | None,
    shelf: str = "",
    visit_id: str | None = None,
    decided_by: str | None = None,
    reason: str = "",
) -> Goods:
    """Write goods under the day's next number."""
    now = transaction.now
    day = now.astimezone(zone).date()
    row = {
        "id": new_id(now),
        "number": goods_number(day, next_count(transaction, f"goods {day:%y%m%d}")),
        "state": state.value,
        "handling": new.handling.value,
        "unit": new.unit,
        "carrier": new.carrier,
        "carrier_name": new.carrier_name,
        "phone": new.phone,
        "category": new.category.value,
        "description": new.description,
        "pieces": new.pieces,
        "vehicle_plate": new.vehicle_plate,
        "plate_key": plate_key(new.vehicle_plate),
        "is_dangerous": is_dangerous,
        "shelf": shelf,
        "photo_id": photo_id,
        "visit_id": visit_id,
        "source": source.value,
        "lane": lane,
        "created_at": now,
        "decided_at": now if decided_by is not None else None,
        "decided_by": decided_by,
        "reason": reason,
        "ended_at": _ended_at(state, now),
    }
    transaction.connection.execute(insert(goods_in), row)
    goods = require_goods(transaction.connection, str(row["id"]))
    texts = searched_texts(new.carrier, new.carrier_name, new.description)
    index_words(transaction, WORDS, goods.seq, texts)
    return goods


def move(transaction: Transaction, goods_id: str, state: GoodsState, **values: Any) -> Goods:
    """Move goods on to `state`, with further columns where they change with it.

    Raises:
        NotFound: there are no such goods.
        Conflict: `goods-collected` and the like: their present state does not allow it.
    """
    goods = require_goods(transaction.connection, goods_id)
    if not may_become(goods.state, state):
        word = goods.state.value.replace("_", "-")
        raise Conflict(f"goods-{word}", f"The goods are {_STATE_WORDS[goods.state]}.")
    values["ended_at"] = _ended_at(state, transaction.now)
    transaction.connection.execute(
        update(goods_in).where(goods_in.c.id == goods_id).values(state=state.value, **values)
    )
    return require_goods(transaction.connection, goods_id)


def note_visit(transaction: Transaction, goods_id: str, visit_id: str) -> Goods:
    """Say which visit takes goods to the door."""
    transaction.connection.execute(update(goods_in).where(goods_in.c.id == goods_id).values(visit_id=visit_id))
    return require_goods(transaction.connection, goods_id)


def taken_shelves(connection: Connection) -> dict[str, int]:
    """How many goods lie on each shelf that has any."""
    statement = (
        select(goods_in.c.shelf, func.count().label("goods"))
        .where(goods_in.c.state == GoodsState.KEPT.value)
        .group_by(goods_in.c.shelf)
    )
    return {row.shelf: row.goods for row in connection.execute(statement)}


def require_goods(connection: Connection, goods_id: str) -> Goods:
    """Read goods.

    Raises:
        NotFound: there are none of that id.
    """
    row = connection.execute(select(goods_in).where(goods_in.c.id == goods_id)).first()
    if row is None:
        raise NotFound("goods")
    return goods_from(row)


def goods_from(row: Row[Any]) -> Goods:
    """A `goods_in` row as a value."""
    return Goods(
        seq=row.seq,
        id=row.id,
        number=row.number,
        state=GoodsState(row.state),
        handling=Handling(row.handling),
        unit=row.unit,
        carrier=row.carrier,
        carrier_name=row.carrier_name,
        phone=row.phone,
        category=GoodsCategory(row.category),
        description=row.description,
        pieces=row.pieces,
        vehicle_plate=row.vehicle_plate,
        is_dangerous=row.is_dangerous,
        shelf=row.shelf,
        photo_id=row.photo_id,
        visit_id=row.visit_id,
        source=GoodsSource(row.source),
        lane=row.lane,
        created_at=row.created_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        reason=row.reason,
        ended_at=row.ended_at,
        collect_method=CollectMethod(row.collect_method) if row.collect_method is not None else None,
        collected_by=row.collected_by,
    )


def _ended_at(state: GoodsState, now: datetime) -> datetime | None:
    return now if state in ENDED_STATES else None


_STATE_WORDS = {
    GoodsState.WAITING: "waiting for a guard",
    GoodsState.TO_DOOR: "on their way to the door",
    GoodsState.KEPT: "kept at the gate",
    GoodsState.COLLECTED: "collected already",
    GoodsState.RETURNED: "gone back with the carrier",
    GoodsState.REFUSED: "refused",
    GoodsState.CANCELLED: "cancelled",
}
