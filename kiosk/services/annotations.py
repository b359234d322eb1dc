"""Annotations: remarks and corrections beside the records of the registers, appended and never changed.

The journal says that there is one, about which record and by whom; its words stand in the table alone and go when the
record is purged.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, Table, insert, select

from kiosk.domain.annotations import CORRECTABLE, MAX_TEXT, Annotation, AnnotationKind
from kiosk.domain.ids import new_id
from kiosk.domain.subjects import Subject
from kiosk.errors import FieldProblem, Invalid, NotFound
from kiosk.store.database import Store
from kiosk.store.tables import cards, goods_in, passes, record_annotations, release_slips, visits

_TABLES: Final[Mapping[Subject, Table]] = {
    Subject.VISIT: visits,
    Subject.GOODS: goods_in,
    Subject.SLIP: release_slips,
    Subject.PASS: passes,
    Subject.CARD: cards,
}


class AnnotationService:
    """Reads and appends. Safe to use from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, subject: Subject, subject_id: str, text: str, *, actor: str, field: str = "") -> Annotation:
        """Append a remark, or with `field` a correction of that entry.

        Raises:
            NotFound: there is no such record.
            Invalid: nothing is said, too much is, or the record has no such entry that could be corrected.
        """
        text = " ".join(text.split())
        problems = {}
        if not text or len(text) > MAX_TEXT:
            problems["text"] = FieldProblem.TOO_LONG if text else FieldProblem.REQUIRED
        if field and field not in CORRECTABLE[subject]:
            problems["field"] = FieldProblem.NOT_ASKED
        if problems:
            raise Invalid(problems)
        kind = AnnotationKind.CORRECTION if field else AnnotationKind.REMARK
        table = _TABLES[subject]
        with self._store.write() as transaction:
            if transaction.connection.execute(select(table.c.id).where(table.c.id == subject_id)).first() is None:
                raise NotFound(subject.value)
            annotation = Annotation(new_id(transaction.now), kind, field, text, actor, transaction.now)
            transaction.connection.execute(
                insert(record_annotations),
                {
                    "id": annotation.id, "subject": subject.value, "subject_id": subject_id, "kind": kind.value,
                    "field": field, "text": text, "author": actor, "at": transaction.now,
                },
            )  # fmt: skip
            about = {subject.value: subject_id, "annotation": annotation.id}
            transaction.record(actor, "record.annotated", about | ({"field": field} if field else {}))
        return annotation

    def of(self, subject: Subject, subject_id: str) -> Sequence[Annotation]:
        """What is said about a record, in the order it was said."""
        return self.of_many(subject, [subject_id]).get(subject_id, ())

    def of_many(self, subject: Subject, ids: Collection[str]) -> Mapping[str, Sequence[Annotation]]:
        """What is said about several records, by id; those about which nothing is said are not in it."""
        about = (record_annotations.c.subject == subject.value) & record_annotations.c.subject_id.in_(ids)
        found: dict[str, list[Annotation]] = {}
        with self._store.read() as connection:
            for row in connection.execute(select(record_annotations).where(about).order_by(record_annotations.c.seq)):
                found.setdefault(row.subject_id, []).append(_annotation(row))
        return found


def _annotation(row: Row[Any]) -> Annotation:
    return Annotation(row.id, AnnotationKind(row.kind), row.field, row.text, row.author, row.at)
