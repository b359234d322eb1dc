"""Lanes: what there is, and opening one from afar."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from kiosk.errors import Conflict, Unavailable
from kiosk.services.lane_states import LaneLock
from kiosk.services.openings import Outcome
from web.access import appliance
from web.api.answers import LaneItem, LaneLocked, LaneOpened, LanePage, SelfTestItem, SelfTestStep
from web.api.catalogue import CATALOGUE
from web.api.inputs import LockLaneBody, Nothing, OpenLaneBody
from web.api.operations import caller, operation
from web.api.requests import invalid_fields

DEADLINE: Final = timedelta(seconds=5)
"""How long a command without a deadline of its own stays good."""
FURTHEST_DEADLINE: Final = timedelta(seconds=60)


@operation("GET", "/lanes", tag="lanes", answer=LanePage)
def list_lanes() -> LanePage:
    """List the lanes.

    All of them come on one page.
    """
    lanes = appliance().lanes.all()
    return LanePage(
        items=[
            LaneItem(
                name=lane.name,
                direction=lane.settings.direction,
                relay=lane.gate.relay_state(),
                lock=_locked(lock) if (lock := appliance().lanes.states.lock_of(lane.name)) else None,
            )
            for lane in lanes
        ],
        next=None,
    )


@operation(
    "POST",
    "/lanes/<lane>/lock",
    tag="lanes",
    body=LockLaneBody,
    answer=LaneLocked,
    errors=("not-found", "already-locked"),
)
def lock_lane(lane: str, body: LockLaneBody) -> LaneLocked:
    """Lock a lane.

    No card, code or sign-in opens it any more, over restarts too. The exit button and a fire do.
    """
    return _locked(appliance().lanes.states.lock(lane, actor=caller().actor, reason=body.reason))


@operation(
    "DELETE",
    "/lanes/<lane>/lock",
    tag="lanes",
    answer=None,
    status=HTTPStatus.NO_CONTENT,
    errors=("not-found", "not-locked"),
)
def unlock_lane(lane: str) -> None:
    """Let a lane open again."""
    appliance().lanes.states.unlock(lane, actor=caller().actor)


@operation(
    "POST",
    "/lanes/<lane>/open",
    tag="lanes",
    body=OpenLaneBody,
    answer=LaneOpened,
    errors=("not-found", "lane-locked", "late", "gate-failed", "lane-not-responding"),
)
def open_lane(lane: str, body: OpenLaneBody) -> LaneOpened:
    """Open a lane.

    Waits for the barrier: the answer comes when its relay has been energised, or cannot be any more. Do not repeat a
    command on a time-out without its first deadline: the barrier would rise twice.
    """
    gate = appliance()
    gate.lanes.get(lane)
    deadline_ns = gate.clock.monotonic_ns() + _remaining(body.deadline) // timedelta(microseconds=1) * 1000
    outcome = gate.lanes.open(lane, actor=caller().actor, reason=body.reason, deadline_ns=deadline_ns)
    if outcome is Outcome.LATE:
        raise _late()
    if outcome is not Outcome.OPENED:
        raise Unavailable("gate-failed", CATALOGUE["gate-failed"].when)
    return LaneOpened(outcome="opened")


def _locked(lock: LaneLock) -> LaneLocked:
    return LaneLocked(locked_at=lock.locked_at, locked_by=lock.locked_by, reason=lock.reason)


@operation(
    "POST",
    "/lanes/<lane>/self-test",
    tag="lanes",
    body=Nothing,
    needs_body=False,
    answer=SelfTestItem,
    errors=("not-found",),
)
def test_lane(lane: str, body: Nothing) -> SelfTestItem:  # noqa: ARG001 - its emptiness is checked
    """Have a lane test itself.

    The barrier does not move, and people may pass meanwhile. The answer comes after a pulse's length and a second or
    two, some ten later when something hangs. A lane that is not well is an answer and no error: see `passed`. Whoever
    asks while a test runs is told what that one finds.
    """
    report = appliance().self_tests.run(lane, actor=caller().actor)
    return SelfTestItem(
        id=report.id,
        lane=report.lane,
        passed=report.passed,
        recorded=report.is_recorded,
        begun_at=report.begun_at,
        path_ms=report.path_ms,
        steps=[
            SelfTestStep(step=one.step, result=one.result, code=one.code, took_ms=one.took_ms) for one in report.steps
        ],
    )


def _remaining(deadline: datetime | None) -> timedelta:
    if deadline is None:
        return DEADLINE
    remaining = deadline - appliance().clock.now()
    if remaining <= timedelta():
        raise _late()
    if remaining > FURTHEST_DEADLINE:
        raise invalid_fields({"deadline": f"This is more than {FURTHEST_DEADLINE.seconds} s ahead."})
    return remaining


def _late() -> Conflict:
    return Conflict("late", CATALOGUE["late"].when)
