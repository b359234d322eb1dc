"""Visitors' photos: sealed before they touch the disk."""

from __future__ import annotations

from sqlalchemy import insert, select

from kiosk.domain.ids import new_id
from kiosk.errors import NotFound
from kiosk.services.sealing import SealingKey
from kiosk.store.database import Store, Transaction
from kiosk.store.tables import photos


class PhotoService:
    """Keeps JPEG pictures; `keep` is part of the caller's transaction."""

    def __init__(self, store: Store, key: SealingKey) -> None:
        self._store = store
        self._key = key

    def keep(self, transaction: Transaction, jpeg: bytes) -> str:
        """Seal and store a JPEG; returns its id."""
        photo_id = new_id(transaction.now)
        transaction.connection.execute(
            insert(photos),
            {"id": photo_id, "taken_at": transaction.now, "sealed": self._key.seal(jpeg, f"photo {photo_id}")},
        )
        return photo_id

    def jpeg(self, photo_id: str) -> bytes:
        """Open a photo.

        Raises:
            NotFound: there is none of that id.
            SealingError: it was sealed with another key.
        """
        with self._store.read() as connection:
            row = connection.execute(select(photos.c.sealed).where(photos.c.id == photo_id)).first()
        if row is None:
            raise NotFound("photo")
        return self._key.unseal(row.sealed, f"photo {photo_id}")
