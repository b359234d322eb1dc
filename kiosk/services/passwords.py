"""Hashes of what people know: slow on purpose, and few at a time.

Passwords are hashed with Argon2id (RFC 9106). The RFC's second recommended choice takes 64 MiB an attempt, a good part
of what a small Pi has to spare beside a browser; the parameters here are OWASP's equivalent for less memory (Password
Storage Cheat Sheet: 19 MiB, two passes, one lane), and no more than `AT_ONCE` run at a time.
"""

from __future__ import annotations

import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kiosk.errors import Unavailable

MEMORY_KIB: Final = 19 * 1024
PASSES: Final = 2
AT_ONCE: Final = 2
"""Hashes that are made at the same time; further ones wait their turn for `WAIT_S` at most."""
WAIT_S: Final = 5.0


class SlowHashes:
    """Makes and checks hashes. Whoever does takes a `slot` first. Safe to use from any thread."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._nobodys = ""

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Wait for one's turn.

        Raises:
            Unavailable: `busy`: too many are at it.
        """
        if not self._slots.acquire(timeout=WAIT_S):
            raise Unavailable("busy", "Too many logins at once. Please try again.")
        try:
            yield
        finally:
            self._slots.release()

    def make(self, secret: str) -> str:
        """The hash of a password or PIN."""
        return self._hasher.hash(_as_bytes(secret))

    def fits(self, stored: str, secret: str) -> bool:
        """Tell whether a hash is that of this secret; one that is damaged is nobody's. As slow for either answer."""
        try:
            return self._hasher.verify(stored, _as_bytes(secret))
        except (VerificationError, InvalidHashError):
            return False

    def is_outdated(self, stored: str) -> bool:
        """Tell whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def of_nobody(self) -> str:
        """A hash that no secret fits, to take as long where there is none; made when first needed."""
        if not self._nobodys:
            self._nobodys = self._hasher.hash(secrets.token_bytes(32))
        return self._nobodys


def _as_bytes(secret: str) -> bytes:
    # One person's keyboard composes an accent, another's does not: RFC 8265, section 4.2.2, asks for NFC.
    return unicodedata.normalize("NFC", secret).encode("utf-8", "surrogatepass")
