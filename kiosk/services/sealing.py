"""The sealing key: what is sensitive on the disk is unreadable without a file that lies elsewhere.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce before the ciphertext; the associated data names what was
sealed, so that one sealed value cannot be put in another's place.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
CREDENTIAL_NAME: Final = "sealing-key"


class SealingError(Exception):
    """A sealed value cannot be opened with this key, or the key cannot be used."""


class SealingKey:
    """Seals and opens small values. Safe to use from any thread."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise SealingError(f"the sealing key is {len(key)} bytes long and should be {_KEY_BYTES}")
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, name: str) -> bytes:
        """Seal `plain` under the name it will be opened by."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, name.encode())

    def unseal(self, sealed: bytes, name: str) -> bytes:
        """Open a sealed value.

        Raises:
            SealingError: another key sealed it, another name, or it was changed.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name.encode())
        except (InvalidTag, ValueError) as error:
            raise SealingError(f"{name} cannot be opened with this sealing key") from error


def key_path(data: Path, configured: Path | None) -> Path:
    """Where the key lies: the settings' file, systemd's credential, or beside the data directory."""
    if configured is not None:
        return configured
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials and (Path(credentials) / CREDENTIAL_NAME).exists():
        return Path(credentials) / CREDENTIAL_NAME
    return data.with_name(f"{data.name}.sealing-key")


def load_or_make(path: Path) -> SealingKey:
    """Read the key, or make one at first start (mode 0600, on the disk before it is used).

    Raises:
        SealingError: the file is there and no key, or cannot be read or made.
    """
    try:
        if path.exists():
            return SealingKey(path.read_bytes())
        key = secrets.token_bytes(_KEY_BYTES)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Written beside its place and put there whole: power that fails in between must not leave half a key.
        part = path.with_name(f"{path.name}.part")
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        _sync_directory(path.parent)
        return SealingKey(key)
    except OSError as error:
        raise SealingError(f"the sealing key {path} cannot be used: {error.strerror}") from error


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
