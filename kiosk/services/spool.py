"""The print spool: one queue in the store, printed in order, each job at most once unless somebody is told.

A printer cannot join a transaction, and paper cannot be taken back. So a job is committed as *printing* before its
first byte goes out. Whoever finds it so afterwards, because the box went down or the cable came out, does not know
whether there is paper; the job becomes *uncertain* and a guard, who can look, decides: print a copy, or dismiss it.
A job the printer refused before taking anything goes back to its place in the queue. What has waited too long lapses,
so that a printer that comes back after hours does not print a morning's visitors; but for what is wanted however late.

What a paper is stands in `kiosk.domain.papers`. A kind either hands its paper in with the job, which is then printed as
it was when it was made, or has a composer that makes it of the records at the moment of printing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, insert, null, select, update

from hardware.errors import DeviceUnavailable, HardwareError, PrinterNotReady, PrintUncertain
from hardware.interfaces import PrinterState, Raster, ReceiptPrinter
from hardware.supervisor import DeviceCondition, Worker
from kiosk.clock import Clock
from kiosk.config import PrinterSettings
from kiosk.domain.ids import new_id
from kiosk.domain.papers import RULES, PrintKind, as_copy, as_record
from kiosk.domain.receipts import Block
from kiosk.errors import Conflict, NotFound, Unavailable
from kiosk.services.print_jobs import (
    FINISHED_STATES,
    OPEN_STATES,
    PrintJob,
    PrintState,
    content_of,
    is_queued,
    is_same_paper,
    jobs_where,
    make_way,
    move,
    require_job,
    subject_of,
)
from kiosk.services.raster_fonts import FontMissing
from kiosk.services.receipt_render import render
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import print_jobs

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 2.0
"""How often the printer is asked how it is while there is nothing to print."""

_SLICE_S: Final = 0.2
_PRINTER: Final = "printer"

_TROUBLE: Final = {
    PrinterState.OUT_OF_PAPER: "The printer is out of paper.",
    PrinterState.COVER_OPEN: "The printer's cover is open.",
    PrinterState.OFFLINE: "The printer does not answer or reports an error.",
}


CONTENT_KEPT: Final = timedelta(days=30)
"""How long a finished job's paper is kept to be printed again: as long as the register keeps whom it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job to be queued; see `PrintJob`. Without `content` its kind needs a composer."""

    kind: PrintKind
    digest: str
    content: tuple[Block, ...] | None = None
    visit_id: str = ""
    subject_id: str = ""
    subject_number: str = ""
    part: int = 1
    parts: int = 1
    copy_number: int = 0


Compose = Callable[[Connection, PrintJob], tuple[Block, ...]]
"""Makes a job's paper of the records; raises NotFound or ValueError when that can never be done."""

Remake = Callable[[Transaction, PrintJob, tuple[Block, ...], str], NewJob]
"""Makes the next copy of a job and its paper by the records as they are now, for an actor; or raises a Refusal."""


class Spool:
    """The paper of one gate. Safe to use from any thread, but for `work` and `print_next`: the printer's worker."""

    def __init__(
        self, store: Store, clock: Clock, printer: PrinterSettings | None, composers: Mapping[PrintKind, Compose]
    ) -> None:
        self._store = store
        self._clock = clock
        self._composers = composers
        self.has_printer = printer is not None
        self._keep = timedelta(seconds=printer.job_ttl_s) if printer is not None else timedelta()
        self._news = threading.Event()
        self._remakers: dict[PrintKind, Remake] = {}

    def remake_by(self, kind: PrintKind, remake: Remake) -> None:
        """Have the copies of a kind made by `remake`: what they say may have changed since, or somebody counts them.

        For the wiring; call it before the spool is used.
        """
        self._remakers[kind] = remake

    # --- for the services and the surfaces ---

    def add(self, transaction: Transaction, new: NewJob, *, actor: str) -> PrintJob:
        """Queue a job as part of a transaction.

        Raises:
            Unavailable: this gate has no printer.
        """
        if not self.has_printer:
            raise Unavailable("no-printer", "This gate has no receipt printer.")
        job_id = new_id(transaction.now)
        transaction.connection.execute(
            insert(print_jobs),
            {
                "id": job_id,
                "kind": new.kind.value,
                "visit_id": new.visit_id or None,
                "subject_id": new.subject_id or None,
                "subject_number": new.subject_number,
                "content": as_record(new.content) if new.content is not None else None,
                "part": new.part,
                "parts": new.parts,
                "copy_number": new.copy_number,
                "state": PrintState.QUEUED.value,
                "created_at": transaction.now,
                "state_at": transaction.now,
                "journal_digest": new.digest,
            },
        )
        job = require_job(transaction.connection, job_id)
        payload = {"job": job_id, **subject_of(job), "copy": new.copy_number}
        transaction.record(actor, f"{RULES[new.kind].family}.queued", payload)
        transaction.after_commit(self._news.set)
        return job

    def reprint(self, job_id: str, *, actor: str) -> PrintJob:
        """Queue a copy of a job that has its paper with it. It settles what was uncertain about the job.

        Raises:
            NotFound: there is no such job.
            Conflict: `no-paper`, its paper is not kept, or not any more; `paper-queued`, it is about to be printed.
            Unavailable: this gate has no printer.
        """
        with self._store.write() as transaction:
            job = require_job(transaction.connection, job_id)
            content = content_of(transaction.connection, job)
            if content is None:
                raise Conflict("no-paper", "What stood on this paper is not kept.")
            same = jobs_where(transaction.connection, is_same_paper(job))
            make_way(transaction, same, actor=actor)
            remake = self._remakers.get(job.kind)
            if remake is not None:
                return self.add(transaction, remake(transaction, job, content, actor), actor=actor)
            copy = NewJob(
                kind=job.kind, digest=job.journal_digest, content=content, visit_id=job.visit_id, part=job.part,
                parts=job.parts, copy_number=max(one.copy_number for one in same) + 1,
            )  # fmt: skip
            return self.add(transaction, copy, actor=actor)

    def dismiss(self, job_id: str, *, actor: str) -> PrintJob:
        """Close an uncertain job, or take a waiting one out of the queue.

        Raises:
            NotFound: there is no such job.
            Conflict: `job-printed`-like: it is neither uncertain nor waiting.
        """
        with self._store.write() as transaction:
            job = require_job(transaction.connection, job_id)
            if job.state not in {PrintState.QUEUED, PrintState.UNCERTAIN}:
                raise Conflict(f"job-{job.state.value}", f"The receipt is {job.state.value}.")
            move(transaction, job, PrintState.DISMISSED, actor=actor)
            return require_job(transaction.connection, job_id)

    def is_latest(self, job: PrintJob) -> bool:
        """Tell whether no other copy of a job's paper has been queued since."""
        with self._store.read() as connection:
            return max(one.seq for one in jobs_where(connection, is_same_paper(job))) == job.seq

    def jobs(self, states: Iterable[PrintState] = OPEN_STATES) -> list[PrintJob]:
        """The jobs in the given states, in the order of printing."""
        with self._store.read() as connection:
            return jobs_where(connection, print_jobs.c.state.in_([state.value for state in states]))

    def settle_interrupted(self) -> int:
        """Mark as uncertain what was being printed when the box or the worker went down; returns how many."""
        with self._store.write() as transaction:
            interrupted = jobs_where(transaction.connection, print_jobs.c.state == PrintState.PRINTING.value)
            for job in interrupted:
                move(transaction, job, PrintState.UNCERTAIN, actor="system", detail="interrupted")
        return len(interrupted)

    def lapse_overdue(self) -> int:
        """Take out of the queue what has waited longer than the settings allow; returns how many."""
        lapsing = [kind.value for kind, rules in RULES.items() if rules.lapses]
        is_late = print_jobs.c.created_at < self._clock.now() - self._keep
        overdue = print_jobs.c.kind.in_(lapsing) & is_late
        with self._store.read() as connection:
            if not jobs_where(connection, is_queued() & overdue):
                return 0
        with self._store.write() as transaction:
            late = jobs_where(transaction.connection, is_queued() & overdue)
            for job in late:
                move(transaction, job, PrintState.LAPSED, actor="system", detail="overdue")
        return len(late)

    def forget_contents(self) -> int:
        """Wipe what stood on papers that were finished long ago; returns how many."""
        old = print_jobs.c.content.is_not(None) & (print_jobs.c.state_at < self._clock.now() - CONTENT_KEPT)
        old &= print_jobs.c.state.in_([state.value for state in FINISHED_STATES])
        with self._store.read() as connection:
            if connection.execute(select(print_jobs.c.seq).where(old).limit(1)).first() is None:
                return 0
        with self._store.write() as transaction:
            wiped = transaction.connection.execute(update(print_jobs).where(old).values(content=null())).rowcount
            transaction.record("system", "paper.forgotten", {"count": wiped})
        return wiped

    def wake(self) -> None:
        """Have the printer's worker look now: for a job, or whether it is to end. Does not wait."""
        self._news.set()

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
            FontMissing: no paper can be drawn on this machine; the job keeps its place.
            DeviceUnavailable: the printer is gone; the job keeps its place.
        """
        with self._store.read() as connection:
            queued = jobs_where(connection, is_queued(), limit=1)
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
            log.warning("print job %s is uncertain: %s (%s)", job.id, error, error.vendor_reason)
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
        for _ in range(round(LOOK_EVERY_S / _SLICE_S)):
            if worker.stopping.is_set() or self._news.wait(_SLICE_S):
                return

    def _set(self, job: PrintJob, before: set[PrintState], state: PrintState, *, detail: str = "") -> bool:
        """Move a job on in a transaction of its own; False when it is no longer in one of the states `before`."""
        with self._store.write() as transaction:
            present = require_job(transaction.connection, job.id)
            if present.state not in before:
                return False
            move(transaction, present, state, actor=_PRINTER, detail=detail)
            return True

    def _draw(self, job: PrintJob, width_dots: int) -> Raster | None:
        """The job's paper; None when it can never be drawn, which takes it out of the queue."""
        try:
            with self._store.read() as connection:
                content = content_of(connection, job)
                blocks = (
                    as_copy(content, job.copy_number)
                    if content is not None
                    else self._composers[job.kind](connection, job)
                )
            return render(blocks, width_dots)
        except (ValueError, NotFound, KeyError) as error:
            log.exception("print job %s cannot be drawn", job.id)
            self._set(job, {PrintState.QUEUED}, PrintState.LAPSED, detail=type(error).__name__)
            return None
