"""How long people are at the touchscreen, and how long is too long. Pure.

A time runs from the first touch of a turn: to its last button, and on to the barrier, or to the last button again where
none opens. It takes in whatever lies between, the guard's word too: whoever stands in the rain counts that as well.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from kiosk.domain.visits import VisitKind

NEW_TARGET_S: Final = 60
"""What we set ourselves for somebody who has not been here before: docs/decisions/0043-service-times.md."""
RETURNING_TARGET_S: Final = 15
"""The same for somebody whom the telephone number has found again."""
VISIT_STANDARD_S: Final = 5 * 60
"""The estate's own standard for a visitor at the gate."""
GOODS_STANDARD_S: Final = 10 * 60
"""The estate's own standard for goods at the gate."""


class Service(StrEnum):
    """What somebody has come to the touchscreen for: each kind of visit, and goods that come in."""

    GUEST = VisitKind.GUEST.value
    DELIVERY = VisitKind.DELIVERY.value
    CONTRACTOR = VisitKind.CONTRACTOR.value
    OTHER = VisitKind.OTHER.value
    GOODS = "goods"


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn at the touchscreen. `begun_at` is its first touch; `is_returning`: found again by telephone number."""

    begun_at: datetime
    is_returning: bool = False


@dataclass(frozen=True, slots=True)
class Served:
    """A turn whose last button was pressed at `entered_at`, about `service`."""

    service: Service
    turn: Turn
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class ServiceTime:
    """How long one turn took, in whole milliseconds since its first touch; `took_ms` is at least `entered_ms`."""

    service: Service
    is_returning: bool
    entered_ms: int
    took_ms: int


@dataclass(frozen=True, slots=True)
class ServiceSummary:
    """The times of one service, for new or for returning people, in seconds. Shares are of 1.

    Attributes:
        entered_s: within which half of them had pressed the last button.
        median_s: within which half of them were through; `p95_s` so for 95 of 100. Nearest rank.
        within_target: the share that was through within `target_s`, which is ours.
        within_standard: the same for `standard_s`, the estate's.
    """

    service: Service
    is_returning: bool
    count: int
    entered_s: float
    median_s: float
    p95_s: float
    target_s: int
    within_target: float
    standard_s: int
    within_standard: float


def time_of(served: Served, until: datetime) -> ServiceTime | None:
    """The time of a turn whose barrier opened at `until`; None where the clock was set back in between."""
    entered_ms = (served.entered_at - served.turn.begun_at) // timedelta(milliseconds=1)
    took_ms = (until - served.turn.begun_at) // timedelta(milliseconds=1)
    if not 0 <= entered_ms <= took_ms:
        return None
    return ServiceTime(served.service, served.turn.is_returning, entered_ms, took_ms)


def target_s(*, is_returning: bool) -> int:
    """Within how many seconds we want people to be through."""
    return RETURNING_TARGET_S if is_returning else NEW_TARGET_S


def standard_s(service: Service) -> int:
    """Within how many seconds the estate wants them to be."""
    return GOODS_STANDARD_S if service is Service.GOODS else VISIT_STANDARD_S


def summaries(times: Iterable[ServiceTime]) -> list[ServiceSummary]:
    """Put times into figures: a line for each service, and for new and returning people apart, where there are any."""
    by_line: defaultdict[tuple[Service, bool], list[ServiceTime]] = defaultdict(list)
    for time in times:
        by_line[time.service, time.is_returning].append(time)
    lines = [(service, is_returning) for service in Service for is_returning in (False, True)]
    return [_summary(line, by_line[line]) for line in lines if line in by_line]


def _summary(line: tuple[Service, bool], times: Sequence[ServiceTime]) -> ServiceSummary:
    service, is_returning = line
    took_ms = sorted(time.took_ms for time in times)
    ours_s, theirs_s = target_s(is_returning=is_returning), standard_s(service)
    return ServiceSummary(
        service=service,
        is_returning=is_returning,
        count=len(times),
        entered_s=_percentile(sorted(time.entered_ms for time in times), 50) / 1000,
        median_s=_percentile(took_ms, 50) / 1000,
        p95_s=_percentile(took_ms, 95) / 1000,
        target_s=ours_s,
        within_target=_share_within(took_ms, ours_s),
        standard_s=theirs_s,
        within_standard=_share_within(took_ms, theirs_s),
    )


def _percentile(ordered: Sequence[int], percent: int) -> int:
    return ordered[max(1, math.ceil(len(ordered) * percent / 100)) - 1]


def _share_within(took_ms: Sequence[int], limit_s: int) -> float:
    return sum(took <= limit_s * 1000 for took in took_ms) / len(took_ms)
