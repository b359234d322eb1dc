"""How long it takes from a credential to the relay: every opening counted, kept by lane, credential and day.

A time is taken in memory only. Once a minute and at the stop the days that have changed are written whole: a tap costs
no write of its own. A power cut takes the times of its last minute with it. Nothing hangs on them: what was decided and
what the gate did stand in the journal, and a day's percentile is the same without them.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select

from kiosk.clock import Clock
from kiosk.domain.access import CredentialKind
from kiosk.domain.timings import Histogram, TimingSummary, is_far_over, summary
from kiosk.services.periodic import Periodic
from kiosk.store.database import Store
from kiosk.store.tables import timings

KEPT_DAYS: Final = 30
_WRITE_EVERY_S: Final = 60.0
_MOST_NOTED: Final = 64


@dataclass(frozen=True, slots=True, order=True)
class TimingKey:
    """Whose times they are. `day` is the estate's own."""

    day: date
    lane: str
    credential: CredentialKind


@dataclass(frozen=True, slots=True)
class _FarOver:
    lane: str
    credential: CredentialKind
    took_ms: int


class Timings:
    """The times of the last `KEPT_DAYS` days with any. Safe to use from any thread; `note` never blocks for long."""

    def __init__(self, store: Store, clock: Clock, zone: ZoneInfo, budgets_ms: Mapping[str, float]) -> None:
        """Read what is on record. `budgets_ms` is by lane."""
        self._store = store
        self._clock = clock
        self._zone = zone
        self._budgets_ms = budgets_ms
        self._lock = threading.Lock()
        self._changed: set[TimingKey] = set()
        self._far_over: list[_FarOver] = []
        self._writer = Periodic("timings", self._write_and_wait, after_fault_s=_WRITE_EVERY_S, looks_at_stop=True)
        self._times = self._read()

    def start(self) -> None:
        """Start the thread that writes."""
        self._writer.start()

    def stop(self, timeout_s: float) -> bool:
        """Write what has not been written and end the thread; False when it did not end in time."""
        return self._writer.stop(timeout_s)

    def note(self, lane: str, credential: CredentialKind, took_ns: int) -> None:
        """Count an opening of today; one that took many times its budget goes to the journal as well, soon."""
        key = TimingKey(self._today(), lane, credential)
        is_slow = is_far_over(took_ns, self._budgets_ms[lane])
        with self._lock:
            self._times.setdefault(key, Histogram()).add(took_ns)
            self._changed.add(key)
            if is_slow and len(self._far_over) < _MOST_NOTED:
                self._far_over.append(_FarOver(lane, credential, took_ns // 1_000_000))
        if is_slow:
            self._writer.wake()

    def days(self, lane: str, credential: CredentialKind) -> dict[date, TimingSummary]:
        """The figures of each day that has any, the newest first."""
        with self._lock:
            mine = {
                key.day: times for key, times in self._times.items() if (key.lane, key.credential) == (lane, credential)
            }
            return {day: summary(mine[day], self._budgets_ms[lane]) for day in sorted(mine, reverse=True)}

    def whole(self, lane: str, credential: CredentialKind) -> TimingSummary:
        """The figures of all days together."""
        with self._lock:
            mine = [times for key, times in self._times.items() if (key.lane, key.credential) == (lane, credential)]
            return summary(functools.reduce(Histogram.merged, mine, Histogram()), self._budgets_ms[lane])

    def today(self) -> dict[tuple[str, CredentialKind], TimingSummary]:
        """Today's figures by lane and credential, for every lane of the settings."""
        day = self._today()
        with self._lock:
            return {
                (lane, credential): summary(self._times.get(TimingKey(day, lane, credential), Histogram()), budget_ms)
                for lane, budget_ms in self._budgets_ms.items()
                for credential in CredentialKind
            }

    def write(self) -> None:
        """Write what has changed since the last time; what cannot be written stays to be."""
        with self._lock:
            changed = {key: self._times[key].as_record() for key in self._changed if key in self._times}
            far_over = list(self._far_over)
            dropped = self._drop_old()
            self._changed.clear()
            self._far_over.clear()
        if not changed and not far_over and not dropped:
            return
        try:
            self._write(changed, far_over, dropped)
        except BaseException:
            with self._lock:
                self._changed |= set(changed)
                self._far_over = [*far_over, *self._far_over][:_MOST_NOTED]
            raise

    def _write(
        self, changed: Mapping[TimingKey, Mapping[str, object]], far_over: list[_FarOver], dropped: set[date]
    ) -> None:
        with self._store.write() as transaction:
            for key, record in changed.items():
                row = {"day": key.day, "lane": key.lane, "credential": key.credential.value}
                transaction.connection.execute(delete(timings).filter_by(**row))
                transaction.connection.execute(insert(timings).values(**row, times=record))
            if dropped:
                transaction.connection.execute(delete(timings).where(timings.c.day.in_(dropped)))
            for one in far_over:
                transaction.record(
                    f"lane {one.lane}",
                    "lane.slow",
                    {"lane": one.lane, "credential": one.credential.value, "took_ms": one.took_ms,
                     "budget_ms": self._budgets_ms[one.lane]},
                )  # fmt: skip

    def _write_and_wait(self) -> float:
        self.write()
        return _WRITE_EVERY_S

    def _read(self) -> dict[TimingKey, Histogram]:
        with self._store.read() as connection:
            rows = connection.execute(select(timings)).all()
        kinds = set(CredentialKind)
        return {
            TimingKey(row.day, row.lane, CredentialKind(row.credential)): Histogram.from_record(row.times)
            for row in rows
            if row.credential in kinds
        }

    def _drop_old(self) -> set[date]:
        """Forget all but the latest days with any times; returns those forgotten.

        Their number counts and not their age: a clock that was a year off for an hour must not empty the list.
        """
        days = sorted({key.day for key in self._times}, reverse=True)
        dropped = set(days[KEPT_DAYS:])
        if dropped:
            self._times = {key: times for key, times in self._times.items() if key.day not in dropped}
        return dropped

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()
