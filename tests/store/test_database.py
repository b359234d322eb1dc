from __future__ import annotations

import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from kiosk.clock import SystemClock
from kiosk.store import database, journal, tables
from kiosk.store.database import DATABASE_NAME, Store, StoreBusy, StoreError


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "data", SystemClock())
    store.migrate()
    yield store
    store.close()


def test_every_commit_is_synced(store):
    with store.write() as transaction:
        assert transaction.connection.execute(text("PRAGMA synchronous")).scalar_one() == 2
        assert transaction.connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert transaction.connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_the_directory_is_the_owners_alone(store):
    assert stat.S_IMODE(store.directory.stat().st_mode) == 0o700


def test_the_database_is_the_owners_alone_even_in_a_directory_that_is_not(tmp_path):
    data = tmp_path / "open to all?"
    data.mkdir(mode=0o755)
    (data / DATABASE_NAME).touch(mode=0o644)
    store = Store(data, SystemClock())
    store.migrate()
    with store.write() as transaction:
        transaction.record("system", "system.started", {})
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in data.iterdir()}
    store.close()
    assert modes == {f"{DATABASE_NAME}{suffix}": 0o600 for suffix in ("", "-wal", "-shm")}


def test_the_migrations_make_the_tables_that_the_code_speaks_of(store):
    with store.read() as connection:
        inspector = inspect(connection)
        for table in tables.metadata.tables.values():
            columns = {column["name"] for column in inspector.get_columns(table.name)}
            assert columns == {column.name for column in table.columns}, table.name
        indexes = set(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'index'")).scalars())
    assert {index.name for table in tables.metadata.tables.values() for index in table.indexes} <= indexes


def test_a_failed_write_leaves_nothing_and_tells_nobody(store):
    told = []
    store.on_commit(told.append)

    def fail():
        with store.write() as transaction:
            transaction.record("system", "system.started", {})
            transaction.after_commit(lambda: told.append("acted"))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with store.read() as connection:
        assert journal.head(connection) == (0, journal.GENESIS)
    assert told == []


def test_actions_run_after_the_commit_in_order_and_before_the_listeners(store):
    told = []
    store.on_commit(lambda seq: told.append(("commit", seq)))
    with store.write() as transaction:
        transaction.record("system", "system.started", {})
        transaction.after_commit(lambda: told.append("first"))
        transaction.after_commit(lambda: told.append("second"))
        assert told == []
    assert told == ["first", "second", ("commit", 1)]


def test_a_commit_that_fails_leaves_nothing_and_the_next_one_works(store):
    def fail():
        with store.write() as transaction:
            transaction.record("system", "system.started", {})
            transaction.connection.execute(text("PRAGMA defer_foreign_keys = ON"))
            transaction.connection.execute(
                tables.residents.insert(), {"id": "a", "unit": "nowhere", "name": "x", "phone": ""}
            )

    with pytest.raises(IntegrityError):
        fail()
    with store.write() as transaction:
        assert transaction.record("system", "system.started", {})[0] == 1
    with store.read() as connection:
        assert journal.verify(connection) == journal.Verdict(1, None)


def test_a_write_does_not_nest(store):
    with store.write(), pytest.raises(RuntimeError), store.write():
        pass
    with store.write() as transaction:
        transaction.record("system", "system.started", {})


def test_a_write_that_another_process_holds_up_fails_and_the_next_one_succeeds(store, monkeypatch):
    monkeypatch.setattr(database, "BUSY_S", 0.01)
    impatient = Store(store.directory, SystemClock())
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(2):
            with pytest.raises(OperationalError, match="locked"), impatient.write() as transaction:
                pass
        other.execute("ROLLBACK")
    with impatient.write() as transaction:
        transaction.record("system", "system.started", {})
    impatient.close()
    with store.read() as connection:
        assert journal.head(connection)[0] == 1


def test_a_write_that_another_thread_holds_up_fails_and_the_next_one_succeeds(store, monkeypatch):
    monkeypatch.setattr(database, "BUSY_S", 0.01)
    held, let_go = threading.Event(), threading.Event()

    def hold():
        with store.write():
            held.set()
            let_go.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(30)
    with pytest.raises(StoreBusy), store.write():
        pass
    let_go.set()
    thread.join()
    with store.write() as transaction:
        transaction.record("system", "system.started", {})


def test_a_full_disk_undoes_the_write_and_nothing_else(store):
    def write(times):
        with store.write() as transaction:
            for _ in range(times):
                transaction.record("system", "system.started", {"padding": "x" * 500})

    write(1)
    with store.write() as transaction:
        pages = transaction.connection.execute(text("PRAGMA page_count")).scalar_one()
        transaction.connection.execute(text(f"PRAGMA max_page_count = {pages}"))
    for _ in range(3):
        with pytest.raises(OperationalError, match="full"):
            write(100)
    with store.write() as transaction:
        transaction.connection.execute(text("PRAGMA max_page_count = 1000000"))
    write(100)
    with store.read() as connection:
        assert journal.verify(connection) == journal.Verdict(101, None)


def test_a_reader_cannot_write(store):
    with store.read() as connection, pytest.raises(OperationalError):
        connection.execute(text("DELETE FROM journal"))


def test_writers_take_turns_and_the_chain_stays_whole(store):
    def write():
        for _ in range(25):
            with store.write() as transaction:
                transaction.record("system", "system.started", {})

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as connection:
        assert journal.verify(connection) == journal.Verdict(100, None)


def test_a_migration_is_done_once_and_copies_nothing_when_new(store):
    store.migrate()
    assert [path.name for path in store.directory.glob("*before*")] == []


def test_an_older_database_is_copied_before_it_changes(tmp_path):
    store = Store(tmp_path / "data", SystemClock())
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    with store._writer.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    store.path.with_name(f"{DATABASE_NAME}.before-0001").touch()
    with store.write() as transaction:
        transaction.record("system", "system.started", {})
    store.migrate()
    copies = list(store.directory.glob("*before*"))
    assert len(copies) == 1
    assert not copies[0].name.endswith(("before-0001", ".part"))
    assert stat.S_IMODE(copies[0].stat().st_mode) == 0o600
    with sqlite3.connect(copies[0]) as copy:
        assert copy.execute("SELECT count(*) FROM journal").fetchone() == (1,)
    copy.close()
    store.close()


def test_receipts_that_wait_are_still_there_when_other_papers_are_printed_too(tmp_path):
    store = Store(tmp_path / "data", SystemClock())
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    with store._writer.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0007")
    columns = "seq, id, visit_id, copy_number, state, created_at, state_at, detail, journal_digest"
    with closing(sqlite3.connect(store.path)) as before, before:
        before.execute("INSERT INTO units (code, phase, block, floor, door, position) VALUES ('A', '', '', '', '', 1)")
        before.execute(
            "INSERT INTO visits (id, number, kind, state, unit, visitor_name, phone, phone_reversed, companions, "
            "vehicle_plate, plate_key, purpose, source, created_at, reason) "
            "VALUES ('v', '1', 'guest', 'signed_in', 'A', '', '', '', 0, '', '', '', 'touch', 1, '')"
        )
        before.execute(
            f"INSERT INTO print_jobs ({columns}) VALUES (?, ?, 'v', 0, 'queued', 1, 1, '', 'a1b2c3d4')",  # noqa: S608
            (7, "first"),
        )
    store.migrate()
    with closing(sqlite3.connect(store.path)) as after, after:
        assert after.execute("SELECT seq, id, kind, visit_id, content FROM print_jobs").fetchall() == [
            (7, "first", "visit", "v", None)
        ]
        after.execute("INSERT INTO print_jobs (id, copy_number, state, created_at, state_at, detail, journal_digest)"
                      " VALUES ('third', 0, 'queued', 1, 1, '', '')")  # fmt: skip
        numbers = [seq for (seq,) in after.execute("SELECT seq FROM print_jobs ORDER BY seq")]
    assert numbers[0] == 7
    assert numbers[1] > 7
    store.close()


def test_a_newer_database_is_left_alone(store):
    with store.write() as transaction:
        transaction.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer version of Gatehouse"):
        store.migrate()
    assert list(store.directory.glob("*before*")) == []


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path):
    (tmp_path / DATABASE_NAME).write_text("not a database, for sure" * 100)
    store = Store(tmp_path, SystemClock())
    with pytest.raises(StoreError, match="not a database"):
        store.migrate()
    store.close()


def test_a_directory_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="Not a directory"):
        Store(tmp_path / "file" / "data", SystemClock())


def test_times_keep_their_microsecond_and_their_zone(store):
    now = SystemClock().now()
    with store.write() as transaction:
        transaction.connection.execute(tables.photos.insert(), {"id": "a", "taken_at": now, "sealed": b""})
    with store.read() as connection:
        assert connection.execute(select(tables.photos.c.taken_at)).scalar_one() == now
