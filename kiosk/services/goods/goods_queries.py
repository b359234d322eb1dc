"""Reading the register of goods in: what waits, what is kept and since when, and finding goods by what is known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, select

from kiosk.domain.goods import Goods, GoodsCategory, GoodsState
from kiosk.domain.text import plate_key
from kiosk.services.goods.codes import GoodsCodes
from kiosk.services.goods.goods_rows import WORDS, goods_from, require_goods
from kiosk.services.paging import Page, cut
from kiosk.services.register_lookup import RegisterLookup, plain_query
from kiosk.store.database import Store
from kiosk.store.tables import goods_in, units

_NUMBER: Final = re.compile(r"G[0-9]{6}-[0-9]+")


@dataclass(frozen=True, slots=True)
class GoodsFilter:
    """What a list of goods is narrowed to; None and empty mean all."""

    state: GoodsState | None = None
    query: str = ""
    unit: str = ""
    category: GoodsCategory | None = None
    since: datetime | None = None


class GoodsQueries:
    """Reads only. Lists run from the newest goods to the oldest."""

    def __init__(self, store: Store, codes: GoodsCodes) -> None:
        self._store = store
        self._codes = codes

    def get(self, goods_id: str) -> Goods:
        """Goods by their id.

        Raises:
            NotFound: there are none.
        """
        with self._store.read() as connection:
            return require_goods(connection, goods_id)

    def by_number(self, number: str) -> Goods | None:
        """Goods by their number, as their label says it; None when there are none."""
        with self._store.read() as connection:
            row = connection.execute(select(goods_in).where(goods_in.c.number == number.strip().upper())).first()
        return goods_from(row) if row is not None else None

    def waiting(self) -> list[Goods]:
        """What waits for a guard, the oldest first."""
        return self._in_state(GoodsState.WAITING)

    def kept(self, unit: str | None = None) -> list[Goods]:
        """What is kept at the gate, for one unit or for all, the oldest first."""
        return self._in_state(GoodsState.KEPT, unit)

    def kept_with_code(self, code: str) -> list[Goods]:
        """The kept goods that a code collects: one, or by a rare chance several, or none."""
        return [goods for goods in self.kept() if self._codes.is_collect_code(code, goods.id)]

    def of_visit(self, visit_id: str) -> Goods | None:
        """The goods that a visit takes to the door, None when it takes none."""
        with self._store.read() as connection:
            row = connection.execute(select(goods_in).where(goods_in.c.visit_id == visit_id)).first()
        return goods_from(row) if row is not None else None

    def page(self, wanted: GoodsFilter, *, before: int | None, limit: int) -> Page[Goods]:
        """A page of goods older than sequence number `before`.

        The query is a number, a unit's code, the start of a plate, or a carrier, a name or what the goods are, or a
        part of these (one Chinese character is enough).
        """
        query = plain_query(wanted.query)
        conditions = [goods_in.c.state == wanted.state.value] if wanted.state is not None else []
        conditions += [goods_in.c.unit == wanted.unit] if wanted.unit else []
        conditions += [goods_in.c.category == wanted.category.value] if wanted.category is not None else []
        with self._store.read() as connection:
            lookup = RegisterLookup(
                connection, goods_in, WORDS, conditions, before=before, limit=limit + 1, since=wanted.since
            )
            seqs = _meant_by(lookup, connection, query) if query else lookup.newest()
            found = connection.execute(select(goods_in).where(goods_in.c.seq.in_(seqs)).order_by(goods_in.c.seq.desc()))
            rows = [goods_from(row) for row in found]
        return cut(rows, limit, lambda goods: goods.seq)

    def _in_state(self, state: GoodsState, unit: str | None = None) -> list[Goods]:
        statement: Select[Any] = select(goods_in).where(goods_in.c.state == state.value).order_by(goods_in.c.seq)
        if unit is not None:
            statement = statement.where(goods_in.c.unit == unit)
        with self._store.read() as connection:
            return [goods_from(row) for row in connection.execute(statement)]


def _meant_by(lookup: RegisterLookup, connection: Connection, query: str) -> list[int]:
    number = query.upper()
    if _NUMBER.fullmatch(number):
        return lookup.newest(goods_in.c.number == number)
    found = set(lookup.by_words(query))
    plate = plate_key(query)
    if len(plate) >= 2:
        found.update(lookup.starting_with(goods_in.c.plate_key, plate))
    if connection.execute(select(units.c.code).where(units.c.code == number)).first():
        found.update(lookup.newest(goods_in.c.unit == number))
    return lookup.cut(found)
