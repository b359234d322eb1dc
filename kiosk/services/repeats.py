"""People wave a card twice, and a camera sees a code in every picture: what is still the same event."""

from __future__ import annotations

from typing import Final

SAME_EVENT_NS: Final = 3_000_000_000
"""The same credential again within this time is the same event: people wave a card twice."""


class Repeats:
    """What was presented last at one place. For one thread."""

    def __init__(self) -> None:
        self._last: tuple[str, int] = ("", 0)

    def is_repeat(self, credential: str, presented_ns: int) -> bool:
        """Tell whether a credential, presented then (monotonic), is the last event once more; else it is the last."""
        last, last_ns = self._last
        if credential == last and presented_ns - last_ns < SAME_EVENT_NS:
            return True
        self._last = (credential, presented_ns)
        return False

    def forget(self) -> None:
        """Hear whoever tries again at once."""
        self._last = ("", 0)
