"""Where people live: phase, block, floor, door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_TYPED: Final = 12
"""More characters of a unit than anybody has to type on a pad."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A flat or house. `code` is what programs and receipts call it, e.g. `1-A-12-3`.

    `stay_h` is how long its guests may stay, in hours; None: as long as any guest.
    """

    code: str
    phase: str
    block: str
    floor: str
    door: str
    stay_h: float | None = None
