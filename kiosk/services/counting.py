"""Numbers without gaps and twins: a counter is moved on in the transaction that uses its value."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from kiosk.store.database import Transaction
from kiosk.store.tables import counters


def next_count(transaction: Transaction, name: str) -> int:
    """The next value of a counter, from 1 on. It counts only if the transaction commits."""
    value: int | None = transaction.connection.execute(
        select(counters.c.value).where(counters.c.name == name)
    ).scalar_one_or_none()
    if value is None:
        transaction.connection.execute(insert(counters), {"name": name, "value": 1})
        return 1
    transaction.connection.execute(update(counters).where(counters.c.name == name).values(value=value + 1))
    return value + 1


def last_count(connection: Connection, name: str) -> int:
    """The last value that a counter gave; 0 while it has given none."""
    query = select(counters.c.value).where(counters.c.name == name)
    return connection.execute(query).scalar_one_or_none() or 0
