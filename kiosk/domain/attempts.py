"""A few attempts in a while, and no more: for what could be found out by trying."""

from __future__ import annotations

from collections import deque


class Attempts:
    """Counts attempts. Times are nanoseconds of one monotonic clock; not thread-safe."""

    def __init__(self, limit: int, span_s: float) -> None:
        """Allow `limit` attempts within any `span_s` seconds."""
        self._limit = limit
        self._span_ns = int(span_s * 1e9)
        self._taken_ns: deque[int] = deque()

    def are_left(self, now_ns: int) -> bool:
        """Tell whether there may be another one."""
        while self._taken_ns and now_ns - self._taken_ns[0] >= self._span_ns:
            self._taken_ns.popleft()
        return len(self._taken_ns) < self._limit

    def take(self, now_ns: int) -> bool:
        """Take one; False when there is none left, and then nothing may be found out."""
        if not self.are_left(now_ns):
            return False
        self._taken_ns.append(now_ns)
        return True

    def give_back(self) -> None:
        """The last one taken was no attempt to find anything out."""
        if self._taken_ns:
            self._taken_ns.pop()
