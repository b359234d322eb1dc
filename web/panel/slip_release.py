"""Release slips at the gate: what was shown at a lane, and the page on which a guard ticks off what leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kiosk.domain.access import Direction
from kiosk.domain.roles import Permission
from kiosk.domain.slips import OPEN_STATES, Mismatch, Slip
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.goods.slip_release import Load, Mismatched
from kiosk.services.visit_input import MAX_CHARACTERS
from web.access import appliance
from web.panel.at_lanes import lanes_leading, picture_now
from web.panel.blueprint import bp, current_user, needs
from web.panel.goods_wording import may_leave_now
from web.panel.wording import OUTCOME_SENTENCES, refusal_sentence

_OUTCOME_WITHIN: Final = timedelta(seconds=15)
"""A gate that has told nothing for so long will not: the page no longer asks by itself."""

_MAX_PLATE: Final = MAX_CHARACTERS["vehicle_plate"]


@bp.get("/slips/<slip_id>/release")
@needs(Permission.RELEASE_GOODS)
def show_release(slip_id: str) -> Response:
    """What is on the slip, to be ticked off."""
    return _page(appliance().goods.slip_queries.get(slip_id), HTTPStatus.OK)


@bp.post("/slips/<slip_id>/release")
@needs(Permission.RELEASE_GOODS)
def release_goods(slip_id: str) -> Response:
    """Let what is ticked leave, with a picture of the lane at that moment; or say how it differs from the slip."""
    gate = appliance()
    slip = gate.goods.slip_queries.get(slip_id)
    lines, problems = _lines(slip)
    plate = request.form.get("vehicle_plate", "").strip().upper()
    if len(plate) > _MAX_PLATE:
        problems["vehicle_plate"] = FieldProblem.TOO_LONG
    lane = request.form.get("lane", "")
    if lane not in lanes_leading(Direction.OUT):
        problems["lane"] = FieldProblem.UNKNOWN_LANE
    if problems:
        return _page(slip, HTTPStatus.UNPROCESSABLE_ENTITY, problems=problems)
    frame = picture_now(lane)
    load = Load(lane, lines, plate, frame.jpeg() if frame is not None else None)
    try:
        released = gate.goods.release.release(slip.id, load, actor=current_user().actor)
    except Mismatched as refusal:
        return _page(refusal.slip, HTTPStatus.CONFLICT, found=refusal.found)
    except Invalid as refusal:
        return _page(slip, HTTPStatus.UNPROCESSABLE_ENTITY, problems=refusal.fields)
    except Conflict as refusal:
        slip = gate.goods.slip_queries.get(slip_id)
        return _page(slip, HTTPStatus.CONFLICT, refusal=refusal_sentence(refusal))
    return redirect(url_for("panel.show_trip", slip_id=slip.id, trip_id=released.trip_id), 303)


@bp.get("/slips/<slip_id>/trips/<trip_id>")
@needs(Permission.SEE_PEOPLE)
def show_trip(slip_id: str, trip_id: str) -> str:
    """What has left, what the lane did, and what is left of the slip."""
    gate = appliance()
    slip = gate.goods.slip_queries.get(slip_id)
    trips = gate.goods.slip_queries.trips(slip.id)
    trip = next((trip for trip in trips if trip.id == trip_id), None)
    if trip is None:
        raise NotFound("trip")
    outcome, now = gate.goods.slip_queries.outcome_of(trip), gate.clock.now()
    return render_template(
        "panel/slip_trip.html",
        slip=slip,
        trip=trip,
        place=trips.index(trip) + 1,
        items={item.line: item for item in slip.items},
        outcome=outcome,
        outcome_sentence=OUTCOME_SENTENCES[outcome] if outcome is not None else None,
        asks_again=outcome is None and now - trip.at < _OUTCOME_WITHIN,
        now=now,
    )


def _lines(slip: Slip) -> tuple[dict[int, int], dict[str, FieldProblem]]:
    """How many of each line leave now, and which fields are no numbers."""
    lines: dict[int, int] = {}
    problems: dict[str, FieldProblem] = {}
    for item in slip.items:
        typed = request.form.get(f"line.{item.line}", "").strip() or "0"
        if typed.isascii() and typed.isdigit() and len(typed) < 6:
            lines[item.line] = int(typed)
        else:
            problems[f"line.{item.line}"] = FieldProblem.OUT_OF_RANGE
    return lines, problems


def _page(
    slip: Slip,
    status: HTTPStatus,
    *,
    problems: Mapping[str, FieldProblem] | None = None,
    found: Sequence[Mismatch] = (),
    refusal: str = "",
) -> Response:
    gate = appliance()
    shown = next((one for one in gate.goods.at_gate.shown() if one.slip.id == slip.id), None)
    lanes, now = lanes_leading(Direction.OUT), gate.clock.now()
    asked_lane = request.values.get("lane", "")
    page = render_template(
        "panel/slip_release.html",
        slip=slip,
        now=now,
        is_good=may_leave_now(slip, now),
        may_ask=slip.state in OPEN_STATES,
        shown=shown,
        lanes=lanes,
        cameras=[lane for lane in lanes if lane in gate.cameras],
        lane=asked_lane if asked_lane in lanes else _lane_of(shown.lane if shown is not None else "", lanes),
        typed=request.form,
        problems=problems or {},
        of_line={one.line: one for one in found if one.line is not None},
        of_trip=[one.code for one in found if one.line is None],
        is_mismatched=bool(found),
        refusal=refusal,
        max_plate=_MAX_PLATE,
        replaced_by=gate.goods.slip_queries.get(slip.replaced_by_id) if slip.replaced_by_id else None,
    )
    return make_response(page, int(status))


def _lane_of(shown_at: str, lanes: Sequence[str]) -> str:
    return shown_at if shown_at in lanes else next(iter(lanes), "")
