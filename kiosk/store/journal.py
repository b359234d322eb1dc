"""The journal: one append-only table in which every change of state leaves an entry, chained by hash.

An entry's hash is SHA-256 over the deterministic CBOR encoding (RFC 8949, section 4.2) of the array
[seq, at (microseconds), clock, actor, type, payload, previous hash]. The payload is hashed as the text that is
stored, so that no byte of the table can change unseen. Payloads name people by the ids of their records and never
by name: a person's data can be purged and the chain still holds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import cbor2
from sqlalchemy import BigInteger, Connection, LargeBinary, TextClause, cast, func, select, text, type_coerce
from sqlalchemy.exc import DatabaseError

from kiosk.clock import ClockConfidence
from kiosk.store.tables import journal

GENESIS: Final = bytes(32)
"""The hash before the first entry."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HEAD_SQL: Final = "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1"
_APPEND_SQL: Final = (
    "INSERT INTO journal (seq, at, clock, actor, type, payload, previous_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_HEAD: Final = select(journal.c.seq, journal.c.hash).order_by(journal.c.seq.desc()).limit(1)

_NEWEST: Final = (
    select(journal.c.at, journal.c.clock)
    .where(journal.c.clock != ClockConfidence.BEHIND.value)
    .order_by(journal.c.seq.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as stored. `payload` is the parsed JSON object."""

    seq: int
    at: datetime
    clock: str
    actor: str
    type: str
    payload: Mapping[str, Any]
    previous_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found. `bad_seq` is the first entry that does not fit, None when the chain is whole."""

    entries: int
    bad_seq: int | None
    reason: str = ""


def entry_hash(seq: int, at_us: int, texts: tuple[str, str, str, str], previous: bytes) -> bytes:
    """The hash of an entry; `texts` are clock, actor, type and payload as stored."""
    return hashlib.sha256(cbor2.dumps([seq, at_us, *texts, previous], canonical=True)).digest()


def append(
    connection: Connection,
    *,
    at: datetime,
    clock: ClockConfidence,
    actor: str,
    type: str,  # noqa: A002 - the column's name
    payload: Mapping[str, Any],
) -> tuple[int, bytes]:
    """Append an entry within the caller's write transaction; returns its sequence number and hash.

    The caller holds the store's one write transaction, so the head read here is the head.
    """
    # Both statements go to the driver as they are: each entry stands between somebody and a gate, and what SQLAlchemy
    # does for a statement is more than all the rest of an entry.
    head = connection.connection.cursor().execute(_HEAD_SQL).fetchone()
    seq, previous = (head[0] + 1, head[1]) if head else (1, GENESIS)
    stored = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    at_us = (at - _EPOCH) // timedelta(microseconds=1)
    digest = entry_hash(seq, at_us, (clock.value, actor, type, stored), previous)
    connection.exec_driver_sql(_APPEND_SQL, (seq, at_us, clock.value, actor, type, stored, previous, digest))
    return seq, digest


def head(connection: Connection) -> tuple[int, bytes]:
    """The last entry's sequence number and hash; (0, GENESIS) for an empty journal."""
    row = connection.execute(_HEAD).first()
    return (row.seq, row.hash) if row else (0, GENESIS)


def newest_stamp(connection: Connection) -> tuple[datetime, ClockConfidence] | None:
    """When the last entry was made whose clock was not known to be behind, and how far it could be believed then.

    None for an empty journal.
    """
    row = connection.execute(_NEWEST).first()
    return (row.at, ClockConfidence(row.clock)) if row else None


def short_digest(digest: bytes) -> str:
    """The eight hex digits that a receipt carries of the journal's head."""
    return digest.hex()[:8]


def after(connection: Connection, seq: int, limit: int, types: frozenset[str] | None = None) -> list[Entry]:
    """The entries that follow `seq`, oldest first, at most `limit`; only those of the given types, if any are given."""
    query = select(journal).where(journal.c.seq > seq).order_by(journal.c.seq).limit(limit)
    if types is not None:
        query = query.where(journal.c.type.in_(types))
    return [_entry(row) for row in connection.execute(query)]


def latest(connection: Connection, types: frozenset[str], limit: int) -> list[Entry]:
    """The newest entries of the given types, oldest first, at most `limit`."""
    query = select(journal).where(journal.c.type.in_(types)).order_by(journal.c.seq.desc()).limit(limit)
    return [_entry(row) for row in connection.execute(query)][::-1]


def tally(connection: Connection, type_: str, member: str, since: datetime) -> dict[str, int]:
    """How many entries of a type there are since a moment, by what a member of their payloads says.

    Args:
        member: a word of the program, never of a caller.
    """
    value = func.json_extract(journal.c.payload, f"$.{member}")
    query = (
        select(value, func.count())
        .where(journal.c.seq >= first_since(connection, since), journal.c.type == type_, journal.c.at >= since)
        .group_by(value)
    )
    return {str(named): count for named, count in connection.execute(query) if named is not None}


def first_since(connection: Connection, since: datetime) -> int:
    """A sequence number before which no entry is younger than `since`, found in about twenty looks.

    The journal's times run with its numbers but for a clock that was set back: then the answer may lie too early or,
    by as much as the clock was off, too late. For counting, not for proving.
    """
    low, high = 1, head(connection)[0] + 1
    while low < high:
        middle = (low + high) // 2
        at = connection.execute(select(journal.c.at).where(journal.c.seq >= middle).limit(1)).scalar()
        if at is not None and at < since:
            low = middle + 1
        else:
            high = middle
    return low


def these(connection: Connection, seqs: Sequence[int]) -> list[Entry]:
    """The entries of these sequence numbers, oldest first."""
    query = select(journal).where(journal.c.seq.in_(seqs)).order_by(journal.c.seq)
    return [_entry(row) for row in connection.execute(query)]


def naming(member: str, more: str = "") -> TextClause:
    """The query for the numbers of entries whose payload names a record, newest first.

    Its parameters are `:id`, the record's id, and `:limit`. Where a table has an index `journal_by_MEMBER` it is used:
    the index is over exactly this expression.

    Args:
        member: the payload's member that names it: `visit`, `pass`. A word of the program, never of a caller.
        more: a further condition in SQL, beginning with AND.
    """
    opening = f'"{member}":"'
    return text(
        f"SELECT seq FROM journal WHERE instr(payload, '{opening}') > 0 "  # noqa: S608 - both are the program's words
        f"AND substr(payload, instr(payload, '{opening}') + {len(opening)}, 32) = :id {more} "
        "ORDER BY seq DESC LIMIT :limit"
    )


def verify(connection: Connection) -> Verdict:
    """Follow the whole chain. One pass, constant memory; never raises on what a table may hold.

    A cut-off end is seen by SQLite's own count of the numbers it gave out (sqlite_sequence).
    """
    previous, expected = GENESIS, 1
    try:
        for row in connection.execution_options(yield_per=1000).execute(_AS_STORED):
            if row.seq != expected:
                return Verdict(expected - 1, expected, f"entry {expected} is missing")
            if row.previous_hash != previous or row.hash != _recomputed(row, previous):
                return Verdict(expected - 1, expected, "the entry does not match its hash")
            previous, expected = row.hash, expected + 1
        last = _last_given(connection)
    except DatabaseError as error:
        return Verdict(expected - 1, expected, f"the database cannot be read on: {error.orig}")
    if last is not None and last >= expected:
        return Verdict(expected - 1, expected, f"entry {expected} is missing")
    return Verdict(expected - 1, None)


# Texts as bytes and the time as a number: a damaged row must come as it lies there, not fail on its way.
_AS_STORED: Final = select(
    journal.c.seq,
    type_coerce(journal.c.at, BigInteger).label("at_us"),
    *(cast(journal.c[name], LargeBinary).label(name) for name in ("clock", "actor", "type", "payload")),
    journal.c.previous_hash,
    journal.c.hash,
).order_by(journal.c.seq)


def _recomputed(row: Any, previous: bytes) -> bytes | None:
    """The hash that a stored row ought to have; None when it is not of the journal's form."""
    try:
        texts = (row.clock.decode(), row.actor.decode(), row.type.decode(), row.payload.decode())
    except (AttributeError, UnicodeDecodeError):
        return None
    return entry_hash(row.seq, row.at_us, texts, previous)


def _last_given(connection: Connection) -> int | None:
    if connection.dialect.name != "sqlite":
        return None
    row = connection.execute(text("SELECT seq FROM sqlite_sequence WHERE name = 'journal'")).first()
    return int(row.seq) if row else None


def _entry(row: Any) -> Entry:
    return Entry(row.seq, row.at, row.clock, row.actor, row.type, json.loads(row.payload), row.previous_hash, row.hash)
