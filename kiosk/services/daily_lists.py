"""The lists of a day: in the evening what is unfinished, in the morning what was left over from the day before.

The front desk keeps them by hand else. A list is kept as it was made; which of its items is still open, whoever reads
it sees at that moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Row, delete, insert, select

from kiosk.clock import Clock
from kiosk.domain.ids import new_id
from kiosk.domain.open_items import LATEST, DailyKind, OpenItem, belongs_on, item_from
from kiosk.errors import NotFound
from kiosk.services.paging import Page, cut
from kiosk.store.database import Store
from kiosk.store.tables import daily_lists

KEPT: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class DailyList:
    """A list on record. `day` is the estate's own."""

    seq: int
    id: str
    kind: DailyKind
    day: date
    made_at: datetime
    items: Sequence[OpenItem]


class DailyLists:
    """Makes the lists and reads them. Safe to use from any thread."""

    def __init__(self, store: Store, clock: Clock, zone: ZoneInfo, open_now: Callable[[], Iterable[OpenItem]]) -> None:
        """`open_now` tells what is open at the moment; days are by the clock of `zone`."""
        self._store = store
        self._clock = clock
        self._zone = zone
        self._open_now = open_now

    def maker(self, kind: DailyKind) -> Callable[[datetime], int]:
        """What makes the lists of a kind, as a chore of the day."""
        return partial(self.make, kind)

    def make(self, kind: DailyKind, due: datetime) -> int:
        """Make the list that was due then; returns how many items are on it.

        Does nothing where there is one of that day, or when it is later than `LATEST` after the hour.
        """
        day = due.astimezone(self._zone).date()
        if self._clock.now() - due > LATEST or self._has(kind, day):
            return 0
        items = [item for item in self._open_now() if belongs_on(kind, item, day, self._zone)]
        with self._store.write() as transaction:
            list_id = new_id(transaction.now)
            transaction.connection.execute(
                insert(daily_lists),
                {
                    "id": list_id, "kind": kind.value, "day": day, "made_at": transaction.now,
                    "items": [item.as_record() for item in items],
                },
            )  # fmt: skip
            counts = Counter(item.kind.value for item in items)
            transaction.record(
                "system",
                "daily_list.made",
                {
                    "daily_list": list_id,
                    "kind": kind.value,
                    "items": len(items),
                    "counts": dict(sorted(counts.items())),
                },
            )
        return len(items)

    def forget_old(self, now: datetime) -> int:
        """Remove the lists that are older than a year; returns how many there were."""
        with self._store.write() as transaction:
            gone = transaction.connection.execute(
                delete(daily_lists).where(daily_lists.c.day < (now - KEPT).astimezone(self._zone).date())
            ).rowcount
            if gone:
                transaction.record("system", "daily_list.purged", {"count": gone})
        return int(gone)

    def newest(self, kind: DailyKind) -> DailyList | None:
        """The newest list of a kind; None before there is any."""
        found = self.page(kind, before=None, limit=1).items
        return found[0] if found else None

    def get(self, list_id: str) -> DailyList:
        """A list by its id.

        Raises:
            NotFound: there is none.
        """
        with self._store.read() as connection:
            row = connection.execute(select(daily_lists).where(daily_lists.c.id == list_id)).first()
        if row is None:
            raise NotFound("list")
        return _list(row)

    def page(self, kind: DailyKind | None, *, before: int | None, limit: int) -> Page[DailyList]:
        """Lists older than sequence number `before`, newest first; of one kind, or of both."""
        statement = select(daily_lists).order_by(daily_lists.c.seq.desc()).limit(limit + 1)
        if kind is not None:
            statement = statement.where(daily_lists.c.kind == kind.value)
        if before is not None:
            statement = statement.where(daily_lists.c.seq < before)
        with self._store.read() as connection:
            found = [_list(row) for row in connection.execute(statement)]
        return cut(found, limit, lambda one: one.seq)

    def _has(self, kind: DailyKind, day: date) -> bool:
        ours = (daily_lists.c.kind == kind.value, daily_lists.c.day == day)
        with self._store.read() as connection:
            return connection.execute(select(daily_lists.c.seq).where(*ours)).first() is not None


def _list(row: Row[Any]) -> DailyList:
    return DailyList(
        row.seq, row.id, DailyKind(row.kind), row.day, row.made_at, [item_from(record) for record in row.items]
    )
