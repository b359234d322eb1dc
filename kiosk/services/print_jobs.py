"""The rows of the print queue: how a job is read, put in order and moved on, within the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, case, select, update

from kiosk.domain.papers import RULES, PrintKind, from_record
from kiosk.domain.receipts import Block
from kiosk.errors import Conflict, NotFound
from kiosk.store import journal
from kiosk.store.database import Transaction
from kiosk.store.tables import print_jobs, visits


class PrintState(StrEnum):
    """Where a print job stands."""

    QUEUED = "queued"
    PRINTING = "printing"  # bytes may have gone out
    PRINTED = "printed"
    UNCERTAIN = "uncertain"  # nobody knows whether there is paper: a guard decides
    LAPSED = "lapsed"  # waited too long, or can never be printed
    DISMISSED = "dismissed"


OPEN_STATES: Final = frozenset({PrintState.QUEUED, PrintState.PRINTING, PrintState.UNCERTAIN})
"""The jobs somebody may want to look at."""


FINISHED_STATES: Final = frozenset(PrintState) - OPEN_STATES


@dataclass(frozen=True, slots=True)
class PrintJob:
    """A job on record. `detail` is a short technical word where something went wrong.

    Attributes:
        visit_id, visit_number: the visit whose receipt it is; empty for other kinds.
        subject_id, subject_number: the slip, goods or handover that it is about; empty for other kinds. A handover has
            no number: people call it by the day and time at which it was begun.
        part, parts: which part of how many, where a long paper comes out in several.
        has_content: the job has its paper with it and can be printed again by itself.
    """

    seq: int
    id: str
    kind: PrintKind
    visit_id: str
    visit_number: str
    subject_id: str
    subject_number: str
    part: int
    parts: int
    copy_number: int
    state: PrintState
    created_at: datetime
    state_at: datetime
    detail: str
    journal_digest: str
    has_content: bool


def witness(transaction: Transaction) -> str:
    """The short digest of the journal's head, which makes the paper that carries it a witness of the log."""
    _, head = transaction.last_entry or journal.head(transaction.connection)
    return journal.short_digest(head)


def jobs_where(connection: Connection, condition: Any, *, limit: int | None = None) -> list[PrintJob]:
    """The jobs that meet a condition on `print_jobs`, in the order of printing."""
    urgent = [kind.value for kind, rules in RULES.items() if rules.goes_first]
    query = (
        select(print_jobs, visits.c.number.label("visit_number"))
        .outerjoin(visits, visits.c.id == print_jobs.c.visit_id)
        .where(condition)
        .order_by(case((print_jobs.c.kind.in_(urgent), 0), else_=1), print_jobs.c.seq)
        .limit(limit)
    )
    return [_job(row) for row in connection.execute(query)]


def require_job(connection: Connection, job_id: str) -> PrintJob:
    """Read a job.

    Raises:
        NotFound: there is none of that id.
    """
    found = jobs_where(connection, print_jobs.c.id == job_id)
    if not found:
        raise NotFound("print job")
    return found[0]


def move(transaction: Transaction, job: PrintJob, state: PrintState, *, actor: str, detail: str = "") -> None:
    """Move a job on and say so in the journal."""
    transaction.connection.execute(
        update(print_jobs)
        .where(print_jobs.c.id == job.id)
        .values(state=state.value, state_at=transaction.now, detail=detail)
    )
    number = {"number": job.visit_number} if job.visit_id else {}
    entry: dict[str, Any] = {"job": job.id, **subject_of(job), **number, "copy": job.copy_number}
    type_ = f"{RULES[job.kind].family}.{state.value}"
    transaction.record(actor, type_, {**entry, "code": detail} if detail else entry)


def dismiss_uncertain(transaction: Transaction, jobs: Iterable[PrintJob], *, actor: str) -> None:
    """Settle those that are in doubt: they are printed again."""
    for job in jobs:
        if job.state is PrintState.UNCERTAIN:
            move(transaction, job, PrintState.DISMISSED, actor=actor, detail="reprinted")


def make_way(transaction: Transaction, same: Iterable[PrintJob], *, actor: str) -> None:
    """See to it that another copy of a paper may be queued: what was in doubt about the earlier ones is settled.

    Args:
        same: all jobs of that paper.

    Raises:
        Conflict: `paper-queued`: one of them is about to be printed.
    """
    same = list(same)
    if any(job.state in {PrintState.QUEUED, PrintState.PRINTING} for job in same):
        raise Conflict("paper-queued", "This paper is about to be printed.")
    dismiss_uncertain(transaction, same, actor=actor)


def is_about(kind: PrintKind, subject_id: str) -> Any:
    """The condition that a job brings out the paper of a slip, of goods or of a handover."""
    return (print_jobs.c.kind == kind.value) & (print_jobs.c.subject_id == subject_id)


def is_same_paper(job: PrintJob) -> Any:
    """The condition that a job brings out the same sheet of the same paper."""
    if job.visit_id:
        return print_jobs.c.visit_id == job.visit_id
    if job.subject_id:
        return is_about(job.kind, job.subject_id) & (print_jobs.c.part == job.part)
    return (
        (print_jobs.c.kind == job.kind.value)
        & (print_jobs.c.journal_digest == job.journal_digest)
        & (print_jobs.c.part == job.part)
    )


def is_queued() -> Any:
    """The condition that a job waits."""
    return print_jobs.c.state == PrintState.QUEUED.value


def content_of(connection: Connection, job: PrintJob) -> tuple[Block, ...] | None:
    """The paper that a job has with it, None when it has none or it has been wiped."""
    row = connection.execute(select(print_jobs.c.content).where(print_jobs.c.id == job.id)).one()
    return from_record(row.content) if row.content is not None else None


def subject_of(job: PrintJob) -> dict[str, object]:
    """What the journal says of what a job is about."""
    if job.visit_id:
        return {"visit": job.visit_id}
    parts: dict[str, object] = {"part": job.part, "parts": job.parts}
    if job.subject_id:
        subject = {RULES[job.kind].subject: job.subject_id, "number": job.subject_number}
        return subject | (parts if job.parts > 1 else {})
    return parts


def _job(row: Row[Any]) -> PrintJob:
    return PrintJob(
        seq=row.seq,
        id=row.id,
        kind=PrintKind(row.kind),
        visit_id=row.visit_id or "",
        visit_number=row.visit_number or "",
        subject_id=row.subject_id or "",
        subject_number=row.subject_number,
        part=row.part,
        parts=row.parts,
        copy_number=row.copy_number,
        state=PrintState(row.state),
        created_at=row.created_at,
        state_at=row.state_at,
        detail=row.detail,
        journal_digest=row.journal_digest,
        has_content=row.content is not None,
    )
