"""The numbers of visitors' identity documents: masked for everybody, whole for few, and never without a trace.

A number is sealed before it touches the disk, under the id of its visit. It goes into no journal, log, export or
answer of the API; beside it stands how it is shown.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select, update

from kiosk.domain.documents import Document, DocumentKind, DocumentReason
from kiosk.errors import Conflict, NotFound
from kiosk.services.sealing import SealingError, SealingKey
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import visits

_PARTED: Final = ":"


class DocumentService:
    """Keeps and opens the numbers. Safe to use from any thread."""

    def __init__(self, store: Store, key: SealingKey) -> None:
        self._store = store
        self._key = key

    def keep(self, transaction: Transaction, visit_id: str, document: Document) -> None:
        """Put a number, tidied, to a visit that has just been written; part of the caller's transaction."""
        plain = f"{document.kind.value}{_PARTED}{document.number}".encode()
        transaction.connection.execute(
            update(visits)
            .where(visits.c.id == visit_id)
            .values(document_masked=document.masked(), document_sealed=self._key.seal(plain, _name(visit_id)))
        )

    def open(self, visit_id: str, *, reason: DocumentReason, actor: str) -> Document:
        """The whole number, for somebody who may see it. That they saw it, and why, is on the disk before they do.

        Raises:
            NotFound: there is no such visit, or it has no number.
            Conflict: `document-sealed-otherwise`: another key sealed it.
        """
        with self._store.write() as transaction:
            wanted = select(visits.c.number, visits.c.document_sealed).where(visits.c.id == visit_id)
            row = transaction.connection.execute(wanted).first()
            if row is None or row.document_sealed is None:
                raise NotFound("document")
            try:
                plain = self._key.unseal(row.document_sealed, _name(visit_id)).decode()
            except SealingError as error:
                raise Conflict("document-sealed-otherwise", "The number was sealed with another key.") from error
            payload = {"visit": visit_id, "number": row.number, "why": reason.value}
            transaction.record(actor, "visit.document_seen", payload)
        kind, _parted, number = plain.partition(_PARTED)
        return Document(DocumentKind(kind), number)


def _name(visit_id: str) -> str:
    return f"document {visit_id}"
