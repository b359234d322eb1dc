"""A store whose tables are there already: copied from one that the migrations made, once in a run.

The migrations and their commits take a tenth of a second, a copy takes two thousandths. That the migrations work
is held by `tests/store`, which runs them.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from kiosk.clock import Clock, SystemClock
from kiosk.store.database import DATABASE_NAME, Store


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory(prefix="gatehouse-") as folder:
        store = Store(Path(folder), SystemClock())
        store.migrate()
        store.close()
        return store.path.read_bytes()


def lay_tables(directory: Path) -> None:
    """Put a database with every table and no row into a data directory; one that has a database is left as it is."""
    path = directory / DATABASE_NAME
    if path.exists():
        return
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(_migrated())


def open_store(directory: Path, clock: Clock) -> Store:
    """The store of a data directory, with its tables; a second one on the same directory finds what was written."""
    lay_tables(directory)
    return Store(directory, clock)
