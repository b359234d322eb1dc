"""Writes how devices are into the journal, from a thread that may wait.

A device's own worker tells of a change and goes on at once. It must: the one that works the relay also answers the exit
button, and has to while the database is locked by somebody or the disk is full.
"""

from __future__ import annotations

import logging
import queue
import threading
from typing import Final

from hardware.supervisor import DeviceHealth
from kiosk.store.database import Store

log = logging.getLogger(__name__)

_MOST_WAITING: Final = 256


class DeviceJournal:
    """One thread and what it has yet to write. `note` may be called from any thread and never blocks."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: queue.Queue[DeviceHealth | None] = queue.Queue(_MOST_WAITING)  # None: the end
        self._thread = threading.Thread(target=self._run, name="device journal", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Write what is left and end the thread; False when it did not end in time."""
        if self._thread.ident is None:
            return True
        try:
            self._waiting.put(None, timeout=timeout_s)
        except queue.Full:
            return False
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def note(self, health: DeviceHealth) -> None:
        """Have a changed condition written; the listener for the `Supervisor`."""
        try:
            self._waiting.put_nowait(health)
        except queue.Full:
            log.error("device %s is %s: not journalled, too much waits", health.name, health.condition)  # noqa: TRY400

    def _run(self) -> None:
        while (health := self._waiting.get()) is not None:
            try:
                self._write(health)
            except Exception:
                # The present condition is on the health page in any case.
                log.exception("the condition of device %s could not be journalled", health.name)

    def _write(self, health: DeviceHealth) -> None:
        with self._store.write() as transaction:
            transaction.record(
                f"device {health.name}",
                "device.changed",
                {"device": health.name, "condition": health.condition.value, "code": health.code},
            )
