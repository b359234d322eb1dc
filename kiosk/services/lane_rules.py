"""How a lane stands at the moment of a decision: its settings, lock and group, and whether the clock is believed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from kiosk.clock import ClockConfidence
from kiosk.config import AccessSettings, LaneSettings
from kiosk.domain.access import Direction, LaneFacts
from kiosk.domain.interlock import Interlock
from kiosk.services.lane_states import LaneStates
from kiosk.store.database import Transaction


class LaneRules:
    """Tells how lanes stand. Safe to use from any thread."""

    def __init__(
        self,
        lanes: Mapping[str, LaneSettings],
        access: AccessSettings,
        states: LaneStates,
        interlocks: Mapping[str, Interlock],
    ) -> None:
        self._access = access
        self._states = states
        self._interlocks = interlocks
        self._settled = {
            name: LaneFacts(name, lane.direction, passback=lane.passback.policy) for name, lane in lanes.items()
        }

    def settled(self, lane: str) -> LaneFacts:
        """What the settings say of a lane."""
        return self._settled[lane]

    def at(self, lane: str, transaction: Transaction, *, is_held_open: bool = False) -> LaneFacts:
        """A lane as it stands now; `is_held_open` for a fire."""
        return replace(
            self._settled[lane],
            is_locked=self._states.lock_of(lane) is not None,
            first_card_group=self._states.awaited_group(lane, transaction.now),
            open_beside=self._interlocks[lane].blocker(lane, time.monotonic_ns()),
            clock_suffices=self._clock_suffices(transaction),
            is_held_open=is_held_open,
        )

    def anywhere(self, transaction: Transaction) -> LaneFacts:
        """The way in of somebody who stands at no lane."""
        return LaneFacts("", Direction.IN, clock_suffices=self._clock_suffices(transaction))

    def _clock_suffices(self, transaction: Transaction) -> bool:
        if transaction.confidence is ClockConfidence.UNCONFIRMED:
            return self._access.unconfirmed_clock_opens
        return transaction.confidence is ClockConfidence.SYNCHRONISED


def interlocks_of(lanes: Mapping[str, LaneSettings]) -> dict[str, Interlock]:
    """Each lane's interlock; lanes that name none are alone in theirs."""
    groups: dict[str, list[str]] = {}
    for name, lane in lanes.items():
        groups.setdefault(lane.interlock, []).append(name)
    shared = {group: Interlock(names) for group, names in groups.items() if group}
    return {name: shared.get(lane.interlock) or Interlock([name]) for name, lane in lanes.items()}
