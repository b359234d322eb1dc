"""How far each subscriber has been told of the journal, and how that goes: on the disk, for a restart to go on from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from kiosk.store import journal
from kiosk.store.database import Transaction
from kiosk.store.tables import deliveries

FAILING_AFTER: Final = 5
"""Attempts in vain, a minute's worth, before it is said that a subscriber fails: servers restart."""


class SubscriberCondition(StrEnum):
    """How it stands with a subscriber."""

    WELL = "well"
    RETRYING = "retrying"
    FAILING = "failing"
    MISCONFIGURED = "misconfigured"  # it cannot be told anything as it is set
    DISABLED = "disabled"  # given up; only a new subscription starts it again


TROUBLED: Final = frozenset(
    {SubscriberCondition.FAILING, SubscriberCondition.MISCONFIGURED, SubscriberCondition.DISABLED}
)


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """How a subscriber has fared.

    Attributes:
        place: sequence number of the last entry that was taken or passed over.
        failure: the code of the last attempt in vain, empty after one that was not.
        fault: why it cannot be told anything as it is set; empty when it can.
    """

    name: str
    place: int
    failures: int
    failing_since: datetime | None
    failure: str
    delivered_at: datetime | None
    disabled_at: datetime | None
    fault: str = ""

    @property
    def condition(self) -> SubscriberCondition:
        """In one word."""
        if self.disabled_at is not None:
            return SubscriberCondition.DISABLED
        if self.fault:
            return SubscriberCondition.MISCONFIGURED
        if self.failures == 0:
            return SubscriberCondition.WELL
        return SubscriberCondition.FAILING if self.failures >= FAILING_AFTER else SubscriberCondition.RETRYING


def make_place(transaction: Transaction, name: str) -> None:
    """Give a subscriber its place at the end of the journal, unless it has one: what came before is not told."""
    if read_status(transaction.connection, name) is None:
        place = journal.head(transaction.connection)[0]
        transaction.connection.execute(insert(deliveries), {"name": name, "place": place, "failures": 0, "failure": ""})


def drop_place(transaction: Transaction, name: str) -> None:
    """Forget a subscriber's place."""
    transaction.connection.execute(delete(deliveries).where(deliveries.c.name == name))


def drop_places(transaction: Transaction, prefix: str, *, but: frozenset[str]) -> None:
    """Forget the places under a prefix that belong to nobody any more: one set up anew is not told old events."""
    names = transaction.connection.execute(
        select(deliveries.c.name).where(deliveries.c.name.startswith(prefix, autoescape=True))
    ).scalars()
    for name in set(names) - but:
        drop_place(transaction, name)


def read_status(connection: Connection, name: str) -> DeliveryStatus | None:
    """How a subscriber has fared; None when it has no place."""
    row = connection.execute(select(deliveries).where(deliveries.c.name == name)).first()
    return status_of(row) if row is not None else None


def require_status(connection: Connection, name: str) -> DeliveryStatus:
    """How a subscriber has fared.

    Raises:
        LookupError: it has no place.
    """
    status = read_status(connection, name)
    if status is None:
        raise LookupError(f"{name} has no place in the journal")
    return status


def save(transaction: Transaction, name: str, **values: object) -> None:
    """Change columns of a subscriber's row; one that has been dropped stays dropped."""
    transaction.connection.execute(update(deliveries).where(deliveries.c.name == name).values(**values))


def status_of(row: Row[Any]) -> DeliveryStatus:
    """A row of `deliveries` as its value."""
    return DeliveryStatus(
        row.name, row.place, row.failures, row.failing_since, row.failure, row.delivered_at, row.disabled_at
    )
