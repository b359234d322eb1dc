"""What is said about a record afterwards. A record is never rewritten: a correction stands beside what it corrects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from kiosk.domain.subjects import Subject

MAX_TEXT: Final = 300


class AnnotationKind(StrEnum):
    """What an annotation is."""

    REMARK = "remark"
    CORRECTION = "correction"  # of one entry, which it names


CORRECTABLE: Final[Mapping[Subject, tuple[str, ...]]] = {
    Subject.VISIT: ("unit", "name", "phone", "companions", "vehicle_plate", "purpose"),
    Subject.GOODS: ("unit", "carrier", "description", "pieces", "phone", "vehicle_plate"),
    Subject.SLIP: ("unit", "carrier", "taken_by", "vehicle_plate"),
    Subject.PASS: (),  # revoked and issued anew
    Subject.CARD: (),  # changed by the card office, with its own entry in the journal
}
"""The entries of a record that somebody typed, and that may therefore be wrong."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotation. `field` is the entry that it corrects, one of `CORRECTABLE`; empty for a remark."""

    id: str
    kind: AnnotationKind
    field: str
    text: str
    author: str
    at: datetime
