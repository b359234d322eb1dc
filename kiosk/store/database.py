"""The store: many readers, one writer, and nothing acknowledged that is not on the disk.

SQLite in WAL mode with `synchronous=FULL`: a commit returns after its fsync. All writes go through `write()`, which
holds a lock and `BEGIN IMMEDIATE`, so that two workers never meet `SQLITE_BUSY` half-way. Readers have connections
of their own and see the last commit.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import QueuePool, StaticPool

from kiosk.clock import Clock, ClockConfidence
from kiosk.errors import Unavailable
from kiosk.store import journal

DATABASE_NAME: Final = "gatehouse.db"
_LOCK_NAME: Final = "serving.lock"
_MIGRATIONS: Final = Path(__file__).parent / "migrations"

BUSY_S: Final = 4.0
"""How long a write waits for its turn, and then for another process to let the database go. A lane that waits both
times still shows its pulse to the watchdog in time: a restart would not free the database and would close the gate."""


STEP: Final = timedelta(seconds=5)
"""A clock is put right by as much while it runs (timesyncd and chrony slew, and step only beyond); more is no clock."""

Stamp = tuple[datetime, ClockConfidence]
"""When a journal entry was made, and how far the clock could be believed; never of one whose clock was behind."""


class StoreError(Exception):
    """The database cannot be used: the directory, the file, or who wrote it. Its text is a line for an operator."""


class StoreBusy(StoreError, Unavailable):
    """Another write took too long; nothing was written, and it may be tried again."""

    def __init__(self) -> None:
        super().__init__("store-busy", "The register is busy. Nothing has changed; please try again.")


class Transaction:
    """A write in progress. `connection` runs statements; `record` appends to the journal; both commit as one.

    Attributes:
        now: the time at which everything in it happens. Time on record does not run backwards for a clock that is put
            right by a moment: then it stands still.
        confidence: how far `now` can be believed.
    """

    def __init__(self, connection: Connection, clock: Clock, newest: Stamp | None) -> None:
        self.connection = connection
        self.now, self.confidence = _time_of(clock, newest)
        self._after_commit: list[Callable[[], None]] = []
        self.last_entry: tuple[int, bytes] | None = None

    def record(self, actor: str, type: str, payload: Mapping[str, Any]) -> tuple[int, bytes]:  # noqa: A002
        """Append a journal entry; returns its sequence number and hash."""
        self.last_entry = journal.append(
            self.connection, at=self.now, clock=self.confidence, actor=actor, type=type, payload=payload
        )
        return self.last_entry

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run `action` once the transaction is on the disk, in this thread and outside the writer's lock."""
        self._after_commit.append(action)


class Store:
    """The database of one gate. Safe to use from any thread.

    Raises:
        StoreError: the directory or the file in it cannot be made or kept private.
    """

    def __init__(self, directory: Path, clock: Clock) -> None:
        self.directory = directory
        self.path = directory / DATABASE_NAME
        self._clock = clock
        self._lock = threading.RLock()
        self._writing = False
        self._connection: Connection | None = None  # the writer's, checked out once and kept
        self._newest: Stamp | None = None  # of the journal; None until the first write, and in an empty one
        self._on_commit: list[Callable[[int], None]] = []
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            _keep_private(self.path)
        except OSError as error:
            raise StoreError(f"the data directory {directory} cannot be used: {error.strerror}") from error
        self._writer = _engine(self.path, read_only=False)
        self._readers = _engine(self.path, read_only=True)

    def migrate(self) -> None:
        """Bring the tables up to date; a database that needs it is copied first, as `gatehouse.db.before-REVISION`.

        Only the last such copy is kept: each holds everything that was in the register.

        Raises:
            StoreError: the database cannot be opened, is none, or comes from a newer version.
        """
        try:
            self._migrate()
        except DatabaseError as error:
            raise StoreError(f"the database {self.path} cannot be used: {error.orig}") from error
        except OSError as error:
            raise StoreError(f"the database {self.path} cannot be copied before a change: {error.strerror}") from error

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        script = ScriptDirectory.from_config(config)
        head = script.get_current_head()
        with self._writer.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
            is_new = not inspect(connection).get_table_names()
        if current == head:
            return
        if current is not None and current not in {revision.revision for revision in script.walk_revisions()}:
            raise StoreError(
                f"the database {self.path} was written by a newer version of Gatehouse (its tables are of "
                f"revision {current}; this version knows them up to {head})"
            )
        if not is_new:
            self._copy_to(self.path.with_name(f"{DATABASE_NAME}.before-{head}"))
        with self._writer.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def on_commit(self, listener: Callable[[int], None]) -> None:
        """Call `listener` with the last sequence number after each commit that wrote to the journal."""
        self._on_commit.append(listener)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view of the last commit; writing through it raises."""
        with self._readers.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """The one write transaction: commits at the end of the block, rolls back when it raises.

        Raises:
            RuntimeError: this thread is in a write already.
            StoreBusy: another thread's write does not come to its end.
        """
        if not self._lock.acquire(timeout=BUSY_S):
            raise StoreBusy
        try:
            if self._writing:
                raise RuntimeError("a write transaction does not nest")
            self._writing = True
            try:
                connection = self._connection = self._connection or self._writer.connect()
                with connection.begin():
                    if self._newest is None:
                        self._newest = journal.newest_stamp(connection)
                    transaction = Transaction(connection, self._clock, self._newest)
                    yield transaction
            except BaseException:
                # A COMMIT that failed leaves SQLite inside the transaction; handing the connection back rolls back.
                self._give_back()
                raise
            finally:
                self._writing = False
            if transaction.last_entry is not None and transaction.confidence is not ClockConfidence.BEHIND:
                self._newest = transaction.now, transaction.confidence
        finally:
            self._lock.release()
        # The actions first: a gate is among them, and whom the listeners wake would compete with it for the processor.
        for action in transaction._after_commit:  # noqa: SLF001 - the two classes are one mechanism
            action()
        if transaction.last_entry is not None:
            for listener in self._on_commit:
                listener(transaction.last_entry[0])

    def close(self) -> None:
        """Close all connections; the last one folds the write-ahead log into the database."""
        self._readers.dispose()
        self._give_back()
        self._writer.dispose()

    def _give_back(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _copy_to(self, target: Path) -> None:
        part = target.with_name(f"{target.name}.part")
        part.unlink(missing_ok=True)
        _keep_private(part)
        # A connection of its own: `backup` waits for ever when its source connection holds a write transaction.
        with closing(sqlite3.connect(self.path)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
        part.rename(target)
        for older in set(self.directory.glob(f"{DATABASE_NAME}.before-*")) - {target}:
            older.unlink()


def hold(directory: Path) -> int:
    """Take a data directory for one server alone until the process ends, however it does; returns the lock's file.

    A second server would take the first one's openings for those of a crash, and both would work the same relays.

    Raises:
        StoreError: another server holds it, or it cannot be made.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(directory / _LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StoreError(f"the data directory {directory} is in use by another server") from error
    except OSError as error:
        raise StoreError(f"the data directory {directory} cannot be used: {error.strerror}") from error
    return descriptor


def open_for_reading(directory: Path) -> Engine:
    """An engine on a data directory that is never written to: for tools beside a running server.

    Raises:
        FileNotFoundError: there is no database.
    """
    path = directory / DATABASE_NAME
    if not path.exists():
        raise FileNotFoundError(path)
    return _engine(path, read_only=True)


def _time_of(clock: Clock, newest: Stamp | None) -> Stamp:
    """What time it is, seen from the newest entry of the journal.

    Who set the clock from the network knows better than one who did not: an entry that nobody vouched for, from the
    future, makes a synchronised clock no liar.
    """
    now, confidence = clock.now(), clock.confidence()
    if newest is None or now >= newest[0]:
        return now, confidence
    if newest[0] - now <= STEP:
        return newest[0], confidence
    vouched = confidence is ClockConfidence.SYNCHRONISED and newest[1] is not ClockConfidence.SYNCHRONISED
    return now, confidence if vouched else ClockConfidence.BEHIND


def _keep_private(path: Path) -> None:
    """Make a file for its owner alone, or take it back from the others; SQLite's own files beside it get its mode."""
    # Not through a descriptor when it is there: closing one would drop the locks that SQLite holds in this process.
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)


def _engine(path: Path, *, read_only: bool) -> Engine:
    # One writer connection, never closed; readers as many as threads ask for.
    pool: dict[str, Any] = (
        {"poolclass": QueuePool, "pool_size": 8, "max_overflow": 64} if read_only else {"poolclass": StaticPool}
    )
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"check_same_thread": False, "isolation_level": None},
        hide_parameters=True,  # an error's text goes to the log, and the parameters are people's names
        **pool,
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_S * 1000:.0f}")
        connection.execute("PRAGMA foreign_keys = ON")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        else:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            # What is purged is overwritten. Debian's SQLite does so by itself, and others do not.
            connection.execute("PRAGMA secure_delete = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine
