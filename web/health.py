"""How the appliance is, for whoever watches it: `/healthz` as JSON, `/metrics` for Prometheus. Loopback only.

No name, number or plate of anybody is told here. The metrics are a dozen families read when asked, so their text is
written by hand (Prometheus, "Exposition formats", text format 0.0.4): the client library would add a registry and a
state of its own for the sake of joining lines. Times are in seconds there, as its conventions want them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response

from hardware.interfaces import RelayState
from hardware.supervisor import WELL, DeviceCondition, DeviceHealth
from kiosk.appliance import ALIVE_WITHIN_S, Appliance
from kiosk.domain.access import CredentialKind
from kiosk.domain.holidays import TROUBLED as CALENDAR_TROUBLED
from kiosk.domain.holidays import CalendarCondition
from kiosk.domain.timings import TimingSummary
from kiosk.services.deliveries import TROUBLED, DeliveryStatus
from kiosk.services.hours import CalendarHealth
from web.access import appliance, only_kiosk

bp = Blueprint("health", __name__)
bp.before_request(only_kiosk)

_RAISED = frozenset({RelayState.ENERGISED, RelayState.HELD})
Sample = tuple[dict[str, str], float]


@bp.get("/healthz")
def healthz() -> tuple[dict[str, Any], int]:
    """Tell how everything is: 200 while every lane's loop turns, else 503.

    A device that is not well, a lane that could not do its last piece of work, somebody who cannot be told of events,
    or a calendar of holidays that is not to be relied on makes it `degraded` and not 503: restarting the appliance
    would mend none of them. A day of slow openings is among the `warnings` and leaves the status alone: until midnight
    nothing takes it back, and it must not hide what comes.
    """
    box = appliance()
    devices = [_device(health) for health in box.supervisor.health()]
    lanes = [
        {"name": lane.name, "alive": lane.is_alive(ALIVE_WITHIN_S), "relay": lane.gate.relay_state(),
         "trouble": lane.trouble}
        for lane in box.lanes.all()
    ]  # fmt: skip
    told = [_told(status) for status in box.outbox.statuses()]
    calendar = box.hours.health(box.clock.now())
    is_dead = not all(lane["alive"] for lane in lanes)
    is_degraded = (
        any(lane["trouble"] for lane in lanes)
        or any(device["condition"] not in WELL for device in devices)
        or any(one["condition"] in TROUBLED for one in told)
        or calendar.condition in CALENDAR_TROUBLED
    )
    status = "dead" if is_dead else "degraded" if is_degraded else "ok"
    openings = [_opening(*key, figures) for key, figures in box.timings.today().items()]
    answer = {
        "status": status, "devices": devices, "lanes": lanes, "told": told, "holidays": _holidays(calendar),
        "openings_today": openings, "warnings": [_slow_sentence(one) for one in openings if one["over_budget"]],
        "journal_seq": box.feed.last_seq,
    }  # fmt: skip
    return answer, HTTPStatus.SERVICE_UNAVAILABLE if is_dead else HTTPStatus.OK


@bp.get("/metrics")
def metrics() -> Response:
    """The same in numbers, with how many people are inside and wait."""
    box = appliance()
    health = box.supervisor.health()
    lanes = box.lanes.all()
    text = "".join(
        (
            _gauge("gatehouse_device_ready", "1 while the device is ready.",
                   (({"device": one.name, "driver": one.driver}, one.condition in WELL) for one in health)),
            _gauge("gatehouse_device_opened", "How often the device was opened since start.",
                   (({"device": one.name}, one.opened_count) for one in health)),
            _gauge("gatehouse_lane_alive", "1 while the lane's loop turns.",
                   (({"lane": lane.name}, lane.is_alive(ALIVE_WITHIN_S)) for lane in lanes)),
            _gauge("gatehouse_relay_energised", "1 while the lane's relay is energised.",
                   (({"lane": lane.name}, lane.gate.relay_state() in _RAISED) for lane in lanes)),
            _gauge("gatehouse_visits_inside", "Visits signed in at this moment.",
                   [({}, len(box.visit_queries.inside()))]),
            _gauge("gatehouse_visits_waiting", "Visits that wait for approval.",
                   [({}, len(box.visit_queries.waiting()))]),
            _gauge("gatehouse_told_failures", "Attempts in vain to tell somebody, since the last that was not.",
                   (({"name": one.name}, one.failures) for one in box.outbox.statuses())),
            _gauge("gatehouse_holidays_ready", "1 while the calendar of holidays can be relied on.",
                   [({}, box.hours.health(box.clock.now()).condition not in CALENDAR_TROUBLED)]),
            _gauge("gatehouse_journal_seq", "Sequence number of the newest journal entry.",
                   [({}, box.feed.last_seq)]),
            *_opening_metrics(box),
        )
    )  # fmt: skip
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _device(health: DeviceHealth) -> dict[str, Any]:
    return {
        "name": health.name,
        "kind": health.kind,
        "driver": health.driver,
        "condition": health.condition,
        "code": health.code,
        "sentence": _sentence(health),
        "vendor_reason": health.vendor_reason,
        "since": health.since.isoformat(),
        "opened_count": health.opened_count,
    }


def _told(status: DeliveryStatus) -> dict[str, Any]:
    return {
        "name": status.name,
        "condition": status.condition,
        "code": status.fault or status.failure,
        "failures": status.failures,
        "failing_since": status.failing_since and status.failing_since.isoformat(),
    }


def _holidays(calendar: CalendarHealth) -> dict[str, Any]:
    return {
        "condition": calendar.condition,
        "days": calendar.days,
        "last": calendar.last and calendar.last.isoformat(),
        "sentence": _calendar_sentence(calendar),
    }


def _calendar_sentence(calendar: CalendarHealth) -> str:
    match calendar.condition:
        case CalendarCondition.UNREADABLE:
            return f"The calendar of holidays {calendar.path} cannot be used: {calendar.detail}. Correct or replace it."
        case CalendarCondition.RUN_OUT:
            return f"The calendar of holidays {calendar.path} names no day of this year. Replace it."
        case CalendarCondition.ENDING:
            return f"The calendar of holidays {calendar.path} names no day of the next year. Replace it."
        case CalendarCondition.NOT_SET:
            return "No calendar of holidays is set."
        case CalendarCondition.READY:
            return "The calendar of holidays is ready."


def _opening(lane: str, credential: CredentialKind, figures: TimingSummary) -> dict[str, Any]:
    return {
        "lane": lane,
        "credential": credential,
        "count": figures.count,
        "p50_ms": figures.p50_ms,
        "p95_ms": figures.p95_ms,
        "max_ms": figures.max_ms,
        "budget_ms": figures.budget_ms,
        "over_budget": figures.is_over,
    }


def _slow_sentence(opening: Mapping[str, Any]) -> str:
    return (
        f"lane {opening['lane']} is slow today: 95 of 100 openings by {opening['credential']} took up to "
        f"{opening['p95_ms']:.0f} ms, and {opening['budget_ms']:g} ms are set."
    )


def _opening_metrics(box: Appliance) -> Iterator[str]:
    """How long openings took today. The counts begin anew at the estate's midnight, as a counter's do at a restart."""
    name = "gatehouse_opening_duration_seconds"
    today = [({"lane": lane, "credential": kind}, figures) for (lane, kind), figures in box.timings.today().items()]
    yield _family(name, "Today's times from a card or code to the relay.", "summary")
    for labels, figures in today:
        if figures.count:
            yield _sample(name, {**labels, "quantile": "0.5"}, figures.p50_ms / 1e3)
            yield _sample(name, {**labels, "quantile": "0.95"}, figures.p95_ms / 1e3)
        yield _sample(f"{name}_sum", labels, figures.sum_ms / 1e3)
        yield _sample(f"{name}_count", labels, figures.count)
    yield _gauge("gatehouse_opening_longest_seconds", "Today's longest time from a card or code to the relay.",
                 ((labels, figures.max_ms / 1e3) for labels, figures in today))  # fmt: skip
    yield _gauge("gatehouse_opening_budget_seconds", "The time that 95 of 100 openings are to keep to.",
                 (({"lane": lane.name}, lane.settings.budget_ms / 1e3) for lane in box.lanes.all()))  # fmt: skip
    yield _gauge("gatehouse_opening_over_budget", "1 while today's 95th percentile is over the budget.",
                 ((labels, figures.is_over) for labels, figures in today))  # fmt: skip


def _sentence(health: DeviceHealth) -> str:
    """One clear line for an installer."""
    match health.condition:
        case DeviceCondition.MISCONFIGURED:
            return f"{health.name} cannot be used as it is set: {health.detail}. Correct the settings and restart."
        case DeviceCondition.FAULT:
            return f"{health.name} does not work: {health.detail}. It is tried again by itself."
        case DeviceCondition.IMPAIRED:
            return f"{health.name} is there and cannot do its work: {health.detail or health.code}."
        case condition:
            return f"{health.name} is {condition}."


def _gauge(name: str, description: str, samples: Iterable[Sample]) -> str:
    return _family(name, description, "gauge") + "".join(_sample(name, *sample) for sample in samples)


def _family(name: str, description: str, type_: str) -> str:
    return f"# HELP {name} {description}\n# TYPE {name} {type_}\n"


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    pairs = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{f'{{{pairs}}}' if pairs else ''} {value:.15g}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
