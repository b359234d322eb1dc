"""Requests that programs repeat: the answer to the first is kept with what it did, and given again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, insert, select

from kiosk.errors import Conflict
from kiosk.store.database import Transaction
from kiosk.store.tables import idempotency

KEPT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A program's wish that a repeat of this request gets the first answer (its `Idempotency-Key`)."""

    api_key_id: str
    key: str
    request_hash: str


def recall(transaction: Transaction, repeatable: Repeatable | None) -> dict[str, Any] | None:
    """What was remembered of an earlier request with the same key; None when this is the first, or none is repeatable.

    Raises:
        Conflict: `idempotency-key-reused`: the key came with another request before.
    """
    if repeatable is None:
        return None
    row = transaction.connection.execute(
        select(idempotency).where(
            idempotency.c.api_key_id == repeatable.api_key_id, idempotency.c.key == repeatable.key
        )
    ).first()
    if row is None:
        return None
    if row.request_hash != repeatable.request_hash:
        raise Conflict("idempotency-key-reused", "This Idempotency-Key came with another request before.")
    remembered: dict[str, Any] = json.loads(row.answer)
    return remembered


def remember(transaction: Transaction, repeatable: Repeatable | None, answer: Mapping[str, Any]) -> None:
    """Keep what a repeat of this request needs, in the transaction that does what was asked."""
    if repeatable is not None:
        transaction.connection.execute(
            insert(idempotency),
            {
                "api_key_id": repeatable.api_key_id, "key": repeatable.key, "answer": json.dumps(answer),
                "request_hash": repeatable.request_hash, "created_at": transaction.now,
            },
        )  # fmt: skip


def forget_old(transaction: Transaction) -> None:
    """Forget what nobody repeats any more."""
    transaction.connection.execute(delete(idempotency).where(idempotency.c.created_at < transaction.now - KEPT))
