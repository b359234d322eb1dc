"""The screen of a shift: lanes with their pictures, who waits, who is inside, and the live feed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final

from flask import Response, abort, g, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from hardware.errors import HardwareError
from hardware.interfaces import GateInput, GateInputs, RelayState
from hardware.supervisor import UNWELL, DeviceHealth
from kiosk.domain.access import Direction
from kiosk.domain.roles import Permission, may
from kiosk.services.feed_view import FeedItem, anonymous
from kiosk.services.lane_states import LaneLock
from kiosk.services.openings import Outcome
from kiosk.services.print_jobs import PrintState
from kiosk.services.screen_pause import Pause
from web.access import appliance
from web.panel.answers import done, not_done, reason_from_form
from web.panel.blueprint import bp, current_session, current_user, needs, session_token
from web.panel.kept import kept_at_gate
from web.panel.pins import refused_by_pin
from web.panel.turns import turn_lines
from web.panel.wording import OUTCOME_SENTENCES
from web.streams import Event, event_stream, place_asked_for

FEED_LENGTH: Final = 60
INSIDE_SHOWN: Final = 50
OPEN_WITHIN: Final = timedelta(seconds=5)
"""How long after the guard's press a lane may still open."""


_PARTS: Final = ("lanes", "people", "alerts")
_STALE_BY: Final = (("access.", ("lanes",)), ("gate.", ("lanes",)), ("device.", ("lanes", "alerts")))
"""Which parts of the screen a line makes stale, by the beginning of its type: what is not here may touch all of them.

Cards are by far the most of what happens at a gate, and each line is read by every panel that is open.
"""


@dataclass(frozen=True, slots=True)
class LaneView:
    """A lane as the screen shows it.

    `inputs` are the wires that are on and ought to be seen; `pause` is the touchscreen's, where it stands at this lane.
    """

    name: str
    direction: Direction
    has_camera: bool
    relay: RelayState
    inputs: tuple[GateInput, ...]
    waits_for_vehicle: bool
    trouble: str
    unwell: tuple[DeviceHealth, ...]
    lock: LaneLock | None
    pause: Pause | None
    awaited_group: str


@dataclass(frozen=True, slots=True)
class PeopleCounts:
    """How many there are, for whoever may not know who: visitors who wait and are inside, goods kept at the gate."""

    waiting: int
    inside: int
    kept: int


@bp.get("/")
@needs(Permission.WATCH)
def show_shift() -> str:
    """The whole screen."""
    page = appliance().feed_view.latest(FEED_LENGTH)
    return render_template(
        "panel/shift.html",
        lanes=_lanes(),
        feed=list(map(_line_reader(), reversed(page.items))),
        feed_after=page.last_seq,
        turns=turn_lines(),
        **_people(),
        **_alerts(),
    )


@bp.get("/parts/lanes")
@needs(Permission.WATCH, is_use=False)
def show_lane_states() -> str:
    """How the lanes are, and who is at the touchscreen between them, for refreshing the screen."""
    return render_template("panel/_lane_states.html", lanes=_lanes(), turns=turn_lines())


@bp.get("/parts/people")
@needs(Permission.WATCH, is_use=False)
def show_people() -> str:
    """Who waits and who is inside, for refreshing the screen."""
    return render_template("panel/_people.html", **_people())


@bp.get("/parts/alerts")
@needs(Permission.WATCH, is_use=False)
def show_alerts() -> str:
    """What a guard should look after, for refreshing the screen."""
    return render_template("panel/_alerts.html", **_alerts())


@bp.get("/feed")
@needs(Permission.WATCH, is_use=False)
def stream_feed() -> Response:
    """The feed's lines as they come, each a finished piece of the page."""
    gate, token, session = appliance(), session_token(), current_session()

    def read_on(seq: int) -> list[Event]:
        g.panel_session = session  # a turn of the stream has a context of its own: the lines ask who reads them
        line = _line_reader()
        page = gate.feed_view.after(seq, 100)
        events = [
            Event(
                item.seq,
                "line",
                render_template("panel/_feed_item.html", item=line(item), is_new=True, stale=stale_parts(item)),
            )
            for item in page.items
        ]
        if page.last_seq > (events[-1].seq if events else seq):
            events.append(Event(page.last_seq))
        return events

    return event_stream(
        gate.feed, read_on,
        start=place_asked_for(gate.feed),
        is_allowed=lambda: gate.accounts.session(token, is_use=False) is not None,
    )  # fmt: skip


@bp.get("/lanes/<lane>/picture.jpg")
@needs(Permission.SEE_PEOPLE, is_use=False)
def show_picture(lane: str) -> Response:
    """What a lane's camera sees now; 404 when it has none or it sees nothing."""
    camera = appliance().cameras.get(lane)
    frame = camera.latest() if camera is not None else None
    if frame is None:
        abort(404)
    return Response(frame.jpeg(), mimetype="image/jpeg")


@bp.post("/lanes/<lane>/open")
@needs(Permission.OPEN_LANE)
def open_lane(lane: str) -> AnyResponse:
    """Open a lane on the guard's word, unless the press is older than `OPEN_WITHIN`."""
    gate = appliance()
    gate.lanes.get(lane)
    refused = refused_by_pin(lane)
    if refused is not None:
        return refused
    reason = reason_from_form()
    left_ns = _time_left(request.form.get("issued_at", "")) // timedelta(microseconds=1) * 1000
    deadline_ns = gate.clock.monotonic_ns() + left_ns
    outcome = gate.lanes.open(lane, actor=current_user().actor, reason=reason, deadline_ns=deadline_ns)
    message = str(OUTCOME_SENTENCES[outcome])
    if outcome is Outcome.OPENED:
        return done(message, url_for("panel.show_shift"))
    return not_done(message, HTTPStatus.CONFLICT if outcome is Outcome.LATE else HTTPStatus.SERVICE_UNAVAILABLE)


@bp.post("/lanes/<lane>/lock")
@needs(Permission.LOCK_LANE)
def lock_lane(lane: str) -> AnyResponse:
    """Let a lane open to no card, code or sign-in."""
    appliance().lanes.states.lock(lane, actor=current_user().actor, reason=reason_from_form())
    return done(_("The lane is locked."), url_for("panel.show_shift"))


@bp.post("/touchscreen/resume")
@needs(Permission.LOCK_LANE)
def resume_screen() -> AnyResponse:
    """Let it begin turns again."""
    appliance().screen_pause.resume(actor=current_user().actor)
    return done(_("The touchscreen is in use again."), url_for("panel.show_shift"))


@bp.post("/lanes/<lane>/unlock")
@needs(Permission.LOCK_LANE)
def unlock_lane(lane: str) -> AnyResponse:
    """Let it open again."""
    appliance().lanes.states.unlock(lane, actor=current_user().actor)
    return done(_("The lane opens again."), url_for("panel.show_shift"))


def stale_parts(item: FeedItem) -> tuple[str, ...]:
    """The parts of the screen that are to be asked for again when a line has come."""
    if item.visit_id or item.goods:
        return _PARTS
    return next((parts for beginning, parts in _STALE_BY if item.type.startswith(beginning)), _PARTS)


def _time_left(issued_at: str) -> timedelta:
    """What is left of `OPEN_WITHIN` since the press.

    `issued_at` is the press in milliseconds of this server's clock, by which the page's script sets its own. A page
    without script says nothing, and then its request's arrival counts.
    """
    if not (issued_at.isascii() and issued_at.isdigit() and len(issued_at) < 16):
        return OPEN_WITHIN
    pressed = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(issued_at))
    return min(OPEN_WITHIN, OPEN_WITHIN - (appliance().clock.now() - pressed))


def _sees_people() -> bool:
    return may(current_user().role, Permission.SEE_PEOPLE)


def _line_reader() -> Callable[[FeedItem], FeedItem]:
    """What makes of a line what whoever is logged in may read of it."""
    return (lambda item: item) if _sees_people() else anonymous


def _people() -> dict[str, object]:
    if not _sees_people():
        return {"counts": _counts()}
    inside = appliance().visit_queries.inside()
    now = appliance().clock.now()
    return {
        "hosts": appliance().approvals.asked(),
        "waiting": list(reversed(appliance().visit_queries.waiting())),
        "inside": inside[:INSIDE_SHOWN],
        "inside_count": len(inside),
        "kept": kept_at_gate(appliance().goods.goods_queries.kept(), now),
        "goods_at_gate": appliance().goods.at_gate.shown(),
        "now": now,
    }


def _counts() -> PeopleCounts:
    gate = appliance()
    return PeopleCounts(
        waiting=len(gate.visit_queries.waiting()),
        inside=len(gate.visit_queries.inside()),
        kept=len(gate.goods.goods_queries.kept()),
    )


def _alerts() -> dict[str, object]:
    return {
        "unwell": [health for health in appliance().supervisor.health() if health.condition in UNWELL],
        "in_doubt": len(appliance().spool.jobs({PrintState.UNCERTAIN})),
        "goods_waiting": len(appliance().goods.goods_queries.waiting()),
        "calendar": appliance().hours.health(appliance().clock.now()).condition,
        "late_returns": len(appliance().goods.slip_queries.late()),
        "reissues_wanted": len(appliance().goods.slip_queries.reissue_asked()),
        "handover": appliance().shifts.handovers.current(),
        "slow": sorted({lane for (lane, _), times in appliance().timings.today().items() if times.is_over}),
    }


def _lanes() -> list[LaneView]:
    gate, sees_people = appliance(), _sees_people()
    health = gate.supervisor.health()
    return [
        LaneView(
            name=lane.name,
            direction=lane.settings.direction,
            has_camera=lane.name in gate.cameras and sees_people,
            relay=lane.gate.relay_state(),
            inputs=_active_inputs(lane.name),
            waits_for_vehicle=lane.gate.waits_for_vehicle,
            trouble=lane.trouble,
            lock=_lock(lane.name),
            pause=_pause(lane.name),
            awaited_group=gate.lanes.states.awaited_group(lane.name, gate.clock.now()),
            unwell=tuple(one for one in health if one.name.startswith(f"{lane.name}.") and one.condition in UNWELL),
        )
        for lane in gate.lanes.all()
    ]


def _lock(lane: str) -> LaneLock | None:
    """Why a lane is locked; the words and by whom only for whoever may know of people."""
    lock = appliance().lanes.states.lock_of(lane)
    return lock if lock is None or _sees_people() else replace(lock, reason="", locked_by="")


def _pause(lane: str) -> Pause | None:
    """Of the touchscreen, for the lane that it stands at; by whom only for whoever may know of people."""
    pause = appliance().screen_pause.current if lane == appliance().settings.touch.lane else None
    return pause if pause is None or _sees_people() else replace(pause, by="")


def _active_inputs(lane: str) -> tuple[GateInput, ...]:
    name = f"{lane}.inputs"
    device = appliance().supervisor.device(name) if name in appliance().supervisor.names() else None
    if not isinstance(device, GateInputs):
        return ()
    try:
        return tuple(wire for wire, is_active in device.state().items() if is_active)
    except HardwareError:
        return ()  # closed at this moment: the lane's troubles say so
