"""Certificates of purging: what is gone, how many a hold has kept, and the digest of what was purged.

A certificate says that records were here, were due, and are gone. Its digest is a chain over the purged records in the
order in which they went: beginning with 32 zero bytes, each record makes it SHA-256(digest before || SHA-256(the
record's canonical JSON)). Whoever has a copy of the register from before can tell with it that exactly these records
were purged; nobody can tell from it what was in them.

Each register has its own: goods and slips, and visits.

A record's JSON has every column of its row under the column's name and as SQLite keeps it (times as microseconds since
1970, yes and no as 1 and 0, what is sealed as SHA-256 of its bytes), and of the rows that hang on it a list under their
table's name; under `photos` the id of each with SHA-256 of its sealed bytes. Goods go first, then slips; visits, then
passes; each in the order of their `seq`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, update

from kiosk.domain.ids import new_id
from kiosk.domain.reconciliation import canonical
from kiosk.domain.slips import parts_of_number
from kiosk.services.paging import Page, cut
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import purge_certificates

SYSTEM: Final = "system"
_FIRST_DIGEST: Final = bytes(32).hex()

Range = tuple[int, int, int]
"""Some slips' numbers: their year, the first and the last count."""


class Register(StrEnum):
    """What a run purges; the journal's entry about it is called so."""

    GOODS = "goods"
    VISITS = "visits"


@dataclass(frozen=True, slots=True)
class PurgeCertificate:
    """A certificate on record.

    Attributes:
        register: what the run purges.
        ended_before: what had ended before was due.
        purged: how many rows of each table are gone.
        held: how many records of each kind were due and have been kept by a hold.
        slips: the numbers of the purged slips.
        digest: over the purged records, in hex.
        is_running: the run has not come to its end; the next one goes on with it.
    """

    seq: int
    id: str
    at: datetime
    by: str
    register: Register
    ended_before: datetime
    purged: Mapping[str, int]
    held: Mapping[str, int]
    slips: tuple[Range, ...]
    digest: str
    is_running: bool


@dataclass(slots=True)
class Purged:
    """What one transaction has purged, to be put on the certificate before it commits."""

    counts: Counter[str] = field(default_factory=Counter)
    records: list[Mapping[str, Any]] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)


class Certificates:
    """Reads only. Safe to use from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def page(self, *, before: int | None, limit: int) -> Page[PurgeCertificate]:
        """A page of certificates older than sequence number `before`, the newest first."""
        statement = select(purge_certificates).order_by(purge_certificates.c.seq.desc()).limit(limit + 1)
        if before is not None:
            statement = statement.where(purge_certificates.c.seq < before)
        with self._store.read() as connection:
            found = [_certificate(row) for row in connection.execute(statement)]
        return cut(found, limit, lambda certificate: certificate.seq)


def running(connection: Connection, register: Register) -> PurgeCertificate | None:
    """The certificate of a register's run that has not come to its end."""
    # Certificates from before visits were purged name no register.
    of = func.coalesce(purge_certificates.c.counts["register"].as_string(), Register.GOODS.value)
    query = select(purge_certificates).where(of == register.value).order_by(purge_certificates.c.seq.desc())
    row = connection.execute(query.limit(1)).first()
    certificate = _certificate(row) if row is not None else None
    return certificate if certificate is not None and certificate.is_running else None


def certify(transaction: Transaction, purged: Purged, register: Register, *, ended_before: datetime) -> None:
    """Put what a transaction has purged on the running certificate; a first one begins it."""
    certificate = running(transaction.connection, register) or _begin(transaction, register, ended_before)
    digest = certificate.digest
    for record in purged.records:
        digest = _chained(digest, record)
    counts = Counter(certificate.purged) + purged.counts
    slips = add_numbers(certificate.slips, purged.numbers)
    _write(transaction, replace(certificate, purged=counts, slips=slips, digest=digest, ended_before=ended_before))


def complete(transaction: Transaction, certificate: PurgeCertificate, held: Mapping[str, int]) -> None:
    """End a certificate, and say so in the journal."""
    _write(transaction, replace(certificate, held=held, is_running=False))
    facts = {
        "certificate": certificate.id, "counts": dict(certificate.purged), "held": dict(held),
        "digest": certificate.digest,
    }  # fmt: skip
    transaction.record(SYSTEM, f"{certificate.register}.purged", facts)


def purged_counts(connection: Connection, year: int) -> set[int]:
    """The counts of a year's slips that certificates say were purged."""
    found: set[int] = set()
    for counts in connection.execute(select(purge_certificates.c.counts)).scalars():
        for one, first, last in counts["slips"]:
            if one == year:
                found.update(range(first, last + 1))
    return found


def add_numbers(ranges: Sequence[Range], numbers: Sequence[str]) -> tuple[Range, ...]:
    """Ranges of numbers with more numbers in them: as few ranges as say it, in order."""
    spans = sorted([*ranges, *((year, count, count) for year, count in map(parts_of_number, numbers))])
    merged: list[Range] = []
    for year, first, last in spans:
        if merged and merged[-1][0] == year and first <= merged[-1][2] + 1:
            merged[-1] = (year, merged[-1][1], max(last, merged[-1][2]))
        else:
            merged.append((year, first, last))
    return tuple(merged)


def _chained(digest: str, record: Mapping[str, Any]) -> str:
    one = hashlib.sha256(canonical(record)).digest()
    return hashlib.sha256(bytes.fromhex(digest) + one).hexdigest()


def _begin(transaction: Transaction, register: Register, ended_before: datetime) -> PurgeCertificate:
    row = {
        "id": new_id(transaction.now), "ended_before": ended_before, "at": transaction.now, "by": SYSTEM,
        "counts": {"register": register.value, "purged": {}, "held": {}, "slips": [], "running": True},
        "digest": _FIRST_DIGEST,
    }  # fmt: skip
    transaction.connection.execute(insert(purge_certificates), row)
    query = select(purge_certificates).where(purge_certificates.c.id == row["id"])
    return _certificate(transaction.connection.execute(query).one())


def _write(transaction: Transaction, certificate: PurgeCertificate) -> None:
    counts = {
        "register": certificate.register.value,
        "purged": dict(certificate.purged), "held": dict(certificate.held),
        "slips": [list(one) for one in certificate.slips], "running": certificate.is_running,
    }  # fmt: skip
    transaction.connection.execute(
        update(purge_certificates)
        .where(purge_certificates.c.id == certificate.id)
        .values(at=transaction.now, ended_before=certificate.ended_before, digest=certificate.digest, counts=counts)
    )


def _certificate(row: Row[Any]) -> PurgeCertificate:
    return PurgeCertificate(
        seq=row.seq,
        id=row.id,
        at=row.at,
        by=row.by,
        register=Register(row.counts.get("register", Register.GOODS.value)),
        ended_before=row.ended_before,
        purged=row.counts["purged"],
        held=row.counts["held"],
        slips=tuple((year, first, last) for year, first, last in row.counts["slips"]),
        digest=row.digest,
        is_running=row.counts["running"],
    )
