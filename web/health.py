"""How the appliance is, for whoever watches it: `/healthz` as JSON, `/metrics` for Prometheus. Loopback only.

No name, number or plate of anybody is told here. The metrics are a dozen gauges read when asked, so their text is
written by hand (Prometheus, "Exposition formats", text format 0.0.4): the client library would add a registry and a
state of its own for the sake of joining lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response

from hardware.interfaces import RelayState
from hardware.supervisor import WELL, DeviceCondition, DeviceHealth
from kiosk.appliance import ALIVE_WITHIN_S
from kiosk.domain.holidays import TROUBLED as CALENDAR_TROUBLED
from kiosk.domain.holidays import CalendarCondition
from kiosk.services.deliveries import TROUBLED, DeliveryStatus
from kiosk.services.hours import CalendarHealth
from web.access import appliance, only_kiosk

bp = Blueprint("health", __name__)
bp.before_request(only_kiosk)

_RAISED = frozenset({RelayState.ENERGISED, RelayState.HELD})
Sample = tuple[dict[str, str], int]


@bp.get("/healthz")
def healthz() -> tuple[dict[str, Any], int]:
    """Tell how everything is: 200 while every lane's loop turns, else 503.

    A device that is not well, a lane that could not do its last piece of work, somebody who cannot be told of events,
    or a calendar of holidays that is not to be relied on makes it `degraded` and not 503: restarting the appliance
    would mend none of them.
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
    answer = {
        "status": status, "devices": devices, "lanes": lanes, "told": told, "holidays": _holidays(calendar),
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
    lines = [f"# HELP {name} {description}", f"# TYPE {name} gauge"]
    for labels, value in samples:
        pairs = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        lines.append(f"{name}{{{pairs}}} {int(value)}" if pairs else f"{name} {int(value)}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
