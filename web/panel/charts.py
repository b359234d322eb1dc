"""Charts as drawings: where each part of one stands, in the units of an SVG whose origin is at the top left. Pure.

The pages draw what stands here with rectangles and words of their own; a colour is a class, as the content policy
allows no style in the page. Every chart has its figures beside it as a table: it is read by eye, finger and ear.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from kiosk.domain.figures import HOURS_OF_DAY, WeekOfHours

CELL: Final = 30
GAP: Final = 2
STEPS: Final = 5
"""Shades of a heat map beside the empty one: more of them nobody tells apart on a worn tablet."""


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour of a weekday. `shade` is 0 for nothing, and up to `STEPS`."""

    x: int
    y: int
    day: int
    hour: int
    count: int
    shade: int


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A week of hours: a row for each weekday, a column for each hour."""

    cells: tuple[Cell, ...]
    size: int = CELL - GAP
    width: int = HOURS_OF_DAY * CELL
    height: int = 7 * CELL

    @property
    def rows(self) -> list[Sequence[Cell]]:
        """The cells of each weekday."""
        return [self.cells[at : at + HOURS_OF_DAY] for at in range(0, len(self.cells), HOURS_OF_DAY)]


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of a bar chart; `share` of the longest bar, in hundredths."""

    label: str
    count: int
    share: float


def heat_map(week: WeekOfHours) -> HeatMap:
    """Draw a week; the busiest hour has the strongest shade, and any hour with somebody in it has one."""
    cells = [
        Cell(hour * CELL, day * CELL, day, hour, count, _shade(count, week.most))
        for day, hours in enumerate(week.counts)
        for hour, count in enumerate(hours)
    ]
    return HeatMap(tuple(cells))


def bars(counted: Iterable[tuple[str, int]]) -> list[Bar]:
    """Draw counts as bars, the longest first; equal ones by their label."""
    lines = sorted(counted, key=lambda line: (-line[1], line[0]))
    most = max((count for _label, count in lines), default=0)
    return [Bar(label, count, round(100 * count / most, 1)) for label, count in lines if count]


def _shade(count: int, most: int) -> int:
    # Upwards, so that a single visitor in a quiet hour is not lost beside a rush.
    return -(-count * STEPS // most) if most else 0
