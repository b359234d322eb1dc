"""What a pass promises. How it is signed and read is the business of `kiosk.services.passes`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PassClaims:
    """The content of a pass, as signed. Times are aware and whole seconds; `lanes` None means all lanes."""

    id: str
    unit: str
    not_before: datetime
    not_after: datetime
    max_uses: int | None = None
    lanes: frozenset[str] | None = None
