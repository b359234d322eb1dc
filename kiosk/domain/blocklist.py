"""Who is not to be let in, and how surely somebody is the one that is meant.

A telephone number or a plate is one person's or one household's. A name is not: half an estate's visitors share a
few dozen family names, and whoever knows that he is not wanted gives another number before he gives another name. So
the same name is a reason to look, and no more than that.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.phones import same_phone
from kiosk.domain.text import plate_key, same_name


class Trait(StrEnum):
    """By what somebody is known."""

    NAME = "name"
    PHONE = "phone"
    PLATE = "plate"


class BlockState(StrEnum):
    """Where an entry of the blocklist stands."""

    ACTIVE = "active"
    ENDED = "ended"  # taken off the list, or its time is up


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of somebody, as typed; empty where nothing is."""

    name: str = ""
    phone: str = ""
    vehicle_plate: str = ""


def common_traits(one: Traits, other: Traits) -> frozenset[Trait]:
    """By what two people are the same."""
    plate = plate_key(one.vehicle_plate)
    same = {
        Trait.NAME: same_name(one.name, other.name),
        Trait.PHONE: same_phone(one.phone, other.phone),
        Trait.PLATE: bool(plate) and plate == plate_key(other.vehicle_plate),
    }
    return frozenset(trait for trait, is_same in same.items() if is_same)


def is_certain(traits: AbstractSet[Trait]) -> bool:
    """Tell whether these traits in common make somebody the one who is meant; a name alone only *perhaps* does."""
    return bool(traits - {Trait.NAME})
