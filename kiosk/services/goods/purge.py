"""Purging goods and release slips whose time is up, a few at a time, each batch with what it says of itself on record.

A batch takes its records with all that hangs on them, and puts them on the run's certificate, in one transaction: a box
that goes down between two batches has said exactly what is gone, and the next run goes on with the same certificate.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Table, delete, exists, func, null, select, update

from kiosk.config import GoodsSettings
from kiosk.services.goods import goods_rows, slip_rows
from kiosk.services.goods.holds import HoldSubject, held_goods, held_slips
from kiosk.services.goods.purge_certificates import Purged, certify, complete, running
from kiosk.services.register_lookup import forget_words, settle_words
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import (
    goods_in,
    incident_holds,
    photos,
    print_jobs,
    record_annotations,
    release_items,
    release_movements,
    release_slips,
    release_trips,
)
from kiosk.store.tables.base import to_microseconds

_AT_ONCE: Final = 10
_PAUSE_S: Final = 0.01

_Batch = Callable[[Transaction, datetime], Purged]


class GoodsPurge:
    """Purges by the clock. Safe to use from any thread."""

    def __init__(self, store: Store, settings: GoodsSettings) -> None:
        self._store = store
        self._kept = timedelta(days=settings.keep_days)

    def run(self, due: datetime) -> int:
        """Purge whatever ended longer than `goods.keep_days` before `due`; returns how many records there were.

        Open slips, slips of which something is still to be brought back, and what a hold keeps stay.
        """
        ended_before = due - self._kept
        purged = self._in_batches(_purge_goods, ended_before) + self._in_batches(_purge_slips, ended_before)
        with self._store.read() as connection:
            if running(connection) is None:
                return purged
        for words in (goods_rows.WORDS, slip_rows.WORDS):
            self._settle(words)
        with self._store.write() as transaction:
            certificate = running(transaction.connection)
            if certificate is not None:
                complete(transaction, certificate, _held(transaction.connection, ended_before))
        return purged

    def _in_batches(self, batch: _Batch, ended_before: datetime) -> int:
        total = 0
        while True:
            with self._store.write() as transaction:
                purged = batch(transaction, ended_before)
                if purged.records:
                    certify(transaction, purged, ended_before=ended_before)
            total += len(purged.records)
            if len(purged.records) < _AT_ONCE:
                return total
            time.sleep(_PAUSE_S)  # locks are not fair: whoever waits gets his turn only while nobody asks

    def _settle(self, words: str) -> None:
        is_first, has_more = True, True
        while has_more:
            with self._store.write() as transaction:
                has_more = settle_words(transaction, words, is_first=is_first)
            is_first = False
            time.sleep(_PAUSE_S)


def _purge_goods(transaction: Transaction, ended_before: datetime) -> Purged:
    connection, purged = transaction.connection, Purged()
    due = _due_goods(ended_before) & goods_in.c.id.not_in(held_goods())
    rows = connection.execute(select(goods_in).where(due).order_by(goods_in.c.seq).limit(_AT_ONCE)).all()
    if not rows:
        return purged
    hashes = _photo_hashes(connection, [row.photo_id for row in rows])
    for row in rows:
        purged.records.append(_record(row) | {"photos": _hashes_of([row.photo_id], hashes)})
        texts = goods_rows.searched_texts(row.carrier, row.carrier_name, row.description)
        forget_words(transaction, goods_rows.WORDS, row.seq, texts)
    ids = [row.id for row in rows]
    _forget_about(connection, purged, HoldSubject.GOODS, ids)
    _delete(connection, purged, goods_in, goods_in.c.id.in_(ids))
    _delete(connection, purged, photos, photos.c.id.in_(list(hashes)))
    return purged


def _purge_slips(transaction: Transaction, ended_before: datetime) -> Purged:
    connection, purged = transaction.connection, Purged()
    due = _due_slips(ended_before) & release_slips.c.id.not_in(held_slips())
    rows = connection.execute(select(release_slips).where(due).order_by(release_slips.c.seq).limit(_AT_ONCE)).all()
    if not rows:
        return purged
    ids = [row.id for row in rows]
    items = _by_slip(connection, release_items, release_items.c.line, ids)
    trips = _by_slip(connection, release_trips, release_trips.c.seq, ids)
    movements = _by_slip(connection, release_movements, release_movements.c.seq, ids)
    pictured = {row.id: [row.authority_photo_id, *_photos_of(items[row.id] + trips[row.id])] for row in rows}
    hashes = _photo_hashes(connection, [photo for found in pictured.values() for photo in found])
    for row in rows:
        hanging = {
            "release_items": [_record(item) for item in items[row.id]],
            "release_trips": [_record(trip) for trip in trips[row.id]],
            "release_movements": [_record(movement) for movement in movements[row.id]],
            "photos": _hashes_of(pictured[row.id], hashes),
        }
        purged.records.append(_record(row) | hanging)
        purged.numbers.append(row.number)
        names = [item.name for item in items[row.id]]
        texts = slip_rows.searched_texts(row.carrier, row.requested_by, row.taken_by, row.department, names)
        forget_words(transaction, slip_rows.WORDS, row.seq, texts)
    _forget_about(connection, purged, HoldSubject.SLIP, ids)
    for table in (release_movements, release_trips, release_items):
        _delete(connection, purged, table, table.c.slip_id.in_(ids))
    # A slip that stays for longer was issued in place of one of these: its own number, and the journal, say so still.
    connection.execute(update(release_slips).where(release_slips.c.replaces_id.in_(ids)).values(replaces_id=None))
    _delete(connection, purged, release_slips, release_slips.c.id.in_(ids))
    # A slip that was issued in place of another has its pictures, and may stay for longer than it.
    is_shared = exists().where(release_items.c.photo_id == photos.c.id)
    _delete(connection, purged, photos, photos.c.id.in_(list(hashes)) & ~is_shared)
    return purged


def _due_goods(ended_before: datetime) -> ColumnElement[bool]:
    return goods_in.c.ended_at <= ended_before


def _due_slips(ended_before: datetime) -> ColumnElement[bool]:
    is_out = exists().where(
        release_items.c.slip_id == release_slips.c.id,
        release_items.c.returnable_until.is_not(None),
        release_items.c.returned < release_items.c.released,
    )
    return (release_slips.c.ended_at <= ended_before) & ~is_out


def _held(connection: Connection, ended_before: datetime) -> dict[str, int]:
    goods = _due_goods(ended_before) & goods_in.c.id.in_(held_goods())
    slips = _due_slips(ended_before) & release_slips.c.id.in_(held_slips())
    counts = {
        table.name: connection.execute(select(func.count()).select_from(table).where(which)).scalar_one()
        for table, which in ((goods_in, goods), (release_slips, slips))
    }
    return {name: count for name, count in counts.items() if count}


def _forget_about(connection: Connection, purged: Purged, subject: HoldSubject, ids: Sequence[str]) -> None:
    """What other tables know of records: the papers about them, why they were once held, what was said about them."""
    is_about = print_jobs.c.subject_id.in_(ids) & print_jobs.c.content.is_not(None)
    wiped = connection.execute(update(print_jobs).where(is_about).values(content=null()))
    purged.counts["print_jobs"] += wiped.rowcount
    is_hold = (incident_holds.c.subject == subject.value) & incident_holds.c.subject_id.in_(ids)
    _delete(connection, purged, incident_holds, is_hold)
    is_said = (record_annotations.c.subject == subject.value) & record_annotations.c.subject_id.in_(ids)
    _delete(connection, purged, record_annotations, is_said)


def _delete(connection: Connection, purged: Purged, table: Table, which: ColumnElement[bool]) -> None:
    purged.counts[table.name] += connection.execute(delete(table).where(which)).rowcount


def _by_slip(connection: Connection, table: Table, order: Any, ids: Sequence[str]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = {slip_id: [] for slip_id in ids}
    for row in connection.execute(select(table).where(table.c.slip_id.in_(ids)).order_by(table.c.slip_id, order)):
        found[row.slip_id].append(row)
    return found


def _photos_of(rows: Iterable[Row[Any]]) -> list[str | None]:
    return [row.photo_id for row in rows]


def _photo_hashes(connection: Connection, ids: Iterable[str | None]) -> dict[str, str]:
    wanted = [photo_id for photo_id in ids if photo_id is not None]
    found = connection.execute(select(photos.c.id, photos.c.sealed).where(photos.c.id.in_(wanted)))
    return {row.id: hashlib.sha256(row.sealed).hexdigest() for row in found}


def _hashes_of(ids: Iterable[str | None], hashes: dict[str, str]) -> list[list[str]]:
    return [[photo_id, hashes[photo_id]] for photo_id in ids if photo_id in hashes]


def _record(row: Row[Any]) -> dict[str, Any]:
    return {name: _as_kept(value) for name, value in row._mapping.items()}  # noqa: SLF001 - a row's columns by name


def _as_kept(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_microseconds(value)
    return int(value) if isinstance(value, bool) else value
