"""The receipt spool: one queue in the store, printed in order, each job at most once unless somebody is told.

A printer cannot join a transaction, and paper cannot be taken back. So a job is committed as *printing* before its
first byte goes out. Whoever finds it so afterwards, because the box went down or the cable came out, does not know
whether there is paper; the job becomes *uncertain* and a guard, who can look, decides: print a copy, or dismiss it.
A job the printer refused before taking anything goes back to its place in the queue. What has waited too long lapses,
so that a printer that comes back after hours does not print a morning's visitors.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from hardware.errors import DeviceUnavailable, HardwareError, PrinterNotReady, PrintUncertain
from hardware.interfaces import PrinterState, Raster, ReceiptPrinter
from hardware.supervisor import DeviceCondition, Worker
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.domain.ids import new_id
from kiosk.domain.receipts import VisitReceipt
from kiosk.errors import Conflict, NotFound, Unavailable
from kiosk.services.receipt_render import FontMissing, render
from kiosk.services.register import require_visit
from kiosk.store import journal
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import passes, print_jobs, visits

log = logging.getLogger(__name__)

_POLL_S: Final = 2.0
_SLICE_S: Final = 0.2
_PRINTER: Final = "printer"

_TROUBLE: Final = {
    PrinterState.OUT_OF_PAPER: "The printer is out of paper.",
    PrinterState.COVER_OPEN: "The printer's cover is open.",
    PrinterState.OFFLINE: "The printer does not answer or reports an error.",
}


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


@dataclass(frozen=True, slots=True)
class PrintJob:
    """A job on record. `detail` is a short technical word where something went wrong."""

    seq: int
    id: str
    visit_id: str
    visit_number: str
    copy_number: int
    state: PrintState
    created_at: datetime
    state_at: datetime
    detail: str
    journal_digest: str


class Spool:
    """The receipts of one gate. Safe to use from any thread, but for `work` and `print_next`: the printer's worker."""

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._clock = clock
        self._estate = settings.estate
        self._has_printer = settings.printer is not None
        self._keep = timedelta(seconds=settings.printer.job_ttl_s) if settings.printer is not None else timedelta()
        self._news = threading.Event()

    # --- for the services and the surfaces ---

    def enqueue(self, transaction: Transaction, visit_id: str) -> None:
        """Queue a visit's receipt as part of the transaction that signs it in; without a printer, do nothing."""
        if self._has_printer:
            self._enqueue(transaction, visit_id, copy_number=0, actor="system")

    def reprint(self, visit_id: str, *, actor: str) -> PrintJob:
        """Queue a copy of a visit's receipt. It settles whatever is uncertain about the earlier ones.

        Raises:
            NotFound: there is no such visit.
            Conflict: `no-receipt`, the visit was never signed in; `receipt-queued`, one is about to be printed.
            Unavailable: this gate has no printer.
        """
        if not self._has_printer:
            raise Unavailable("no-printer", "This gate has no receipt printer.")
        with self._store.write() as transaction:
            visit = require_visit(transaction.connection, visit_id)
            if visit.signed_in_at is None or visit.pass_id is None:
                raise Conflict("no-receipt", "The visit has no receipt: it was never signed in.")
            earlier = _jobs(transaction.connection, print_jobs.c.visit_id == visit_id)
            if any(job.state in {PrintState.QUEUED, PrintState.PRINTING} for job in earlier):
                raise Conflict("receipt-queued", "A receipt of this visit is about to be printed.")
            for job in earlier:
                if job.state is PrintState.UNCERTAIN:
                    _move(transaction, job, PrintState.DISMISSED, actor=actor, detail="reprinted")
            copy_number = max((job.copy_number for job in earlier), default=0) + 1
            job_id = self._enqueue(transaction, visit_id, copy_number=copy_number, actor=actor)
            return _require_job(transaction.connection, job_id)

    def dismiss(self, job_id: str, *, actor: str) -> PrintJob:
        """Close an uncertain job, or take a waiting one out of the queue.

        Raises:
            NotFound: there is no such job.
            Conflict: `job-printed`-like: it is neither uncertain nor waiting.
        """
        with self._store.write() as transaction:
            job = _require_job(transaction.connection, job_id)
            if job.state not in {PrintState.QUEUED, PrintState.UNCERTAIN}:
                raise Conflict(f"job-{job.state.value}", f"The receipt is {job.state.value}.")
            _move(transaction, job, PrintState.DISMISSED, actor=actor)
            return _require_job(transaction.connection, job_id)

    def jobs(self, states: Iterable[PrintState] = OPEN_STATES) -> list[PrintJob]:
        """The jobs in the given states, in the order of printing."""
        with self._store.read() as connection:
            return _jobs(connection, print_jobs.c.state.in_([state.value for state in states]))

    def jobs_of(self, visit_id: str) -> list[PrintJob]:
        """All jobs of a visit, the original first."""
        with self._store.read() as connection:
            return _jobs(connection, print_jobs.c.visit_id == visit_id)

    def settle_interrupted(self) -> int:
        """Mark as uncertain what was being printed when the box or the worker went down; returns how many."""
        with self._store.write() as transaction:
            interrupted = _jobs(transaction.connection, print_jobs.c.state == PrintState.PRINTING.value)
            for job in interrupted:
                _move(transaction, job, PrintState.UNCERTAIN, actor="system", detail="interrupted")
        return len(interrupted)

    def lapse_overdue(self) -> int:
        """Take out of the queue what has waited longer than the settings allow; returns how many."""
        overdue = print_jobs.c.created_at < self._clock.now() - self._keep
        with self._store.read() as connection:
            if not _jobs(connection, _is_queued() & overdue):
                return 0
        with self._store.write() as transaction:
            late = _jobs(transaction.connection, _is_queued() & overdue)
            for job in late:
                _move(transaction, job, PrintState.LAPSED, actor="system", detail="overdue")
        return len(late)

    # --- for the printer's worker ---

    def work(self, printer: ReceiptPrinter, worker: Worker[ReceiptPrinter]) -> None:
        """Print what is queued until the worker stops, and keep telling how the printer is.

        Raises:
            DeviceUnavailable: the printer is gone; the supervisor reopens it.
        """
        self.settle_interrupted()  # nobody else prints: what is found printing was left so by an earlier failure
        while not worker.stopping.is_set():
            worker.beat()
            self._news.clear()
            self.lapse_overdue()
            state = printer.status()
            if state is PrinterState.UNPLUGGED:
                raise DeviceUnavailable("the printer is unplugged")
            if state is not PrinterState.READY:
                worker.report(DeviceCondition.IMPAIRED, code=state.value, detail=_TROUBLE[state])
                self._wait(worker)
                continue
            try:
                printed = self.print_next(printer)
            except FontMissing as error:
                worker.report(DeviceCondition.IMPAIRED, code="no-font", detail=str(error))
                self._wait(worker)
                continue
            worker.report(DeviceCondition.READY)
            if not printed:
                self._wait(worker)

    def print_next(self, printer: ReceiptPrinter) -> bool:
        """Print the oldest waiting job; False when none was waiting or the printer refused it.

        Raises:
            FontMissing: no receipt can be drawn on this machine; the job keeps its place.
            DeviceUnavailable: the printer is gone; the job keeps its place.
        """
        with self._store.read() as connection:
            queued = _jobs(connection, _is_queued(), limit=1)
        if not queued:
            return False
        job = queued[0]
        raster = self._draw(job, printer.width_dots)
        if raster is None or not self._set(job, {PrintState.QUEUED}, PrintState.PRINTING):
            return True
        try:
            printer.print_raster(raster)
        except (PrinterNotReady, DeviceUnavailable) as error:
            self._set(job, {PrintState.PRINTING}, PrintState.QUEUED, detail=error.code)
            if isinstance(error, DeviceUnavailable):
                raise
            return False
        except PrintUncertain as error:
            log.warning("receipt job %s is uncertain: %s (%s)", job.id, error, error.vendor_reason)
            self._set(job, {PrintState.PRINTING}, PrintState.UNCERTAIN, detail=error.code)
        except Exception as error:
            # Whatever a driver's bug did to the paper, the guard is told, and the worker reports the bug.
            code = error.code if isinstance(error, HardwareError) else "fault"
            self._set(job, {PrintState.PRINTING}, PrintState.UNCERTAIN, detail=code)
            raise
        else:
            self._set(job, {PrintState.PRINTING}, PrintState.PRINTED)
        return True

    def _wait(self, worker: Worker[ReceiptPrinter]) -> None:
        """Wait for a new job, the worker's end, or the time to look at the printer again."""
        for _ in range(round(_POLL_S / _SLICE_S)):
            if worker.stopping.is_set() or self._news.wait(_SLICE_S):
                return

    def _enqueue(self, transaction: Transaction, visit_id: str, *, copy_number: int, actor: str) -> str:
        _, head = transaction.last_entry or journal.head(transaction.connection)
        job_id = new_id(transaction.now)
        transaction.connection.execute(
            insert(print_jobs),
            {
                "id": job_id,
                "visit_id": visit_id,
                "copy_number": copy_number,
                "state": PrintState.QUEUED.value,
                "created_at": transaction.now,
                "state_at": transaction.now,
                "journal_digest": journal.short_digest(head),
            },
        )
        transaction.record(actor, "receipt.queued", {"job": job_id, "visit": visit_id, "copy": copy_number})
        transaction.after_commit(self._news.set)
        return job_id

    def _set(self, job: PrintJob, before: set[PrintState], state: PrintState, *, detail: str = "") -> bool:
        """Move a job on in a transaction of its own; False when it is no longer in one of the states `before`."""
        with self._store.write() as transaction:
            present = _require_job(transaction.connection, job.id)
            if present.state not in before:
                return False
            _move(transaction, present, state, actor=_PRINTER, detail=detail)
            return True

    def _draw(self, job: PrintJob, width_dots: int) -> Raster | None:
        """The job's receipt; None when it can never be drawn, which takes it out of the queue."""
        try:
            with self._store.read() as connection:
                receipt = self._compose(connection, job)
            return render(receipt.blocks(), width_dots)
        except (ValueError, NotFound) as error:
            log.exception("receipt job %s cannot be drawn", job.id)
            self._set(job, {PrintState.QUEUED}, PrintState.LAPSED, detail=type(error).__name__)
            return None

    def _compose(self, connection: Connection, job: PrintJob) -> VisitReceipt:
        visit = require_visit(connection, job.visit_id)
        token = connection.execute(select(passes.c.token).where(passes.c.id == visit.pass_id)).scalar_one_or_none()
        if token is None or visit.signed_in_at is None or visit.ends_at is None:
            raise NotFound("receipt")
        return VisitReceipt(
            estate_name_zh=self._estate.name_zh_hant,
            estate_name_en=self._estate.name_en,
            number=visit.number,
            unit_label=visit.unit,
            kind=visit.kind,
            signed_in_at=visit.signed_in_at.astimezone(self._estate.zone),
            valid_until=visit.ends_at.astimezone(self._estate.zone),
            pass_token=token,
            visitor_name=visit.visitor_name,
            journal_digest=job.journal_digest,
            copy_number=job.copy_number,
            lane=visit.lane or "",
        )


def _is_queued() -> Any:
    return print_jobs.c.state == PrintState.QUEUED.value


def _jobs(connection: Connection, condition: Any, *, limit: int | None = None) -> list[PrintJob]:
    query = (
        select(print_jobs, visits.c.number.label("visit_number"))
        .join(visits, visits.c.id == print_jobs.c.visit_id)
        .where(condition)
        .order_by(print_jobs.c.seq)
        .limit(limit)
    )
    return [_job(row) for row in connection.execute(query)]


def _require_job(connection: Connection, job_id: str) -> PrintJob:
    found = _jobs(connection, print_jobs.c.id == job_id)
    if not found:
        raise NotFound("print job")
    return found[0]


def _move(transaction: Transaction, job: PrintJob, state: PrintState, *, actor: str, detail: str = "") -> None:
    transaction.connection.execute(
        update(print_jobs)
        .where(print_jobs.c.id == job.id)
        .values(state=state.value, state_at=transaction.now, detail=detail)
    )
    entry: dict[str, Any] = {"job": job.id, "visit": job.visit_id, "number": job.visit_number, "copy": job.copy_number}
    transaction.record(actor, f"receipt.{state.value}", {**entry, "code": detail} if detail else entry)


def _job(row: Row[Any]) -> PrintJob:
    return PrintJob(
        seq=row.seq,
        id=row.id,
        visit_id=row.visit_id,
        visit_number=row.visit_number,
        copy_number=row.copy_number,
        state=PrintState(row.state),
        created_at=row.created_at,
        state_at=row.state_at,
        detail=row.detail,
        journal_digest=row.journal_digest,
    )
