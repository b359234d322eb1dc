"""Pictures that a form sends: read, made fit to keep, and held while the rest of the form is put right.

A browser never sends a file twice by itself. A picture that came with a form that has another fault is therefore held
for a while, in memory alone: what nobody has filed yet touches no disk.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

from flask import current_app
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.datastructures import FileStorage

from web.panel.blueprint import bp
from web.pictures import jpeg_from_upload

_HELD_FOR: Final = timedelta(hours=1)
_MOST_HELD: Final = 64
"""At some 300 kB each."""


class HeldPictures:
    """Pictures by a key that nobody guesses. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: OrderedDict[str, tuple[datetime, bytes]] = OrderedDict()

    def hold(self, jpeg: bytes, now: datetime) -> str:
        """Hold a picture, the oldest making room for it; returns its key."""
        key = secrets.token_hex(16)
        with self._lock:
            self._held[key] = (now, jpeg)
            while len(self._held) > _MOST_HELD:
                self._held.popitem(last=False)
        return key

    def jpeg(self, key: str, now: datetime) -> bytes | None:
        """A picture that is still held."""
        with self._lock:
            since, jpeg = self._held.get(key, (now, None))
            return jpeg if now - since < _HELD_FOR else None


def held_pictures() -> HeldPictures:
    """Those of this application."""
    held: HeldPictures = current_app.extensions["held_pictures"]
    return held


def read_picture(sent: FileStorage | None, field: str) -> bytes | None:
    """An uploaded picture as it is kept; None where none was chosen.

    Raises:
        Invalid: `field` is no picture of a known kind, is damaged, or is too large.
    """
    return jpeg_from_upload(sent, field) if sent is not None and sent.filename else None


@bp.record_once
def _make(state: BlueprintSetupState) -> None:
    state.app.extensions["held_pictures"] = HeldPictures()
