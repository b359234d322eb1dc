"""Handovers on the gate's receipt printer, when both have signed.

A paper is made once and kept in the queue as it was; nothing of such a handover changes any more. So a copy of a sheet
in the queue is that sheet again, and whoever asks at the handover for another paper has all of it made anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from kiosk.config import EstateSettings
from kiosk.domain.card_numbers import CardNumberFormat
from kiosk.domain.handover_paper import HandoverPaper
from kiosk.domain.handovers import HandoverSheet, HandoverState
from kiosk.domain.papers import PrintKind
from kiosk.domain.receipts import Block
from kiosk.errors import Conflict, Unavailable
from kiosk.services.handovers import sheet_in
from kiosk.services.print_jobs import PrintJob, is_about, is_same_paper, jobs_where, make_way, witness
from kiosk.services.spool import NewJob, Spool
from kiosk.store.database import Store, Transaction

_NOT_SIGNED: Final = {
    HandoverState.OPEN: ("handover-unsigned", "This handover is not signed by both yet."),
    HandoverState.SIGNED: ("handover-unsigned", "This handover is not signed by both yet."),
    HandoverState.CANCELLED: ("handover-cancelled", "This handover was cancelled."),
}


class HandoverPapers:
    """Makes the papers of handovers. Safe to use from any thread."""

    def __init__(
        self, store: Store, spool: Spool, estate: EstateSettings, card_numbers: Iterable[CardNumberFormat]
    ) -> None:
        """`card_numbers` are the ways in which numbers may be printed on the estate's cards."""
        self._store = store
        self._spool = spool
        self._estate = estate
        self._card_numbers = tuple(dict.fromkeys(card_numbers))

    def make_copies(self) -> None:
        """Have the spool ask here for the copies that somebody wants of a sheet in its queue."""
        self._spool.remake_by(PrintKind.HANDOVER, _again)

    def print(self, handover_id: str, *, actor: str) -> Sequence[PrintJob]:
        """Queue a handover; returns a job for each of its sheets. It settles whatever is uncertain about earlier ones.

        Raises:
            NotFound: there is no such handover.
            Conflict: `handover-unsigned`: not both have signed it; `handover-cancelled`; `paper-queued`: it is about
                to be printed, or waits for the printer.
            Unavailable: `no-printer`.
        """
        if not self._spool.has_printer:
            raise Unavailable("no-printer", "This gate has no receipt printer.")
        with self._store.write() as transaction:
            sheet = sheet_in(transaction.connection, handover_id)
            if sheet.handover.state in _NOT_SIGNED:
                raise Conflict(*_NOT_SIGNED[sheet.handover.state])
            earlier = jobs_where(transaction.connection, is_about(PrintKind.HANDOVER, handover_id))
            make_way(transaction, earlier, actor=actor)
            jobs = self._new_jobs(sheet, witness(transaction), _copy_after(earlier))
            return [self._spool.add(transaction, job, actor=actor) for job in jobs]

    def _new_jobs(self, sheet: HandoverSheet, digest: str, copy_number: int) -> Sequence[NewJob]:
        handover, zone = sheet.handover, self._estate.zone
        parts = HandoverPaper(
            estate_name_zh=self._estate.name_zh_hant,
            estate_name_en=self._estate.name_en,
            sheet=sheet,
            zone=zone,
            card_numbers=self._card_numbers,
            journal_digest=digest,
        ).parts()
        return [
            NewJob(
                kind=PrintKind.HANDOVER, digest=digest, content=content, subject_id=handover.id,
                subject_number=f"{handover.opened_at.astimezone(zone):%Y-%m-%d %H:%M}",
                part=part, parts=len(parts), copy_number=copy_number,
            )
            for part, content in enumerate(parts, 1)
        ]  # fmt: skip


def _again(transaction: Transaction, job: PrintJob, content: tuple[Block, ...], _actor: str) -> NewJob:
    same = jobs_where(transaction.connection, is_same_paper(job))
    return NewJob(
        kind=job.kind, digest=job.journal_digest, content=content, subject_id=job.subject_id,
        subject_number=job.subject_number, part=job.part, parts=job.parts, copy_number=_copy_after(same),
    )  # fmt: skip


def _copy_after(earlier: Iterable[PrintJob]) -> int:
    """Which copy the next one is; 0 is the original."""
    return max((job.copy_number + 1 for job in earlier), default=0)
