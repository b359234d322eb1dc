"""The muster list: who is inside now, who of them has been found safe in a fire, and the list on paper.

Whoever knows of people inside is a source. The register of visits is one; others are handed in by the wiring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from kiosk.config import EstateSettings
from kiosk.domain.ids import new_id
from kiosk.domain.muster import Fire, Muster, MusterPaper, Person, PersonKind, Safe, by_unit
from kiosk.domain.papers import PrintKind
from kiosk.domain.visits import VisitState
from kiosk.errors import Conflict, NotFound, Unavailable
from kiosk.services.print_jobs import PrintJob, PrintState, jobs_where, witness
from kiosk.services.spool import NewJob, Spool
from kiosk.services.units import units_of
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import fires, muster_marks, print_jobs, visits

MusterSource = Callable[[Connection], Iterable[Person]]
"""Tells who is inside, as far as it knows, within one view of the store."""

SAME_FIRE_WITHIN: Final = timedelta(hours=1)
"""A fire that is found on at a start, and began so short a time ago, is the one that was on before: a box that starts
again and again in a fire prints its list once."""


def visitors_inside(connection: Connection) -> list[Person]:
    """The source of visitors: whoever is signed in."""
    inside = select(visits).where(visits.c.state == VisitState.SIGNED_IN.value)
    return [
        Person(
            kind=PersonKind.VISIT, id=row.id, name=row.visitor_name, unit=row.unit, number=row.number,
            companions=row.companions, since=row.signed_in_at or row.created_at,
        )
        for row in connection.execute(inside)
    ]  # fmt: skip


class MusterService:
    """Reads, prints and ticks the list. Safe to use from any thread."""

    def __init__(
        self,
        store: Store,
        spool: Spool,
        estate: EstateSettings,
        *,
        now: Callable[[], datetime],
        is_fire: Callable[[], bool],
        sources: Sequence[MusterSource],
    ) -> None:
        """Make the lists of `sources`; `is_fire` says whether the lanes are held open."""
        self._store = store
        self._spool = spool
        self._estate = estate
        self._now = now
        self._is_fire = is_fire
        self._sources = sources

    def list(self) -> Muster:
        """Who is inside now; in a fire, with who has been found safe."""
        with self._store.read() as connection:
            return self._read(connection, self._now())

    def begin_fire(self, *, was_found: bool) -> None:
        """Put on record that a fire has begun, and print the list as it is now.

        Args:
            was_found: the fire was on already when its input came into sight. If one was on shortly before a restart,
                it is the same: nothing is printed again, and who was found safe stays so.
        """
        with self._store.write() as transaction:
            now = transaction.now
            earlier = _fire_on_record(transaction.connection)
            if was_found and earlier is not None and timedelta() <= now - earlier.began_at < SAME_FIRE_WITHIN:
                return
            end_fire(transaction)
            muster = replace(self._read(transaction.connection, now), is_fire=True, fire=None)
            fire_id = new_id(now)
            # It may be over before this could be written: the list is wanted all the same.
            ended_at = None if self._is_fire() else now
            values = {"id": fire_id, "began_at": now, "ended_at": ended_at, "people": muster.people}
            transaction.connection.execute(insert(fires), values)
            transaction.record("system", "fire.began", {"fire": fire_id, "people": muster.people})
            if self._spool.has_printer:
                self._queue(transaction, muster, actor="system")

    def print(self, *, actor: str) -> Sequence[PrintJob]:
        """Print the list as it is now; returns a job for each of its parts.

        Raises:
            Unavailable: `no-printer`.
            Conflict: `muster-queued`: one is about to be printed, or waits for the printer.
        """
        if not self._spool.has_printer:
            raise Unavailable("no-printer", "This gate has no receipt printer.")
        with self._store.write() as transaction:
            if _waiting(transaction.connection):
                raise Conflict("muster-queued", "A muster list is about to be printed.")
            return self._queue(transaction, self._read(transaction.connection, transaction.now), actor=actor)

    def waiting(self) -> Sequence[PrintJob]:
        """The parts of lists that have not come out yet."""
        with self._store.read() as connection:
            return _waiting(connection)

    def mark(self, kind: PersonKind, person_id: str, *, is_safe: bool, actor: str) -> Person:
        """Say that somebody has been found safe, or that this was a mistake. What is so already stays as it is.

        Raises:
            Conflict: `no-muster`: there is no fire on record.
            NotFound: nobody of that kind and id is inside any more.
        """
        with self._store.write() as transaction:
            muster = self._read(transaction.connection, transaction.now)
            if muster.fire is None:
                raise Conflict("no-muster", "There is no fire for which people are mustered.")
            found = [one for one in muster.persons if (one.kind, one.id) == (kind, person_id)]
            if not found:
                raise NotFound("person")
            person = found[0]
            if (person.safe is not None) is is_safe:
                return person
            place = {"fire_id": muster.fire.id, "person_kind": kind.value, "person_id": person_id}
            safe = Safe(transaction.now, actor) if is_safe else None
            if safe is not None:
                values = place | {"marked_at": safe.at, "marked_by": safe.by}
                transaction.connection.execute(insert(muster_marks), values)
            else:
                transaction.connection.execute(delete(muster_marks).filter_by(**place))
            payload = {"fire": muster.fire.id, kind.value: person_id}
            transaction.record(actor, "muster.safe" if is_safe else "muster.missing", payload)
        return replace(person, safe=safe)

    def _queue(self, transaction: Transaction, muster: Muster, *, actor: str) -> Sequence[PrintJob]:
        digest = witness(transaction)
        paper = MusterPaper(
            estate_name_zh=self._estate.name_zh_hant,
            estate_name_en=self._estate.name_en,
            muster=muster,
            taken_at=muster.taken_at.astimezone(self._estate.zone),
            digest=digest,
        )
        sheets = paper.sheets()
        jobs = [
            NewJob(kind=PrintKind.MUSTER, digest=digest, content=sheet, part=part, parts=len(sheets))
            for part, sheet in enumerate(sheets, 1)
        ]
        return [self._spool.add(transaction, job, actor=actor) for job in jobs]

    def _read(self, connection: Connection, now: datetime) -> Muster:
        is_fire = self._is_fire()
        fire = _fire_on_record(connection) if is_fire else None
        marks = _marks(connection, fire) if fire is not None else {}
        persons = [
            replace(person, safe=marks.get((person.kind.value, person.id)))
            for source in self._sources
            for person in source(connection)
        ]
        return Muster(now, by_unit(persons, units_of(connection, {person.unit for person in persons})), is_fire, fire)


def end_fire(transaction: Transaction) -> None:
    """Put on record that the fire is over, as part of the transaction that says so."""
    values = {"ended_at": transaction.now}
    transaction.connection.execute(update(fires).where(fires.c.ended_at.is_(None)).values(values))


def _fire_on_record(connection: Connection) -> Fire | None:
    """The fire that nobody has ended."""
    newest = select(fires).where(fires.c.ended_at.is_(None)).order_by(fires.c.began_at.desc()).limit(1)
    row: Row[Any] | None = connection.execute(newest).first()
    return Fire(row.id, row.began_at, row.people) if row is not None else None


def _marks(connection: Connection, fire: Fire) -> dict[tuple[str, str], Safe]:
    query = select(muster_marks).where(muster_marks.c.fire_id == fire.id)
    return {(row.person_kind, row.person_id): Safe(row.marked_at, row.marked_by) for row in connection.execute(query)}


def _waiting(connection: Connection) -> Sequence[PrintJob]:
    under_way = [PrintState.QUEUED.value, PrintState.PRINTING.value]
    is_waiting = (print_jobs.c.kind == PrintKind.MUSTER.value) & print_jobs.c.state.in_(under_way)
    return jobs_where(connection, is_waiting)
