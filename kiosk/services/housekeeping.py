"""What the gate does by the clock: visits past their end expire, receipts that nobody waits for any more lapse."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

from kiosk.clock import Clock
from kiosk.services.spool import Spool
from kiosk.services.visits import VisitService

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 20.0


class Housekeeping:
    """One quiet thread. After a power cut at the hour itself, the work is done at the next start."""

    def __init__(
        self,
        clock: Clock,
        visits: VisitService,
        spool: Spool,
        *,
        expire_at: time_of_day,
        zone: ZoneInfo,
        daily: Sequence[Callable[[datetime], object]] = (),
    ) -> None:
        """`daily` is called once a day, after the visits have expired, with the present time."""
        self._clock = clock
        self._visits = visits
        self._spool = spool
        self._expire_at = expire_at
        self._zone = zone
        self._daily = daily
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)
        self._done_until: datetime | None = None

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """End the thread; False when it did not end in time."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def run_due(self) -> int:
        """Do what has become due since the last call; returns the number of visits that expired.

        Any other day's hour is due, an earlier one too: a clock that ran ahead and was set back must not keep the work
        from being done until it has caught up.
        """
        self._spool.lapse_overdue()
        due = self._last_hour_before(self._clock.now())
        if due == self._done_until:
            return 0
        expired = self._visits.expire_overdue(due)
        for do in self._daily:
            do(self._clock.now())
        self._done_until = due
        return expired

    def _last_hour_before(self, now: datetime) -> datetime:
        local = now.astimezone(self._zone)
        due = local.replace(
            hour=self._expire_at.hour, minute=self._expire_at.minute, second=self._expire_at.second, microsecond=0
        )
        # On the night when the clocks go forward the hour itself may not exist, and is then not past for another while.
        return min(due if due <= local else due - timedelta(days=1), now, key=datetime.timestamp)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.run_due()
            except Exception:
                log.exception("housekeeping failed; it will be tried again")
            self._stopping.wait(_LOOK_EVERY_S)
