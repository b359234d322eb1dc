"""Purging goods and release slips whose time is up: what hangs on them, and what stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, func, null, select, update

from kiosk.config import GoodsSettings
from kiosk.services.goods import goods_rows, slip_rows
from kiosk.services.goods.holds import HoldSubject, held_goods, held_slips
from kiosk.services.goods.purge_certificates import Purged, Register
from kiosk.services.purging import (
    AT_ONCE,
    Purge,
    delete_rows,
    forget_words_about,
    hashes_of,
    photo_hashes,
    record_of,
    rows_by,
)
from kiosk.services.register_lookup import forget_words
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import (
    goods_in,
    photos,
    print_jobs,
    release_items,
    release_movements,
    release_slips,
    release_trips,
)


class GoodsPurge(Purge):
    """Purges by the clock what ended longer than `goods.keep_days` ago. Safe to use from any thread.

    Open slips, slips of which something is still to be brought back, and what a hold keeps stay.
    """

    def __init__(self, store: Store, settings: GoodsSettings) -> None:
        super().__init__(
            store, Register.GOODS, settings.keep_days, batches=(_purge_goods, _purge_slips),
            words=(goods_rows.WORDS, slip_rows.WORDS), held=_held,
        )  # fmt: skip


def _purge_goods(transaction: Transaction, ended_before: datetime) -> Purged:
    connection, purged = transaction.connection, Purged()
    due = _due_goods(ended_before) & goods_in.c.id.not_in(held_goods())
    rows = connection.execute(select(goods_in).where(due).order_by(goods_in.c.seq).limit(AT_ONCE)).all()
    if not rows:
        return purged
    hashes = photo_hashes(connection, [row.photo_id for row in rows])
    for row in rows:
        purged.records.append(record_of(row) | {"photos": hashes_of([row.photo_id], hashes)})
        texts = goods_rows.searched_texts(row.carrier, row.carrier_name, row.description)
        forget_words(transaction, goods_rows.WORDS, row.seq, texts)
    ids = [row.id for row in rows]
    _forget_about(connection, purged, HoldSubject.GOODS, ids)
    delete_rows(connection, purged, goods_in, goods_in.c.id.in_(ids))
    delete_rows(connection, purged, photos, photos.c.id.in_(list(hashes)))
    return purged


def _purge_slips(transaction: Transaction, ended_before: datetime) -> Purged:
    connection, purged = transaction.connection, Purged()
    due = _due_slips(ended_before) & release_slips.c.id.not_in(held_slips())
    rows = connection.execute(select(release_slips).where(due).order_by(release_slips.c.seq).limit(AT_ONCE)).all()
    if not rows:
        return purged
    ids = [row.id for row in rows]
    items = rows_by(connection, release_items, release_items.c.slip_id, release_items.c.line, ids)
    trips = rows_by(connection, release_trips, release_trips.c.slip_id, release_trips.c.seq, ids)
    movements = rows_by(connection, release_movements, release_movements.c.slip_id, release_movements.c.seq, ids)
    pictured = {row.id: [row.authority_photo_id, *_photos_of(items[row.id] + trips[row.id])] for row in rows}
    hashes = photo_hashes(connection, [photo for found in pictured.values() for photo in found])
    for row in rows:
        hanging = {
            "release_items": [record_of(item) for item in items[row.id]],
            "release_trips": [record_of(trip) for trip in trips[row.id]],
            "release_movements": [record_of(movement) for movement in movements[row.id]],
            "photos": hashes_of(pictured[row.id], hashes),
        }
        purged.records.append(record_of(row) | hanging)
        purged.numbers.append(row.number)
        names = [item.name for item in items[row.id]]
        texts = slip_rows.searched_texts(row.carrier, row.requested_by, row.taken_by, row.department, names)
        forget_words(transaction, slip_rows.WORDS, row.seq, texts)
    _forget_about(connection, purged, HoldSubject.SLIP, ids)
    for table in (release_movements, release_trips, release_items):
        delete_rows(connection, purged, table, table.c.slip_id.in_(ids))
    # A slip that stays for longer was issued in place of one of these: its own number, and the journal, say so still.
    connection.execute(update(release_slips).where(release_slips.c.replaces_id.in_(ids)).values(replaces_id=None))
    delete_rows(connection, purged, release_slips, release_slips.c.id.in_(ids))
    # A slip that was issued in place of another has its pictures, and may stay for longer than it.
    is_shared = exists().where(release_items.c.photo_id == photos.c.id)
    delete_rows(connection, purged, photos, photos.c.id.in_(list(hashes)) & ~is_shared)
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
    forget_words_about(connection, purged, subject, ids)


def _photos_of(rows: Iterable[Row[Any]]) -> list[str | None]:
    return [row.photo_id for row in rows]
