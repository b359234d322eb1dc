"""How long people wait: at each lane, today and by day, and at the touchscreen; what a lane's last self-test found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from flask import render_template
from flask_babel import LazyString

from kiosk.domain.access import CredentialKind
from kiosk.domain.roles import Permission
from kiosk.domain.self_test import SelfTestReport
from kiosk.domain.timings import TimingSummary
from kiosk.services.timings import KEPT_DAYS
from web.access import appliance
from web.panel.blueprint import bp, needs
from web.panel.figures import DEFAULT_SPAN, since_days
from web.panel.wording import CREDENTIAL_LABELS

STRIP_HEIGHT: Final = 48
BAR_PITCH: Final = 10
_LEAST_MS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A day in a strip, in the units of its drawing, whose origin is at the top. `times` None: nothing that day."""

    day: date
    x: int
    y: float
    height: float
    times: TimingSummary | None


@dataclass(frozen=True, slots=True)
class Strip:
    """A month of 95th percentiles as bars.

    The scale is logarithmic: what took ten times as long stands out, and what took a tenth is still to be seen.
    """

    bars: tuple[Bar, ...]
    budget_y: float
    height: int = STRIP_HEIGHT

    @property
    def width(self) -> int:
        """Of the whole drawing."""
        return len(self.bars) * BAR_PITCH


@dataclass(frozen=True, slots=True)
class CredentialTimes:
    """How long people wait with one kind of credential; `days` are those that have any, the newest first."""

    label: LazyString
    today: TimingSummary
    whole: TimingSummary
    days: Mapping[date, TimingSummary]
    strip: Strip


@dataclass(frozen=True, slots=True)
class LaneHealth:
    """A lane; `times` only of what has ever opened it."""

    name: str
    budget_ms: float
    times: tuple[CredentialTimes, ...]
    self_test: SelfTestReport | None

    @property
    def is_slow(self) -> bool:
        """Whether today is over the budget."""
        return any(one.today.is_over for one in self.times)


@bp.get("/health")
@needs(Permission.SEE_DEVICES)
def show_health() -> str:
    """Every lane's times, today's, the month's and day by day, and those at the touchscreen."""
    service_times = appliance().service_times.since(since_days(DEFAULT_SPAN))
    return render_template("panel/health.html", lanes=lane_health(), service_times=service_times)


def lane_health() -> list[LaneHealth]:
    """Every lane, in the settings' order."""
    box = appliance()
    return [
        LaneHealth(
            lane.name,
            lane.settings.budget_ms,
            tuple(times for kind in CredentialKind if (times := _times(lane.name, kind)).days),
            box.self_tests.latest(lane.name),
        )
        for lane in box.lanes.all()
    ]


def _times(lane: str, kind: CredentialKind) -> CredentialTimes:
    timings = appliance().timings
    today, days = timings.today()[lane, kind], timings.days(lane, kind)
    strip = draw_strip(days, _today(), today.budget_ms)
    return CredentialTimes(CREDENTIAL_LABELS[kind], today, timings.whole(lane, kind), days, strip)


def draw_strip(days: Mapping[date, TimingSummary], today: date, budget_ms: float) -> Strip:
    """Draw the `KEPT_DAYS` days up to today."""
    shown = [today - timedelta(days=back) for back in reversed(range(KEPT_DAYS))]
    most_ms = max([budget_ms, *(days[day].p95_ms for day in shown if day in days)]) * 1.25

    def height(span_ms: float) -> float:
        share = math.log(max(span_ms, _LEAST_MS) / _LEAST_MS) / math.log(max(most_ms, 2 * _LEAST_MS) / _LEAST_MS)
        return round(max(2.0, share * STRIP_HEIGHT), 1)

    bars = []
    for place, day in enumerate(shown):
        tall = height(days[day].p95_ms) if day in days else 1.0
        bars.append(Bar(day, place * BAR_PITCH, round(STRIP_HEIGHT - tall, 1), tall, days.get(day)))
    return Strip(tuple(bars), round(STRIP_HEIGHT - height(budget_ms), 1))


def _today() -> date:
    box = appliance()
    return box.clock.now().astimezone(box.settings.estate.zone).date()


def milliseconds(span_ms: float) -> str:
    """A time for people: `< 0.1 ms`, `0.6 ms`, `12 ms`, `3.1 s`."""
    if span_ms < 0.1:
        return "< 0.1 ms"
    if span_ms >= 1000:
        return f"{span_ms / 1000:.1f} s"
    return f"{span_ms:.0f} ms" if span_ms >= 10 else f"{span_ms:.1f} ms"


@bp.context_processor
def _for_templates() -> dict[str, object]:
    return {"milliseconds": milliseconds}
