"""Where to: phase, block, floor, door, one button at a time; a level with a single choice is not asked.

Where the phases have few blocks in all, phase and block are one choice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from flask_babel import gettext as _

from kiosk.domain.units import Unit
from kiosk.services.units import UnitService
from web.i18n import current_language

BUTTONS_A_PAGE: Final = 24
"""Eight by three buttons are the most that fit 800 x 480 at the size of a finger."""

BUTTONS_LOW: Final = 16
"""Two rows of them where all that is touched lies low."""


FEW_BLOCKS: Final = 12
"""Up to so many blocks of all phases are chosen from on one page, by buttons that have room for both names."""

FOUND_AT_ONCE: Final = 4
"""So many units fit beside the pad on which one is typed."""

FOUND_LOW: Final = 2
"""And so many where all that is touched lies low."""

LETTERS_AT_MOST: Final = 8
"""Two columns of letters fit beside the digits."""


class Level(StrEnum):
    """What is chosen, from the outside in."""

    PHASE = "phase"
    BLOCK = "block"
    FLOOR = "floor"
    UNIT = "unit"


@dataclass(frozen=True, slots=True)
class Place:
    """How far the choice has come; None is not chosen yet. `unit` is the unit's code."""

    phase: str | None = None
    block: str | None = None
    floor: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One button: what it sends, and what stands on it."""

    value: str
    label: str


def open_level(place: Place) -> Level | None:
    """The outermost level without a choice; None when the unit is chosen."""
    return next((level for level in Level if getattr(place, level) is None), None)


def choices(units: UnitService, place: Place, level: Level) -> list[Choice]:
    """The buttons of a level whose outer levels are chosen, in the directory's order."""
    if level is Level.PHASE and (blocks := few_blocks(units)):
        return [
            Choice(value, block_of_estate(each.phase or "", each.block or "", has_phases=True))
            for value, each in blocks.items()
        ]
    if level is Level.UNIT:
        return [Choice(unit.code, door_label(unit.door)) for unit in _doors(units, place)]
    labels = {Level.PHASE: phase_label, Level.BLOCK: block_label, Level.FLOOR: floor_label}
    return [Choice(value, labels[level](value)) for value in _values(units, place, level)]


def choose(units: UnitService, place: Place, level: Level, value: str) -> Place | None:
    """Take one choice and every further one that is the only one; None when `value` is not among the buttons."""
    if level is Level.PHASE and (blocks := few_blocks(units)):
        return settle(units, blocks[value]) if value in blocks else None
    chosen = _with(place, level, value)
    if value not in _values(units, chosen, level):
        return None
    return settle(units, chosen)


def settle(units: UnitService, place: Place) -> Place:
    """Take every next choice that is the only one."""
    while (level := open_level(place)) is not None:
        values = _values(units, place, level)
        if len(values) != 1:
            break
        place = _with(place, level, values[0])
    return place


def place_of(units: UnitService, code: str) -> Place | None:
    """The whole place of a unit; None when it is not in the directory."""
    unit = units.get(code)
    return Place(unit.phase, unit.block, unit.floor, unit.code) if unit is not None else None


def find(units: UnitService, place: Place, typed: str, room: int) -> tuple[list[Choice], bool]:
    """The units within a place that begin as was typed, at most `room`; and whether there are more."""
    found = units.find(typed, room + 1, phase=place.phase, block=place.block, floor=place.floor)
    return [Choice(unit.code, describe(units, unit.code)) for unit in found[:room]], len(found) > room


def take_found(units: UnitService, place: Place, code: str) -> Place | None:
    """The whole place of a unit that was found within a place; None when it does not lie there."""
    whole = place_of(units, code)
    is_within = whole is not None and all(
        getattr(place, level) in {None, getattr(whole, level)} for level in (Level.PHASE, Level.BLOCK, Level.FLOOR)
    )
    return whole if is_within else None


def letters(units: UnitService, place: Place) -> list[str]:
    """The letters to type a unit within a place with; none where there are more than fit: the buttons tell those."""
    found = units.letters(phase=place.phase, block=place.block)
    return found if len(found) <= LETTERS_AT_MOST else []


def offered_first(units: UnitService, place: Place, codes: Iterable[str]) -> list[Choice]:
    """The buttons of units that are offered before anything is chosen, as far as the directory has them."""
    if place != settle(units, Place()):
        return []
    return [Choice(code, describe(units, code)) for code in codes if units.get(code) is not None]


def step_back(units: UnitService, place: Place) -> Place | None:
    """Undo the last choice that was one; None when there was none, so that the step before is due."""
    for level in reversed(Level):
        if getattr(place, level) is None:
            continue
        place = _with(place, level, None)
        if len(_values(units, place, level)) > 1:
            return Place() if level is Level.BLOCK and few_blocks(units) else place
    return None


def few_blocks(units: UnitService) -> dict[str, Place]:
    """The blocks of all phases by what their buttons send; none where they are not chosen from on one page."""
    phases = units.phases()
    if not 1 < len(phases) <= FEW_BLOCKS:
        return {}
    blocks = {f"{phase}/{block}": Place(phase, block) for phase in phases for block in units.blocks(phase)}
    return blocks if len(phases) < len(blocks) <= FEW_BLOCKS else {}


def describe(units: UnitService, code: str) -> str:
    """A unit as people call it; the phase only where there are several."""
    unit = units.get(code)
    if unit is None:
        return code
    phase = phase_label(unit.phase) if len(units.phases()) > 1 else ""
    return _join([phase, block_label(unit.block), floor_label(unit.floor), door_label(unit.door)])


def describe_block(units: UnitService, place: Place) -> str:
    """A place as far as its block; empty where the estate has none."""
    return block_of_estate(place.phase or "", place.block or "", has_phases=len(units.phases()) > 1)


def block_of_estate(phase: str, block: str, *, has_phases: bool) -> str:
    """A block as people say it, with its phase where there are several."""
    return _join([phase_label(phase) if phase and has_phases else "", block_label(block) if block else ""])


def path_label(place: Place) -> str:
    """What has been chosen so far."""
    parts = [(place.phase, phase_label), (place.block, block_label), (place.floor, floor_label)]
    return _join([label(value) for value, label in parts if value])


def phase_label(phase: str) -> str:
    """`1` as people say it; a name is left as it is."""
    return _("Phase %(phase)s", phase=phase) if _is_code(phase) else phase


def block_label(block: str) -> str:
    """`A` as people say it; a name is left as it is."""
    return _("Block %(block)s", block=block) if _is_code(block) else block


def floor_label(floor: str) -> str:
    """`12` as people say it; a name is left as it is."""
    return _("%(floor)s/F", floor=floor) if _is_code(floor) else floor


def door_label(door: str) -> str:
    """`3` as people say it; a name is left as it is."""
    return _("Flat %(door)s", door=door) if _is_code(door) else door


def _join(labels: list[str]) -> str:
    # 1期A座7樓2室 is read as one word, and English wants its commas.
    return (", " if current_language().code == "en" else " ").join(label for label in labels if label)


def _is_code(text: str) -> bool:
    return text.isascii() and text.isalnum() and len(text) <= 3


def _values(units: UnitService, place: Place, level: Level) -> list[str]:
    if level is Level.PHASE:
        return units.phases()
    if level is Level.BLOCK:
        return units.blocks(place.phase or "")
    if level is Level.FLOOR:
        return units.floors(place.phase or "", place.block or "")
    return [unit.code for unit in _doors(units, place)]


def _doors(units: UnitService, place: Place) -> list[Unit]:
    return units.doors(place.phase or "", place.block or "", place.floor or "")


def _with(place: Place, level: Level, value: str | None) -> Place:
    """The place with one level set and every inner one open again."""
    inner = list(Level)[list(Level).index(level) + 1 :]
    return replace(place, **{level.value: value}, **{each.value: None for each in inner})
