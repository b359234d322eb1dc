"""Identifiers that several gates can make without asking each other."""

from __future__ import annotations

import secrets
from datetime import datetime


def new_id(now: datetime) -> str:
    """Make a UUID of version 7 (RFC 9562, section 5.7) as 32 hex digits; they sort by their millisecond.

    `now` is an aware datetime; the rest is random, so ids made in one millisecond are in no order.
    """
    milliseconds = int(now.timestamp() * 1000)
    value = (milliseconds & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return f"{value:032x}"
