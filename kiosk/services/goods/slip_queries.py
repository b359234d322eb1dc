"""Reading release slips: what waits for whose word, what may leave, what is late, and finding a slip."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from kiosk.clock import Clock
from kiosk.domain.slips import OPEN_STATES, Movement, Slip, SlipKind, SlipState, Trip
from kiosk.domain.text import plate_key
from kiosk.errors import NotFound
from kiosk.services.goods.codes import GoodsCodes
from kiosk.services.goods.slip_history import movements_of, trips_of
from kiosk.services.goods.slip_rows import WORDS, require_slip, require_slip_numbered, slips_where
from kiosk.services.openings import Outcome
from kiosk.services.paging import Page, cut
from kiosk.services.register_lookup import RegisterLookup, plain_query
from kiosk.store.database import Store
from kiosk.store.tables import openings, release_items, release_slips, units

_NUMBER: Final = re.compile(r"R[0-9]{4}-[0-9]+")


@dataclass(frozen=True, slots=True)
class SlipFilter:
    """What a list of slips is narrowed to; None and empty mean all."""

    state: SlipState | None = None
    query: str = ""
    unit: str = ""
    kind: SlipKind | None = None
    since: datetime | None = None


class SlipQueries:
    """Reads only. Lists run from the newest slip to the oldest, unless they say otherwise."""

    def __init__(self, store: Store, clock: Clock, codes: GoodsCodes) -> None:
        self._store = store
        self._clock = clock
        self._codes = codes

    def get(self, slip_id: str, *, unit: str | None = None) -> Slip:
        """A slip by its id; with `unit`, only one of that unit.

        Raises:
            NotFound: there is none.
        """
        with self._store.read() as connection:
            slip = require_slip(connection, slip_id)
        if unit is not None and slip.unit != unit:
            raise NotFound("release slip")
        return slip

    def by_number(self, number: str) -> Slip | None:
        """A slip by its number; None when there is none."""
        with self._store.read() as connection:
            try:
                return require_slip_numbered(connection, number.strip().upper())
            except NotFound:
                return None

    def by_token(self, token: str) -> Slip | None:
        """The slip whose QR code says this; None when it is none of this box."""
        number = self._codes.slip_number(token)
        return self.by_number(number) if number is not None else None

    def token_of(self, slip: Slip) -> str:
        """What the QR code of a slip says."""
        return self._codes.slip_token(slip.number)

    def open(self) -> list[Slip]:
        """Every slip that waits for a word or may leave."""
        with self._store.read() as connection:
            return slips_where(connection, release_slips.c.state.in_([state.value for state in OPEN_STATES]))

    def of_unit(self, unit: str, *, limit: int) -> list[Slip]:
        """A unit's newest slips."""
        with self._store.read() as connection:
            return slips_where(connection, release_slips.c.unit == unit, limit=limit)

    def reissue_asked(self) -> list[Slip]:
        """The open slips in whose place the gate wants another, the one that waits longest first."""
        asked = release_slips.c.reissue_asked_at.is_not(None)
        is_open = release_slips.c.state.in_([state.value for state in OPEN_STATES])
        with self._store.read() as connection:
            return slips_where(connection, asked, is_open, order=release_slips.c.reissue_asked_at)

    def late(self) -> list[Slip]:
        """The slips of which something should have come back by now."""
        late = select(release_items.c.slip_id).where(
            release_items.c.returnable_until <= self._clock.now(), release_items.c.returned < release_items.c.released
        )
        with self._store.read() as connection:
            return slips_where(connection, release_slips.c.id.in_(late))

    def trips(self, slip_id: str) -> list[Trip]:
        """The times that goods of a slip left, the first first."""
        with self._store.read() as connection:
            return trips_of(connection, [slip_id])[slip_id]

    def outcome_of(self, trip: Trip) -> Outcome | None:
        """What the lane did for a trip; None while it is about to, and where that is not known any more."""
        with self._store.read() as connection:
            found = connection.execute(select(openings.c.outcome).where(openings.c.id == trip.opening_id)).scalar()
        return Outcome(found) if found is not None else None

    def movements(self, slip_id: str) -> list[Movement]:
        """What has become of a slip's pieces, the first first."""
        with self._store.read() as connection:
            return movements_of(connection, [slip_id])[slip_id]

    def page(self, wanted: SlipFilter, *, before: int | None, limit: int) -> Page[Slip]:
        """A page of slips older than sequence number `before`.

        The query is a number, a unit's code, the start of a plate, or a carrier, a person, a department or an item,
        or a part of these (one Chinese character is enough).
        """
        query = plain_query(wanted.query)
        conditions = [release_slips.c.state == wanted.state.value] if wanted.state is not None else []
        conditions += [release_slips.c.unit == wanted.unit] if wanted.unit else []
        conditions += [release_slips.c.kind == wanted.kind.value] if wanted.kind is not None else []
        with self._store.read() as connection:
            lookup = RegisterLookup(
                connection, release_slips, WORDS, conditions, before=before, limit=limit + 1, since=wanted.since
            )
            seqs = _meant_by(lookup, connection, query) if query else lookup.newest()
            found = slips_where(connection, release_slips.c.seq.in_(seqs))
        return cut(found, limit, lambda slip: slip.seq)


def _meant_by(lookup: RegisterLookup, connection: Connection, query: str) -> list[int]:
    number = query.upper()
    if _NUMBER.fullmatch(number):
        return lookup.newest(release_slips.c.number == number)
    found = set(lookup.by_words(query))
    plate = plate_key(query)
    if len(plate) >= 2:
        found.update(lookup.starting_with(release_slips.c.plate_key, plate))
    if connection.execute(select(units.c.code).where(units.c.code == number)).first():
        found.update(lookup.newest(release_slips.c.unit == number))
    return lookup.cut(found)
