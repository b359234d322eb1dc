"""The weekly reconciliation: a week's slips accounted for, and signed for by two users.

A signature stands for a digest over everything that the week's page says. Between the first signature and the second
nothing of it may change; else the first falls away. With the second the week is closed: its notes stay as they are, and
what was signed is kept by number, so that the register can be held against it, also when most of it was purged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from kiosk.clock import Clock
from kiosk.config import EstateSettings
from kiosk.domain.reconciliation import (
    Need,
    Week,
    may_move_on,
    missing_counts,
    needs_of,
    parse_week,
    slip_digest,
    week_digest,
    week_of,
)
from kiosk.domain.slips import SlipState, parts_of_number, slip_number
from kiosk.domain.text import is_one_line
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.counting import last_count
from kiosk.services.goods.purge_certificates import purged_counts
from kiosk.services.goods.slip_history import movements_of, trips_of
from kiosk.services.goods.slip_rows import counter_of, slips_where
from kiosk.services.goods.week_values import (
    Line,
    Note,
    Reconciliation,
    Signature,
    Verification,
    WeekState,
    WeekSummary,
)
from kiosk.store import journal
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import reconciliation_notes, reconciliations, release_slips

MAX_NOTE: Final = 200
OVERDUE_AFTER: Final = timedelta(days=7)
"""So long after its end a week may wait for its two signatures."""


@dataclass(slots=True)
class _Numbers:
    """Which numbers of a year should be there by a week's end, and are not."""

    gaps: list[str] = field(default_factory=list)
    purged: int = 0


class ReconciliationService:
    """Accounts for weeks. Safe to use from any thread."""

    def __init__(self, store: Store, clock: Clock, estate: EstateSettings) -> None:
        self._store = store
        self._clock = clock
        self._zone = estate.zone

    def current(self) -> Week:
        """The week that runs now."""
        return week_of(self._clock.now(), self._zone)

    def week(self, week: Week) -> Reconciliation:
        """A week as the register has it now.

        Raises:
            NotFound: it has not begun.
        """
        with self._store.read() as connection:
            return self._read(connection, week, self._clock.now())

    def weeks(self, *, before: Week | None, limit: int) -> list[WeekSummary]:
        """The newest weeks, or those before one, back to the first that has a slip or a signature."""
        now = self._clock.now()
        newest = min(before.plus(-1), self.current()) if before is not None else self.current()
        with self._store.read() as connection:
            oldest = max(self._first(connection, newest), newest.plus(1 - limit))
            if oldest > newest:
                return []
            states: dict[Week, Counter[SlipState]] = {}
            begins, ends = oldest.begins(self._zone), newest.ends(self._zone)
            for created_at, state in connection.execute(
                select(release_slips.c.created_at, release_slips.c.state).where(
                    release_slips.c.created_at >= begins, release_slips.c.created_at < ends
                )
            ):
                states.setdefault(week_of(created_at, self._zone), Counter())[SlipState(state)] += 1
            between = reconciliations.c.week.between(str(oldest), str(newest))
            signed = {row.week: row for row in connection.execute(select(reconciliations).where(between))}
        listed, week = [], newest
        while week >= oldest:
            listed.append(self._summary(week, states.get(week, Counter()), signed.get(str(week)), now))
            week = week.plus(-1)
        return listed

    def note(self, week: Week, number: str, text: str, *, actor: str) -> None:
        """Say a word about a slip of the week, or about a missing number; another word takes its place.

        A first signature falls away by it: what was signed for is not any more what stands there.

        Raises:
            NotFound: the week has no such number.
            Conflict: `week-closed`; `no-reason`: there is no word.
            Invalid: it is too long, or not one line.
        """
        text = text.strip()
        if not text:
            raise Conflict("no-reason", "A note is needed.")
        if len(text) > MAX_NOTE:
            raise Invalid({"note": FieldProblem.TOO_LONG})
        if not is_one_line(text):
            raise Invalid({"note": FieldProblem.NOT_ONE_LINE})
        with self._store.write() as transaction:
            found = self._read(transaction.connection, week, transaction.now)
            if found.state is WeekState.CLOSED:
                raise _closed()
            if number not in {line.number for line in found.lines}:
                raise NotFound("number in this week")
            is_it = (reconciliation_notes.c.week == str(week)) & (reconciliation_notes.c.number == number)
            transaction.connection.execute(delete(reconciliation_notes).where(is_it))
            row = {"week": str(week), "number": number, "note": text, "at": transaction.now, "by": actor}
            transaction.connection.execute(insert(reconciliation_notes), row)
            transaction.record(actor, "reconciliation.noted", {"week": str(week), "number": number})
            if found.state is WeekState.SIGNED:
                _unsign(transaction, found, actor)

    def sign(self, week: Week, *, digest: str, actor: str) -> Reconciliation:
        """Sign for a week: the first signature, or the second, which closes it.

        Args:
            digest: of the week as whoever signs has seen it.

        Raises:
            NotFound: the week has not begun.
            Conflict: `week-not-over`; `week-closed`; `not-accounted-for`: something needs a note;
                `changed-since-shown`: the week is not what whoever signs has seen; `same-user`: the first signature is
                of the same account; `changed-since-signed`: the week is not what the first has signed, whose signature
                has fallen away.
        """
        with self._store.write() as transaction:
            found = self._read(transaction.connection, week, transaction.now)
            if found.state is WeekState.RUNNING:
                raise Conflict("week-not-over", "The week is not over.")
            if found.state is WeekState.CLOSED:
                raise _closed()
            is_stale = found.state is WeekState.SIGNED and found.signed_digest != found.digest
            if is_stale:
                _unsign(transaction, found, actor)
            else:
                _check_signable(found, digest, actor)
                self._write_signature(transaction, found, actor)
                found = self._read(transaction.connection, week, transaction.now)
        if is_stale:
            raise Conflict("changed-since-signed", "The week is not any more what was signed first.")
        return found

    def verify(self, week: Week) -> Verification:
        """Hold the register against what two users have signed.

        Raises:
            NotFound: the week has not begun.
            Conflict: `week-not-closed`.
        """
        with self._store.read() as connection:
            now = self._read(connection, week, self._clock.now())
            if now.state is not WeekState.CLOSED:
                raise Conflict("week-not-closed", "The week has not been signed by two.")
            row = _signed_row(connection, week)
            purged: set[str] = set()
            for year in {parts_of_number(number)[0] for number in row.counts["lines"]}:
                purged |= {slip_number(year, count) for count in purged_counts(connection, year)}
            digests = {row.digest, _digest_as_kept(connection, week, row), _digest_in_journal(connection, week, row)}
        return _compared(row.counts["lines"], now, purged, is_as_signed=len(digests) == 1)

    def _read(self, connection: Connection, week: Week, now: datetime) -> Reconciliation:
        begins, ends = week.begins(self._zone), week.ends(self._zone)
        if begins > now:
            raise NotFound("week yet")
        created = release_slips.c.created_at
        slips = slips_where(connection, created >= begins, created < ends, order=release_slips.c.seq)
        ids = [slip.id for slip in slips]
        trips, movements = trips_of(connection, ids), movements_of(connection, ids)
        notes = _notes(connection, week)
        lines = [
            Line(
                slip.number, slip, needs_of(slip, now), notes.get(slip.number), len(trips[slip.id]),
                slip_digest(slip, trips[slip.id], movements[slip.id]),
            )
            for slip in slips
        ]  # fmt: skip
        numbers = self._numbers(connection, week, [slip.number for slip in slips])
        lines += [Line(number, None, (Need.GAP,), notes.get(number), 0, "") for number in numbers.gaps]
        lines.sort(key=lambda line: parts_of_number(line.number))
        row = connection.execute(select(reconciliations).where(reconciliations.c.week == str(week))).first()
        return Reconciliation(
            week=week, begins=begins, ends=ends, state=_state(row, ends, now),
            counts=_counts_as_signed(row) or _counts(lines),
            lines=tuple(lines), purged=numbers.purged, digest=_digest(week, lines),
            signatures=_signatures(row), signed_digest=row.digest if row is not None else "",
        )  # fmt: skip

    def _numbers(self, connection: Connection, week: Week, issued: list[str]) -> _Numbers:
        by_year: dict[int, set[int]] = {}
        for year, count in map(parts_of_number, issued):
            by_year.setdefault(year, set()).add(count)
        ending = week.ending_year()
        if ending is not None:
            by_year.setdefault(ending, set())
        found = _Numbers()
        for year, counts in sorted(by_year.items()):
            on_record, before = self._on_record(connection, year, week)
            last_given = last_count(connection, counter_of(year)) if year == ending else 0
            absent = missing_counts(counts, before=before, last_given=last_given, known=on_record)
            purged = purged_counts(connection, year) if absent else set()
            found.gaps += [slip_number(year, count) for count in absent if count not in purged]
            found.purged += len(purged.intersection(absent))
        return found

    def _on_record(self, connection: Connection, year: int, week: Week) -> tuple[set[int], int]:
        """A year's counts that are on record, and the highest of them from before the week."""
        begins = week.begins(self._zone)
        rows = connection.execute(
            select(release_slips.c.number, release_slips.c.created_at).where(
                release_slips.c.number.startswith(f"R{year}-", autoescape=True)
            )
        ).all()
        counts = {parts_of_number(row.number)[1]: row.created_at for row in rows}
        return set(counts), max((count for count, created_at in counts.items() if created_at < begins), default=0)

    def _first(self, connection: Connection, otherwise: Week) -> Week:
        created_at = connection.execute(select(func.min(release_slips.c.created_at))).scalar_one()
        signed = connection.execute(select(func.min(reconciliations.c.week))).scalar_one()
        known = [week_of(created_at, self._zone)] if created_at is not None else []
        known += [parse_week(signed)] if signed is not None else []
        return min(known, default=otherwise)

    def _summary(self, week: Week, states: Counter[SlipState], row: Row[Any] | None, now: datetime) -> WeekSummary:
        ends = week.ends(self._zone)
        state = _state(row, ends, now)
        wants_signatures = bool(states) and state in {WeekState.OPEN, WeekState.SIGNED}
        counts = {"issued": states.total()} | {one.value: states[one] for one in SlipState}
        return WeekSummary(
            week=week, state=state, is_overdue=wants_signatures and now >= ends + OVERDUE_AFTER,
            counts=_counts_as_signed(row) or counts, signatures=_signatures(row),
        )  # fmt: skip

    def _write_signature(self, transaction: Transaction, found: Reconciliation, actor: str) -> None:
        facts = {"week": str(found.week), "digest": found.digest, "counts": dict(found.counts)}
        if found.state is WeekState.SIGNED:
            seq, _hash = transaction.record(actor, "reconciliation.closed", facts)
            kept = _signed_row(transaction.connection, found.week).counts | {"entry": seq}
            transaction.connection.execute(
                update(reconciliations)
                .where(reconciliations.c.week == str(found.week))
                .values(closed_at=transaction.now, closed_by=actor, counts=kept)
            )
            return
        lines = {
            line.number: {
                "digest": line.digest, "needs": [need.value for need in line.needs],
                "moves_on": line.slip is not None and may_move_on(line.slip),
            }
            for line in found.lines
        }  # fmt: skip
        row = {
            "week": str(found.week), "signed_at": transaction.now, "signed_by": actor, "digest": found.digest,
            "counts": {"counts": dict(found.counts), "lines": lines},
        }  # fmt: skip
        transaction.connection.execute(insert(reconciliations), row)
        transaction.record(actor, "reconciliation.signed", facts)


def _closed() -> Conflict:
    return Conflict("week-closed", "The week is closed.")


def _check_signable(found: Reconciliation, digest: str, actor: str) -> None:
    if digest != found.digest:
        raise Conflict("changed-since-shown", "The week has changed since it was shown.")
    if not found.is_accounted_for:
        raise Conflict("not-accounted-for", "Something needs a note first.")
    if actor in {signature.by for signature in found.signatures}:
        raise Conflict("same-user", "The second signature is another user's.")


def _unsign(transaction: Transaction, found: Reconciliation, actor: str) -> None:
    transaction.connection.execute(delete(reconciliations).where(reconciliations.c.week == str(found.week)))
    facts = {"week": str(found.week), "digest": found.signed_digest, "counts": dict(found.counts)}
    transaction.record(actor, "reconciliation.unsigned", facts)


def _signed_row(connection: Connection, week: Week) -> Row[Any]:
    return connection.execute(select(reconciliations).where(reconciliations.c.week == str(week))).one()


def _state(row: Row[Any] | None, ends: datetime, now: datetime) -> WeekState:
    if row is not None:
        return WeekState.SIGNED if row.closed_at is None else WeekState.CLOSED
    return WeekState.OPEN if now >= ends else WeekState.RUNNING


def _signatures(row: Row[Any] | None) -> tuple[Signature, ...]:
    if row is None:
        return ()
    first = Signature(row.signed_at, row.signed_by)
    return (first,) if row.closed_at is None else (first, Signature(row.closed_at, row.closed_by))


def _counts(lines: list[Line]) -> dict[str, int]:
    states = Counter(line.slip.state for line in lines if line.slip is not None)
    return {
        "issued": states.total(),
        **{state.value: states[state] for state in SlipState},
        "gaps": sum(line.slip is None for line in lines),
        "trips": sum(line.trips for line in lines),
        "needing": sum(bool(line.needs) for line in lines),
    }


def _counts_as_signed(row: Row[Any] | None) -> Mapping[str, int] | None:
    """Those of a closed week, which stand whatever is purged later; None for every other week."""
    if row is None or row.closed_at is None:
        return None
    counts: Mapping[str, int] = row.counts["counts"]
    return counts


def _digest(week: Week, lines: list[Line]) -> str:
    return week_digest(
        week,
        {line.number: line.digest for line in lines},
        {line.number: line.needs for line in lines if line.needs},
        {line.number: _as_signed(line.note) for line in lines if line.note is not None},
    )


def _as_signed(note: Note) -> tuple[str, ...]:
    return note.text, note.by, note.at.isoformat()


def _notes(connection: Connection, week: Week) -> dict[str, Note]:
    statement = select(reconciliation_notes).where(reconciliation_notes.c.week == str(week))
    return {row.number: Note(row.note, row.at, row.by) for row in connection.execute(statement)}


def _digest_as_kept(connection: Connection, week: Week, row: Row[Any]) -> str:
    kept = row.counts["lines"]
    notes = {number: _as_signed(note) for number, note in _notes(connection, week).items() if number in kept}
    needs = {number: tuple(map(Need, line["needs"])) for number, line in kept.items() if line["needs"]}
    return week_digest(week, {number: line["digest"] for number, line in kept.items()}, needs, notes)


def _digest_in_journal(connection: Connection, week: Week, row: Row[Any]) -> str:
    for entry in journal.these(connection, [row.counts["entry"]]):
        if entry.type == "reconciliation.closed" and entry.payload["week"] == str(week):
            return str(entry.payload["digest"])
    return ""


def _compared(
    kept: Mapping[str, Mapping[str, Any]], now: Reconciliation, purged: set[str], *, is_as_signed: bool
) -> Verification:
    there = {line.number: line.digest for line in now.lines}
    gone = [number for number, line in kept.items() if line["digest"] and not there.get(number)]
    differs = [number for number, line in kept.items() if there.get(number) and there[number] != line["digest"]]
    return Verification(
        is_as_signed=is_as_signed,
        changed=tuple(number for number in differs if not kept[number]["moves_on"]),
        moved_on=tuple(number for number in differs if kept[number]["moves_on"]),
        purged=tuple(number for number in gone if number in purged),
        missing=tuple(number for number in gone if number not in purged),
        added=tuple(number for number in there if number not in kept),
    )
