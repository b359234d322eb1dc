"""Reading passes on record: lists, one of them, and those that other gates should refuse."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, or_, select, text

from kiosk.clock import Clock
from kiosk.domain.access import CredentialState
from kiosk.domain.passes import PassClaims, PassKind, PassStanding, standing_of
from kiosk.domain.text import search_tokens
from kiosk.domain.visits import Visit
from kiosk.errors import NotFound
from kiosk.services.paging import Page, cut
from kiosk.services.pass_records import claims_of
from kiosk.services.register import visit_from
from kiosk.store.database import Store
from kiosk.store.tables import passes, revoked_elsewhere, visits

MAX_QUERY_CHARACTERS: Final = 100
_VISITS_SHOWN: Final = 50
_ID: Final = re.compile(r"[0-9a-f]{8,32}")
_NAMED: Final = text("passes.seq IN (SELECT rowid FROM pass_search WHERE pass_search MATCH :phrase)")
_IS_ISSUED: Final = passes.c.kind != PassKind.VISIT.value
_IS_REVOKED: Final = passes.c.state == CredentialState.REVOKED.value
_IS_USED: Final = and_(passes.c.max_uses.is_not(None), passes.c.uses >= passes.c.max_uses)


@dataclass(frozen=True, slots=True)
class PassRecord:
    """A pass on record.

    Attributes:
        holder: whom it is for; for another gate's pass, which does not tell, that gate's name.
        uses: entries so far at this gate.
        gate: the other gate that issued it; empty for this one's.
        kid: the key that signed it; empty when that is not known.
    """

    seq: int
    claims: PassClaims
    holder: str
    uses: int
    standing: PassStanding
    gate: str
    kid: bytes
    token: str
    created_at: datetime

    @property
    def id(self) -> str:
        """The pass's id."""
        return self.claims.id


@dataclass(frozen=True, slots=True)
class PassFilter:
    """What a list of passes is narrowed to; None and empty mean all."""

    standing: PassStanding | None = None
    query: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Revocation:
    """A pass that was revoked before its end."""

    seq: int
    id: str
    not_after: datetime


class PassQueries:
    """Reads only. Lists run from the newest pass to the oldest and leave out the receipts of visits."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def get(self, pass_id: str) -> PassRecord:
        """A pass by its id, a visit's too.

        Raises:
            NotFound: there is none.
        """
        with self._store.read() as connection:
            row = connection.execute(select(passes).where(passes.c.id == pass_id)).first()
        if row is None:
            raise NotFound("pass")
        return _record(row, self._clock.now())

    def page(self, wanted: PassFilter, *, before: int | None, limit: int) -> Page[PassRecord]:
        """A page of passes older than sequence number `before`.

        The query is a holder's name or part of one (one Chinese character is enough), a unit's code, or a pass's id
        or its first eight digits or more.
        """
        now = self._clock.now()
        statement = select(passes).where(_IS_ISSUED).order_by(passes.c.seq.desc()).limit(limit + 1)
        if before is not None:
            statement = statement.where(passes.c.seq < before)
        if wanted.unit:
            statement = statement.where(passes.c.unit == wanted.unit)
        if wanted.standing is not None:
            statement = statement.where(_stands(wanted.standing, now))
        query = unicodedata.normalize("NFKC", wanted.query[:MAX_QUERY_CHARACTERS]).strip()
        if query:
            statement = _meant_by(statement, query)
        with self._store.read() as connection:
            rows = [_record(row, now) for row in connection.execute(statement)]
        return cut(rows, limit, lambda found: found.seq)

    def revocations(self, *, before: int | None, limit: int) -> Page[Revocation]:
        """Passes that are revoked and have not ended, a visit's too, the newest pass first."""
        wanted = select(passes.c.seq, passes.c.id, passes.c.not_after).where(_IS_REVOKED)
        wanted = wanted.where(passes.c.not_after > self._clock.now()).order_by(passes.c.seq.desc()).limit(limit + 1)
        if before is not None:
            wanted = wanted.where(passes.c.seq < before)
        with self._store.read() as connection:
            rows = [Revocation(*row) for row in connection.execute(wanted)]
        return cut(rows, limit, lambda found: found.seq)

    def is_revoked_elsewhere(self, pass_id: str) -> bool:
        """Whether a pass that was never seen here is on another gate's list."""
        listed = select(revoked_elsewhere.c.id).where(revoked_elsewhere.c.id == pass_id)
        with self._store.read() as connection:
            return connection.execute(listed).first() is not None

    def visits_of(self, pass_id: str) -> list[Visit]:
        """The newest visits that were made with a pass."""
        of_pass = select(visits).where(visits.c.pass_id == pass_id).order_by(visits.c.seq.desc())
        with self._store.read() as connection:
            return [visit_from(row) for row in connection.execute(of_pass.limit(_VISITS_SHOWN))]


def _stands(standing: PassStanding, now: datetime) -> ColumnElement[bool]:
    """The condition under which `standing_of` says so."""
    if standing is PassStanding.REVOKED:
        return _IS_REVOKED
    if standing is PassStanding.ENDED:
        return and_(~_IS_REVOKED, passes.c.not_after <= now)
    is_alive = and_(~_IS_REVOKED, passes.c.not_after > now)
    if standing is PassStanding.USED:
        return and_(is_alive, _IS_USED)
    begins = passes.c.not_before > now if standing is PassStanding.UPCOMING else passes.c.not_before <= now
    return and_(is_alive, ~_IS_USED, begins)


def _meant_by(statement: Select[Any], query: str) -> Select[Any]:
    ways: list[ColumnElement[bool]] = [passes.c.unit == query.upper()]
    identifier = query.lower()
    if _ID.fullmatch(identifier):
        ways.append(passes.c.id.between(identifier, identifier + "g"))
    words = search_tokens(query)
    if words:
        # The last word may be the beginning of one. A token is letters and digits only, so it needs no escape.
        is_open = query[-1].isascii() and query[-1].isalnum()
        phrase = f'"{" ".join(words)}"' + ("*" if is_open else "")
        ways.append(_NAMED.bindparams(bindparam("phrase", phrase)))  # type: ignore[arg-type]  # a text that is a condition
    return statement.where(or_(*ways))


def _record(row: Row[Any], now: datetime) -> PassRecord:
    claims = claims_of(row)
    standing = standing_of(
        is_revoked=row.state == CredentialState.REVOKED, not_before=claims.not_before, not_after=claims.not_after,
        # A visit's receipt has its one use behind it and is good for leaving.
        uses=row.uses, max_uses=None if claims.kind is PassKind.VISIT else claims.max_uses, now=now,
    )  # fmt: skip
    return PassRecord(
        row.seq, claims, row.holder, row.uses, standing, row.gate, row.kid or b"", row.token,
        row.created_at,
    )  # fmt: skip
