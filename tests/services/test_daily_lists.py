"""The lists of the day: made at their hours, once, whatever the clock does; what was left over; and their end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kiosk.bootstrap.shifts import shift_chores
from kiosk.config import parse
from kiosk.domain.open_items import DailyKind
from kiosk.services.housekeeping import Housekeeping
from kiosk.store import journal
from tests.support import slips_at_desk as slips
from tests.support.appliance import document
from tests.support.desk import ZONE, Desk, SetClock, open_desk

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=ZONE)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path, clock=SetClock(NOON)) as desk:
        yield desk


def look(desk: Desk, *, panel: dict[str, str] | None = None) -> None:
    """As housekeeping does after a start."""
    settings = parse(document(panel=panel or {}))
    Housekeeping(desk.clock, ZONE, always=[], daily=shift_chores(settings, desk.shifts)).run_due()


def lists(desk: Desk, kind: DailyKind | None = None) -> list[tuple[str, str, int]]:
    page = desk.shifts.daily_lists.page(kind, before=None, limit=50)
    return [(one.kind.value, one.day.isoformat(), len(one.items)) for one in page.items]


def test_each_is_made_once_a_day_also_after_a_restart(desk: Desk) -> None:
    look(desk)
    slips.approve(desk, not_after=NOON + timedelta(days=9))
    look(desk)
    assert lists(desk) == [("left-over", "2026-03-03", 0)]
    desk.clock.set(NOON.replace(hour=17))
    look(desk)
    look(desk)
    assert lists(desk) == [("unfinished", "2026-03-03", 1), ("left-over", "2026-03-03", 0)]
    desk.clock.set(NOON.replace(day=4, hour=9))
    slips.approve(desk, not_after=NOON + timedelta(days=9))
    look(desk)
    assert lists(desk, DailyKind.LEFT_OVER)[0] == ("left-over", "2026-03-04", 1), "of the day before, and not today's"
    with desk.store.read() as connection:
        told = journal.latest(connection, {"daily_list.made"}, 2)
    newest = desk.shifts.daily_lists.newest(DailyKind.LEFT_OVER)
    assert newest is not None
    assert dict(told[-1].payload) == {
        "daily_list": newest.id, "kind": "left-over", "items": 1, "counts": {"slip": 1},
    }  # fmt: skip
    assert desk.shifts.daily_lists.get(newest.id) == newest


def test_a_clock_that_jumps_makes_none_twice(desk: Desk) -> None:
    desk.clock.set(NOON.replace(hour=18))
    look(desk)
    made = lists(desk)
    desk.clock.set(NOON.replace(hour=16))
    look(desk)
    desk.clock.set(NOON.replace(hour=18))
    look(desk)
    assert [one for one in lists(desk) if one[1] == "2026-03-03"] == made


def test_a_box_that_was_off_for_long_makes_only_the_last(desk: Desk) -> None:
    desk.clock.set(NOON.replace(day=4, hour=8))
    look(desk)
    assert lists(desk) == []
    desk.clock.set(NOON.replace(day=5, hour=4))
    look(desk)
    assert lists(desk) == [("unfinished", "2026-03-04", 0)]


def test_their_hours_are_the_settings(desk: Desk) -> None:
    look(desk, panel={"unfinished_at": "11:30:00", "left_over_at": "12:30:00"})
    assert lists(desk) == [("unfinished", "2026-03-03", 0)]


def test_they_are_kept_for_a_year(desk: Desk) -> None:
    look(desk)
    desk.clock.set(NOON + timedelta(days=365))
    look(desk)
    assert [day for _kind, day, _count in lists(desk)] == ["2027-03-03", "2026-03-03"]
    desk.clock.move(timedelta(days=1))
    look(desk)
    assert [day for _kind, day, _count in lists(desk)] == ["2027-03-04", "2027-03-03"]
