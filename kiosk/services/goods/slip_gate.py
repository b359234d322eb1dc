"""Release slips held up to a lane's camera: put on record, and told to the guard. Nothing opens by that.

Whether goods may leave is decided when a guard has ticked them off, not when a paper is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from kiosk.clock import Clock
from kiosk.domain.slips import Slip
from kiosk.errors import NotFound
from kiosk.services.goods.codes import GoodsCodes, looks_like_slip
from kiosk.services.goods.slip_rows import require_slip_numbered, slips_where
from kiosk.services.goods.slips import facts_of
from kiosk.store import journal
from kiosk.store.database import Store
from kiosk.store.tables import release_slips

STANDS_FOR: Final = timedelta(minutes=15)
"""How long goods whose slip was shown are taken to stand at the gate: loading takes less."""

_LOOKED_BACK: Final = 3000
"""More entries than a gate writes within `STANDS_FOR`, with a passage every second."""


@dataclass(frozen=True, slots=True)
class ShownSlip:
    """A slip that was shown at a lane, as it stands now."""

    slip: Slip
    lane: str
    at: datetime


class SlipsAtGate:
    """Hears of slips from the lanes' workers, tells the panel. Safe to use from any thread."""

    def __init__(self, store: Store, clock: Clock, codes: GoodsCodes) -> None:
        self._store = store
        self._clock = clock
        self._codes = codes

    def hears(self, text: str) -> Callable[[str], None] | None:
        """What to tell of a code held up: called with the lane's name, once; None for a code that is no slip's."""
        return (lambda lane: self._present(lane, text)) if looks_like_slip(text) else None

    def shown(self) -> list[ShownSlip]:
        """The slips shown within `STANDS_FOR` of which nothing has left since, the last one first."""
        since = self._clock.now() - STANDS_FOR
        shown: dict[str, tuple[str, datetime]] = {}
        with self._store.read() as connection:
            last_seq, _ = journal.head(connection)
            for entry in journal.after(connection, last_seq - _LOOKED_BACK, _LOOKED_BACK, _TYPES):
                shown.pop(entry.payload["slip"], None)
                if entry.type == "slip.presented" and entry.at > since:
                    shown[entry.payload["slip"]] = (entry.payload["lane"], entry.at)
            slips = {slip.id: slip for slip in slips_where(connection, release_slips.c.id.in_(shown))} if shown else {}
        return [ShownSlip(slips[id_], lane, at) for id_, (lane, at) in reversed(shown.items()) if id_ in slips]

    def _present(self, lane: str, text: str) -> None:
        number = self._codes.slip_number(text)
        with self._store.write() as transaction:
            try:
                slip = require_slip_numbered(transaction.connection, number) if number is not None else None
            except NotFound:
                slip = None  # of another box's time, or purged since
            if slip is None:
                transaction.record(f"lane {lane}", "slip.unknown", {"lane": lane})
                return
            facts = facts_of(slip) | {"lane": lane, "state": slip.state.value}
            transaction.record(f"lane {lane}", "slip.presented", facts)


_TYPES: Final = frozenset({"slip.presented", "goods.released"})
