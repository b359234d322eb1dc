"""Reads the calendar of holidays again when its file has changed, and says so in the journal."""

from __future__ import annotations

from kiosk.domain.holidays import CalendarCondition
from kiosk.services.hours import Hours
from kiosk.store.database import Store


class CalendarWatch:
    """Looks at the calendar's file. `look` is for one thread.

    What was found when the box started is no news; the log and the health page tell of that.
    """

    def __init__(self, hours: Hours, store: Store) -> None:
        self._hours = hours
        self._store = store

    def look(self) -> None:
        """Read the calendar again if it has changed; does nothing where none is set."""
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
