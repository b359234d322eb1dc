"""Sees to it that a fire prints its muster list once, however long the store keeps it waiting.

The input's worker has opened the gates and must wait for nothing; what has to be written is written here.
"""

from __future__ import annotations

import logging
import queue
import threading
from typing import Final

from kiosk.services.muster import MusterService

log = logging.getLogger(__name__)

_AGAIN_AFTER_S: Final = 1.0


class MusterWatch:
    """One quiet thread. `begin` may be called from any."""

    def __init__(self, muster: MusterService) -> None:
        self._muster = muster
        self._begun: queue.SimpleQueue[bool | None] = queue.SimpleQueue()  # None: the end
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="muster", daemon=True)

    def begin(self, was_found: bool) -> None:  # noqa: FBT001 - the one thing there is to say of a fire
        """A fire has begun, or was found to be on; does not wait."""
        self._begun.put(was_found)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """End the thread; False when it did not end in time."""
        self._stopping.set()
        self._begun.put(None)
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            was_found = self._begun.get()
            while was_found is not None and not self._stopping.is_set():
                try:
                    self._muster.begin_fire(was_found=was_found)
                    was_found = None
                except Exception:
                    log.exception("the fire could not be recorded; it will be tried again")
                    self._stopping.wait(_AGAIN_AFTER_S)
