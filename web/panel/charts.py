"""Charts as drawings: where each part of one stands, in the units of an SVG whose origin is at the top left. Pure.

The pages draw what stands here with rectangles and words of their own; a colour is a class, as the content policy
allows no style in the page. Every chart has its figures beside it as a table: it is read by eye, finger and ear.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from kiosk.domain.figures import HOURS_OF_DAY, WeekOfHours
from kiosk.domain.service_times import ServiceSummary

CELL: Final = 30
GAP: Final = 2
STEPS: Final = 5
"""Shades of a heat map beside the empty one: more of them nobody tells apart on a worn tablet."""

ROW: Final = 36
SCALE: Final = 860

SHORTEST_S: Final = 1.0
LONGEST_S: Final = 3600.0
"""The ends of the scale of times. Whatever is beyond stands at the end."""


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


@dataclass(frozen=True, slots=True)
class TimeBar:
    """The times of one service; whatever ends in `_x` is a place on the scale."""

    line: ServiceSummary
    y: int
    median_x: float
    p95_x: float
    target_x: float
    standard_x: float


@dataclass(frozen=True, slots=True)
class Limit:
    """A mark of the scale, where somebody has set a limit."""

    seconds: int
    x: float


@dataclass(frozen=True, slots=True)
class TimeChart:
    """Service times, a bar for each, from `SHORTEST_S` to `LONGEST_S`. Labels stand in the gutter, left of 0.

    The scale is logarithmic: a returning visitor's seconds and a contractor's minutes are both to be seen.
    """

    bars: tuple[TimeBar, ...]
    limits: tuple[Limit, ...]
    size: int = 20
    gutter: int = 240
    width: int = SCALE

    @property
    def height(self) -> int:
        """Of the bars."""
        return len(self.bars) * ROW


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


def time_chart(lines: Sequence[ServiceSummary]) -> TimeChart:
    """Draw service times, in the order in which they come, with every limit that one of them has."""

    def x(span_s: float) -> float:
        bound_s = min(max(span_s, SHORTEST_S), LONGEST_S)
        return round(SCALE * math.log(bound_s / SHORTEST_S) / math.log(LONGEST_S / SHORTEST_S), 1)

    drawn = [
        TimeBar(line, place * ROW + 8, x(line.median_s), x(line.p95_s), x(line.target_s), x(line.standard_s))
        for place, line in enumerate(lines)
    ]
    limits = sorted({limit_s for line in lines for limit_s in (line.target_s, line.standard_s)})
    return TimeChart(tuple(drawn), tuple(Limit(limit_s, x(limit_s)) for limit_s in limits))


def _shade(count: int, most: int) -> int:
    # Upwards, so that a single visitor in a quiet hour is not lost beside a rush.
    return -(-count * STEPS // most) if most else 0
