"""What every table is made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, MetaData
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime as microseconds since 1970-01-01T00:00Z: sorts, indexes, and has no zone to lose."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """To the database; a naive datetime raises TypeError."""
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database."""
        return from_microseconds(value)


def to_microseconds(moment: datetime) -> int:
    """An aware datetime as the database keeps it."""
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(value: int | None) -> datetime | None:
    """What the database keeps as an aware datetime in UTC; None stays None."""
    return None if value is None else _EPOCH + value * _MICROSECOND


metadata = MetaData()

# SQLite gives AUTOINCREMENT and rowid speed to INTEGER PRIMARY KEY only, not to BIGINT.
Seq = BigInteger().with_variant(Integer, "sqlite")
