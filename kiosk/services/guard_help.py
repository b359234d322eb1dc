"""A guard's help at the touchscreen: called by whoever stands there, and what the guard then does with their turn.

What is typed there stands in no register yet, so that a turn that changes hands is told by an entry of its own. It says
which turn of what kind stood where, and nothing of what was typed.
"""

from __future__ import annotations

from kiosk.domain.alarms import AlarmKind
from kiosk.services.alarms import AlarmService, end_within, open_within, raise_within
from kiosk.store.database import Store


class GuardHelp:
    """The help of one touchscreen. Safe to use from any thread."""

    def __init__(self, store: Store, alarms: AlarmService, lane: str) -> None:
        """Help at the touchscreen beside `lane`."""
        self._store = store
        self._alarms = alarms
        self._lane = lane

    def call(self, *, actor: str) -> None:
        """Call the guard: an alarm at every panel. While one is open that nobody has seen to, it adds nothing."""
        with self._store.write() as transaction:
            if not open_within(transaction, AlarmKind.CALLED, self._lane):
                raise_within(transaction, AlarmKind.CALLED, self._lane, actor=actor)

    def is_called(self) -> bool:
        """Tell whether the guard was called and has not said yet that they have seen to it."""
        return self._alarms.is_open(AlarmKind.CALLED, self._lane)

    def note_taken(self, way: str, step: str, *, actor: str) -> None:
        """Put on record that a guard goes on with a turn, which is what they were called for."""
        with self._store.write() as transaction:
            transaction.record(actor, "turn.taken", {"lane": self._lane, "way": way, "step": step})
            for alarm_id in open_within(transaction, AlarmKind.CALLED, self._lane):
                end_within(transaction, alarm_id, actor=actor)

    def note_given_back(self, way: str, *, actor: str) -> None:
        """Put on record that the touchscreen goes on with it."""
        self._note(actor, "turn.given_back", way)

    def note_ended(self, way: str, *, actor: str) -> None:
        """Put on record that the guard ended it without registering anything."""
        self._note(actor, "turn.ended", way)

    def _note(self, actor: str, type_: str, way: str) -> None:
        with self._store.write() as transaction:
            transaction.record(actor, type_, {"lane": self._lane, "way": way})
