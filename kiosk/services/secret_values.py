"""Secrets that the box makes for itself, sealed in the store."""

from __future__ import annotations

import logging
import secrets as random
from typing import Final

from sqlalchemy import delete, insert, select

from kiosk.services.sealing import SealingError, SealingKey
from kiosk.store.database import Store
from kiosk.store.tables import secrets

log = logging.getLogger(__name__)

SECRET_BYTES: Final = 32


def load_secret(store: Store, sealing: SealingKey, name: str) -> bytes:
    """Read the secret of that name, or make one.

    What was sealed with a key that is lost is replaced: such a secret signs what a browser holds for an hour, and
    nobody can log in without one.
    """
    seal_name = f"secret {name}"
    with store.read() as connection:
        row = connection.execute(select(secrets.c.sealed).where(secrets.c.name == name)).first()
    if row is not None:
        try:
            return sealing.unseal(row.sealed, seal_name)
        except SealingError:
            log.warning("the secret %r was sealed with another key; a new one takes its place", name)
    value = random.token_bytes(SECRET_BYTES)
    with store.write() as transaction:
        transaction.connection.execute(delete(secrets).where(secrets.c.name == name))
        transaction.connection.execute(insert(secrets), {"name": name, "sealed": sealing.seal(value, seal_name)})
        transaction.record("system", "secret.made", {"name": name})
    return value
