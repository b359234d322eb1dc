"""A shift's handover (交接班): who gives, who takes, and the two signatures that end it. The rules are pure.

Who signs, signs what was shown: whatever is changed afterwards takes the signatures away that were given before. After
the second one nothing changes any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final


class HandoverState(StrEnum):
    """Where a handover stands."""

    OPEN = "open"  # nobody has signed what stands on it
    SIGNED = "signed"  # one of the two has
    ENDED = "ended"  # both have
    CANCELLED = "cancelled"


OVER: Final = frozenset({HandoverState.ENDED, HandoverState.CANCELLED})


class Side(StrEnum):
    """The two who sign."""

    OUTGOING = "outgoing"
    INCOMING = "incoming"


class Means(StrEnum):
    """By what somebody signs."""

    PIN = "pin"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class Signature:
    """When somebody signed, and by what."""

    at: datetime
    by: Means


@dataclass(frozen=True, slots=True)
class Handover:
    """A handover. `outgoing` and `incoming` are accounts' names; `incoming` is empty until somebody is named."""

    id: str
    state: HandoverState
    opened_at: datetime
    outgoing: str
    incoming: str = ""
    signatures: Mapping[Side, Signature] = field(default_factory=dict)
    ended_at: datetime | None = None
    seq: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing of it changes any more."""
        return self.state in OVER

    def name_of(self, side: Side) -> str:
        """Whose signature a side's is; empty while nobody is named."""
        return self.outgoing if side is Side.OUTGOING else self.incoming


class NotPossible(ValueError):
    """A handover is not in a state in which this can be done. `code` is a stable word for machines."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def changed(handover: Handover) -> Handover:
    """The same after something of it was changed: unsigned.

    Raises:
        NotPossible: `handover-ended`, `handover-cancelled`.
    """
    _check_not_over(handover)
    return replace(handover, state=HandoverState.OPEN, signatures={})


def named(handover: Handover, incoming: str) -> Handover:
    """The same with another who takes over.

    Raises:
        NotPossible: as `changed`; `hands-to-self`.
    """
    if incoming == handover.outgoing:
        raise NotPossible("hands-to-self")
    return replace(changed(handover), incoming=incoming)


def signed(handover: Handover, side: Side, by: Means, now: datetime) -> Handover:
    """The same with a signature; the second one ends it.

    Raises:
        NotPossible: as `changed`; `nobody-takes-over`: nobody is named who would sign; `signed-already`.
    """
    _check_not_over(handover)
    if not handover.incoming:
        raise NotPossible("nobody-takes-over")
    if side in handover.signatures:
        raise NotPossible("signed-already")
    signatures = {**handover.signatures, side: Signature(now, by)}
    if len(signatures) < len(Side):
        return replace(handover, state=HandoverState.SIGNED, signatures=signatures)
    return replace(handover, state=HandoverState.ENDED, signatures=signatures, ended_at=now)


def cancelled(handover: Handover, now: datetime) -> Handover:
    """The same given up. A signature that was given stays to be seen.

    Raises:
        NotPossible: as `changed`.
    """
    _check_not_over(handover)
    return replace(handover, state=HandoverState.CANCELLED, ended_at=now)


def _check_not_over(handover: Handover) -> None:
    if handover.is_over:
        raise NotPossible(f"handover-{handover.state.value}")
