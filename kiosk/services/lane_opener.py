"""Opening a lane as part of a transaction that lets somebody or something through."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.clock import Clock
from kiosk.domain.service_times import Served
from kiosk.errors import FieldProblem, Invalid
from kiosk.services.admission import OPEN_WITHIN_NS
from kiosk.services.lane_states import LaneStates
from kiosk.services.openings import Opening, OpeningCause, decide_to_open
from kiosk.store.database import Transaction


class LaneOpener:
    """Decides within a transaction, and gives the pulse once that is on the disk. Safe to use from any thread."""

    def __init__(
        self, lanes: frozenset[str], clock: Clock, states: LaneStates, pulse: Callable[[Opening], None]
    ) -> None:
        self.lanes = lanes
        self._clock = clock
        self._states = states
        self._pulse = pulse

    def require(self, lane: str | None) -> None:
        """Refuse a lane that does not exist; None is no lane.

        Raises:
            Invalid: with the field `lane`.
        """
        if lane is not None and lane not in self.lanes:
            raise Invalid({"lane": FieldProblem.UNKNOWN_LANE})

    def is_locked(self, lane: str | None) -> bool:
        """Tell whether a guard has locked a lane; None is no lane."""
        return lane is not None and self._states.lock_of(lane) is not None

    def open(
        self, transaction: Transaction, lane: str, cause: OpeningCause, *, served: Served | None = None
    ) -> Opening:
        """Open a lane once the transaction is on the disk; `served` is the turn at the touchscreen that this ends.

        Raises:
            Conflict: `lane-locked`.
        """
        self._states.require_unlocked(lane)
        opening = decide_to_open(transaction, lane, cause, self._clock.monotonic_ns() + OPEN_WITHIN_NS, served)
        transaction.after_commit(lambda: self._pulse(opening))
        return opening
