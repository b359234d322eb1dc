"""Time, handed in so that rules can be tested and doubtful clocks be seen."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class ClockConfidence(StrEnum):
    """How far the wall clock can be believed; every journal entry carries it."""

    SYNCHRONISED = "synchronised"  # set from the network since power-up
    UNCONFIRMED = "unconfirmed"  # nobody has said so
    BEHIND = "behind"  # it is earlier than what is on record already: wrong for certain


class Clock(Protocol):
    """Where every service gets its time."""

    def now(self) -> datetime:
        """The wall clock: aware, UTC."""
        ...

    def monotonic_ns(self) -> int:
        """A clock that only goes forward, for spans and deadlines within one run."""
        ...

    def confidence(self) -> ClockConfidence:
        """How far `now()` can be believed."""
        ...


class SystemClock:
    """The machine's clock. systemd-timesyncd touches its file when it has set the time (systemd-timesyncd(8))."""

    _SYNCHRONISED = Path("/run/systemd/timesync/synchronized")

    def now(self) -> datetime:
        """See `Clock.now`."""
        return datetime.now(UTC)

    def monotonic_ns(self) -> int:
        """See `Clock.monotonic_ns`."""
        return time.monotonic_ns()

    def confidence(self) -> ClockConfidence:
        """See `Clock.confidence`."""
        return ClockConfidence.SYNCHRONISED if self._SYNCHRONISED.exists() else ClockConfidence.UNCONFIRMED
