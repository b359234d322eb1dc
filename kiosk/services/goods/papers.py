"""The papers of goods: a release slip on the receipt printer or as PDF, and the label of what is kept.

How many papers a slip has is counted, whichever form they have and whether they came out or not: only the first is no
copy. A copy says how the slip stands when it is made, not how it stood on the first.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from kiosk.config import EstateSettings
from kiosk.domain.goods import Goods, GoodsState
from kiosk.domain.goods_papers import ShelfLabel, SlipPaper, language_of
from kiosk.domain.notices import Language
from kiosk.domain.papers import PrintKind, as_copy
from kiosk.domain.receipts import Block, Words
from kiosk.domain.slips import Slip
from kiosk.errors import Conflict, Unavailable
from kiosk.services.goods import slip_rows
from kiosk.services.goods.codes import GoodsCodes
from kiosk.services.goods.goods_rows import require_goods
from kiosk.services.goods.slips import facts_of
from kiosk.services.print_jobs import PrintJob, is_about, jobs_where, make_way, witness
from kiosk.services.raster_fonts import FontMissing
from kiosk.services.spool import NewJob, Spool
from kiosk.store.database import Store, Transaction

SYSTEM: Final = "system"
LABEL_LANGUAGE: Final = Language.ZH_HANT
"""Labels are read at the gate, by whoever has the shift."""


class PaperForm(StrEnum):
    """What a slip is printed on."""

    RECEIPT = "receipt"
    A4 = "a4"


class GoodsPapers:
    """Makes the papers of goods. Safe to use from any thread."""

    def __init__(self, store: Store, spool: Spool, estate: EstateSettings, codes: GoodsCodes) -> None:
        self._store = store
        self._spool = spool
        self._estate = estate
        self._codes = codes

    def make_copies(self) -> None:
        """Have the spool ask here for the copies that somebody wants of a paper in its queue."""
        self._spool.remake_by(PrintKind.SLIP, self._slip_again)
        self._spool.remake_by(PrintKind.GOODS, self._label_again)

    def print_slip(self, slip_id: str, language: Language, *, actor: str) -> PrintJob:
        """Queue a slip for the receipt printer. It settles whatever is uncertain about the earlier papers.

        Raises:
            NotFound: there is no such slip.
            Conflict: `paper-queued`: one is about to be printed.
            Unavailable: `no-printer`.
        """
        with self._store.write() as transaction:
            slip_rows.require_slip(transaction.connection, slip_id)
            earlier = jobs_where(transaction.connection, is_about(PrintKind.SLIP, slip_id))
            make_way(transaction, earlier, actor=actor)
            return self._spool.add(transaction, self._new_slip_job(transaction, slip_id, language, actor), actor=actor)

    def pdf(self, slip_id: str, language: Language, *, actor: str) -> bytes:
        """A slip on A4. Takes up to a second the first time; the store is not kept waiting for it.

        Raises:
            NotFound: there is no such slip.
            Unavailable: `no-font`: the box lacks a font that can be embedded; no paper is counted.
        """
        # It costs memory (docs/decisions/0002), which a box that makes no PDF keeps for other things.
        from kiosk.services.paper_pdf import pdf_of, require_fonts

        try:
            require_fonts()
        except FontMissing as error:
            raise Unavailable("no-font", "A font for PDF is missing on this box.") from error
        with self._store.write() as transaction:
            slip, blocks = self._count_slip(transaction, slip_id, language, PaperForm.A4, actor)
        return pdf_of(as_copy(blocks, slip.copies - 1))

    def print_label(self, transaction: Transaction, goods: Goods) -> None:
        """Queue the label of goods that are kept, as part of the transaction; without a printer, do nothing."""
        if self._spool.has_printer:
            self._spool.add(transaction, self._new_label_job(transaction, goods), actor=SYSTEM)

    def reprint_label(self, goods_id: str, *, actor: str) -> PrintJob:
        """Queue another label of kept goods, marked as a copy where there has been one.

        Raises:
            NotFound: there are no such goods.
            Conflict: `goods-not-kept`: they are on no shelf, or not any more; `paper-queued`.
            Unavailable: `no-printer`.
        """
        with self._store.write() as transaction:
            goods = _require_kept(transaction, goods_id)
            earlier = jobs_where(transaction.connection, is_about(PrintKind.GOODS, goods_id))
            make_way(transaction, earlier, actor=actor)
            return self._spool.add(transaction, self._new_label_job(transaction, goods), actor=actor)

    def _slip_again(self, transaction: Transaction, job: PrintJob, content: tuple[Block, ...], actor: str) -> NewJob:
        return self._new_slip_job(transaction, job.subject_id, language_of(content), actor)

    def _label_again(self, transaction: Transaction, job: PrintJob, _content: tuple[Block, ...], _actor: str) -> NewJob:
        return self._new_label_job(transaction, _require_kept(transaction, job.subject_id))

    def _new_slip_job(self, transaction: Transaction, slip_id: str, language: Language, actor: str) -> NewJob:
        slip, blocks = self._count_slip(transaction, slip_id, language, PaperForm.RECEIPT, actor)
        return NewJob(
            kind=PrintKind.SLIP, digest=witness(transaction), content=blocks, subject_id=slip.id,
            subject_number=slip.number, copy_number=slip.copies - 1,
        )  # fmt: skip

    def _count_slip(
        self, transaction: Transaction, slip_id: str, language: Language, form: PaperForm, actor: str
    ) -> tuple[Slip, tuple[Block, ...]]:
        """Count another paper of a slip and make it; which copy it is stands on it only when it is printed."""
        slip = slip_rows.require_slip(transaction.connection, slip_id)
        slip = slip_rows.change(transaction, slip_id, copies=slip.copies + 1)
        transaction.record(actor, "slip.paper", facts_of(slip) | {"form": form.value, "copy": slip.copies - 1})
        paper = SlipPaper(
            estate_name=self._estate_name(),
            slip=slip,
            token=self._codes.slip_token(slip.number),
            language=language,
            made_at=transaction.now,
            zone=self._estate.zone,
            journal_digest=witness(transaction),
        )
        return slip, paper.blocks()

    def _new_label_job(self, transaction: Transaction, goods: Goods) -> NewJob:
        label = ShelfLabel(
            estate_name=self._estate_name(),
            goods=goods,
            language=LABEL_LANGUAGE,
            zone=self._estate.zone,
            journal_digest=witness(transaction),
        )
        earlier = jobs_where(transaction.connection, is_about(PrintKind.GOODS, goods.id))
        copy_number = max((job.copy_number + 1 for job in earlier), default=0)
        return NewJob(
            kind=PrintKind.GOODS, digest=witness(transaction), content=label.blocks(), subject_id=goods.id,
            subject_number=goods.number, copy_number=copy_number,
        )  # fmt: skip

    def _estate_name(self) -> Words:
        return Words(self._estate.name_zh_hant, self._estate.name_zh_hans, self._estate.name_en)


def _require_kept(transaction: Transaction, goods_id: str) -> Goods:
    goods = require_goods(transaction.connection, goods_id)
    if goods.state is not GoodsState.KEPT:
        raise Conflict("goods-not-kept", "These goods are not kept at the gate, or not any more.")
    return goods
