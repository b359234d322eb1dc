"""A lane with a vehicle in it is not closed on: for how long the loop detector keeps a lane open that would close.

What would close a lane is the end of a pulse, or the end of the hold after a fire. A barrier's own controller may see
to the vehicle as well; a relay that holds a barrier or a lock open is all there is. A detector that hangs keeps no lane
open for ever: after the longest time the lane closes, the guard is told, and that detector says nothing more until it
has been seen to be free.
"""

from __future__ import annotations


class VehicleWatch:
    """Follows one lane's loop. Times are nanoseconds of one monotonic clock; not thread-safe.

    A lane without a loop detector, or whose detector is out of sight, is free.
    """

    def __init__(self, longest_s: float) -> None:
        """Keep a lane open for at most `longest_s` seconds beyond the moment at which it would have closed."""
        self._longest_ns = round(longest_s * 1e9)
        self._is_occupied = False
        self._is_trusted = True
        self._keeping_since_ns: int | None = None  # None: the lane is not kept open
        self._is_due = False

    @property
    def is_keeping(self) -> bool:
        """Whether the lane stands open for a vehicle only."""
        return self._keeping_since_ns is not None

    def occupied(self) -> None:
        """A vehicle has come onto the loop, or was found there."""
        self._is_occupied = True

    def free(self) -> None:
        """The vehicle has gone, or the detector is out of sight. A lane that was kept open may close."""
        self._is_occupied = False
        self._is_trusted = True
        self._keeping_since_ns = None

    def keep(self, now_ns: int) -> bool:
        """The lane would close now: True when it stays open instead, because a vehicle stands there.

        Called again, the longest time begins anew: somebody else has been let through meanwhile.
        """
        if not (self._is_occupied and self._is_trusted):
            return False
        self._keeping_since_ns = now_ns
        return True

    def give_up(self, now_ns: int) -> bool:
        """Whether the longest time is over at this moment, so that the lane closes on whatever is there."""
        if self._keeping_since_ns is None or now_ns - self._keeping_since_ns <= self._longest_ns:
            return False
        self._keeping_since_ns = None
        self._is_trusted = False
        self._is_due = True
        return True

    def closed(self) -> None:
        """The lane is not open any more, for whatever reason."""
        self._keeping_since_ns = None

    def take_alarm(self) -> bool:
        """Whether the guard has to be told that the longest time was over; once for each time."""
        is_due, self._is_due = self._is_due, False
        return is_due
