"""The muster list: who is inside, by unit, and the paper on which they are ticked off.

It is read aloud at a meeting point in the dark and the rain. So it runs in the order in which the estate's buildings
stand, says how many people belong to each name, and has a box for a pen before each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from kiosk.domain.receipts import Band, Block, Field, Foot, Heading, Label, Note, Tick, Title, printable
from kiosk.domain.units import Unit

LINES_A_SHEET: Final = 36
"""A sheet has so many lines, a person taking two and a unit one: within half a metre of paper whatever names are."""
_MOST_CHARACTERS: Final = 60


class PersonKind(StrEnum):
    """By which record somebody is known to be inside; the journal names the record by this word."""

    VISIT = "visit"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class Safe:
    """Somebody has said that a person is safe. `by` in the journal's words for an actor."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody inside, and who came with them.

    Attributes:
        id: of the record by which they are known to be inside.
        number: what people call that record; empty where it has no number.
        companions: how many came with them and have no record of their own.
        safe: None while nobody has said so.
    """

    kind: PersonKind
    id: str
    name: str
    unit: str
    number: str
    companions: int
    since: datetime
    safe: Safe | None = None

    @property
    def people(self) -> int:
        """How many they are together."""
        return 1 + self.companions


@dataclass(frozen=True, slots=True)
class UnitMuster:
    """Those who are inside for one unit; `phase` and `block` are empty where the directory does not know it."""

    unit: str
    persons: tuple[Person, ...]
    phase: str = ""
    block: str = ""

    @property
    def people(self) -> int:
        """How many they are, companions included."""
        return sum(person.people for person in self.persons)

    @property
    def missing(self) -> int:
        """How many of them nobody has called safe."""
        return sum(person.people for person in self.persons if person.safe is None)


class _OfUnits:
    """Those who are inside for some units."""

    __slots__ = ()
    units: tuple[UnitMuster, ...]

    @property
    def people(self) -> int:
        """How many they are, companions included."""
        return sum(unit.people for unit in self.units)

    @property
    def missing(self) -> int:
        """How many of them nobody has called safe."""
        return sum(unit.missing for unit in self.units)


@dataclass(frozen=True, slots=True)
class BlockMuster(_OfUnits):
    """Those who are inside one block of a phase; with neither, those whose unit the directory does not know."""

    phase: str
    block: str
    units: tuple[UnitMuster, ...] = ()


@dataclass(frozen=True, slots=True)
class Fire:
    """A fire on record. `people` were inside when it began."""

    id: str
    began_at: datetime
    people: int


@dataclass(frozen=True, slots=True)
class Muster(_OfUnits):
    """Who is inside.

    Attributes:
        is_fire: the lanes are held open for a fire at this moment.
        fire: that fire; None without one, and until it is on record.
    """

    taken_at: datetime
    units: tuple[UnitMuster, ...] = field(default=())
    is_fire: bool = False
    fire: Fire | None = None

    @property
    def persons(self) -> tuple[Person, ...]:
        """Everybody on the list, in its order."""
        return tuple(person for unit in self.units for person in unit.persons)

    @property
    def blocks(self) -> tuple[BlockMuster, ...]:
        """The list by block, in its order."""
        grouped: dict[tuple[str, str], list[UnitMuster]] = {}
        for unit in self.units:
            grouped.setdefault((unit.phase, unit.block), []).append(unit)
        return tuple(BlockMuster(phase, block, tuple(units)) for (phase, block), units in grouped.items())

    def count(self, kind: PersonKind) -> int:
        """How many are inside by a record of that kind, without companions."""
        return sum(person.kind is kind for person in self.persons)

    @property
    def companions(self) -> int:
        """How many came with somebody."""
        return sum(person.companions for person in self.persons)


def by_unit(persons: Iterable[Person], directory: Iterable[Unit]) -> tuple[UnitMuster, ...]:
    """The persons by unit, in the directory's order; whoever belongs to none of its units comes last.

    Within a unit whoever has been inside longest comes first.
    """
    grouped: dict[str, list[Person]] = {}
    for person in sorted(persons, key=lambda person: (person.since, person.id)):
        grouped.setdefault(person.unit, []).append(person)
    known = [
        UnitMuster(unit.code, tuple(grouped.pop(unit.code)), unit.phase, unit.block)
        for unit in directory
        if unit.code in grouped
    ]
    return (*known, *(UnitMuster(unit, tuple(grouped[unit])) for unit in sorted(grouped)))


@dataclass(frozen=True, slots=True, kw_only=True)
class MusterPaper:
    """A muster list as it is printed. Its times are told in the zone of `taken_at`, which is the estate's."""

    estate_name_zh: str
    estate_name_en: str
    muster: Muster
    taken_at: datetime
    digest: str

    def __post_init__(self) -> None:
        if self.taken_at.tzinfo is None:
            raise ValueError("a muster list's time carries its zone")

    def sheets(self) -> list[tuple[Block, ...]]:
        """The list in parts that each fit on a paper; one at least, for that nobody is inside is news as well."""
        bodies = list(_bodies(self._lines()))
        return [self._sheet(body, number, len(bodies)) for number, body in enumerate(bodies, 1)]

    def _sheet(self, body: list[Block], number: int, of: int) -> tuple[Block, ...]:
        what = Label("火警點名冊", "FIRE MUSTER LIST") if self.muster.is_fire else Label("點名冊", "MUSTER LIST")
        parts = [Field(Label("頁", "Page"), f"{number} / {of}")] if of > 1 else []
        return (
            Title(Label(printable(self.estate_name_zh), printable(self.estate_name_en))),
            Band(what),
            Field(Label("時間", "Time"), self.taken_at.strftime("%Y-%m-%d %H:%M:%S")),
            Field(Label("場內人數", "People"), str(self.muster.people), prominent=True),
            *self._of_them(),
            *parts,
            *body,
            Foot(f"紀錄 Log {self.digest}", f"{number} / {of}"),
        )

    def _of_them(self) -> list[Block]:
        counts = (
            (Label("訪客", "Visitors"), self.muster.count(PersonKind.VISIT)),
            (Label("同行", "Companions"), self.muster.companions),
            (Label("持卡人", "By card"), self.muster.count(PersonKind.CARD)),
        )
        return [Field(label, str(count)) for label, count in counts if count]

    def _lines(self) -> Iterable[tuple[Heading, Tick]]:
        """Each person's line under the heading of their unit."""
        for unit in self.muster.units:
            heading = Heading(printable(unit.unit), str(unit.people))
            for person in unit.persons:
                since = person.since.astimezone(self.taken_at.tzinfo)
                clock = since.strftime("%H:%M" if since.date() == self.taken_at.date() else "%m-%d %H:%M")
                name = printable(person.name)[:_MOST_CHARACTERS]
                safe = "平安 safe" if person.safe is not None else ""
                detail = "  ".join(part for part in (person.number, f"自 since {clock}", safe) if part)
                yield heading, Tick(name or person.number, f"+{person.companions}" if person.companions else "", detail)


def _bodies(lines: Iterable[tuple[Heading, Tick]]) -> Iterable[list[Block]]:
    body: list[Block] = []
    left = LINES_A_SHEET
    above: Heading | None = None
    for heading, tick in lines:
        needed = 2 if heading is above else 3
        if body and needed > left:
            yield body
            continued = Heading(f"{heading.text} (續 cont.)", heading.count) if heading is above else heading
            body, left, above = [continued, tick], LINES_A_SHEET - 3, heading
            continue
        body += [tick] if heading is above else [heading, tick]
        left -= needed
        above = heading
    yield body or [Note(Label("沒有人登記在場", "Nobody is on record as inside"))]
