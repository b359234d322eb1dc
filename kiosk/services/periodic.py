"""Work that is looked after every while by a thread of its own, and at once when there is news of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class Periodic:
    """One quiet thread. It looks when it starts, and again when the wait is over that its last look asked for."""

    def __init__(
        self, name: str, look: Callable[[], float | None], *, after_fault_s: float, looks_at_stop: bool = False
    ) -> None:
        """Name the thread and its work.

        Args:
            name: the thread's, for the log.
            look: does what is due and returns how many seconds to wait; None: until there is news.
            after_fault_s: how long to wait when `look` has raised. What it raised goes to the log.
            looks_at_stop: do what is left once more before the thread ends.
        """
        self._name = name
        self._look = look
        self._after_fault_s = after_fault_s
        self._looks_at_stop = looks_at_stop
        self._stopping = False
        self._news = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def wake(self) -> None:
        """Have it look now, or once more when it is looking; may be called from any thread and does not wait."""
        self._news.set()

    def stop(self, timeout_s: float) -> bool:
        """End the thread; False when it did not end in time. One that was never started has nothing to end."""
        self._stopping = True
        self._news.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping:
            self._news.clear()
            wait_s = self._try()
            # Whoever stops it says so first and wakes it then: between clearing and waiting nothing is missed.
            if not self._stopping:
                self._news.wait(wait_s)
        if self._looks_at_stop:
            self._try()

    def _try(self) -> float | None:
        try:
            return self._look()
        except Exception:
            log.exception("%s: this failed and will be tried again", self._name)
            return self._after_fault_s
