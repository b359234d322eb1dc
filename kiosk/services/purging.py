"""Purging a register of what its time is up for, a few records at a time, each batch with what it says of itself.

A batch takes its records with all that hangs on them, and puts them on the run's certificate, in one transaction: a box
that goes down between two batches has said exactly what is gone, and the next run goes on with the same certificate.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Table, delete, select

from kiosk.services.goods.holds import HoldSubject
from kiosk.services.goods.purge_certificates import Purged, Register, certify, complete, running
from kiosk.services.register_lookup import settle_words
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import incident_holds, photos, record_annotations
from kiosk.store.tables.base import to_microseconds

AT_ONCE: Final = 10
_PAUSE_S: Final = 0.01

Batch = Callable[[Transaction, datetime], Purged]
"""Purges at most `AT_ONCE` of the records that ended before a time; fewer mean that there are no more."""


class Purge:
    """Purges one register by the clock. Safe to use from any thread."""

    def __init__(
        self,
        store: Store,
        register: Register,
        keep_days: int,
        *,
        batches: Sequence[Batch],
        words: Sequence[str],
        held: Callable[[Connection, datetime], Mapping[str, int]],
    ) -> None:
        """Say what is purged, and how.

        Args:
            words: the full-text indexes that the batches take records out of.
            held: how many records of each kind were due and are kept by a hold.
        """
        self._store = store
        self._register = register
        self._kept = timedelta(days=keep_days)
        self._batches = batches
        self._words = words
        self._held = held

    def run(self, due: datetime) -> int:
        """Purge whatever ended long enough before `due` and no hold keeps; returns how many records there were."""
        ended_before = due - self._kept
        purged = sum(self._in_batches(batch, ended_before) for batch in self._batches)
        with self._store.read() as connection:
            if running(connection, self._register) is None:
                return purged
        for words in self._words:
            self._settle(words)
        with self._store.write() as transaction:
            certificate = running(transaction.connection, self._register)
            if certificate is not None:
                complete(transaction, certificate, self._held(transaction.connection, ended_before))
        return purged

    def _in_batches(self, batch: Batch, ended_before: datetime) -> int:
        total = 0
        while True:
            with self._store.write() as transaction:
                purged = batch(transaction, ended_before)
                if purged.records:
                    certify(transaction, purged, self._register, ended_before=ended_before)
            total += len(purged.records)
            if len(purged.records) < AT_ONCE:
                return total
            time.sleep(_PAUSE_S)  # locks are not fair: whoever waits gets his turn only while nobody asks

    def _settle(self, words: str) -> None:
        is_first, has_more = True, True
        while has_more:
            with self._store.write() as transaction:
                has_more = settle_words(transaction, words, is_first=is_first)
            is_first = False
            time.sleep(_PAUSE_S)


def delete_rows(connection: Connection, purged: Purged, table: Table, which: ColumnElement[bool]) -> None:
    """Delete rows, and count them."""
    purged.counts[table.name] += connection.execute(delete(table).where(which)).rowcount


def forget_words_about(connection: Connection, purged: Purged, subject: HoldSubject, ids: Sequence[str]) -> None:
    """Forget why records were once held and what was said about them: the words go with them."""
    for table in (incident_holds, record_annotations):
        delete_rows(connection, purged, table, (table.c.subject == subject.value) & table.c.subject_id.in_(ids))


def photo_hashes(connection: Connection, ids: Iterable[str | None]) -> dict[str, str]:
    """SHA-256 of the sealed bytes of those of these photos that there are, by id."""
    wanted = [photo_id for photo_id in ids if photo_id is not None]
    found = connection.execute(select(photos.c.id, photos.c.sealed).where(photos.c.id.in_(wanted)))
    return {row.id: hashlib.sha256(row.sealed).hexdigest() for row in found}


def hashes_of(ids: Iterable[str | None], hashes: Mapping[str, str]) -> list[list[str]]:
    """The photos of one record as its certificate has them."""
    return [[photo_id, hashes[photo_id]] for photo_id in ids if photo_id is not None and photo_id in hashes]


def record_of(row: Row[Any]) -> dict[str, Any]:
    """A row as its certificate has it: see `purge_certificates`."""
    return {name: _as_kept(value) for name, value in row._mapping.items()}  # noqa: SLF001 - a row's columns by name


def rows_by(
    connection: Connection, table: Table, owner: ColumnElement[Any], order: Any, ids: Sequence[str]
) -> dict[str, list[Row[Any]]]:
    """What hangs on records, by the column that names them."""
    found: dict[str, list[Row[Any]]] = {record_id: [] for record_id in ids}
    for row in connection.execute(select(table).where(owner.in_(ids)).order_by(owner, order)):
        found[row._mapping[owner]].append(row)  # noqa: SLF001
    return found


def _as_kept(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_microseconds(value)
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return int(value) if isinstance(value, bool) else value
