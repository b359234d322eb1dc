"""Release slips (物品放行條): the numbered permission for goods to leave, and the rules by which it is given and used.

Nothing of value leaves without its owner's word. The rules are pure: what a slip is and what is asked of it come in,
what may be done comes out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from kiosk.domain.text import plate_key

MAX_ITEMS: Final = 40
MAX_QUANTITY: Final = 9999
LONGEST_WINDOW: Final = timedelta(days=31)
"""A permission that is open for longer is forgotten by whoever gave it."""


class SlipKind(StrEnum):
    """What a slip is for."""

    HOUSEHOLD = "household"  # single things of a unit
    MOVING = "moving"  # the unit moves out: the front desk confirms first that nothing is owed
    DEPARTMENT = "department"  # the estate's own things


class SlipState(StrEnum):
    """Where a slip stands."""

    REQUESTED = "requested"
    APPROVED = "approved"  # good at the gate, whole or for the balance
    RELEASED = "released"  # everything has left, or is accounted for
    REFUSED = "refused"
    VOID = "void"
    LAPSED = "lapsed"  # its days went by


OPEN_STATES: Final = frozenset({SlipState.REQUESTED, SlipState.APPROVED})
NEXT_STATES: Final = {
    SlipState.REQUESTED: frozenset({SlipState.APPROVED, SlipState.REFUSED, SlipState.VOID, SlipState.LAPSED}),
    SlipState.APPROVED: frozenset({SlipState.RELEASED, SlipState.VOID, SlipState.LAPSED}),
}


def may_become(state: SlipState, next_state: SlipState) -> bool:
    """Tell whether a slip in `state` may go on to `next_state`."""
    return next_state in NEXT_STATES.get(state, frozenset())


class SlipSource(StrEnum):
    """By which way a slip was asked for."""

    LINK = "link"
    DESK = "desk"
    TOUCH = "touch"
    API = "api"


class Requester(StrEnum):
    """On whose behalf a slip is asked for."""

    OWNER = "owner"
    TENANT = "tenant"
    AGENT = "agent"
    DEPARTMENT = "department"


class ApprovalMethod(StrEnum):
    """Whose word a slip has, and how it was given."""

    OWNER_LINK = "owner-link"
    OWNER_CARD = "owner-card"  # tapped at the desk
    WRITTEN_AUTHORITY = "written-authority"  # an agent's, its scan is kept
    SUPERVISOR = "supervisor"  # for a department
    OUT_OF_HOURS = "out-of-hours"  # the area supervisor's, while the front desk is closed


@dataclass(frozen=True, slots=True)
class NewItem:
    """A line of a slip as asked for. `measure` is what it is counted in (件, box, m); empty for pieces.

    Attributes:
        returnable_until: it is to be brought back by then; None: it leaves for good.
    """

    name: str
    quantity: int
    measure: str = ""
    note: str = ""
    photo: bytes | None = None
    photo_id: str | None = None
    returnable_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewSlip:
    """A slip as asked for. Texts are kept as typed; times are aware.

    Attributes:
        unit: whose goods leave; empty for a department's.
        department: whose they are where they are the estate's own.
        requested_by: the name of whoever asks.
        taken_by: who takes the goods away.
    """

    kind: SlipKind
    requester: Requester
    requested_by: str
    items: tuple[NewItem, ...]
    not_before: datetime
    not_after: datetime
    unit: str = ""
    department: str = ""
    carrier: str = ""
    vehicle_plate: str = ""
    taken_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class SlipItem:
    """A line of a slip on record, with what has become of it.

    `released` and `lost` together never exceed `quantity`; `returned` never exceeds `released`.
    """

    line: int
    name: str
    quantity: int
    measure: str
    note: str
    photo_id: str | None
    returnable_until: datetime | None
    released: int
    lost: int
    returned: int

    @property
    def balance(self) -> int:
        """How many may still leave."""
        return self.quantity - self.released - self.lost

    def is_late(self, now: datetime) -> bool:
        """Tell whether something of it should have been brought back by now."""
        return self.returnable_until is not None and self.returned < self.released and now >= self.returnable_until


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip on record. Times are aware, in UTC; those that have not come yet are None.

    Attributes:
        approved_digest: hash of the number and the items that were approved, see `items_digest`.
        is_out_of_hours: a supervisor approved it in place of the front desk.
        authority_photo_id: the scan of the owner's written authority.
        replaces_id, replaced_by_id: the slip that it was issued in place of, and the one issued in its place.
        reissue_asked_at: the gate has asked the desk to issue another in its place.
        copies: how many papers of it have been made; the first is the original.
    """

    seq: int
    id: str
    number: str
    kind: SlipKind
    state: SlipState
    unit: str
    department: str
    requester: Requester
    requested_by: str
    source: SlipSource
    carrier: str
    vehicle_plate: str
    taken_by: str
    note: str
    not_before: datetime
    not_after: datetime
    created_at: datetime
    created_by: str
    arrears_cleared_at: datetime | None
    arrears_cleared_by: str | None
    approval_method: ApprovalMethod | None
    approved_at: datetime | None
    approved_by: str | None
    approved_digest: str
    is_out_of_hours: bool
    authority_photo_id: str | None
    replaces_id: str | None
    replaced_by_id: str | None
    reissue_asked_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    reason: str
    copies: int
    items: tuple[SlipItem, ...]

    @property
    def is_partly_released(self) -> bool:
        """Whether something has left and something may still."""
        return self.state is SlipState.APPROVED and any(item.released for item in self.items)


def slip_number(year: int, count: int) -> str:
    """The number of a year's n-th slip, as `R2026-00017`."""
    return f"R{year}-{count:05d}"


def parts_of_number(number: str) -> tuple[int, int]:
    """Year and count of a slip's number.

    Raises:
        ValueError: it is none.
    """
    year, dash, count = number.removeprefix("R").partition("-")
    if not (number.startswith("R") and dash and year.isdecimal() and count.isdecimal()):
        raise ValueError(f"{number!r} is no slip's number")
    return int(year), int(count)


def items_digest(number: str, items: Sequence[SlipItem]) -> str:
    """SHA-256, in hex, over a slip's number and its items: what an approval signs.

    Over JSON with sorted members and no white space; what has become of an item later is not part of it.
    """
    signed = {
        "number": number,
        "items": [
            [
                item.line, item.name, item.quantity, item.measure, item.note,
                item.returnable_until.isoformat() if item.returnable_until is not None else None,
            ]
            for item in items
        ],
    }  # fmt: skip
    text = json.dumps(signed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def methods_for(slip: Slip, *, is_out_of_hours: bool) -> frozenset[ApprovalMethod]:
    """By whose word a slip can be approved now; empty while it first wants something else.

    A department's goods are the estate's: a supervisor signs. All others are an owner's, and need his word, or his
    agent's written authority. Out of hours the area supervisor stands in for the front desk, but for no tenant: whose
    goods those are, only the owner can tell. Who moves out owes nothing first.
    """
    if slip.state is not SlipState.REQUESTED:
        return frozenset()
    if slip.kind is SlipKind.DEPARTMENT:
        return frozenset({ApprovalMethod.SUPERVISOR})
    if slip.kind is SlipKind.MOVING and slip.arrears_cleared_at is None:
        return frozenset()
    methods = {ApprovalMethod.OWNER_LINK, ApprovalMethod.OWNER_CARD, ApprovalMethod.WRITTEN_AUTHORITY}
    if is_out_of_hours and slip.requester is not Requester.TENANT:
        methods.add(ApprovalMethod.OUT_OF_HOURS)
    return frozenset(methods)


class MismatchCode(StrEnum):
    """How goods at the gate differ from the slip that was shown."""

    UNKNOWN_ITEM = "unknown-item"
    OVER_BALANCE = "over-balance"
    OTHER_DAY = "other-day"
    OTHER_PLATE = "other-plate"
    NOTHING = "nothing"  # no quantity of anything


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One difference. `line` is None where it is about the whole trip; `balance` is what the line has left."""

    code: MismatchCode
    line: int | None = None
    balance: int | None = None


def mismatches(slip: Slip, wanted: Mapping[int, int], *, vehicle_plate: str, now: datetime) -> tuple[Mismatch, ...]:
    """Compare a trip at the gate with its slip; empty when it may leave.

    A slip that names a plate is good for that vehicle alone, and a trip without one is another.

    Args:
        wanted: how many of each line leave now, by line.
        vehicle_plate: as the guard reads it; empty for goods that are carried out.
    """
    found: list[Mismatch] = []
    if not slip.not_before <= now < slip.not_after:
        found.append(Mismatch(MismatchCode.OTHER_DAY))
    if slip.vehicle_plate and plate_key(vehicle_plate) != plate_key(slip.vehicle_plate):
        found.append(Mismatch(MismatchCode.OTHER_PLATE))
    if not any(wanted.values()):
        found.append(Mismatch(MismatchCode.NOTHING))
    items = {item.line: item for item in slip.items}
    for line, quantity in sorted(wanted.items()):
        item = items.get(line)
        if quantity == 0:
            continue  # a form sends every line
        if item is None:
            found.append(Mismatch(MismatchCode.UNKNOWN_ITEM, line))
        elif not 0 <= quantity <= item.balance:
            found.append(Mismatch(MismatchCode.OVER_BALANCE, line, item.balance))
    return tuple(found)


class MovementKind(StrEnum):
    """What became of some pieces of a line."""

    RELEASED = "released"
    LOST = "lost"
    DAMAGED = "damaged"  # and not taken
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Movement:
    """Some pieces of a line that left, came back, or never will."""

    seq: int
    line: int
    kind: MovementKind
    quantity: int
    reason: str
    trip_id: str | None
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Trip:
    """One time that goods of a slip left through a lane."""

    seq: int
    id: str
    slip_id: str
    lane: str
    vehicle_plate: str
    photo_id: str | None
    opening_id: str
    at: datetime
    by: str
    lines: Mapping[int, int]
