"""Overstay: when to say that a visitor is inside past the end of the visit, and when to say it no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class OverstayRule:
    """How often an overstay is told (`every`, more than nothing), and up to how long after the visit's end."""

    every: timedelta
    until: timedelta


def due(ends_at: datetime, now: datetime, last_told: datetime | None, rule: OverstayRule) -> bool:
    """Tell whether an overstay is to be told now.

    Between two tellings lies `rule.every` at least, by the clock that told them, and all lie within the end of the
    visit and `rule.until` after it. So there are never more than one and `rule.until / rule.every` of them, whatever
    the clock does in between: one that leaps ahead skips some, one that is set back waits until it has caught up.

    Args:
        ends_at: when the visit was to be over.
        last_told: when it was told last; what was told before `ends_at` was about an end that has been put off.
    """
    if not ends_at <= now <= ends_at + rule.until:
        return False
    return last_told is None or last_told < ends_at or now - last_told >= rule.every
