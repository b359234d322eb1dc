"""Reads the calendar of holidays again when its file has changed, and says so in the journal."""

from __future__ import annotations

import logging
import threading
from typing import Final

from kiosk.domain.holidays import CalendarCondition
from kiosk.services.hours import Hours
from kiosk.store.database import Store

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 20.0


class CalendarWatch:
    """One quiet thread, and none where no calendar is set.

    What was found when the box started is no news; the log and the health page tell of that.
    """

    def __init__(self, hours: Hours, store: Store, look_every_s: float = LOOK_EVERY_S) -> None:
        self._hours = hours
        self._store = store
        self._look_every_s = look_every_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="calendar watch", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        if self._hours.has_calendar:
            self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """End the thread; False when it did not end in time."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def look(self) -> None:
        """Read the calendar again if it has changed."""
        if not self._hours.reread():
            return
        with self._store.write() as transaction:
            health = self._hours.health(transaction.now)
            is_readable = health.condition is not CalendarCondition.UNREADABLE
            last = health.last.isoformat() if health.last else None
            transaction.record(
                "system",
                "holidays.read" if is_readable else "holidays.unreadable",
                {"days": health.days, "last": last},
            )

    def _run(self) -> None:
        while not self._stopping.wait(self._look_every_s):
            try:
                self.look()
            except Exception:
                log.exception("the calendar of holidays could not be looked at; it will be tried again")
