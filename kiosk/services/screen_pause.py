"""Whether the touchscreen is paused, since when and by whom. Kept over a restart; cards and passes go on."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from kiosk.errors import Conflict
from kiosk.store.database import Store
from kiosk.store.tables import screens

SCREEN: Final = "touch"
"""The box has one."""


@dataclass(frozen=True, slots=True)
class Pause:
    """`by` as the journal names an actor."""

    since: datetime
    by: str


class ScreenPause:
    """The state of the touchscreen. Safe to use from any thread; read from memory, as each of its pages asks."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        with store.read() as connection:
            row = connection.execute(select(screens).where(screens.c.name == SCREEN)).first()
        self._pause = Pause(row.paused_at, row.paused_by) if row is not None and row.paused_at is not None else None

    @property
    def current(self) -> Pause | None:
        """The pause that lasts; None while the screen is in use."""
        return self._pause

    def pause(self, *, actor: str) -> None:
        """Begin no turn from now on.

        Raises:
            Conflict: `screen-paused`: it is paused already.
        """
        self._set(actor, is_paused=True)

    def resume(self, *, actor: str) -> None:
        """Begin turns again.

        Raises:
            Conflict: `screen-in-use`: it is not paused.
        """
        self._set(actor, is_paused=False)

    def _set(self, actor: str, *, is_paused: bool) -> None:
        with self._lock:
            if is_paused and self._pause is not None:
                raise Conflict("screen-paused", "The touchscreen is paused already.")
            if not is_paused and self._pause is None:
                raise Conflict("screen-in-use", "The touchscreen is not paused.")
            with self._store.write() as transaction:
                columns = {
                    "paused_at": transaction.now if is_paused else None,
                    "paused_by": actor if is_paused else "",
                }
                statement = insert(screens).values(name=SCREEN, **columns)
                transaction.connection.execute(
                    statement.on_conflict_do_update(index_elements=[screens.c.name], set_=columns)
                )
                transaction.record(actor, "screen.paused" if is_paused else "screen.resumed", {"screen": SCREEN})
                now = transaction.now
            self._pause = Pause(now, actor) if is_paused else None
