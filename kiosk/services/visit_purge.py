"""Purging visits whose time is up: the promise that the touchscreen makes about photos and documents.

With a visit go its photo, the number of a document, its list of tools, its approval, its receipts, remarks about it,
its marks at a muster and its pass; the journal keeps ids, and no names. Goods that came in by a visit stay for as long
as goods do, and no longer say by which.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, exists, func, select, update

from kiosk.config import VisitSettings
from kiosk.domain.muster import PersonKind
from kiosk.domain.passes import PassKind
from kiosk.services import pass_records, register
from kiosk.services.goods.holds import HoldSubject, held_visits
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
    approval_steps,
    carried_items,
    goods_in,
    invitations,
    muster_marks,
    overstays,
    passes,
    photos,
    print_jobs,
    visits,
)

_IS_USED: Final = exists().where(visits.c.pass_id == passes.c.id)


class VisitPurge(Purge):
    """Purges by the clock what ended longer than `visits.keep_days` ago. Safe to use from any thread.

    Who is inside or waits stays, and what a hold keeps; a hold on goods keeps the visit by which they came in. Passes
    issued ahead go as long after their end.
    """

    def __init__(self, store: Store, settings: VisitSettings) -> None:
        super().__init__(
            store, Register.VISITS, settings.keep_days, batches=(_purge_visits, _purge_passes),
            words=(register.WORDS, pass_records.WORDS), held=_held,
        )  # fmt: skip


def _purge_visits(transaction: Transaction, ended_before: datetime) -> Purged:
    connection, purged = transaction.connection, Purged()
    due = _due(ended_before) & visits.c.id.not_in(held_visits())
    rows = connection.execute(select(visits).where(due).order_by(visits.c.seq).limit(AT_ONCE)).all()
    if not rows:
        return purged
    ids = [row.id for row in rows]
    hashes = photo_hashes(connection, [row.photo_id for row in rows])
    carried = rows_by(connection, carried_items, carried_items.c.visit_id, carried_items.c.line, ids)
    steps = rows_by(connection, approval_steps, approval_steps.c.visit_id, approval_steps.c.seq, ids)
    for row in rows:
        hanging = {
            "carried_items": [record_of(item) for item in carried[row.id]],
            "approval_steps": [record_of(step) for step in steps[row.id]],
            "photos": hashes_of([row.photo_id], hashes),
        }
        purged.records.append(record_of(row) | hanging)
        forget_words(transaction, register.WORDS, row.seq, [row.visitor_name])
    _forget_about(connection, purged, ids)
    delete_rows(connection, purged, visits, visits.c.id.in_(ids))
    delete_rows(connection, purged, photos, photos.c.id.in_(list(hashes)))
    own = (passes.c.kind == PassKind.VISIT.value) & passes.c.id.in_([row.pass_id for row in rows if row.pass_id])
    delete_rows(connection, purged, passes, own & ~_IS_USED)
    return purged


def _forget_about(connection: Connection, purged: Purged, ids: Sequence[str]) -> None:
    """What other tables know of visits."""
    for table in (carried_items, approval_steps, overstays, print_jobs):
        delete_rows(connection, purged, table, table.c.visit_id.in_(ids))
    is_marked = (muster_marks.c.person_kind == PersonKind.VISIT.value) & muster_marks.c.person_id.in_(ids)
    delete_rows(connection, purged, muster_marks, is_marked)
    forget_words_about(connection, purged, HoldSubject.VISIT, ids)
    connection.execute(update(goods_in).where(goods_in.c.visit_id.in_(ids)).values(visit_id=None))


def _purge_passes(transaction: Transaction, ended_before: datetime) -> Purged:
    """Passes that were issued ahead, used or not, with the invitations they came from: they have visitors' names.

    One stays until it has ended as long ago as a visit, and until the last visit that was made with it is gone.
    """
    connection, purged = transaction.connection, Purged()
    due = (passes.c.kind != PassKind.VISIT.value) & (passes.c.not_after <= ended_before) & ~_IS_USED
    rows = connection.execute(select(passes).where(due).order_by(passes.c.seq).limit(AT_ONCE)).all()
    for row in rows:
        purged.records.append(record_of(row))
        forget_words(transaction, pass_records.WORDS, row.seq, [row.holder])
    ids = [row.id for row in rows]
    delete_rows(connection, purged, invitations, invitations.c.pass_id.in_(ids))
    delete_rows(connection, purged, passes, passes.c.id.in_(ids))
    return purged


def _due(ended_before: datetime) -> ColumnElement[bool]:
    return visits.c.ended_at <= ended_before


def _held(connection: Connection, ended_before: datetime) -> dict[str, int]:
    which = _due(ended_before) & visits.c.id.in_(held_visits())
    count = connection.execute(select(func.count()).select_from(visits).where(which)).scalar_one()
    return {visits.name: count} if count else {}
