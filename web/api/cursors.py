"""Cursors of keyset paging: where a list goes on, as a text without meaning to anybody else."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from web.api.requests import invalid_fields

_KEY_BYTES: Final = 8


def write_cursor(of_list: str, key: int | None) -> str | None:
    """The cursor of the page that follows `key` in a list; None after the last page."""
    if key is None:
        return None
    return base64.urlsafe_b64encode(of_list.encode() + key.to_bytes(_KEY_BYTES, "big")).decode().rstrip("=")


def read_cursor(of_list: str, cursor: str | None) -> int | None:
    """The key that a cursor of this list was written for; None without a cursor.

    Raises:
        Unusable: it is no cursor of this list.
    """
    if cursor is None:
        return None
    try:
        told = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        told = b""
    key = int.from_bytes(told[-_KEY_BYTES:], "big", signed=True)
    if told[:-_KEY_BYTES] != of_list.encode() or key < 0:
        raise invalid_fields({"cursor": "This is no cursor of this list."})
    return key
