"""Goods in: registering them, letting them go to the door, keeping them at the gate, handing them out.

What registering promises, the record, the visit with its pass and its opening, or the shelf with its label, is written
together: either all of it is on the disk before anybody is told, or none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from kiosk.config import EstateSettings, GoodsSettings
from kiosk.domain.goods import CollectMethod, Goods, GoodsSource, GoodsState, Handling, NewGoods, free_shelf
from kiosk.domain.service_times import Served, Service, Turn
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource
from kiosk.errors import Conflict
from kiosk.services.goods import goods_rows as rows
from kiosk.services.goods.codes import GoodsCodes
from kiosk.services.goods.goods_input import check_new_goods, is_dangerous
from kiosk.services.idempotency import Repeatable, recall, remember
from kiosk.services.lane_opener import LaneOpener
from kiosk.services.photos import PhotoService
from kiosk.services.service_times import note_served
from kiosk.services.units import require_unit
from kiosk.services.visits import SignIn, VisitService
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import goods_in

SYSTEM: Final = "system"
GIVEN_UP_AFTER: Final = timedelta(hours=1)
"""A carrier who has waited for so long has driven on."""

PrintLabel = Callable[[Transaction, Goods], None]
"""Queues the label of goods that are kept, as part of the transaction; does nothing without a printer."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What registering led to. `sign_in` only for goods that go to the door."""

    goods: Goods
    sign_in: SignIn | None = None


class GoodsInService:
    """The register of goods in. Safe to use from any thread."""

    def __init__(
        self,
        store: Store,
        settings: GoodsSettings,
        estate: EstateSettings,
        *,
        visits: VisitService,
        photos: PhotoService,
        opener: LaneOpener,
        codes: GoodsCodes,
        print_label: PrintLabel,
    ) -> None:
        self._store = store
        self._settings = settings
        self._zone = estate.zone
        self._visits = visits
        self._photos = photos
        self._opener = opener
        self._codes = codes
        self._print_label = print_label

    def register(
        self,
        new: NewGoods,
        *,
        source: GoodsSource,
        actor: str,
        lane: str | None,
        photo: bytes | None = None,
        approved_by: str | None = None,
        reason: str = "",
        repeatable: Repeatable | None = None,
        turn: Turn | None = None,
    ) -> Registered:
        """Register goods: to the door, onto a shelf, or, where they are dangerous, before a guard.

        Args:
            lane: the lane that opens for goods that go to the door; None opens none.
            photo: a JPEG of the load, already checked to be one.
            approved_by: the guard who registers them and by that decides.
            reason: the guard's note, needed for dangerous goods and for a carrier on the blocklist.
            repeatable: a repeat finds the goods of the first request, as they stand now.
            turn: the turn at the touchscreen that led to it, whoever ended it.

        Raises:
            Invalid: with every field at fault.
            Conflict: `no-reason`: a guard registers dangerous goods without a note; `lane-locked`;
                `idempotency-key-reused`.
            VisitorBlocked: the carrier is on the blocklist, and the guard has not said why.
        """
        with self._store.write() as transaction:
            earlier = recall(transaction, repeatable)
            if earlier is not None:
                return Registered(rows.require_goods(transaction.connection, earlier["id"]))
            registered = self.register_within(
                transaction, new, source=source, actor=actor, lane=lane, photo=photo, approved_by=approved_by,
                reason=reason, turn=turn,
            )  # fmt: skip
            remember(transaction, repeatable, {"id": registered.goods.id})
            return registered

    def register_within(
        self,
        transaction: Transaction,
        new: NewGoods,
        *,
        source: GoodsSource,
        actor: str,
        lane: str | None,
        photo: bytes | None = None,
        approved_by: str | None = None,
        reason: str = "",
        turn: Turn | None = None,
    ) -> Registered:
        """The same as `register`, as part of a transaction that has more to write."""
        new = check_new_goods(new)
        self._opener.require(lane)
        dangerous = is_dangerous(new, self._settings.dangerous)
        if dangerous and approved_by is not None and not reason:
            raise Conflict("no-reason", "Dangerous goods need a note.")
        require_unit(transaction.connection, new.unit)
        photo_id = self._photos.keep(transaction, photo) if photo is not None else None
        known: dict[str, Any] = {
            "source": source, "lane": lane, "is_dangerous": dangerous, "photo_id": photo_id,
            "decided_by": approved_by, "reason": reason,
        }  # fmt: skip
        sign_in = None
        if dangerous and approved_by is None:
            goods = rows.enter(transaction, new, self._zone, state=GoodsState.WAITING, **known)
            self._record(transaction, actor, "goods.waiting", goods)
        elif new.handling is Handling.GATE:
            shelf = self._free_shelf(transaction)
            goods = rows.enter(transaction, new, self._zone, state=GoodsState.KEPT, shelf=shelf, **known)
            self._keep(transaction, goods, actor)
            if turn is not None:
                note_served(transaction, Served(Service.GOODS, turn, transaction.now))
        else:
            sign_in = self._sign_in(
                transaction, new, source=source, actor=actor, lane=lane, approved_by=approved_by, reason=reason,
                turn=turn,
            )  # fmt: skip
            visit_id = sign_in.visit.id
            goods = rows.enter(transaction, new, self._zone, state=GoodsState.TO_DOOR, visit_id=visit_id, **known)
            self._record(transaction, actor, "goods.to_door", goods, visit=visit_id)
        return Registered(goods, sign_in)

    def let_in(self, goods_id: str, *, actor: str, note: str) -> Registered:
        """A guard lets in goods that waited, and says on what terms: to the door, or onto a shelf.

        Raises:
            NotFound: there are no such goods.
            Conflict: they are not waiting; `no-reason`: no note; `lane-locked`.
            VisitorBlocked: cannot happen with a note.
        """
        if not note:
            raise Conflict("no-reason", "Letting dangerous goods in needs a note.")
        with self._store.write() as transaction:
            goods = rows.require_goods(transaction.connection, goods_id)
            decided = {"decided_at": transaction.now, "decided_by": actor, "reason": note}
            if goods.handling is Handling.GATE:
                shelf = self._free_shelf(transaction)
                goods = rows.move(transaction, goods_id, GoodsState.KEPT, shelf=shelf, **decided)
                self._keep(transaction, goods, actor)
                return Registered(goods)
            rows.move(transaction, goods_id, GoodsState.TO_DOOR, **decided)
            lane = goods.lane if goods.lane in self._opener.lanes else None
            sign_in = self._sign_in(
                transaction, _as_new(goods), source=goods.source, actor=actor, lane=lane, approved_by=actor, reason=note
            )
            goods = rows.note_visit(transaction, goods_id, sign_in.visit.id)
            self._record(transaction, actor, "goods.to_door", goods, visit=sign_in.visit.id)
            return Registered(goods, sign_in)

    def refuse(self, goods_id: str, *, actor: str, reason: str) -> Goods:
        """A guard turns goods away that waited.

        Raises:
            NotFound, Conflict: as `let_in`.
        """
        if not reason:
            raise Conflict("no-reason", "Refusing goods needs a reason.")
        with self._store.write() as transaction:
            decided = {"decided_at": transaction.now, "decided_by": actor, "reason": reason}
            goods = rows.move(transaction, goods_id, GoodsState.REFUSED, **decided)
            self._record(transaction, actor, "goods.refused", goods)
            return goods

    def cancel(self, goods_id: str, *, actor: str) -> Goods:
        """The carrier gave up waiting.

        Raises:
            NotFound, Conflict: as `let_in`.
        """
        with self._store.write() as transaction:
            goods = rows.move(transaction, goods_id, GoodsState.CANCELLED)
            self._record(transaction, actor, "goods.cancelled", goods)
            return goods

    def collect(self, goods_id: str, *, method: CollectMethod, by: str, actor: str) -> Goods:
        """Hand out kept goods.

        Args:
            by: the credential that was shown (`card ID`, `pass ID`), or the actor at the desk.

        Raises:
            NotFound: there are no such goods.
            Conflict: they are not kept, or not any more.
        """
        with self._store.write() as transaction:
            goods = rows.move(transaction, goods_id, GoodsState.COLLECTED, collect_method=method.value, collected_by=by)
            self._record(transaction, actor, "goods.collected", goods, method=method.value)
            return goods

    def collect_with_code(self, goods_id: str, code: str, *, actor: str) -> Goods:
        """Hand out kept goods to whoever knows their code. Slowing down guesses is the surface's business.

        Raises:
            NotFound: there are no such goods.
            Conflict: `wrong-code`; they are not kept, or not any more.
        """
        if not self._codes.is_collect_code(code, goods_id):
            raise Conflict("wrong-code", "This is not the code of these goods.")
        return self.collect(goods_id, method=CollectMethod.CODE, by="code", actor=actor)

    def give_back(self, goods_id: str, *, actor: str, reason: str) -> Goods:
        """Kept goods went back with the carrier.

        Raises:
            NotFound, Conflict: as `collect`.
        """
        with self._store.write() as transaction:
            goods = rows.move(transaction, goods_id, GoodsState.RETURNED, reason=reason, decided_by=actor)
            self._record(transaction, actor, "goods.returned", goods)
            return goods

    def cancel_abandoned(self, due: datetime) -> int:
        """Cancel goods that have waited since long before `due`; returns how many."""
        with self._store.write() as transaction:
            waiting = goods_in.c.state == GoodsState.WAITING.value
            statement = select(goods_in.c.id).where(waiting, goods_in.c.created_at <= due - GIVEN_UP_AFTER)
            ids = transaction.connection.execute(statement).scalars().all()
            for goods_id in ids:
                goods = rows.move(transaction, goods_id, GoodsState.CANCELLED)
                self._record(transaction, SYSTEM, "goods.cancelled", goods)
        return len(ids)

    def _sign_in(
        self,
        transaction: Transaction,
        new: NewGoods,
        *,
        source: GoodsSource,
        actor: str,
        lane: str | None,
        approved_by: str | None,
        reason: str,
        turn: Turn | None = None,
    ) -> SignIn:
        visit = NewVisit(
            kind=VisitKind.DELIVERY,
            unit=new.unit,
            visitor_name=new.carrier_name or new.carrier,
            phone=new.phone,
            vehicle_plate=new.vehicle_plate,
            purpose=new.description or new.carrier,
        )
        return self._visits.sign_in_within(
            transaction, visit, source=VisitSource(source.value), actor=actor, lane=lane, approved_by=approved_by,
            reason=reason, turn=turn, brings_goods=True,
        )  # fmt: skip

    def _keep(self, transaction: Transaction, goods: Goods, actor: str) -> None:
        self._record(transaction, actor, "goods.kept", goods, shelf=goods.shelf)
        self._print_label(transaction, goods)

    def _free_shelf(self, transaction: Transaction) -> str:
        return free_shelf(rows.taken_shelves(transaction.connection), self._settings.shelves)

    def _record(self, transaction: Transaction, actor: str, type_: str, goods: Goods, **more: str) -> None:
        facts = {"goods": goods.id, "number": goods.number, "unit": goods.unit, "lane": goods.lane}
        transaction.record(actor, type_, facts | more)


def _as_new(goods: Goods) -> NewGoods:
    return NewGoods(
        unit=goods.unit,
        carrier=goods.carrier,
        category=goods.category,
        handling=goods.handling,
        carrier_name=goods.carrier_name,
        phone=goods.phone,
        description=goods.description,
        pieces=goods.pieces,
        vehicle_plate=goods.vehicle_plate,
    )
