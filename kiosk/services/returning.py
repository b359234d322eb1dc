"""Visitors who have been here before, found by their whole telephone number and shown masked.

The register must not be read out by trying numbers: only the latest visitor of a number is offered, attempts are few,
and every answer but the one with a person in it is the same. Who is on the blocklist, or was refused last time, is
not offered either; they sign in the ordinary way, and there the guard is asked.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from kiosk.clock import Clock
from kiosk.domain.attempts import Attempts
from kiosk.domain.phones import phone_tail, same_phone, significant_digits
from kiosk.domain.visits import VisitKind, VisitState
from kiosk.services.blocklist import blocked_by
from kiosk.store.database import Store
from kiosk.store.tables import visits

MIN_DIGITS: Final = 8
"""Fewer are no whole number: the last four of one stand on parcels and in other people's telephones."""
MAX_ATTEMPTS: Final = 5
WITHIN_S: Final = 300.0
_CANDIDATES: Final = 50
"""Visits of numbers with the same end that are looked at, newest first; another country's is rarely among them."""

_WAS_INSIDE: Final = frozenset({VisitState.SIGNED_IN, VisitState.SIGNED_OUT, VisitState.EXPIRED})


@dataclass(frozen=True, slots=True)
class ReturningVisitor:
    """What a visitor said last time. The surfaces show no more of it than a mask leaves.

    `phone` is the number as it was typed now.
    """

    kind: VisitKind
    unit: str
    phone: str = field(repr=False)
    visitor_name: str = field(repr=False)
    vehicle_plate: str = field(repr=False)


def is_whole_number(phone: str) -> bool:
    """Tell whether a text has enough digits for a number that can be looked for."""
    return len(significant_digits(phone)) >= MIN_DIGITS


class ReturningVisitors:
    """Looks visitors up for one touchscreen, a few times in a while. Safe to use from any thread."""

    def __init__(self, store: Store, clock: Clock, days: int) -> None:
        """Find who has been here within `days`; 0 finds nobody."""
        self._store = store
        self._clock = clock
        self._days = days
        self._attempts = Attempts(MAX_ATTEMPTS, WITHIN_S)
        self._lock = threading.Lock()

    def may_ask(self) -> bool:
        """Tell whether a number can be looked for at present."""
        with self._lock:
            return self._days > 0 and self._attempts.are_left(self._clock.monotonic_ns())

    def find(self, phone: str) -> ReturningVisitor | None:
        """The latest visitor of a number. None for whatever reason: unknown, not offered, too many attempts."""
        if self._days == 0 or not is_whole_number(phone):
            return None
        with self._lock:
            if not self._attempts.take(self._clock.monotonic_ns()):
                return None
        now = self._clock.now()
        with self._store.read() as connection:
            row = self._latest(connection, phone)
            if row is None or VisitState(row.state) not in _WAS_INSIDE:
                return None
            known = {"name": row.visitor_name, "phone": phone, "plate": row.vehicle_plate}
            if blocked_by(connection, **known, now=now) is not None:
                return None
        return ReturningVisitor(VisitKind(row.kind), row.unit, phone, row.visitor_name, row.vehicle_plate)

    def note_signed_in(self) -> None:
        """Somebody who was found has signed in: that was no attempt to find anything out."""
        with self._lock:
            self._attempts.give_back()

    def _latest(self, connection: Connection, phone: str) -> Row[Any] | None:
        """The number's newest visit that was decided about, or is to be."""
        tail = phone_tail(phone)[::-1]
        found = connection.execute(
            select(visits)
            .where(
                visits.c.phone_reversed >= tail,
                visits.c.phone_reversed < f"{tail}:",  # the character after 9
                visits.c.created_at >= self._clock.now() - timedelta(days=self._days),
                visits.c.state != VisitState.CANCELLED.value,
            )
            .order_by((visits.c.seq + 0).desc())  # by the phone's index: see `VisitQueries`
            .limit(_CANDIDATES)
        )
        return next((row for row in found if same_phone(row.phone, phone)), None)
