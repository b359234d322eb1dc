"""Service times: written once a turn at the touchscreen has led to an open barrier, read as figures, kept for a year.

What is known of a turn travels with its opening in memory, and the time is written in the transaction that records the
opening's outcome: a barrier that did not move, or of which nobody knows after a crash, has served nobody.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, exists, insert, select

from kiosk.domain.service_times import Served, Service, ServiceSummary, ServiceTime, Turn, summaries, time_of
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import goods_in, service_times, visits

KEPT: Final = timedelta(days=365)


class ServiceTimes:
    """Reads and purges the times. Safe to use from any thread; each answer is one query, made anew."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def since(self, since: datetime) -> list[ServiceSummary]:
        """The figures of each service, for new and returning people, since a moment; those that have any."""
        columns = service_times.c
        query = select(columns.service, columns.is_returning, columns.entered_ms, columns.took_ms)
        known = [service.value for service in Service]
        query = query.where(columns.at >= since, columns.service.in_(known))
        with self._store.read() as connection:
            rows = connection.execute(query).all()
        return summaries(ServiceTime(Service(row[0]), row[1], row[2], row[3]) for row in rows)

    def forget_old(self, due: datetime) -> int:
        """Drop the times that were over longer than `KEPT` before `due`; returns how many."""
        with self._store.write() as transaction:
            gone = transaction.connection.execute(delete(service_times).where(service_times.c.at <= due - KEPT))
        return int(gone.rowcount)


def note_served(transaction: Transaction, served: Served) -> None:
    """Write the time of a turn that is over now; nothing where the clock was set back during it."""
    time = time_of(served, transaction.now)
    if time is None:
        return
    transaction.connection.execute(
        insert(service_times),
        {
            "at": transaction.now, "service": time.service.value, "is_returning": time.is_returning,
            "entered_ms": time.entered_ms, "took_ms": time.took_ms,
        },
    )  # fmt: skip


def served_by(transaction: Transaction, visit_id: str) -> Served | None:
    """What is on record of the turn that a visit was signed in by; None where that was no turn at the touchscreen."""
    brings_goods = exists().where(goods_in.c.visit_id == visits.c.id)
    query = select(visits.c.kind, visits.c.begun_at, visits.c.is_returning, visits.c.created_at, brings_goods)
    row = transaction.connection.execute(query.where(visits.c.id == visit_id)).one()
    if row.begun_at is None:
        return None
    return Served(Service.GOODS if row[-1] else Service(row.kind), Turn(row.begun_at, row.is_returning), row.created_at)
