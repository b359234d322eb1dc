"""Wires what one shift leaves to the next."""

from __future__ import annotations

from datetime import datetime

from hardware.supervisor import UNWELL, Supervisor
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.domain.open_items import DailyKind
from kiosk.services.alarms import AlarmService
from kiosk.services.daily_lists import DailyLists
from kiosk.services.goods.desk import GoodsDesk
from kiosk.services.handover_papers import HandoverPapers
from kiosk.services.handovers import HandoverService
from kiosk.services.housekeeping import Chore
from kiosk.services.lane_states import LaneStates
from kiosk.services.open_items import OpenItems
from kiosk.services.shifts import Shifts
from kiosk.services.spool import Spool
from kiosk.store.database import Store


def wire_shifts(
    settings: Settings,
    store: Store,
    clock: Clock,
    *,
    goods: GoodsDesk,
    alarms: AlarmService,
    supervisor: Supervisor,
    states: LaneStates,
    spool: Spool,
) -> Shifts:
    """Wire the handovers and the lists of the day over what tells what is open."""

    def faults() -> dict[str, datetime]:
        return {health.name: health.since for health in supervisor.health() if health.condition in UNWELL}

    def locks() -> dict[str, datetime]:
        found = ((lane, states.lock_of(lane)) for lane in settings.lanes)
        return {lane: lock.locked_at for lane, lock in found if lock is not None}

    papers = HandoverPapers(store, spool, settings.estate, (lane.card_number for lane in settings.lanes.values()))
    papers.make_copies()
    open_items = OpenItems(store, clock, goods, alarms, faults=faults, locks=locks)
    return Shifts(
        open_items,
        HandoverService(store, open_items.handed_over),
        papers,
        DailyLists(store, clock, settings.estate.zone, open_items.now),
    )


def shift_chores(settings: Settings, shifts: Shifts) -> list[Chore]:
    """What the day brings: the morning's list, the evening's, and the end of those of a year ago."""
    lists = shifts.daily_lists
    return [
        Chore(settings.panel.left_over_at, lists.maker(DailyKind.LEFT_OVER)),
        Chore(settings.panel.unfinished_at, lists.maker(DailyKind.UNFINISHED)),
        Chore(settings.panel.left_over_at, lists.forget_old),
    ]
