"""Codes of visits typed on phones, held up to a lane's camera: told to the touchscreen. Nothing opens by them.

What they stand for is known to the touchscreen only, in memory. Neither a code nor what was typed is journalled.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from kiosk.clock import Clock
from kiosk.store.database import Store

PRESENTED: Final = "form.presented"
OPENED: Final = "form.opened"

FRESH: Final = timedelta(seconds=20)
"""Whoever has held up a code longer ago may have gone, and somebody else stands there."""

_PREFIX: Final = "FORM:"
_MAX_KEY: Final = 64


class FormCodes:
    """Hears of codes from the lanes' workers. Safe to use from any thread."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._shown: dict[str, tuple[str, datetime]] = {}
        self._lock = threading.Lock()

    def hears(self, text: str) -> Callable[[str], None] | None:
        """What to tell of a code held up: called with the lane's name, once; None for a code that is no form's."""
        wanted = text.strip().upper()
        if not wanted.startswith(_PREFIX):
            return None
        key = wanted.removeprefix(_PREFIX)[:_MAX_KEY]
        return lambda lane: self._present(lane, key)

    def take_shown(self, lane: str) -> str | None:
        """The key that was held up last at a lane, genuine or not, once; None when there was none just now."""
        with self._lock:
            key, at = self._shown.pop(lane, ("", None))
        return key if at is not None and at > self._clock.now() - FRESH else None

    def note_opened(self) -> None:
        """Tell the touchscreen that a phone has opened the form that it shows."""
        with self._store.write() as transaction:
            transaction.record("phone", OPENED, {})

    def _present(self, lane: str, key: str) -> None:
        with self._lock:
            self._shown[lane] = (key, self._clock.now())
        with self._store.write() as transaction:
            transaction.record(f"lane {lane}", PRESENTED, {"lane": lane})


def form_code_text(key: str) -> str:
    """What the QR code of a form says: characters of the alphanumeric mode (ISO/IEC 18004, section 7.3.4)."""
    return f"{_PREFIX}{key}"
