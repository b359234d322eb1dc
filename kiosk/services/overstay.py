"""Overstay: an alarm about whoever is inside past the end of the visit, told again until it is over.

A visit has one alarm at a time. While nobody has seen to it, it is told again in its place; once somebody has, and the
visitor is still inside an interval later, there is a new one. What was told when is on the disk, so a restart tells
nothing twice.
"""

from __future__ import annotations

from sqlalchemy import delete, insert, select, update

from kiosk.clock import Clock
from kiosk.domain.alarms import AlarmKind
from kiosk.domain.overstay import OverstayRule, due
from kiosk.domain.visits import VisitState
from kiosk.services.alarms import end_within, raise_within, repeat_within
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import overstays, visits

_INSIDE = (
    select(visits.c.id, visits.c.ends_at, overstays.c.alarm_id, overstays.c.told_at)
    .outerjoin(overstays, overstays.c.visit_id == visits.c.id)
    .where(visits.c.state == VisitState.SIGNED_IN.value, visits.c.ends_at.is_not(None))
)


class OverstayWatch:
    """Looks who is inside for too long. `run_due` is for one thread."""

    def __init__(self, store: Store, clock: Clock, rule: OverstayRule) -> None:
        self._store = store
        self._clock = clock
        self._rule = rule

    def run_due(self) -> int:
        """Tell what has become due since the last call; returns how many overstays were told."""
        now = self._clock.now()
        with self._store.read() as connection:
            inside = connection.execute(_INSIDE.where(visits.c.ends_at <= now)).all()
        return sum(self._tell(row.id) for row in inside if due(row.ends_at, now, row.told_at, self._rule))

    def _tell(self, visit_id: str) -> bool:
        """Tell one overstay in a transaction of its own: a lane waits for one visit at most, not for all of them."""
        with self._store.write() as transaction:
            row = transaction.connection.execute(_INSIDE.where(visits.c.id == visit_id)).first()
            if row is None or not due(row.ends_at, transaction.now, row.told_at, self._rule):
                return False  # signed out meanwhile
            if row.alarm_id is None or not repeat_within(transaction, row.alarm_id):
                alarm_id = raise_within(transaction, AlarmKind.OVERSTAY, "", visit=visit_id)
            else:
                alarm_id = row.alarm_id
            told = {"alarm_id": alarm_id, "told_at": transaction.now}
            if row.told_at is None:
                transaction.connection.execute(insert(overstays), {"visit_id": visit_id, **told})
            else:
                transaction.connection.execute(update(overstays).where(overstays.c.visit_id == visit_id).values(told))
            return True


def end_overstay_within(transaction: Transaction, visit_id: str) -> None:
    """End the alarm about a visit that ends now, whichever way it does."""
    row = transaction.connection.execute(select(overstays).where(overstays.c.visit_id == visit_id)).first()
    if row is not None:
        end_within(transaction, row.alarm_id)
        transaction.connection.execute(delete(overstays).where(overstays.c.visit_id == visit_id))
