"""The records that have a history and are spoken about: each is named by the journal's payloads under one member."""

from __future__ import annotations

from enum import StrEnum


class Subject(StrEnum):
    """A kind of record; the value is the member by which the journal's payloads name it."""

    VISIT = "visit"
    PASS = "pass"  # noqa: S105 - a QR pass, not a password
    CARD = "card"
    SLIP = "slip"
    GOODS = "goods"
