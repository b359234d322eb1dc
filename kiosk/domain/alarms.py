"""Alarms: what somebody has to look at, and say that they have."""

from __future__ import annotations

from enum import StrEnum


class AlarmKind(StrEnum):
    """What an alarm is about."""

    FORCED = "forced"  # the gate stands open and nobody was let through
    HELD = "held"  # the gate stands open longer than a passage takes
    FIRE = "fire"
    VEHICLE = "vehicle"  # one has stood on the loop for longer than a lane is kept open for it
    CLONED = "cloned"  # a card with the number of one on record and another's key


class AlarmState(StrEnum):
    """Where an alarm stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
