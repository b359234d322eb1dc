"""Reading the visitor register: who is inside, who waits, and finding a visit by whatever is known of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, bindparam, select, text

from kiosk.domain.text import phone_digits, plate_key, search_tokens
from kiosk.domain.visits import Visit, VisitState
from kiosk.services.paging import Page, cut
from kiosk.services.register import require_visit, visit_from
from kiosk.store.database import Store
from kiosk.store.tables import passes, units, visits

_MAX_QUERY_CHARACTERS: Final = 100
_RECENT: Final = 2000
"""So many visits are few enough to look at each; beyond, a list is filled from the newest ones soon."""

_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SEQ: Final = 2**63 - 1

# CROSS JOIN keeps SQLite from asking the index once for each visit: names lead, newest first, until the page is full.
_BY_NAME: Final = text(
    "SELECT visits.seq FROM visit_search CROSS JOIN visits ON visits.seq = visit_search.rowid "
    "WHERE visit_search MATCH :phrase AND visit_search.rowid < :before AND visit_search.rowid >= :first "
    "AND visits.created_at >= :since "
    "AND (:state = '' OR visits.state = :state) AND (:unit = '' OR visits.unit = :unit) "
    "ORDER BY visit_search.rowid DESC LIMIT :limit"
).bindparams(bindparam("since", type_=visits.c.created_at.type))
_NUMBER: Final = re.compile(r"[0-9]{6}-[0-9]+")


@dataclass(frozen=True, slots=True)
class VisitFilter:
    """What a list of visits is narrowed to; None and empty mean all."""

    state: VisitState | None = None
    query: str = ""
    unit: str = ""
    since: datetime | None = None


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
        the start of a plate, a unit's code, or a visit's number.
        """
        query = unicodedata.normalize("NFKC", wanted.query[:_MAX_QUERY_CHARACTERS]).strip()
        with self._store.read() as connection:
            lookup = _Lookup(connection, wanted, _LAST_SEQ if before is None else before, limit + 1)
            seqs = lookup.meant_by(query) if query else lookup.newest()
            found = connection.execute(select(visits).where(visits.c.seq.in_(seqs)).order_by(visits.c.seq.desc()))
            rows = [visit_from(row) for row in found]
        return cut(rows, limit, lambda visit: visit.seq)

    def _in_state(self, state: VisitState) -> list[Visit]:
        statement: Select[Any] = select(visits).where(visits.c.state == state.value).order_by(visits.c.seq.desc())
        with self._store.read() as connection:
            return [visit_from(row) for row in connection.execute(statement)]


class _Lookup:
    """Finds the newest visits that pass a filter, at most `limit` of them, as sequence numbers."""

    def __init__(self, connection: Connection, wanted: VisitFilter, before: int, limit: int) -> None:
        self._connection = connection
        self._wanted = wanted
        self._before = before
        self._first = 0
        self._limit = limit
        self._conditions: list[ColumnElement[bool]] = []
        if wanted.state is not None:
            self._conditions.append(visits.c.state == wanted.state.value)
        if wanted.unit:
            self._conditions.append(visits.c.unit == wanted.unit)
        if wanted.since is not None:
            self._conditions.append(self._since(wanted.since))

    def newest(self, *conditions: ColumnElement[bool]) -> list[int]:
        """Those that pass the filter, but for its query, and further conditions."""
        return self._fetch(visits.c.seq, *conditions)

    def _starting_with(self, column: Any, prefix: str) -> list[int]:
        # A range, not LIKE: SQLite uses the index for a range whatever the collation. And `seq + 0`, because it would
        # rather walk the whole register in the order wanted than sort the few that the range leaves.
        return self._fetch(visits.c.seq + 0, column >= prefix, column < prefix + "\U0010ffff")

    def _fetch(self, order: ColumnElement[int], *conditions: ColumnElement[bool]) -> list[int]:
        statement = select(visits.c.seq).where(order < self._before, *self._conditions, *conditions)
        return list(self._connection.execute(statement.order_by(order.desc()).limit(self._limit)).scalars())

    def meant_by(self, query: str) -> list[int]:
        """Those that the query means in one way or another.

        Each way has an index of its own and is asked by itself: as one condition with `OR`, SQLite reads the whole
        register for the second page.
        """
        if _NUMBER.fullmatch(query):
            return self.newest(visits.c.number == query)
        found = set(self._by_name(query))
        digits = phone_digits(query)
        if len(digits) >= 4 and digits == re.sub(r"[\s+\-()]", "", query):
            found.update(self._starting_with(visits.c.phone_reversed, digits[::-1]))
        plate = plate_key(query)
        if len(plate) >= 2:
            found.update(self._starting_with(visits.c.plate_key, plate))
        code = query.upper()
        if self._connection.execute(select(units.c.code).where(units.c.code == code)).first():
            found.update(self.newest(visits.c.unit == code))
        return sorted(found, reverse=True)[: self._limit]

    def _since(self, since: datetime) -> ColumnElement[bool]:
        # By the time's own index only when that leaves few: it would sort a year's visits to show the last fifty.
        later = visits.c.created_at >= since
        recent = self._connection.execute(select(visits.c.seq).where(later).limit(_RECENT + 1)).scalars().all()
        if len(recent) > _RECENT:
            return later
        self._first = min(recent, default=_LAST_SEQ)
        return visits.c.seq.in_(recent)

    def _by_name(self, query: str) -> list[int]:
        words = search_tokens(query)
        if not words:
            return []
        # The last word may be the beginning of one. A token is letters and digits only, so it needs no escape.
        is_open = query[-1].isascii() and query[-1].isalnum()
        parameters = {
            "phrase": f'"{" ".join(words)}"' + ("*" if is_open else ""),
            "before": self._before,
            "first": self._first,
            "since": self._wanted.since or _LONG_AGO,
            "state": self._wanted.state.value if self._wanted.state is not None else "",
            "unit": self._wanted.unit,
            "limit": self._limit,
        }
        return list(self._connection.execute(_BY_NAME, parameters).scalars())
