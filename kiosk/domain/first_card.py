"""First-card lanes: closed until somebody of a chosen group has come, and closed again at a set hour."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def closes_at(opened_at: datetime, until: time, zone: ZoneInfo) -> datetime:
    """When a lane that a first card opened at `opened_at` (aware) awaits the next one: the first `until` after it."""
    local = opened_at.astimezone(zone)
    closing = datetime.combine(local.date(), until, zone)
    # By the calendar, not by 24 hours: a day on which the clocks change is shorter or longer.
    return closing if closing > local else datetime.combine(local.date() + timedelta(days=1), until, zone)


def awaits_first_card(opened_at: datetime | None, now: datetime, until: time, zone: ZoneInfo) -> bool:
    """Tell whether a lane awaits its first card; `opened_at` None: nobody has come yet."""
    return opened_at is None or not opened_at <= now < closes_at(opened_at, until, zone)
