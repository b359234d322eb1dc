"""Alarms: what somebody has to look at, and say that they have."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class AlarmKind(StrEnum):
    """What an alarm is about."""

    FORCED = "forced"  # the gate stands open and nobody was let through
    HELD = "held"  # the gate stands open longer than a passage takes
    FIRE = "fire"
    VEHICLE = "vehicle"  # one has stood on the loop for longer than a lane is kept open for it
    CLONED = "cloned"  # a card with the number of one on record and another's key
    OVERSTAY = "overstay"  # a visitor is inside past the end of the visit
    PANIC = "panic"  # somebody has called for help
    CALLED = "called"  # somebody at the touchscreen asks for the guard
    DURESS = "duress"  # somebody was made to open the gate, and has let us know without a sign


SILENT: Final = frozenset({AlarmKind.DURESS})
"""Kinds that leave no trace on any screen at the gate: whoever forces a guard reads it over his shoulder."""

MOST_URGENT: Final = frozenset({AlarmKind.PANIC, AlarmKind.FIRE})
LEAST_URGENT: Final = frozenset({AlarmKind.OVERSTAY})
"""By these the few alarms are chosen that have room at the head of a page: a busy evening's overstays hide no other."""


class AlarmState(StrEnum):
    """Where an alarm stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
