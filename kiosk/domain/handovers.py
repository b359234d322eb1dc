"""A shift's handover (交接班): who gives, who takes, and the two signatures that end it. The rules are pure.

Who signs, signs what was shown: whatever is changed afterwards takes the signatures away that were given before. After
the second one nothing changes any more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from kiosk.domain.open_items import OpenItem


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


@dataclass(frozen=True, slots=True)
class HandoverItem:
    """An item of the list. `remark` is why it is not taken on, where it is refused."""

    item: OpenItem
    number: int
    is_refused: bool = False
    remark: str = ""


@dataclass(frozen=True, slots=True)
class HandoverNote:
    """A word about the shift; `author` as the journal names an actor."""

    at: datetime
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class HandoverSheet:
    """A handover with all that stands on it.

    Attributes:
        digest: over what is signed for; it changes with any item, remark, note or name.
    """

    handover: Handover
    items: Sequence[HandoverItem]
    notes: Sequence[HandoverNote]
    digest: str

    @property
    def refused(self) -> list[HandoverItem]:
        """What the incoming guard does not take on."""
        return [one for one in self.items if one.is_refused]

    @property
    def taken(self) -> list[HandoverItem]:
        """Everything else."""
        return [one for one in self.items if not one.is_refused]


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


def digest_of(handover: Handover, items: Iterable[HandoverItem], notes: Iterable[HandoverNote]) -> str:
    """SHA-256, in hex, over what the two sign: names, items with their remarks, and notes."""
    signed = [
        handover.id, handover.outgoing, handover.incoming,
        [[*one.item.as_record().values(), one.is_refused, one.remark] for one in items],
        [[note.at.isoformat(), note.author, note.text] for note in notes],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(signed, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _check_not_over(handover: Handover) -> None:
    if handover.is_over:
        raise NotPossible(f"handover-{handover.state.value}")
