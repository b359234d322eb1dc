"""What the gate does by the clock: a thread that looks every while for what has become due.

Chores of the day have an hour of the estate's clock. After a power cut at the hour itself, they are done at the next
start.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as time_of_day
from functools import partial
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from kiosk.clock import Clock
from kiosk.services.periodic import Periodic

log = logging.getLogger(__name__)

T = TypeVar("T")

_LOOK_EVERY_S: Final = 20.0


@dataclass(slots=True)
class Chore:
    """Something to be done once a day.

    `run` is told the hour at which it was due, and returns how much there was. While `waits` says so, it is put off.
    """

    at: time_of_day
    run: Callable[[datetime], int]
    waits: Callable[[], bool] = lambda: False
    done_until: datetime | None = field(default=None, init=False)


class Housekeeping(Periodic):
    """The thread, and what it looks after."""

    def __init__(
        self, clock: Clock, zone: ZoneInfo, *, always: Sequence[Callable[[], object]], daily: Sequence[Chore]
    ) -> None:
        """Do what stands in `always` at every look, and the chores at their hours in `zone`."""
        super().__init__("housekeeping", self._run_due_and_wait, after_fault_s=_LOOK_EVERY_S)
        self._clock = clock
        self._zone = zone
        self._always = always
        self._daily = daily

    def run_due(self) -> int:
        """Do what has become due since the last call; returns how much the day's chores found to do.

        What fails is tried again at the next look, and keeps nothing else from being done.
        """
        for look_after in self._always:
            self._attempt(look_after)
        found = 0
        for chore in self._daily:
            due = self._last_hour_before(chore.at)
            # Any other day's hour is due, an earlier one too: a clock that ran ahead and was set back must not keep the
            # work from being done until it has caught up.
            if due == chore.done_until or chore.waits():
                continue
            done = self._attempt(partial(chore.run, due))
            if done is not None:
                chore.done_until = due
                found += done
        return found

    def _run_due_and_wait(self) -> float:
        self.run_due()
        return _LOOK_EVERY_S

    def _attempt(self, work: Callable[[], T]) -> T | None:
        try:
            return work()
        except Exception:
            log.exception("housekeeping failed; it will be tried again")
            return None

    def _last_hour_before(self, hour: time_of_day) -> datetime:
        now = self._clock.now()
        local = now.astimezone(self._zone)
        due = local.replace(hour=hour.hour, minute=hour.minute, second=hour.second, microsecond=0)
        # On the night when the clocks go forward the hour itself may not exist, and is then not past for another while.
        return min(due if due <= local else due - timedelta(days=1), now, key=datetime.timestamp)
