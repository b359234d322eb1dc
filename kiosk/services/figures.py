"""The registers counted over the last days, for charts: no name, no unit and no single record leaves here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kiosk.domain.access import Code
from kiosk.domain.figures import WeekOfHours, week_of_hours
from kiosk.domain.visits import VisitState
from kiosk.store import journal
from kiosk.store.database import Store
from kiosk.store.tables import visits

_REFUSED: Final = "access.refused"


class Figures:
    """Reads only. Safe to use from any thread; each answer is one query, made anew."""

    def __init__(self, store: Store, zone: ZoneInfo) -> None:
        self._store = store
        self._zone = zone

    def visits_by_hour(self, since: datetime) -> WeekOfHours:
        """When visitors came, whatever became of their visits."""
        with self._store.read() as connection:
            moments = connection.execute(select(visits.c.created_at).where(visits.c.created_at >= since)).scalars()
            return week_of_hours(moments, self._zone)

    def refused_codes(self, since: datetime) -> Mapping[Code, int]:
        """How often cards and codes were refused at the lanes, by why; a reason that is no longer known is left out.

        A courier's card is not counted: it opens nothing, and its courier has what he came for at the touchscreen.
        """
        with self._store.read() as connection:
            counts = journal.tally(connection, _REFUSED, "code", since)
        known = {code.value: code for code in Code if code is not Code.COURIER_CARD}
        return {known[value]: count for value, count in counts.items() if value in known}

    def refused_visits(self, since: datetime) -> Mapping[str, int]:
        """How often guards and residents turned a visit away, by the reason in their words; empty: none was given.

        The words may name people: whoever shows them to somebody who may not know that groups them first.
        """
        refused = select(visits.c.reason).where(
            visits.c.state == VisitState.REFUSED.value, visits.c.created_at >= since
        )
        with self._store.read() as connection:
            return Counter(connection.execute(refused).scalars())
