"""Takes the bounce out of a wire's edges.

A contact bounces for some milliseconds, and a long wire to a gate picks up spikes from the barrier's motor. A level
counts once it has stood for `stable_ns`; what is shorter never happened. Pure computation on the edges' own times, so
that a worker that is late reads the same changes as one that is not.
"""

from __future__ import annotations


class Debouncer:
    """The settled state of one input, fed with raw edges in the order of their times."""

    def __init__(self, *, active: bool, stable_ns: int) -> None:
        self.active = active
        self._stable_ns = stable_ns
        self._candidate = active
        self._since_ns = 0

    @property
    def due_ns(self) -> int | None:
        """When the present level will have stood long enough; None when it is the settled one."""
        return None if self._candidate == self.active else self._since_ns + self._stable_ns

    def feed(self, *, active: bool, edge_ns: int) -> None:
        """Take the level after an edge. Call `settle(edge_ns)` before, or what was certain by then is forgotten."""
        if active != self._candidate:
            self._candidate = active
            self._since_ns = edge_ns

    def settle(self, now_ns: int) -> int | None:
        """The time since when the input is in a new settled state; None when nothing new is certain at `now_ns`."""
        due_ns = self.due_ns
        if due_ns is None or now_ns < due_ns:
            return None
        self.active = self._candidate
        return self._since_ns
