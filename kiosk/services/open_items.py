"""What is open now, from every register of the box, and the records that such items point at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Table, func, or_, select

from kiosk.clock import Clock
from kiosk.domain.access import CredentialState
from kiosk.domain.goods import Goods
from kiosk.domain.open_items import ItemKind, OpenItem, in_order
from kiosk.domain.slips import Slip, SlipSource, SlipState
from kiosk.domain.visits import Visit, VisitState
from kiosk.services.alarms import Alarm, AlarmService
from kiosk.services.cards import Card, card_from
from kiosk.services.goods.desk import GoodsDesk
from kiosk.services.goods.goods_rows import goods_from
from kiosk.services.goods.slip_rows import slips_where
from kiosk.services.invitations import is_open_at
from kiosk.services.register import visit_from
from kiosk.store.database import Store
from kiosk.store.tables import alarms, cards, goods_in, invitations, passes, release_slips, visits

_MOST_ALARMS: Final = 500

Since = Mapping[str, datetime]
"""Devices that are not well, or lanes that are locked, by name: since when."""


Record = Visit | Goods | Slip | Card | Alarm
"""What an item points at; devices and lanes are on record nowhere, and of an invitation its item says all."""


class OpenItems:
    """Reads only. Safe to use from any thread."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        goods: GoodsDesk,
        alarm_service: AlarmService,
        *,
        faults: Callable[[], Since],
        locks: Callable[[], Since],
    ) -> None:
        """`faults` tells the devices that are not well, `locks` the lanes that are locked."""
        self._store = store
        self._clock = clock
        self._goods = goods
        self._alarms = alarm_service
        self._faults = faults
        self._locks = locks

    def now(self) -> list[OpenItem]:
        """Everything that is open, by kind, and of each kind what waits longest first.

        Silent alarms are not among it: the list lies open at the gate.
        """
        now = self._clock.now()
        with self._store.read() as connection:
            found = [
                *_visits(connection, now), *_visitor_cards(connection), *_courier_cards(connection, now),
                *_invitations(connection, now),
            ]  # fmt: skip
        found += self._of_goods()
        found += self._of_slips(now)
        for alarm in self._alarms.open(_MOST_ALARMS):
            found.append(OpenItem(ItemKind.ALARM, alarm.id, alarm.kind.value, alarm.raised_at))
        for kind, names in ((ItemKind.DEVICE, self._faults()), (ItemKind.LANE, self._locks())):
            found += [OpenItem(kind, name, name, since) for name, since in names.items()]
        return in_order(found)

    def handed_over(self) -> list[OpenItem]:
        """The same for a handover: a guest who has not come yet is no guard's to answer for."""
        return [item for item in self.now() if item.kind is not ItemKind.INVITATION]

    def records(self, items: Iterable[OpenItem]) -> dict[str, Record]:
        """What the items of a list point at, by id, as it is now; what was purged is not there, nor a silent alarm."""
        ids: dict[Table, list[str]] = {}
        for item in items:
            if item.kind in _REGISTER:
                ids.setdefault(_REGISTER[item.kind], []).append(item.subject_id)
        found: dict[str, Record] = {alarm.id: alarm for alarm in self._alarms.these(ids.get(alarms, ()))}
        with self._store.read() as connection:
            slips = slips_where(connection, release_slips.c.id.in_(ids.get(release_slips, ())))
            found |= {slip.id: slip for slip in slips}
            for table, read in _READ.items():
                rows = connection.execute(select(table).where(table.c.id.in_(ids.get(table, ()))))
                found |= {row.id: read(row) for row in rows}
        return found

    def _of_goods(self) -> Iterator[OpenItem]:
        queries = self._goods.goods_queries
        for goods in queries.waiting():
            yield OpenItem(ItemKind.GOODS_WAITING, goods.id, goods.number, goods.created_at)
        for goods in queries.kept():
            yield OpenItem(ItemKind.GOODS_KEPT, goods.id, goods.number, goods.decided_at or goods.created_at)

    def _of_slips(self, now: datetime) -> Iterator[OpenItem]:
        queries = self._goods.slip_queries
        for slip in queries.open():
            if slip.reissue_asked_at is not None:
                yield OpenItem(ItemKind.REISSUE, slip.id, slip.number, slip.reissue_asked_at)
            elif slip.state is SlipState.REQUESTED and slip.source is SlipSource.LINK:
                yield OpenItem(ItemKind.REQUEST, slip.id, slip.number, slip.created_at)
            else:
                yield OpenItem(ItemKind.SLIP, slip.id, slip.number, slip.created_at)
        for slip in queries.late():
            since = min(item.returnable_until for item in slip.items if item.returnable_until and item.is_late(now))
            yield OpenItem(ItemKind.SLIP_LATE, slip.id, slip.number, since)


_REGISTER: Final[Mapping[ItemKind, Table]] = {
    ItemKind.ALARM: alarms,
    ItemKind.VISIT: visits,
    ItemKind.OVERSTAY: visits,
    ItemKind.GOODS_WAITING: goods_in,
    ItemKind.GOODS_KEPT: goods_in,
    ItemKind.REISSUE: release_slips,
    ItemKind.SLIP_LATE: release_slips,
    ItemKind.REQUEST: release_slips,
    ItemKind.SLIP: release_slips,
    ItemKind.VISITOR_CARD: cards,
    ItemKind.COURIER_CARD: cards,
}
_READ: Final[Mapping[Table, Callable[[Row[Any]], Record]]] = {
    visits: visit_from, goods_in: goods_from, cards: card_from,
}  # fmt: skip


def _visits(connection: Connection, now: datetime) -> Iterator[OpenItem]:
    wanted = or_(
        visits.c.state == VisitState.WAITING.value,
        (visits.c.state == VisitState.SIGNED_IN.value) & (visits.c.ends_at <= now),
    )
    for visit in connection.execute(select(visits).where(wanted)):
        if visit.state == VisitState.WAITING.value:
            yield OpenItem(ItemKind.VISIT, visit.id, visit.number, visit.created_at)
        else:
            yield OpenItem(ItemKind.OVERSTAY, visit.id, visit.number, visit.ends_at)


def _visitor_cards(connection: Connection) -> Iterator[OpenItem]:
    """Cards whose last visit has not ended by a sign-out: whoever never signed out went home with theirs."""
    lent = select(func.max(visits.c.seq)).where(visits.c.card_id.is_not(None)).group_by(visits.c.card_id)
    statement = (
        select(cards.c.id, cards.c.uid, visits.c.signed_in_at, visits.c.created_at)
        .join(visits, visits.c.card_id == cards.c.id)
        .where(
            visits.c.seq.in_(lent),
            visits.c.state.in_([VisitState.SIGNED_IN.value, VisitState.EXPIRED.value]),
            cards.c.for_visits,
            cards.c.state == CredentialState.ACTIVE.value,
        )
    )
    for row in connection.execute(statement):
        yield OpenItem(ItemKind.VISITOR_CARD, row.id, row.uid, row.signed_in_at or row.created_at)


def _courier_cards(connection: Connection, now: datetime) -> Iterator[OpenItem]:
    over = (cards.c.carrier != "", cards.c.state == CredentialState.ACTIVE.value, cards.c.valid_to <= now)
    for row in connection.execute(select(cards.c.id, cards.c.uid, cards.c.valid_to).where(*over)):
        yield OpenItem(ItemKind.COURIER_CARD, row.id, row.uid, row.valid_to)


def _invitations(connection: Connection, now: datetime) -> Iterator[OpenItem]:
    """Guests whose time has begun and who have not come: those of later days are nobody's business yet."""
    statement = select(invitations.c.id, invitations.c.unit, passes.c.not_before).join(
        passes, passes.c.id == invitations.c.pass_id
    )
    for row in connection.execute(statement.where(is_open_at(now), passes.c.not_before <= now, passes.c.uses == 0)):
        yield OpenItem(ItemKind.INVITATION, row.id, row.unit, row.not_before)
