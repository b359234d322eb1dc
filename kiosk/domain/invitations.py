"""An invitation: whom a unit expects, and when. Its code is a pass."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from kiosk.domain.time_profiles import TimeProfile

LONGEST: Final = timedelta(days=366)
"""How far ahead an invitation may end: a code that was forgotten must not open for ever."""


class InvitationState(StrEnum):
    """How it stands with an invitation."""

    OPEN = "open"
    USED = "used"  # its one entry is spent
    OVER = "over"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """What is known of an invitation before it has a code. Texts as typed; times aware.

    Attributes:
        weekly: the hours at which a recurring guest comes, within the whole span; None for any hour of it.
        comes_and_goes: good for any number of entries; else for one.
    """

    unit: str
    visitor_name: str
    not_before: datetime
    not_after: datetime
    phone: str = ""
    vehicle_plate: str = ""
    weekly: TimeProfile | None = None
    comes_and_goes: bool = False


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation on record. `link_id` is None when a program made it; `link_name` says who in the unit did."""

    seq: int
    id: str
    unit: str
    pass_id: str
    token: str
    visitor_name: str
    phone: str
    vehicle_plate: str
    not_before: datetime
    not_after: datetime
    weekly: TimeProfile | None
    max_uses: int | None
    uses: int
    link_id: str | None
    link_name: str
    is_revoked: bool
    created_at: datetime

    def state(self, now: datetime) -> InvitationState:
        """How it stands at a moment."""
        if self.is_revoked:
            return InvitationState.REVOKED
        if now >= self.not_after:
            return InvitationState.OVER
        is_spent = self.max_uses is not None and self.uses >= self.max_uses
        return InvitationState.USED if is_spent else InvitationState.OPEN
