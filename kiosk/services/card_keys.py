"""The site keys from which every DESFire card's own key is derived, by version, sealed in the store.

The version is the byte that is written to a card with its key. To change the key: add the new version, write it to the
cards one by one, and retire the old version when the last has it. What is added or retired holds from the next tap on.
"""

from __future__ import annotations

import re
import secrets as random
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from sqlalchemy import delete, insert, select

from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.desfire import KEY_BYTES
from kiosk.services.sealing import SealingError, SealingKey
from kiosk.store.database import Store
from kiosk.store.tables import secrets

MAX_VERSION: Final = 255
_PREFIX: Final = "card key "
_CHECK_BYTES: Final = 3
_IS_CARD_KEY: Final = secrets.c.name.startswith(_PREFIX)


class CardKeys:
    """The key store. Safe to use from any thread."""

    def __init__(self, store: Store, sealing: SealingKey) -> None:
        self._store = store
        self._sealing = sealing

    def versions(self) -> dict[int, str]:
        """The versions on record with their keys' check values, by which two people compare keys without telling them.

        The check value is the first three bytes of sixteen bytes 01 enciphered, as GlobalPlatform has it for AES keys
        (Card Specification, amendment D); empty when the sealing key no longer opens the key.
        """
        checks: dict[int, str] = {}
        with self._store.read() as connection:
            rows = connection.execute(select(secrets).where(_IS_CARD_KEY)).all()
        for row in rows:
            try:
                check = check_value(self._sealing.unseal(row.sealed, row.name))
            except SealingError:
                check = ""
            checks[int(row.name.removeprefix(_PREFIX))] = check
        return dict(sorted(checks.items()))

    def is_empty(self) -> bool:
        """Tell whether no key is on record."""
        with self._store.read() as connection:
            return connection.execute(select(secrets.c.name).where(_IS_CARD_KEY).limit(1)).first() is None

    def get(self, version: int) -> bytes | None:
        """The key of that version; None when there is none.

        Raises:
            SealingError: it was sealed with another sealing key.
        """
        name = _name(version)
        with self._store.read() as connection:
            row = connection.execute(select(secrets.c.sealed).where(secrets.c.name == name)).first()
        return None if row is None else self._sealing.unseal(row.sealed, name)

    def add(self, version: int, key: bytes | None, *, actor: str) -> bytes:
        """Put a key on record, or a random one when `key` is None; returns it.

        Raises:
            Invalid: the version is not 0 to 255, or the key is not 16 bytes.
            Conflict: `card-key-exists`: that version is on record; cards may have it already.
        """
        if not 0 <= version <= MAX_VERSION:
            raise Invalid({"version": FieldProblem.OUT_OF_RANGE})
        if key is None:
            key = random.token_bytes(KEY_BYTES)
        if len(key) != KEY_BYTES:
            raise Invalid({"key": FieldProblem.OUT_OF_RANGE})
        name = _name(version)
        with self._store.write() as transaction:
            if transaction.connection.execute(select(secrets.c.name).where(secrets.c.name == name)).first():
                raise Conflict("card-key-exists", "There is a card key of this version already.")
            transaction.connection.execute(insert(secrets), {"name": name, "sealed": self._sealing.seal(key, name)})
            transaction.record(actor, "card_key.added", {"version": version})
        return key

    def retire(self, version: int, *, actor: str) -> None:
        """Forget a key: cards that have no newer one are refused from now on.

        Raises:
            NotFound: there is none of that version.
        """
        with self._store.write() as transaction:
            if not transaction.connection.execute(delete(secrets).where(secrets.c.name == _name(version))).rowcount:
                raise NotFound("card key")
            transaction.record(actor, "card_key.retired", {"version": version})


def check_value(key: bytes) -> str:
    """A key's check value in hex."""
    return Cipher(AES(key), CBC(bytes(KEY_BYTES))).encryptor().update(b"\x01" * KEY_BYTES)[:_CHECK_BYTES].hex().upper()


def parse_key(text: str) -> bytes:
    """Read a key from 32 hex digits, with or without spaces.

    Raises:
        Invalid: it is something else.
    """
    digits = re.sub(r"\s", "", text)
    if not re.fullmatch(r"[0-9A-Fa-f]{32}", digits):
        raise Invalid({"key": FieldProblem.OUT_OF_RANGE})
    return bytes.fromhex(digits)


def _name(version: int) -> str:
    return f"{_PREFIX}{version}"
