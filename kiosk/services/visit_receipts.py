"""Visitors' receipts: one for each visit that is signed in, composed from the register when it is printed."""

from __future__ import annotations

from sqlalchemy import Connection, select

from kiosk.config import EstateSettings
from kiosk.domain.papers import PrintKind
from kiosk.domain.receipts import Block, VisitReceipt
from kiosk.errors import Conflict, NotFound, Unavailable
from kiosk.services.print_jobs import PrintJob, PrintState, dismiss_uncertain, jobs_where, witness
from kiosk.services.register import require_visit
from kiosk.services.spool import Compose, NewJob, Spool
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import passes, print_jobs


class VisitReceipts:
    """Queues receipts. Safe to use from any thread."""

    def __init__(self, store: Store, spool: Spool) -> None:
        self._store = store
        self._spool = spool

    def enqueue(self, transaction: Transaction, visit_id: str) -> None:
        """Queue a visit's receipt as part of the transaction that signs it in; without a printer, do nothing."""
        if self._spool.has_printer:
            self._add(transaction, visit_id, copy_number=0, actor="system")

    def reprint(self, visit_id: str, *, actor: str) -> PrintJob:
        """Queue a copy of a visit's receipt. It settles whatever is uncertain about the earlier ones.

        Raises:
            NotFound: there is no such visit.
            Conflict: `no-receipt`, the visit was never signed in; `receipt-queued`, one is about to be printed.
            Unavailable: this gate has no printer.
        """
        if not self._spool.has_printer:
            raise Unavailable("no-printer", "This gate has no receipt printer.")
        with self._store.write() as transaction:
            visit = require_visit(transaction.connection, visit_id)
            if visit.signed_in_at is None or visit.pass_id is None:
                raise Conflict("no-receipt", "The visit has no receipt: it was never signed in.")
            earlier = jobs_where(transaction.connection, print_jobs.c.visit_id == visit_id)
            if any(job.state in {PrintState.QUEUED, PrintState.PRINTING} for job in earlier):
                raise Conflict("receipt-queued", "A receipt of this visit is about to be printed.")
            dismiss_uncertain(transaction, earlier, actor=actor)
            copy_number = max((job.copy_number for job in earlier), default=0) + 1
            return self._add(transaction, visit_id, copy_number=copy_number, actor=actor)

    def jobs_of(self, visit_id: str) -> list[PrintJob]:
        """All jobs of a visit, the original first."""
        with self._store.read() as connection:
            return jobs_where(connection, print_jobs.c.visit_id == visit_id)

    def _add(self, transaction: Transaction, visit_id: str, *, copy_number: int, actor: str) -> PrintJob:
        new = NewJob(kind=PrintKind.VISIT, visit_id=visit_id, copy_number=copy_number, digest=witness(transaction))
        return self._spool.add(transaction, new, actor=actor)


def visit_paper(estate: EstateSettings) -> Compose:
    """What composes visitors' receipts for this estate."""

    def compose(connection: Connection, job: PrintJob) -> tuple[Block, ...]:
        visit = require_visit(connection, job.visit_id)
        token = connection.execute(select(passes.c.token).where(passes.c.id == visit.pass_id)).scalar_one_or_none()
        if token is None or visit.signed_in_at is None or visit.ends_at is None:
            raise NotFound("receipt")
        return VisitReceipt(
            estate_name_zh=estate.name_zh_hant,
            estate_name_en=estate.name_en,
            number=visit.number,
            unit_label=visit.unit,
            kind=visit.kind,
            signed_in_at=visit.signed_in_at.astimezone(estate.zone),
            valid_until=visit.ends_at.astimezone(estate.zone),
            pass_token=token,
            visitor_name=visit.visitor_name,
            journal_digest=job.journal_digest,
            copy_number=job.copy_number,
            lane=visit.lane or "",
        ).blocks()

    return compose
