"""All lanes by name, as the surfaces use them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout

from kiosk.errors import NotFound, Unavailable
from kiosk.services.admission import Admission
from kiosk.services.fire import FireHold
from kiosk.services.lane import BEAT_S, Lane
from kiosk.services.lane_events import OpenCommand
from kiosk.services.lane_states import LaneStates
from kiosk.services.openings import Opening, Outcome, close_interrupted
from kiosk.store.database import Store


class LaneService:
    """All lanes by name, as the surfaces use them. `fire` holds them open together."""

    def __init__(self, lanes: Mapping[str, Lane], store: Store, admission: Admission, states: LaneStates) -> None:
        self._lanes = lanes
        self._store = store
        self._admission = admission
        self.states = states
        self.fire = FireHold(store, {name: lane.gate for name, lane in lanes.items()})

    def all(self) -> list[Lane]:
        """The lanes in the settings' order."""
        return list(self._lanes.values())

    def get(self, name: str) -> Lane:
        """The lane of that name.

        Raises:
            NotFound: there is none.
        """
        if name not in self._lanes:
            raise NotFound("lane")
        return self._lanes[name]

    def pulse(self, opening: Opening) -> None:
        """Give a committed opening to its lane's gate."""
        self._lanes[opening.lane].pulse(opening)

    def open(self, name: str, *, actor: str, reason: str, deadline_ns: int) -> Outcome:
        """Open a lane on a person's or a program's word; waits for the outcome until a little past the deadline.

        Raises:
            NotFound: there is no such lane.
            Conflict: `lane-locked`: a guard has locked it.
            Unavailable: the lane's worker did not answer.
        """
        answer: Future[Outcome] = Future()
        lane = self.get(name)
        self.states.require_unlocked(name)
        lane.post(OpenCommand(actor, reason, deadline_ns, answer))
        wait_s = max(0.0, (deadline_ns - time.monotonic_ns()) / 1e9) + 2 * BEAT_S
        try:
            return answer.result(timeout=wait_s)
        except FutureTimeout:
            raise Unavailable("lane-not-responding", "The lane does not respond.") from None

    def settle_interrupted(self) -> int:
        """At start: close the openings that a crash left open; returns how many there were."""
        return close_interrupted(self._store, self._admission.take_back)

    def are_alive(self, within_s: float) -> bool:
        """Tell whether every lane's loop turns."""
        return all(lane.is_alive(within_s) for lane in self._lanes.values())

    def start(self) -> None:
        """Start every lane's worker."""
        for lane in self._lanes.values():
            lane.start()

    def let_go(self) -> None:
        """Let no lane decide anything more; does not wait."""
        for lane in self._lanes.values():
            lane.let_go()

    def stop(self, timeout_s: float) -> bool:
        """End every lane's worker; False when one did not end in time."""
        self.let_go()
        return all([lane.stop(timeout_s) for lane in self._lanes.values()])  # noqa: C419 - stop all, then judge
