"""How long people wait: times counted in buckets, so that a day of them takes no more room than an hour.

A bucket is 5 % wide, from 0.1 ms up to 12.8 s, in the manner of HdrHistogram: a percentile is told to within that
width, while number, sum and longest are exact. Two days' counts add up to those of both, which averages of percentiles
do not.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

WIDTH: Final = 1.05
"""How many times its lower end a bucket's upper end is."""

_FIRST_NS: Final = 100_000
_COUNT: Final = 242
EDGES_NS: Final = tuple(round(_FIRST_NS * WIDTH**step) for step in range(_COUNT))
"""Each bucket's upper end. The first bucket takes whatever is shorter, the last whatever is longer: a lane drops an
opening five seconds after its credential was held up."""

JUDGED_FROM: Final = 20
"""Times from which a 95th percentile says something: of fewer it is the longest."""

FAR_OVER: Final = 10
"""So many times its budget, and a single time is worth a line of its own."""


class Histogram:
    """The times of one lane, one kind of credential and one day, in nanoseconds. Not thread-safe."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}  # by bucket, those that have any
        self.count = 0
        self.sum_ns = 0
        self.max_ns = 0

    def add(self, took_ns: int) -> None:
        """Count a time."""
        self._put(took_ns, 1)
        self.sum_ns += took_ns
        self.max_ns = max(self.max_ns, took_ns)

    @property
    def counts(self) -> dict[int, int]:
        """How many times each bucket has, by its upper end; those that have any."""
        return {EDGES_NS[bucket]: self._counts[bucket] for bucket in sorted(self._counts)}

    def merged(self, other: Histogram) -> Histogram:
        """The times of both."""
        both = Histogram()
        for one in (self, other):
            for edge_ns, count in one.counts.items():
                both._put(edge_ns, count)
            both.sum_ns += one.sum_ns
            both.max_ns = max(both.max_ns, one.max_ns)
        return both

    def percentile_ns(self, percent: int) -> int:
        """The time within which `percent` of a hundred lie (nearest rank), told by its bucket's end; 0 of none.

        It is never less than the true one, and by a bucket's width more at most; within the buckets' bounds.
        """
        rank = max(1, math.ceil(self.count * percent / 100))
        passed = 0
        for bucket in sorted(self._counts):
            passed += self._counts[bucket]
            if passed >= rank:
                is_last = bucket == _COUNT - 1
                return self.max_ns if is_last else min(EDGES_NS[bucket], self.max_ns)
        return 0

    def as_record(self) -> dict[str, Any]:
        """Everything as JSON; counts stand under their bucket's upper end, so that they outlive other buckets."""
        counts = {str(edge_ns): count for edge_ns, count in self.counts.items()}
        return {"counts": counts, "sum_ns": self.sum_ns, "max_ns": self.max_ns}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Histogram:
        """Read what `as_record` wrote."""
        read = cls()
        for edge_ns, count in record["counts"].items():
            read._put(int(edge_ns), count)
        read.sum_ns, read.max_ns = record["sum_ns"], record["max_ns"]
        return read

    def _put(self, took_ns: int, count: int) -> None:
        bucket = min(bisect_left(EDGES_NS, took_ns), _COUNT - 1)
        self._counts[bucket] = self._counts.get(bucket, 0) + count
        self.count += count

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self.as_record() == other.as_record()

    __hash__ = None  # type: ignore[assignment]  # it changes


@dataclass(frozen=True, slots=True)
class TimingSummary:
    """A day's times in figures, in milliseconds; `budget_ms` is what was set when it was asked for."""

    count: int
    sum_ms: float
    p50_ms: float
    p95_ms: float
    max_ms: float
    budget_ms: float

    @property
    def is_over(self) -> bool:
        """Whether the day was too slow: its 95th percentile, so that one slow card is none of it."""
        return self.count >= JUDGED_FROM and self.p95_ms > self.budget_ms


def summary(times: Histogram, budget_ms: float) -> TimingSummary:
    """Put a day's times into figures."""
    return TimingSummary(
        count=times.count,
        sum_ms=times.sum_ns / 1e6,
        p50_ms=times.percentile_ns(50) / 1e6,
        p95_ms=times.percentile_ns(95) / 1e6,
        max_ms=times.max_ns / 1e6,
        budget_ms=budget_ms,
    )


def is_far_over(took_ns: int, budget_ms: float) -> bool:
    """Whether a single time is worth a line."""
    return took_ns > FAR_OVER * budget_ms * 1e6
