"""What people show for goods: the code by which kept goods are collected, and the token of a release slip.

Both are made of a secret of the box and stand nowhere on its disk: HMAC-SHA-256 (RFC 2104), cut off. Whoever reads the
register cannot collect by it. A slip's token has only characters of a QR code's alphanumeric mode
(ISO/IEC 18004, section 7.3.4).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Final

SECRET_NAME: Final = "goods"  # noqa: S105 - what it is called
_CODE_DIGITS: Final = 6
_TOKEN_BYTES: Final = 15
_TOKEN: Final = re.compile(r"SLIP:(R[0-9]{4}-[0-9]{5,9}):([A-Z2-7]{24})")


class GoodsCodes:
    """Makes and reads codes. Safe to use from any thread."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def collect_code(self, goods_id: str) -> str:
        """The six digits by which goods are collected, told to their unit only."""
        number = int.from_bytes(self._mac(f"collect {goods_id}")[:8], "big")
        return f"{number % 10**_CODE_DIGITS:0{_CODE_DIGITS}d}"

    def is_collect_code(self, code: str, goods_id: str) -> bool:
        """Tell whether a code is that of these goods, in a time that tells nothing about it."""
        return hmac.compare_digest(code.encode(), self.collect_code(goods_id).encode())

    def slip_token(self, number: str) -> str:
        """What the QR code of a slip says."""
        return f"SLIP:{number}:{self._seal(number)}"

    def slip_number(self, token: str) -> str | None:
        """The number of the slip that a token is of; None when it is none of this box."""
        found = _TOKEN.fullmatch(token.strip().upper())
        if found is None or not hmac.compare_digest(found[2], self._seal(found[1])):
            return None
        return found[1]

    def _seal(self, number: str) -> str:
        return base64.b32encode(self._mac(f"slip {number}")[:_TOKEN_BYTES]).decode()

    def _mac(self, text: str) -> bytes:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).digest()


def looks_like_slip(text: str) -> bool:
    """Tell whether the text of a QR code wants to be a release slip, genuine or not."""
    return text.lstrip()[:5].upper() == "SLIP:"
