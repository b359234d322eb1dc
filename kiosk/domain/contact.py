"""The gate's contact: which opening of the gate is an alarm.

A contact only says that the gate stands open. Whether it may is known from the relay's pulses, so both are told to a
`ContactWatch`, with their times; it keeps none of its own and is the same for a barrier, a door and a sliding gate.
"""

from __future__ import annotations

from typing import Final

from kiosk.domain.alarms import AlarmKind

GRANT_NS: Final = 5_000_000_000
"""How long after the relay was energised a gate may start to open: people walk up to a door, and push it."""

SWING_NS: Final = 1_000_000_000
"""A gate that closes again within this time has only swung on its latch: nobody has passed, the pulse still holds."""


class ContactWatch:
    """Follows one gate. Times are nanoseconds of one monotonic clock; not thread-safe.

    An alarm stays `due` until it is said to have been `told`, so that it is not lost with a write that failed.
    """

    def __init__(self, held_s: float) -> None:
        """Watch a gate that may stand open for `held_s` seconds."""
        self._held_ns = round(held_s * 1e9)
        self._opened_ns: int | None = None  # None: closed, or nobody knows
        self._pulsed_ns: int | None = None  # None: no pulse that an opening could be the work of
        self._held_from_ns: int | None = None  # None: nothing to measure
        self._due: set[AlarmKind] = set()

    def found(self, *, is_open: bool, now_ns: int) -> None:
        """The contact has come into sight, and this is how it is. What was so before is not news, and never forced."""
        self._opened_ns = self._held_from_ns = now_ns if is_open else None

    def pulsed(self, at_ns: int) -> None:
        """The relay has been energised. A gate that stands open may do so for longer."""
        self._measure(at_ns)
        self._pulsed_ns = at_ns
        if self._held_from_ns is not None:
            self._held_from_ns = at_ns

    def changed(self, *, is_open: bool, at_ns: int) -> None:
        """The gate has left its closed position, or is back in it."""
        if is_open and self._opened_ns is None:
            self._opened_ns = at_ns
            if self._may_open(at_ns):
                self._held_from_ns = at_ns
            else:
                self._due.add(AlarmKind.FORCED)  # and not held as well: somebody is on the way already
        elif not is_open and self._opened_ns is not None:
            self._measure(at_ns)
            self._spend(self._opened_ns, at_ns)
            self._opened_ns = self._held_from_ns = None

    def due(self, now_ns: int) -> frozenset[AlarmKind]:
        """The alarms that have to be raised by now."""
        self._measure(now_ns)
        return frozenset(self._due)

    def told(self, kind: AlarmKind) -> None:
        """The alarm has been raised."""
        self._due.discard(kind)

    def _measure(self, now_ns: int) -> None:
        """See whether the gate has stood open too long; once is enough for one opening."""
        if self._held_from_ns is not None and now_ns - self._held_from_ns > self._held_ns:
            self._due.add(AlarmKind.HELD)
            self._held_from_ns = None

    def _may_open(self, at_ns: int) -> bool:
        return self._pulsed_ns is not None and at_ns - self._pulsed_ns <= GRANT_NS

    def _spend(self, opened_ns: int, closed_ns: int) -> None:
        """A passage takes its pulse with it; one given while the gate stood open is for whoever comes next."""
        is_for_this = self._pulsed_ns is not None and self._pulsed_ns <= opened_ns
        if is_for_this and closed_ns - opened_ns > SWING_NS:
            self._pulsed_ns = None
