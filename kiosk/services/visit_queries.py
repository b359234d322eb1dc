"""Reading the visitor register: who is inside, who waits, and finding a visit by whatever is known of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, select

from kiosk.domain.phones import phone_tail, same_phone
from kiosk.domain.text import phone_digits, plate_key, same_name
from kiosk.domain.visits import Visit, VisitState
from kiosk.services.paging import Page, cut
from kiosk.services.register import WORDS, require_visit, visit_from
from kiosk.services.register_lookup import RegisterLookup, plain_query
from kiosk.store.database import Store
from kiosk.store.tables import passes, units, visits

_NUMBER: Final = re.compile(r"[0-9]{6}-[0-9]+")


MOST_OF_A_VISITOR: Final = 1000
"""So many visits of one person are looked at, newest first: a courier's of three years."""


@dataclass(frozen=True, slots=True)
class VisitFilter:
    """What a list of visits is narrowed to; None and empty mean all.

    Attributes:
        visitor: a visit whose visitor's visits are wanted.
    """

    state: VisitState | None = None
    query: str = ""
    unit: str = ""
    since: datetime | None = None
    visitor: Visit | None = None


@dataclass(frozen=True, slots=True)
class VisitorSummary:
    """How often one person has come.

    Attributes:
        visits: all that are on record, the one that was asked about among them.
        refused: those that ended with a refusal.
        units: where to, the most frequent first.
        first_at: when the oldest of them was made.
    """

    visits: int
    refused: int
    units: tuple[str, ...]
    first_at: datetime


class VisitQueries:
    """Reads only. Lists run from the newest visit to the oldest."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, visit_id: str) -> Visit:
        """A visit by its id.

        Raises:
            NotFound: there is none.
        """
        with self._store.read() as connection:
            return require_visit(connection, visit_id)

    def these(self, ids: Collection[str]) -> dict[str, Visit]:
        """The visits of these ids that are on record, by id."""
        if not ids:
            return {}
        with self._store.read() as connection:
            rows = connection.execute(select(visits).where(visits.c.id.in_(ids)))
            return {row.id: visit_from(row) for row in rows}

    def token_of(self, visit: Visit) -> str | None:
        """The text of the visit's pass, None without one."""
        if visit.pass_id is None:
            return None
        with self._store.read() as connection:
            row = connection.execute(select(passes.c.token).where(passes.c.id == visit.pass_id)).first()
        return str(row.token) if row else None

    def inside(self) -> list[Visit]:
        """Everybody who is signed in, newest first."""
        return self._in_state(VisitState.SIGNED_IN)

    def waiting(self) -> list[Visit]:
        """Everybody who waits for approval, newest first."""
        return self._in_state(VisitState.WAITING)

    def page(self, wanted: VisitFilter, *, before: int | None, limit: int) -> Page[Visit]:
        """A page of visits older than sequence number `before`.

        The query is a name or part of one (one Chinese character is enough), the last four or more digits of a phone,
        the start of a plate, a unit's code, or a visit's number. Where one visitor's visits are wanted it is not asked.
        """
        query = plain_query(wanted.query)
        conditions = [visits.c.state == wanted.state.value] if wanted.state is not None else []
        conditions += [visits.c.unit == wanted.unit] if wanted.unit else []
        with self._store.read() as connection:
            lookup = RegisterLookup(
                connection, visits, WORDS, conditions, before=before, limit=limit + 1, since=wanted.since
            )
            if wanted.visitor is not None:
                own = [row.seq for row in _of_visitor(connection, wanted.visitor)]
                seqs = lookup.newest(visits.c.seq.in_(own))
            else:
                seqs = _meant_by(lookup, connection, query) if query else lookup.newest()
            found = connection.execute(select(visits).where(visits.c.seq.in_(seqs)).order_by(visits.c.seq.desc()))
            rows = [visit_from(row) for row in found]
        return cut(rows, limit, lambda visit: visit.seq)

    def visitor(self, visit: Visit) -> VisitorSummary:
        """How often the visitor of a visit has come: by telephone number, and without one by name and unit."""
        with self._store.read() as connection:
            rows = _of_visitor(connection, visit)
        by_unit = Counter(row.unit for row in rows)
        return VisitorSummary(
            visits=len(rows),
            refused=sum(row.state == VisitState.REFUSED.value for row in rows),
            units=tuple(unit for unit, _count in by_unit.most_common()),
            first_at=min((row.created_at for row in rows), default=visit.created_at),
        )

    def _in_state(self, state: VisitState) -> list[Visit]:
        statement: Select[Any] = select(visits).where(visits.c.state == state.value).order_by(visits.c.seq.desc())
        with self._store.read() as connection:
            return [visit_from(row) for row in connection.execute(statement)]


def _of_visitor(connection: Connection, visit: Visit) -> Sequence[Row[Any]]:
    """The visits of one person, newest first: `seq`, `unit`, `state`, `created_at`, and by what they were found."""
    columns = (visits.c.seq, visits.c.unit, visits.c.state, visits.c.created_at, visits.c.phone, visits.c.visitor_name)
    query: Select[Any] = select(*columns).order_by((visits.c.seq + 0).desc()).limit(MOST_OF_A_VISITOR)
    tail = phone_tail(visit.phone)[::-1]
    if tail:
        # The character after 9 ends the range of all numbers that end alike.
        query = query.where(visits.c.phone_reversed >= tail, visits.c.phone_reversed < f"{tail}:")
        return [row for row in connection.execute(query) if same_phone(row.phone, visit.phone)]
    query = query.where(visits.c.unit == visit.unit)
    return [row for row in connection.execute(query) if same_name(row.visitor_name, visit.visitor_name)]


def _meant_by(lookup: RegisterLookup, connection: Connection, query: str) -> list[int]:
    """The visits that a query means in one way or another."""
    if _NUMBER.fullmatch(query):
        return lookup.newest(visits.c.number == query)
    found = set(lookup.by_words(query))
    digits = phone_digits(query)
    if len(digits) >= 4 and digits == re.sub(r"[\s+\-()]", "", query):
        found.update(lookup.starting_with(visits.c.phone_reversed, digits[::-1]))
    plate = plate_key(query)
    if len(plate) >= 2:
        found.update(lookup.starting_with(visits.c.plate_key, plate))
    code = query.upper()
    if connection.execute(select(units.c.code).where(units.c.code == code)).first():
        found.update(lookup.newest(visits.c.unit == code))
    return lookup.cut(found)
