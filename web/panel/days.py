"""Days as forms give them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from kiosk.domain.passes import at_minute

_INSTANT: Final = timedelta(microseconds=1)


def read_day(text: str, zone: tzinfo) -> datetime | None:
    """The beginning of a day by the estate's clock; None when the text is none."""
    try:
        return at_minute(date.fromisoformat(text), 0, zone)
    except (ValueError, OverflowError):
        return None


def last_day(moment: datetime, zone: tzinfo) -> date:
    """The day that ends at a midnight, or that a moment lies in."""
    return (moment - _INSTANT).astimezone(zone).date()
