"""The times of openings: counted by lane and day, kept over restarts and power cuts, and noted when far too long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from kiosk.domain.access import CredentialKind
from kiosk.domain.timings import JUDGED_FROM
from kiosk.services.timings import KEPT_DAYS, Timings
from kiosk.store import journal, tables
from tests.support.appliance import demo_appliance, document, qr_png, wait_for
from tests.support.desk import ZONE, SetClock
from tests.support.empty_store import open_store

CARD, PASS = CredentialKind.CARD, CredentialKind.PASS
MS = 1_000_000
BUDGETS = {"in": 300.0, "out": 50.0}
DAY = date(2026, 3, 1)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(datetime(2026, 3, 1, 9, 0, tzinfo=ZONE))


@contextmanager
def kept(tmp_path: Path, clock: SetClock) -> Iterator[Timings]:
    """The timings of a box; leaving the block is the power going."""
    store = open_store(tmp_path / "data", clock)
    try:
        yield Timings(store, clock, ZONE, BUDGETS)
    finally:
        store.close()


def test_each_lane_credential_and_day_has_its_own(tmp_path: Path, clock: SetClock) -> None:
    with kept(tmp_path, clock) as timings:
        timings.note("in", CARD, 5 * MS)
        timings.note("in", CARD, 7 * MS)
        timings.note("in", PASS, 40 * MS)
        clock.set(datetime(2026, 3, 1, 23, 59, 59, tzinfo=ZONE))
        timings.note("out", CARD, 9 * MS)
        clock.move(timedelta(seconds=1))  # the estate's midnight, not that of UTC
        timings.note("in", CARD, 11 * MS)
        days = timings.days("in", CARD)
        assert list(days) == [DAY + timedelta(days=1), DAY]
        assert (days[DAY].count, days[DAY].max_ms, days[DAY].sum_ms) == (2, 7, 12)
        assert list(timings.days("out", CARD)) == [DAY]
        both = timings.whole("in", CARD)
        assert (both.count, both.sum_ms, both.max_ms) == (3, 23, 11)
        today = timings.today()
        assert set(today) == {(lane, kind) for lane in BUDGETS for kind in CredentialKind}
        assert (today["in", CARD].count, today["in", PASS].count, today["out", CARD].count) == (1, 0, 0)


def test_a_day_over_its_budget_is_one_and_each_lane_has_its_own_budget(tmp_path: Path, clock: SetClock) -> None:
    with kept(tmp_path, clock) as timings:
        for lane in BUDGETS:
            for _ in range(JUDGED_FROM):
                timings.note(lane, CARD, 100 * MS)
        today = timings.today()
        assert (today["in", CARD].is_over, today["out", CARD].is_over) == (False, True)
        assert today["out", CARD].budget_ms == 50


def test_what_was_written_outlives_a_power_cut_and_is_never_counted_twice(tmp_path: Path, clock: SetClock) -> None:
    with kept(tmp_path, clock) as timings:
        timings.note("in", CARD, 5 * MS)
        timings.write()
        timings.note("in", CARD, 6 * MS)
        timings.write()
        timings.write()
        timings.note("in", CARD, 900 * MS)  # within the last minute
    for _ in range(2):
        with kept(tmp_path, clock) as timings:
            figures = timings.days("in", CARD)[DAY]
            assert (figures.count, figures.max_ms) == (2, 6)
            timings.write()
    with kept(tmp_path, clock) as timings:
        timings.note("in", CARD, 8 * MS)
        timings.write()
    with kept(tmp_path, clock) as timings:
        assert timings.days("in", CARD)[DAY].count == 3


def test_a_stop_writes_what_is_left(tmp_path: Path, clock: SetClock) -> None:
    with kept(tmp_path, clock) as timings:
        timings.start()
        timings.note("in", CARD, 5 * MS)
        assert timings.stop(20)
    with kept(tmp_path, clock) as timings:
        assert timings.days("in", CARD)[DAY].count == 1
        assert timings.stop(0), "one that was never started has nothing to end"


def test_what_cannot_be_written_is_written_later(tmp_path: Path, clock: SetClock) -> None:
    with kept(tmp_path, clock) as timings:
        store = timings._store
        with store.write() as transaction:
            transaction.connection.execute(text("ALTER TABLE timings RENAME TO away"))
        timings.note("in", CARD, 5 * MS)
        timings.note("in", CARD, 3_001 * MS)
        for _ in range(2):
            with pytest.raises(OperationalError):
                timings.write()
        with store.write() as transaction:
            transaction.connection.execute(text("ALTER TABLE away RENAME TO timings"))
        timings.write()
        with store.read() as connection:
            assert [entry.type for entry in journal.after(connection, 0, 10)] == ["lane.slow"]
    with kept(tmp_path, clock) as timings:
        assert timings.days("in", CARD)[DAY].count == 2


def test_thirty_days_are_kept_and_a_clock_that_jumps_does_not_empty_them(tmp_path: Path, clock: SetClock) -> None:
    with kept(tmp_path, clock) as timings:
        for _ in range(KEPT_DAYS + 5):
            timings.note("in", CARD, 5 * MS)
            clock.move(timedelta(days=1))
        clock.move(timedelta(days=-1))
        timings.write()
        clock.move(timedelta(days=36_500))
        timings.note("in", CARD, 5 * MS)
        timings.write()
        clock.move(timedelta(days=-36_500))
        assert len(timings.days("in", CARD)) == KEPT_DAYS
        last = clock.now().astimezone(ZONE).date()
        assert timings.days("in", CARD)[last].count == 1
        with timings._store.read() as connection:
            days = connection.execute(select(tables.timings.c.day)).scalars().all()
        assert len(days) == KEPT_DAYS
        assert min(days) == last - timedelta(days=KEPT_DAYS - 2)


def test_one_far_over_its_budget_is_journalled_without_a_name(tmp_path: Path, clock: SetClock) -> None:
    with kept(tmp_path, clock) as timings:
        timings.note("out", PASS, 501 * MS)
        timings.note("in", PASS, 501 * MS)
        timings.write()
        with timings._store.read() as connection:
            (entry,) = journal.after(connection, 0, 10)
        assert (entry.actor, entry.type) == ("lane out", "lane.slow")
        assert entry.payload == {"lane": "out", "credential": "pass", "took_ms": 501, "budget_ms": 50.0}


UID = "04A1B2C3D4E5F6"


def test_cards_and_codes_that_open_a_lane_are_timed_and_nothing_else_is(tmp_path: Path) -> None:
    with demo_appliance(tmp_path) as gate:
        box = gate.appliance
        box.cards.add(actor="user clerk", uid=UID, holder="陳太", unit="1-A-1-A")
        now = box.clock.now()
        issued = box.passes.issue(
            actor="api x", unit="1-A-1-A", holder="A", not_before=now, not_after=now + timedelta(hours=1), uses=1,
            lanes=None,
        )  # fmt: skip
        presented_ns = gate.tap(UID)
        (pulse,) = gate.wait_for_pulses(1)
        gate.wait_for_entry("gate.opened", lane="in")
        gate.tap("01020304")
        gate.wait_for_entry("access.refused")
        gate.camera("out").show(qr_png(issued.token))
        gate.wait_for_entry("gate.opened", lane="out")
        box.lanes.open("in", actor="user chan", reason="x", deadline_ns=box.clock.monotonic_ns() + 5_000 * MS)
        today = wait_for(lambda: today if (today := box.timings.today())["out", PASS].count else None)
        assert {key: figures.count for key, figures in today.items()} == {
            ("in", CARD): 1, ("in", PASS): 0, ("out", CARD): 0, ("out", PASS): 1,
        }  # fmt: skip
        assert today["in", CARD].max_ms * MS >= pulse.energised_ns - presented_ns
    with demo_appliance(tmp_path) as gate:
        assert gate.appliance.timings.today()["in", CARD].count == 1


def test_a_gate_that_did_not_open_is_not_timed(tmp_path: Path) -> None:
    with demo_appliance(tmp_path, settings=document()) as gate:
        gate.appliance.cards.add(actor="user clerk", uid=UID, holder="陳太", unit="1-A-1-A")
        gate.relay().unplug()
        gate.tap(UID)
        gate.wait_for_entry("gate.failed", lane="in")
        assert gate.appliance.timings.today()["in", CARD].count == 0
