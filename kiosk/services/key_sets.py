"""Public keys on their way to another gate: a COSE_KeySet (RFC 9052, section 7) of Ed25519 keys (RFC 9053, 7.2)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cbor2

from kiosk.errors import FieldProblem, Invalid

_KTY, _KID, _ALG, _KEY_OPS, _CRV, _X, _D = 1, 2, 3, 4, -1, -2, -4
_OKP, _EDDSA, _ED25519, _VERIFY = 1, -8, 6, 2
_PUBLIC_BYTES: Final = 32
_MAX_KID_BYTES: Final = 8
MAX_SET_BYTES: Final = 16_384


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 key's public half and its id."""

    kid: bytes
    public: bytes


def write_key_set(keys: Sequence[PublicKey]) -> bytes:
    """Write keys as a COSE_KeySet, each for verifying only."""
    return cbor2.dumps(
        [
            {_KTY: _OKP, _KID: key.kid, _ALG: _EDDSA, _KEY_OPS: [_VERIFY], _CRV: _ED25519, _X: key.public}
            for key in keys
        ],
        canonical=True,
    )


def read_key_set(data: bytes) -> list[PublicKey]:
    """Read a COSE_KeySet, as it is or as base64. Keys of other kinds are passed over, as the RFC has it.

    Raises:
        Invalid: `file`: it is none, has no key of this kind, or has a private half: that belongs nowhere but in
            the gate that made it.
    """
    try:
        found = cbor2.loads(_decoded(data[: MAX_SET_BYTES + 1]))
        entries = [entry for entry in found if isinstance(entry, dict)]
        has_private = any(_D in entry for entry in entries)
        keys = [PublicKey(entry[_KID], entry[_X]) for entry in entries if _is_ours(entry)]
    except Exception:  # noqa: BLE001 - the file may be anything in the world
        raise Invalid({"file": FieldProblem.NOT_A_KEY_SET}) from None
    if has_private or not keys or len({key.kid for key in keys}) != len(keys):
        raise Invalid({"file": FieldProblem.NOT_A_KEY_SET})
    return keys


def _decoded(data: bytes) -> bytes:
    packed = re.sub(rb"\s", b"", data)
    try:
        return base64.b64decode(packed, validate=True)
    except binascii.Error:
        return data


def _is_ours(entry: dict[Any, Any]) -> bool:
    kid, x = entry.get(_KID), entry.get(_X)
    return (
        (entry.get(_KTY), entry.get(_CRV), entry.get(_ALG, _EDDSA)) == (_OKP, _ED25519, _EDDSA)
        and _VERIFY in entry.get(_KEY_OPS, [_VERIFY])
        and isinstance(kid, bytes)
        and 0 < len(kid) <= _MAX_KID_BYTES
        and isinstance(x, bytes)
        and len(x) == _PUBLIC_BYTES
    )
