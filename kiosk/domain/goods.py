"""Goods that come in: what they are, where they go, and the states they pass through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

MAX_PIECES: Final = 999
MAX_CARRIED: Final = 30
"""Lines of one visit's list of carried items."""
MAX_CARRIED_QUANTITY: Final = 999


class GoodsCategory(StrEnum):
    """What goods are, as far as the gate has to know."""

    PARCEL = "parcel"
    FOOD = "food"
    FURNITURE = "furniture"
    BUILDING_MATERIAL = "building_material"
    APPLIANCE = "appliance"
    DANGEROUS = "dangerous"
    OTHER = "other"


IN_WORDS: Final = frozenset({GoodsCategory.DANGEROUS, GoodsCategory.OTHER})
"""Categories that say nothing by themselves: such goods are described."""


class Handling(StrEnum):
    """Where goods go from the gate."""

    DOOR = "door"  # the carrier takes them there: a visit with its pass
    GATE = "gate"  # they are kept on a shelf until somebody of the unit collects them


class GoodsState(StrEnum):
    """Where goods stand."""

    WAITING = "waiting"  # at the gate; a guard has to decide
    TO_DOOR = "to_door"  # with a visit that takes them there
    KEPT = "kept"  # on a shelf at the gate
    COLLECTED = "collected"
    RETURNED = "returned"  # the carrier took them back, nobody having collected them
    REFUSED = "refused"
    CANCELLED = "cancelled"  # the carrier gave up while waiting


ENDED_STATES: Final = frozenset(GoodsState) - {GoodsState.WAITING, GoodsState.KEPT}
"""Nothing becomes of these goods any more: what goes to the door is the visit's business."""

NEXT_STATES: Final = {
    GoodsState.WAITING: frozenset(
        {GoodsState.TO_DOOR, GoodsState.KEPT, GoodsState.REFUSED, GoodsState.CANCELLED}
    ),
    GoodsState.KEPT: frozenset({GoodsState.COLLECTED, GoodsState.RETURNED}),
}  # fmt: skip


def may_become(state: GoodsState, next_state: GoodsState) -> bool:
    """Tell whether goods in `state` may go on to `next_state`."""
    return next_state in NEXT_STATES.get(state, frozenset())


class GoodsSource(StrEnum):
    """By which way goods were registered."""

    TOUCH = "touch"
    PANEL = "panel"
    API = "api"


class CollectMethod(StrEnum):
    """By what somebody has shown that kept goods are theirs."""

    CARD = "card"
    PASS = "pass"  # noqa: S105 - a QR pass, not a password
    CODE = "code"  # the one that the unit was told
    DESK = "desk"  # a guard knows the resident, or has seen a paper


@dataclass(frozen=True, slots=True)
class NewGoods:
    """What is known of goods before they have a number. Texts are kept as typed.

    Attributes:
        unit: whose they are; an estate's drop-off point is a unit of the directory too.
        carrier: the company, or whoever brings them.
        carrier_name: the person, whom a visit to the door is registered under.
        description: what they are in words; needed where the category says nothing.
    """

    unit: str
    carrier: str
    category: GoodsCategory
    handling: Handling
    carrier_name: str = ""
    phone: str = ""
    description: str = ""
    pieces: int = 1
    vehicle_plate: str = ""


@dataclass(frozen=True, slots=True)
class Goods:
    """Goods on record. Times are aware, in UTC; those that have not come yet are None.

    Attributes:
        shelf: where they are kept; empty where they are not.
        visit_id: the visit that takes them to the door.
        is_dangerous: a guard had to decide, for what they are.
        collected_by: the actor or credential by which they were collected.
    """

    seq: int
    id: str
    number: str
    state: GoodsState
    handling: Handling
    unit: str
    carrier: str
    carrier_name: str
    phone: str
    category: GoodsCategory
    description: str
    pieces: int
    vehicle_plate: str
    is_dangerous: bool
    shelf: str
    photo_id: str | None
    visit_id: str | None
    source: GoodsSource
    lane: str | None
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    reason: str
    ended_at: datetime | None
    collect_method: CollectMethod | None
    collected_by: str | None


@dataclass(frozen=True, slots=True)
class CarriedItem:
    """Something that a visitor carries in and is to carry out again: tools, a ladder, a machine.

    Attributes:
        out: how many have been seen going out; None while nobody has looked.
        note: why fewer went out than came in.
    """

    visit_id: str
    line: int
    name: str
    quantity: int
    out: int | None
    checked_at: datetime | None
    checked_by: str | None
    note: str

    @property
    def is_there(self) -> bool:
        """Whether all of it has been seen going out."""
        return self.out == self.quantity


@dataclass(frozen=True, slots=True)
class ItemCheck:
    """What a guard has seen of one carried item on the way out. `note` says why it is fewer than came in."""

    out: int
    note: str = ""


def goods_number(day: date, count: int) -> str:
    """The number of a day's n-th goods, as `G261125-004`; never to be taken for a visit's."""
    return f"G{day:%y%m%d}-{count:03d}"


def free_shelf(taken: dict[str, int], shelves: int) -> str:
    """The shelf for the next goods: the lowest number that is empty, else the one with the fewest goods.

    Args:
        taken: how many goods lie on each shelf that has any, by its number as text.
        shelves: how many shelves there are, numbered from 1.
    """
    return min((str(number) for number in range(1, shelves + 1)), key=lambda shelf: (taken.get(shelf, 0), int(shelf)))
