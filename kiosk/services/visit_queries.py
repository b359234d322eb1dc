"""Reading the visitor register: who is inside, who waits, and finding a visit by whatever is known of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, text

from kiosk.domain.text import phone_digits, plate_key, search_tokens
from kiosk.domain.visits import Visit, VisitState
from kiosk.services.paging import Page, cut
from kiosk.services.register import require_visit, visit_from
from kiosk.store.database import Store
from kiosk.store.tables import passes, units, visits

_MATCHES_SCANNED = 2000
"""Newest matches of one word that a search looks through; an older one is found with a further word."""

_BY_NAME = text(
    "SELECT rowid FROM visit_search WHERE visit_search MATCH :phrase AND rowid < :before "
    "ORDER BY rowid DESC LIMIT :limit"
)
_NUMBER = re.compile(r"\d{6}-\d+")


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
        statement = select(visits).order_by(visits.c.seq.desc()).limit(limit + 1)
        if wanted.state is not None:
            statement = statement.where(visits.c.state == wanted.state.value)
        if wanted.unit:
            statement = statement.where(visits.c.unit == wanted.unit)
        if wanted.since is not None:
            statement = statement.where(visits.c.created_at >= wanted.since)
        if before is not None:
            statement = statement.where(visits.c.seq < before)
        with self._store.read() as connection:
            if wanted.query.strip():
                statement = statement.where(self._matches(connection, wanted.query.strip(), before))
            rows = [visit_from(row) for row in connection.execute(statement)]
        return cut(rows, limit, lambda visit: visit.seq)

    def _in_state(self, state: VisitState) -> list[Visit]:
        statement: Select[Any] = select(visits).where(visits.c.state == state.value).order_by(visits.c.seq.desc())
        with self._store.read() as connection:
            return [visit_from(row) for row in connection.execute(statement)]

    def _matches(self, connection: Any, query: str, before: int | None) -> ColumnElement[bool]:
        if _NUMBER.fullmatch(query):
            return visits.c.number == query
        ways: list[ColumnElement[bool]] = []
        words = search_tokens(query)
        if words:
            # The last word may be the beginning of one; a token is letters and digits only, so it needs no escape.
            phrase = f'"{" ".join(words)}"' + ("*" if query[-1].isascii() else "")
            found = connection.execute(
                _BY_NAME, {"phrase": phrase, "before": before or 2**62, "limit": _MATCHES_SCANNED}
            )
            ways.append(visits.c.seq.in_([row.rowid for row in found]))
        digits = phone_digits(query)
        if len(digits) >= 4 and digits == re.sub(r"[\s+\-()]", "", query):
            ways.append(_starts_with(visits.c.phone_reversed, digits[::-1]))
        plate = plate_key(query)
        if len(plate) >= 2:
            ways.append(_starts_with(visits.c.plate_key, plate))
        code = query.upper()
        if connection.execute(select(units.c.code).where(units.c.code == code)).first():
            ways.append(visits.c.unit == code)
        return or_(*ways) if ways else visits.c.seq.is_(None)


def _starts_with(column: Any, prefix: str) -> ColumnElement[bool]:
    # A range, not LIKE: SQLite uses the index for a range whatever the collation.
    condition: ColumnElement[bool] = (column >= prefix) & (column < prefix + "\U0010ffff")
    return condition
