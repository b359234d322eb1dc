"""The demonstration's estate and its accounts."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from kiosk.appliance import Appliance
from kiosk.bootstrap import build_appliance
from kiosk.clock import SystemClock
from kiosk.config import parse
from kiosk.demo import demo_settings
from kiosk.demo.accounts import FILE_NAME, provide
from kiosk.demo.seed import seed
from kiosk.domain.holidays import CalendarCondition
from kiosk.domain.passes import PassKind
from kiosk.domain.roles import Role
from kiosk.domain.time_profiles import Day
from kiosk.domain.visits import VisitState
from kiosk.store import journal, tables
from kiosk.store.database import DATABASE_NAME, Store, open_for_reading

SETTINGS = parse(demo_settings())


@contextmanager
def reading(data: Path) -> Iterator[Connection]:
    engine = open_for_reading(data)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@contextmanager
def appliance_on(data: Path) -> Iterator[Appliance]:
    """An appliance that is built and not started."""
    appliance = build_appliance(SETTINGS, data, is_demo=True)
    try:
        yield appliance
    finally:
        appliance.store.close()


def count(connection: Connection, table: Any) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("seeded") / "data"
    assert seed(SETTINGS, data)
    return data


def test_every_device_is_simulated() -> None:
    for lane in SETTINGS.lanes.values():
        for device in (lane.relay, lane.inputs, lane.reader, lane.camera):
            assert device is not None
            assert device.driver == "simulated"
    assert SETTINGS.printer is not None
    assert SETTINGS.printer.driver == "simulated"


def test_its_hours_and_holidays(seeded: Path) -> None:
    with appliance_on(seeded) as appliance:
        assert [one.name for one in appliance.time_profiles.all()] == ["家務助理", "管理處辦公時間"]
        for year in (2026, 2099):
            new_year = datetime(year, 1, 1, 4, tzinfo=UTC)
            assert appliance.hours.day_of(new_year) is Day.HOLIDAY
            assert appliance.hours.health(new_year).condition is CalendarCondition.READY


def test_the_estate(seeded: Path) -> None:
    with appliance_on(seeded) as appliance:
        assert appliance.units.phases() == ["1", "2"]
        assert appliance.units.blocks("1") == ["A", "B"]
        assert "4" not in appliance.units.floors("2", "C")
    with reading(seeded) as connection:
        assert count(connection, tables.units) == 200
        residents = connection.execute(select(func.count(func.distinct(tables.residents.c.unit)))).scalar_one()
        assert residents == 200
        assert count(connection, tables.cards) == 13
        promised = select(func.count()).where(tables.passes.c.kind != PassKind.VISIT)
        assert connection.execute(promised).scalar_one() == 12


def test_a_week_of_visits_in_every_state(seeded: Path) -> None:
    now = datetime.now(UTC)
    with reading(seeded) as connection:
        rows = connection.execute(select(tables.visits).order_by(tables.visits.c.seq)).all()
    states = [row.state for row in rows]
    assert states.count(VisitState.SIGNED_IN) == 4
    assert states.count(VisitState.WAITING) == 1
    for ended in (VisitState.SIGNED_OUT, VisitState.EXPIRED, VisitState.REFUSED):
        assert ended in states
    assert all(row.ended_at >= row.created_at for row in rows if row.ended_at)
    assert all(row.created_at <= now for row in rows)
    assert len({row.created_at.date() for row in rows}) >= 7
    inside = [row for row in rows if row.state == VisitState.SIGNED_IN]
    assert all(row.ends_at > now for row in inside)
    assert any(not row.visitor_name.isascii() for row in rows)
    assert any(row.visitor_name.isascii() for row in rows)


def test_the_journal_is_whole_and_its_times_never_go_back(seeded: Path) -> None:
    with reading(seeded) as connection:
        verdict = journal.verify(connection)
        times = connection.execute(select(tables.journal.c.at).order_by(tables.journal.c.seq)).scalars().all()
        in_flight = select(func.count()).where(tables.openings.c.outcome.is_(None))
        assert connection.execute(in_flight).scalar_one() == 0
    assert verdict.bad_seq is None
    assert verdict.entries == len(times) > 300
    assert times == sorted(times)


def test_it_is_seeded_once(seeded: Path) -> None:
    with reading(seeded) as connection:
        before = journal.head(connection)
    assert not seed(SETTINGS, seeded)
    with reading(seeded) as connection:
        assert journal.head(connection) == before


def test_a_seeding_cut_short_leaves_nothing_and_is_done_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    store = Store(data, SystemClock())
    store.migrate()
    store.close()
    database = sqlite3.connect(data / DATABASE_NAME)
    database.execute(
        "CREATE TRIGGER cut BEFORE INSERT ON visits WHEN NEW.state = 'waiting' BEGIN SELECT RAISE(ABORT, 'cut'); END"
    )
    with pytest.raises(IntegrityError):
        seed(SETTINGS, data)
    with reading(data) as connection:
        for table in (tables.units, tables.residents, tables.cards, tables.passes, tables.visits):
            assert count(connection, table) == 0
    database.execute("DROP TRIGGER cut")
    database.close()
    assert seed(SETTINGS, data)
    with reading(data) as connection:
        assert count(connection, tables.units) == 200
        assert journal.verify(connection).bad_seq is None


def test_the_same_people_every_time(seeded: Path, tmp_path: Path) -> None:
    assert seed(SETTINGS, tmp_path / "data")
    found = []
    for data in (seeded, tmp_path / "data"):
        with reading(data) as connection:
            cards = connection.execute(
                select(tables.cards.c.uid, tables.cards.c.holder).order_by(tables.cards.c.seq)
            ).all()
            residents = connection.execute(
                select(tables.residents.c.unit, tables.residents.c.name).order_by(
                    tables.residents.c.unit, tables.residents.c.name
                )
            ).all()
        found.append((cards, residents))
    assert found[0] == found[1]


def test_a_journal_that_was_begun_is_continued_in_order(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with appliance_on(data) as appliance:
        appliance.accounts.make_api_key("begun by hand")
    assert seed(SETTINGS, data)
    with reading(data) as connection:
        times = connection.execute(select(tables.journal.c.at).order_by(tables.journal.c.seq)).scalars().all()
        assert journal.verify(connection).bad_seq is None
        assert count(connection, tables.units) == 200
    assert times == sorted(times)
    assert times[0] > datetime.now(UTC) - timedelta(hours=1)


def test_accounts_are_kept_in_a_file_for_their_owner_only(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with appliance_on(data) as appliance:
        known = provide(appliance.accounts, data)
        document = json.loads((data / FILE_NAME).read_text(encoding="utf-8"))
        assert set(document) == {"accounts", "api_key"}
        assert set(document["accounts"]) == {role.value for role in Role}
        assert all(set(account) == {"username", "password"} for account in document["accounts"].values())
        assert stat.S_IMODE((data / FILE_NAME).stat().st_mode) == 0o600
        for role, account in known.accounts.items():
            user = appliance.accounts.authenticate(account.username, account.password)
            assert user is not None
            assert user.role is role
            assert any(account.username in line and account.password in line for line in known.lines())
        assert appliance.accounts.verify_api_key(document["api_key"]) is not None
        assert len({account.password for account in known.accounts.values()}) == len(Role)
        assert [path.name for path in data.iterdir() if path.name.startswith(".")] == []


def test_a_later_start_finds_the_same_secrets(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with appliance_on(data) as appliance:
        first = provide(appliance.accounts, data)
    with appliance_on(data) as appliance:
        assert provide(appliance.accounts, data) == first
        assert len(appliance.accounts.users()) == len(Role)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"accounts": {}, "api_key": "x"}'])
def test_a_damaged_file_is_made_anew_and_what_it_said_is_void(tmp_path: Path, damage: str) -> None:
    data = tmp_path / "data"
    with appliance_on(data) as appliance:
        old = provide(appliance.accounts, data).accounts[Role.GUARD]
        (data / FILE_NAME).write_text(damage, encoding="utf-8")
        new = provide(appliance.accounts, data).accounts[Role.GUARD]
        assert appliance.accounts.authenticate(old.username, old.password) is None
        assert appliance.accounts.authenticate(new.username, new.password) is not None


def test_a_start_cut_short_is_finished(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with appliance_on(data) as appliance:
        known = provide(appliance.accounts, data)
        appliance.accounts.remove_user("admin")  # as if the power had gone before the last account was made
        assert provide(appliance.accounts, data) == known
        admin = known.accounts[Role.ADMIN]
        assert appliance.accounts.authenticate(admin.username, admin.password) is not None
