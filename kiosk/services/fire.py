"""Fire: every lane stands open from the moment an input says so until a guard ends it.

The gates are held straight from the worker that saw the input, before anything is written: a full disk or a locked
database keeps nobody in. A fire that is still on when the program starts holds them again; of all old states it is the
one that acts, for a gate that stays shut does harm and one that stands open can be watched.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from kiosk.errors import Conflict
from kiosk.services.gate import Gate
from kiosk.services.muster import end_fire
from kiosk.store.database import Store


class FireHold:
    """The hold of all gates. Safe to use from any thread."""

    def __init__(self, store: Store, gates: Mapping[str, Gate]) -> None:
        """Hold `gates`, by lane."""
        self._store = store
        self._gates = gates
        self._lock = threading.Lock()
        self._sounding: set[str] = set()  # the lanes whose input says fire
        self._is_on = False
        self._on_begin: list[Callable[[bool], None]] = []

    def on_begin(self, listener: Callable[[bool], None]) -> None:
        """Call `listener` once for each fire, in the input's worker: it must not wait for anything.

        It is told whether the fire was found to be on, rather than seen to begin.
        """
        self._on_begin.append(listener)

    @property
    def is_on(self) -> bool:
        """Whether the gates are held."""
        return self._is_on

    def note(self, lane: str, *, is_on: bool, was_found: bool = False) -> bool:
        """Take what a lane's fire input says, at once; True when a fire has begun there.

        The hold outlasts the input: whoever silences the bell has not looked whether everybody is out. `was_found`:
        the input has only come into sight, and this is how it is.
        """
        with self._lock:
            is_news = is_on and lane not in self._sounding
            begins = is_on and not self._is_on
            if is_on:
                self._sounding.add(lane)
                self._is_on = True
                for gate in self._gates.values():
                    gate.hold()
            else:
                self._sounding.discard(lane)
        if begins:
            for listener in self._on_begin:
                listener(was_found)
        return is_news

    def reset(self, *, actor: str, reason: str) -> None:
        """End the hold on a guard's word, once that is on record.

        Raises:
            Conflict: `no-fire`: nothing is held; `fire-still-on`: an input still says fire.
        """
        self._require_over()
        with self._store.write() as transaction:
            end_fire(transaction)
            transaction.record(actor, "fire.reset", {"reason": reason})
        with self._lock:
            self._require_over()  # it may have begun again meanwhile
            self._is_on = False
            for gate in self._gates.values():
                gate.end_hold()

    def _require_over(self) -> None:
        if not self._is_on:
            raise Conflict("no-fire", "No lane is held open.")
        if self._sounding:
            raise Conflict("fire-still-on", "The fire input is still on.")
