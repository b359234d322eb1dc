"""Where a page of a list begins, as the link to older entries carries it."""

from __future__ import annotations

from typing import Final

from flask import request

_MOST_DIGITS: Final = 18
"""A sequence number has no more: SQLite's integers end at nineteen."""


def place_before() -> int | None:
    """The sequence number that `?before=` names; None without one, and for what is none."""
    text = request.args.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
