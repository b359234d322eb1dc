"""A week of goods: what couriers left and residents collected, and release slips from first to last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Final

from kiosk.config import Settings
from kiosk.demo import people
from kiosk.demo.week import Week
from kiosk.domain.goods import CollectMethod, Goods, GoodsCategory, GoodsSource, GoodsState, Handling, NewGoods
from kiosk.domain.slips import ApprovalMethod, NewItem, NewSlip, Requester, Slip, SlipKind, SlipSource, SlipState
from kiosk.services.goods import goods_rows, slip_rows
from kiosk.services.goods.desk import GoodsDesk
from kiosk.services.goods.slip_release import Load, write_trip
from kiosk.services.goods.slips import Word
from kiosk.services.openings import OpeningCause

PARCELS_A_DAY: Final = 5
_DESK: Final = "front desk"
_GUARD: Final = "guard"
_SUPERVISOR: Final = "supervisor"
_WHAT: Final = (
    (GoodsCategory.PARCEL, ""), (GoodsCategory.PARCEL, ""), (GoodsCategory.FOOD, ""), (GoodsCategory.APPLIANCE, ""),
    (GoodsCategory.OTHER, "花籃"), (GoodsCategory.PARCEL, ""),
)  # fmt: skip
_THINGS: Final = (
    ("三座位梳化", 1, "張"), ("雪櫃", 1, ""), ("電視機", 2, "部"), ("書櫃", 2, "個"), ("紙箱", 12, "箱"),
    ("床褥", 1, "張"), ("單車", 1, "部"), ("Dining table", 1, ""), ("冷氣機", 1, "部"),
)  # fmt: skip


@dataclass
class _Kept:
    """Goods on a shelf; `goods` is there once they have been written."""

    new: NewGoods
    goods: Goods | None = None


@dataclass
class _Asked:
    """A slip on its way; `slip` is there once it has been asked for."""

    new: NewSlip
    slip: Slip | None = None

    def written(self) -> Slip:
        if self.slip is None:
            raise RuntimeError("a slip is used after it was asked for")
        return self.slip


class GoodsWeek:
    """Adds a week of goods to what happens at the gate."""

    def __init__(self, week: Week, settings: Settings, goods: GoodsDesk, random: Random, *, now: datetime) -> None:
        self._week = week
        self._settings = settings
        self._goods = goods
        self._random = random
        self._now = now

    def plan(self, units: list[str]) -> None:
        """Decide what happens; nothing is written yet."""
        zone = self._settings.estate.zone
        midnight = self._now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        for day in range(1, 8):
            for _ in range(PARCELS_A_DAY):
                minute = self._random.randrange(8 * 60, 19 * 60)
                self._plan_parcel(midnight - timedelta(days=day) + timedelta(minutes=minute), units)
        for hours in (30, 8, 5, 2, 1):
            kept = _Kept(self._parcel(units))
            self._week.add(self._now - timedelta(hours=hours), partial(self._keep, kept))
        paint = NewGoods(
            self._random.choice(units), "Lalamove", GoodsCategory.DANGEROUS, Handling.DOOR,
            description="油漆或天拿水", pieces=4, vehicle_plate=people.plate(self._random),
        )  # fmt: skip
        self._week.add(self._now - timedelta(minutes=4), partial(self._wait, paint))
        self._plan_slips(units, midnight)

    def _plan_parcel(self, at: datetime, units: list[str]) -> None:
        kept = _Kept(self._parcel(units))
        hours = self._random.uniform(0.5, 14)
        self._week.add(at, partial(self._keep, kept))
        self._week.add(min(at + timedelta(hours=hours), self._now), partial(self._collect, kept))

    def _plan_slips(self, units: list[str], midnight: datetime) -> None:
        """Seven slips: all released, void and re-issued, out of hours, a department's, today's, and two that wait."""
        day = timedelta(days=1)
        done, void, today, tools = (
            _Asked(self._slip(units, midnight - 4 * day)),
            _Asked(self._slip(units, midnight - 2 * day)),
            _Asked(self._slip(units, midnight)),
            _Asked(self._department_slip(midnight)),
        )
        for asked, at in ((done, midnight - 4 * day), (void, midnight - 2 * day), (today, midnight - 6 * day / 24)):
            self._week.add(at + timedelta(hours=9), partial(self._ask, asked))
        self._week.add(midnight - 4 * day + timedelta(hours=10), partial(self._approve, done))
        self._week.add(midnight - 4 * day + timedelta(hours=15), partial(self._release_all, done))
        self._week.add(midnight - 2 * day + timedelta(hours=11), partial(self._reissue, void, units, midnight))
        self._week.add(self._now - timedelta(hours=1), partial(self._approve_once, today))
        self._week.add(self._now - timedelta(minutes=50), partial(self._release_some, today))
        self._week.add(self._now - timedelta(hours=3), partial(self._ask, tools))
        self._week.add(self._now - timedelta(hours=2), partial(self._sign, tools))
        tenants = _Asked(self._slip(units, midnight, requester=Requester.TENANT))
        moving = _Asked(self._slip(units, midnight + day, kind=SlipKind.MOVING))
        self._week.add(self._now - timedelta(minutes=95), partial(self._ask, tenants))
        self._week.add(self._now - timedelta(minutes=70), partial(self._ask, moving))

    def _parcel(self, units: list[str]) -> NewGoods:
        category, description = self._random.choice(_WHAT)
        return NewGoods(
            self._random.choice(units), self._random.choice(self._settings.goods.carriers), category, Handling.GATE,
            description=description, pieces=self._random.choice((1, 1, 1, 2, 3)),
            vehicle_plate=people.plate(self._random),
        )  # fmt: skip

    def _slip(
        self,
        units: list[str],
        first: datetime,
        *,
        kind: SlipKind = SlipKind.HOUSEHOLD,
        requester: Requester = Requester.OWNER,
    ) -> NewSlip:
        things = self._random.sample(_THINGS, 3)
        return NewSlip(
            kind=kind, requester=requester, requested_by=people.name(self._random),
            unit=self._random.choice(units),
            items=tuple(NewItem(name, quantity, measure) for name, quantity, measure in things),
            not_before=first, not_after=first + timedelta(days=2), carrier="永安搬運",
            vehicle_plate=people.plate(self._random), taken_by=people.name(self._random),
        )  # fmt: skip

    def _department_slip(self, midnight: datetime) -> NewSlip:
        pump = NewItem("水泵", 1, "部", "送廠維修", returnable_until=midnight + timedelta(days=5))
        return NewSlip(
            kind=SlipKind.DEPARTMENT, requester=Requester.DEPARTMENT, requested_by=people.name(self._random),
            department=self._settings.goods.departments[0], items=(pump,),
            not_before=midnight, not_after=midnight + timedelta(days=2), carrier="永安水電",
        )  # fmt: skip

    # --- what happens ---

    def _keep(self, kept: _Kept) -> None:
        kept.goods = self._goods.goods_in.register_within(
            self._week.transaction, kept.new, source=GoodsSource.TOUCH, actor="touchscreen", lane=None
        ).goods

    def _wait(self, new: NewGoods) -> None:
        self._goods.goods_in.register_within(
            self._week.transaction, new, source=GoodsSource.TOUCH, actor="touchscreen", lane=self._settings.touch.lane
        )

    def _collect(self, kept: _Kept) -> None:
        if kept.goods is None:
            return  # it came before the week
        goods = goods_rows.move(
            self._week.transaction, kept.goods.id, GoodsState.COLLECTED,
            collect_method=CollectMethod.CODE.value, collected_by="code",
        )  # fmt: skip
        told = {"goods": goods.id, "number": goods.number, "unit": goods.unit, "lane": None, "method": "code"}
        self._week.transaction.record("touchscreen", "goods.collected", told)

    def _ask(self, asked: _Asked) -> None:
        asked.slip = self._goods.slips.request_within(
            self._week.transaction, asked.new, source=SlipSource.DESK, actor=_DESK
        )

    def _approve(self, asked: _Asked) -> None:
        word = Word(ApprovalMethod.OWNER_LINK, "owner", _DESK)
        asked.slip = self._goods.slips.approve_within(self._week.transaction, asked.written().id, word)

    def _approve_once(self, asked: _Asked) -> None:
        if asked.slip is None:
            self._ask(asked)  # in the first hours of a day it is asked for and approved at once
        self._approve(asked)

    def _sign(self, asked: _Asked) -> None:
        word = Word(ApprovalMethod.SUPERVISOR, _SUPERVISOR, _SUPERVISOR)
        asked.slip = self._goods.slips.approve_within(self._week.transaction, asked.written().id, word)

    def _release_all(self, asked: _Asked) -> None:
        self._release(asked, {item.line: item.balance for item in asked.written().items})

    def _release_some(self, asked: _Asked) -> None:
        self._release(asked, {asked.written().items[0].line: 1})

    def _release(self, asked: _Asked, lines: dict[int, int]) -> None:
        slip = asked.written()
        opening = self._week.open_lane(self._week.way_out, OpeningCause.RELEASE)
        load = Load(self._week.way_out, lines, slip.vehicle_plate)
        write_trip(self._week.transaction, slip, load, opening, actor=_GUARD)

    def _reissue(self, asked: _Asked, units: list[str], midnight: datetime) -> None:
        old, transaction = asked.written(), self._week.transaction
        new = self._slip(units, midnight + timedelta(days=1))
        slip = self._goods.slips.request_within(transaction, new, source=SlipSource.DESK, actor=_DESK, replaces=old)
        slip_rows.move(transaction, old.id, SlipState.VOID, actor=_DESK, reason=slip.number, replaced_by_id=slip.id)
        transaction.record(
            _DESK, "slip.void", {"slip": old.id, "number": old.number, "unit": old.unit, "replaced_by": slip.number}
        )
