"""How lanes stand: locked by a guard, or waiting for their first card. Kept on the disk, read from memory.

Each tap asks, so the answer is kept in memory and changed once a change is on the disk; only this process writes it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.dialects.sqlite import insert

from kiosk.config import LaneSettings
from kiosk.domain.first_card import awaits_first_card
from kiosk.errors import Conflict, NotFound
from kiosk.services.openings import Opening
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import lane_states


@dataclass(frozen=True, slots=True)
class LaneLock:
    """A guard's lock on a lane."""

    locked_at: datetime
    locked_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class _State:
    lock: LaneLock | None = None
    first_card_at: datetime | None = None
    first_card_opening_id: str = ""


_FRESH: Final = _State()


class LaneStates:
    """The state of every lane. Safe to use from any thread."""

    def __init__(self, store: Store, lanes: Mapping[str, LaneSettings], zone: ZoneInfo) -> None:
        """`zone` is the one whose clock says when a lane awaits its next first card."""
        self._store = store
        self._lanes = lanes
        self._zone = zone
        self._states: dict[str, _State] = dict.fromkeys(lanes, _FRESH)
        self._memory = threading.Lock()

    def load(self) -> None:
        """Read what a run before has left."""
        with self._store.read() as connection:
            for row in connection.execute(select(lane_states)):
                if row.lane in self._states:
                    lock = LaneLock(row.locked_at, row.locked_by, row.lock_reason) if row.locked_at else None
                    self._states[row.lane] = _State(lock, row.first_card_at, row.first_card_opening_id)

    def lock_of(self, lane: str) -> LaneLock | None:
        """The lock on a lane, None when it has none."""
        return self._states[lane].lock

    def require_unlocked(self, lane: str) -> None:
        """Refuse what would open a locked lane.

        Raises:
            Conflict: `lane-locked`.
        """
        if self._states[lane].lock is not None:
            raise Conflict("lane-locked", "The lane is locked.")

    def awaited_group(self, lane: str, now: datetime) -> str:
        """The group whose first card a lane awaits; empty when it awaits none."""
        first_card = self._lanes[lane].first_card
        if first_card is None:
            return ""
        opened_at = self._states[lane].first_card_at
        return first_card.group if awaits_first_card(opened_at, now, first_card.until, self._zone) else ""

    def lock(self, lane: str, *, actor: str, reason: str) -> LaneLock:
        """Lock a lane: no card, code or sign-in opens it. The exit button and a fire do.

        Raises:
            NotFound: there is no such lane.
            Conflict: `already-locked`.
        """
        self._require_lane(lane)
        with self._store.write() as transaction:
            if self._is_locked(transaction, lane):
                raise Conflict("already-locked", "The lane is locked already.")
            lock = LaneLock(transaction.now, actor, reason)
            columns = {"locked_at": lock.locked_at, "locked_by": actor, "lock_reason": reason}
            self._write(transaction, lane, columns, lock=lock)
            transaction.record(actor, "lane.locked", {"lane": lane, "reason": reason})
        return lock

    def unlock(self, lane: str, *, actor: str) -> None:
        """Let a lane open again.

        Raises:
            NotFound: there is no such lane.
            Conflict: `not-locked`.
        """
        self._require_lane(lane)
        with self._store.write() as transaction:
            if not self._is_locked(transaction, lane):
                raise Conflict("not-locked", "The lane is not locked.")
            self._write(transaction, lane, {"locked_at": None, "locked_by": "", "lock_reason": ""}, lock=None)
            transaction.record(actor, "lane.unlocked", {"lane": lane})

    def note_first_card(self, transaction: Transaction, lane: str, opening: Opening) -> None:
        """The awaited card has been let through."""
        columns = {"first_card_at": transaction.now, "first_card_opening_id": opening.id}
        self._write(transaction, lane, columns, **columns)
        transaction.record(f"lane {lane}", "lane.first_card", {"lane": lane, "opening": opening.id})

    def take_back(self, transaction: Transaction, opening: Opening) -> None:
        """The gate did not open for this one; if it was the first card, the lane goes on waiting for it."""
        if opening.lane in self._states and self._states[opening.lane].first_card_opening_id == opening.id:
            columns = {"first_card_at": None, "first_card_opening_id": ""}
            self._write(transaction, opening.lane, columns, **columns)

    def _require_lane(self, lane: str) -> None:
        if lane not in self._states:
            raise NotFound("lane")

    def _is_locked(self, transaction: Transaction, lane: str) -> bool:
        query = select(lane_states.c.locked_at).where(lane_states.c.lane == lane)
        return transaction.connection.execute(query).scalar_one_or_none() is not None

    def _write(self, transaction: Transaction, lane: str, columns: Mapping[str, object], **changes: Any) -> None:
        """Put columns of a lane's row on the disk, and then the same `changes` into memory."""
        row = {"lane": lane, "locked_by": "", "lock_reason": "", "first_card_opening_id": ""}
        transaction.connection.execute(insert(lane_states).on_conflict_do_nothing(), row)
        transaction.connection.execute(update(lane_states).where(lane_states.c.lane == lane).values(**columns))

        def remember() -> None:
            # Field by field: another transaction may have been faster to the memory than this one.
            with self._memory:
                self._states[lane] = replace(self._states[lane], **changes)

        transaction.after_commit(remember)
