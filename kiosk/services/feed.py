"""The live feed: whoever watches is woken when the journal has grown, and reads on from where they were."""

from __future__ import annotations

import threading

from kiosk.store import journal
from kiosk.store.database import Store


class Feed:
    """The journal's tail. Streams keep their own place, so a reconnect continues without a gap."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._grown = threading.Condition()
        self._closed = False
        with store.read() as connection:
            self._last_seq = journal.head(connection)[0]
        store.on_commit(self._note)

    @property
    def last_seq(self) -> int:
        """The sequence number of the newest entry."""
        return self._last_seq

    @property
    def closed(self) -> bool:
        """True once the appliance is stopping: streams end."""
        return self._closed

    def after(self, seq: int, limit: int = 100) -> list[journal.Entry]:
        """The entries that follow `seq`, oldest first."""
        with self._store.read() as connection:
            return journal.after(connection, seq, limit)

    def wait(self, seq: int, timeout_s: float) -> bool:
        """Block until there is an entry after `seq` or the feed closes; False when `timeout_s` passed."""
        with self._grown:
            return self._grown.wait_for(lambda: self._closed or self._last_seq > seq, timeout_s)

    def close(self) -> None:
        """Wake all who wait, for good."""
        with self._grown:
            self._closed = True
            self._grown.notify_all()

    def _note(self, seq: int) -> None:
        with self._grown:
            # Commits are told outside the writer's lock and may arrive out of order.
            self._last_seq = max(self._last_seq, seq)
            self._grown.notify_all()
