"""Requests that may be repeated: the `Idempotency-Key` header, as the IETF's draft of that name describes it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from flask import request

from kiosk.services.idempotency import Repeatable
from web.api.operations import caller, canonical_body
from web.api.requests import invalid_fields

_HEADER: Final = "Idempotency-Key"
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")

KEY_HEADERS: Final[Mapping[str, str]] = {
    _HEADER: "Any text of up to 255 visible ASCII characters. A repeat with the same key and the same body does "
    "nothing twice, for a day at least."
}
"""For an operation's declaration."""


def read_repeatable() -> Repeatable | None:
    """The wish to be answered alike when repeated; None when the request has none.

    It is the key of the program, its own key, and the address and body it came with.

    Raises:
        Unusable: the header is no key.
    """
    key = request.headers.get(_HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise invalid_fields({_HEADER: "This has to be 1 to 255 visible ASCII characters."})
    asked = f"{request.method} {request.path}\n".encode() + canonical_body()
    return Repeatable(caller().id, key, hashlib.sha256(asked).hexdigest())
