"""How long goods have been kept at the gate, and which of them for too long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask_babel import ngettext

from kiosk.domain.goods import Goods

LATE_AFTER: Final = timedelta(days=3)
"""Whoever has not come by then has not read the notice, or is away: the guard calls them."""


@dataclass(frozen=True, slots=True)
class KeptAtGate:
    """All that is kept, in one line."""

    count: int
    longest: str
    is_late: bool


def kept_since(goods: Goods) -> datetime:
    """When goods were put on their shelf: those that waited for a guard only then."""
    return goods.decided_at or goods.created_at


def is_late(goods: Goods, now: datetime) -> bool:
    """Tell whether goods have been kept for so long that somebody should see to them."""
    return now - kept_since(goods) >= LATE_AFTER


def kept_label(goods: Goods, now: datetime) -> str:
    """For how long, in hours, and in days from the second on."""
    age = max(now - kept_since(goods), timedelta())
    if age < timedelta(hours=1):
        label = ngettext("%(num)d minute", "%(num)d minutes", max(1, age // timedelta(minutes=1)))
    elif age < timedelta(days=2):
        label = ngettext("%(num)d hour", "%(num)d hours", age // timedelta(hours=1))
    else:
        label = ngettext("%(num)d day", "%(num)d days", age.days)
    return str(label)


def kept_at_gate(kept: Sequence[Goods], now: datetime) -> KeptAtGate | None:
    """What is kept in one line; None where nothing is."""
    if not kept:
        return None
    oldest = min(kept, key=kept_since)
    return KeptAtGate(len(kept), kept_label(oldest, now), is_late(oldest, now))


def by_shelf(kept: Sequence[Goods]) -> list[Goods]:
    """Kept goods in the order in which a guard walks along the shelves."""
    return sorted(kept, key=lambda goods: (len(goods.shelf), goods.shelf, goods.seq))
