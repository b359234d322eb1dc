"""A week of release slips as it is shown, signed for and held against the register: the values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk.domain.reconciliation import Need, Week
from kiosk.domain.slips import Slip


class WeekState(StrEnum):
    """Where the reconciliation of a week stands."""

    RUNNING = "running"  # the week is not over
    OPEN = "open"
    SIGNED = "signed"  # once
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Note:
    """A user's word about a slip, or about a number without one."""

    text: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Line:
    """A slip of the week, or a number that is missing, which has no slip. `trips` is how often goods left on it."""

    number: str
    slip: Slip | None
    needs: tuple[Need, ...]
    note: Note | None
    trips: int
    digest: str

    @property
    def wants_note(self) -> bool:
        """Whether somebody has still to say a word."""
        return bool(self.needs) and self.note is None


@dataclass(frozen=True, slots=True)
class Signature:
    """Who has signed, and when."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A week as the register has it now.

    Attributes:
        counts: how many slips were issued, how many stand in each state, how many numbers are missing; of a closed week
            as they were signed.
        lines: every slip and every missing number, in the order of the numbers.
        purged: how many numbers of the week's were purged since.
        signatures: none, one, or the two of a closed week.
        signed_digest: what they stand for; empty without one.
    """

    week: Week
    begins: datetime
    ends: datetime
    state: WeekState
    counts: Mapping[str, int]
    lines: tuple[Line, ...]
    purged: int
    digest: str
    signatures: tuple[Signature, ...] = ()
    signed_digest: str = ""

    @property
    def is_accounted_for(self) -> bool:
        """Whether everything speaks for itself or has its note."""
        return not any(line.wants_note for line in self.lines)


@dataclass(frozen=True, slots=True)
class WeekSummary:
    """A week in the list of weeks: `counts` of the slips issued and of each state, and how far it is signed.

    Of a closed week the counts are those that were signed.
    """

    week: Week
    state: WeekState
    is_overdue: bool
    counts: Mapping[str, int]
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """How the register stands to what was signed, by numbers.

    Attributes:
        is_as_signed: what was kept of the signed week, its notes too, is what both have signed and the journal says.
        changed: slips that had ended, and are not what they were.
        moved_on: slips that were open, or had something to be brought back, and of which something has become.
        purged: gone, as a certificate says.
        missing: gone without a certificate.
        added: slips and gaps of the week that were not in it.
    """

    is_as_signed: bool
    changed: tuple[str, ...] = ()
    moved_on: tuple[str, ...] = ()
    purged: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing differs but what may."""
        return self.is_as_signed and not (self.changed or self.missing or self.added)
