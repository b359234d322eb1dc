"""Goods at the gate: what was shown, ticked off by a guard, let out or kept back."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from kiosk.domain.slips import ApprovalMethod, NewItem, NewSlip, Requester, Slip, SlipKind, SlipSource, SlipState
from kiosk.services.goods.slips import Word
from kiosk.services.qr_watch import QrPresented
from tests.panel.guard import Guard
from tests.support.appliance import TestGate


def new(gate: TestGate, *, is_approved: bool = True, **changes: Any) -> Slip:
    """A department's slip, which needs no resident; signed by the supervisor."""
    slips, now = gate.appliance.goods.slips, gate.appliance.clock.now()
    wanted: dict[str, Any] = {
        "kind": SlipKind.DEPARTMENT, "requester": Requester.DEPARTMENT, "department": "工程部 Works",
        "requested_by": "李工", "items": (NewItem("發電機", 3), NewItem("Ladder", 1)),
        "not_before": now - timedelta(hours=1), "not_after": now + timedelta(hours=9), "vehicle_plate": "AB 1234",
    }  # fmt: skip
    slip = slips.request(NewSlip(**(wanted | changes)), source=SlipSource.DESK, actor="user frontdesk")
    if not is_approved:
        return slip
    return slips.approve(slip.id, Word(ApprovalMethod.SUPERVISOR, "user supervisor", "user supervisor"))


def show(gate: TestGate, slip: Slip, lane: str = "out") -> None:
    """Have a lane's camera read the slip's code."""
    before, token = gate.appliance.feed.last_seq, gate.appliance.goods.slip_queries.token_of(slip)
    gate.appliance.lanes.get(lane).post(QrPresented(token, time.monotonic_ns()))
    gate.wait_for_entry("slip.presented", before, slip=slip.id)


def release(guard: Guard, slip: Slip, lines: dict[int, str], **fields: str) -> Any:
    load = {f"line.{line}": quantity for line, quantity in lines.items()}
    return guard.post(
        f"/panel/slips/{slip.id}/release", **({"lane": "out", "vehicle_plate": "ab-1234"} | fields), **load
    )


def test_a_trip_opens_the_lane_and_is_kept_with_its_picture(guard: Guard, gate: TestGate) -> None:
    slip, pulses = new(gate), len(gate.relay("out").pulses)
    page = guard.get(f"/panel/slips/{slip.id}/release").text
    assert 'name="vehicle_plate" value=""' in page
    answer = release(guard, slip, {1: "2", 2: ""})
    assert answer.status_code == 303
    gate.wait_for_pulses(pulses + 1, "out")
    (trip,) = gate.appliance.goods.slip_queries.trips(slip.id)
    assert answer.location == f"/panel/slips/{slip.id}/trips/{trip.id}"
    assert (trip.lines, trip.vehicle_plate, trip.lane, trip.by) == ({1: 2}, "AB-1234", "out", "user guard")
    gate.wait_for_entry("gate.opened", opening=trip.opening_id)
    shown = guard.get(answer.location).text
    assert "The lane is open." in shown
    assert "http-equiv" not in shown
    assert f'href="/panel/slips/{slip.id}/release?lane=out"' in shown
    picture = guard.get(f"/panel/photos/{trip.photo_id}.jpg")
    assert picture.data.startswith(b"\xff\xd8")
    slip_page = guard.get(f"/panel/slips/{slip.id}").text
    assert "Partly released" in slip_page
    assert "Goods released" in slip_page


def test_the_last_trip_uses_the_slip_up(guard: Guard, gate: TestGate) -> None:
    slip = new(gate)
    answer = release(guard, slip, {1: "3", 2: "1"})
    assert "Nothing: the slip is used up." in guard.get(answer.location).text
    assert gate.appliance.goods.slip_queries.get(slip.id).state is SlipState.RELEASED
    again = release(guard, slip, {1: "1"})
    assert (again.status_code, "USED UP" in again.text) == (409, True)


def test_each_difference_is_told_at_its_line_and_nothing_leaves(guard: Guard, gate: TestGate) -> None:
    slip, before, pulses = new(gate), gate.appliance.feed.last_seq, len(gate.relay("out").pulses)
    answer = release(guard, slip, {1: "4", 2: "1"}, vehicle_plate="XX 1")
    assert answer.status_code == 409
    assert "Nothing has left. The lane stays closed." in answer.text
    assert "The slip is for another vehicle." in answer.text
    assert 'id="line.1-problem">This is more than the slip has left.' in answer.text
    assert 'id="line.2-problem"' not in answer.text
    assert 'name="line.1" min="0" value="4"' in answer.text
    assert answer.text.count("Ask the desk to re-issue") == 1
    assert len(gate.relay("out").pulses) == pulses
    assert gate.appliance.goods.slip_queries.get(slip.id) == slip
    (entry,) = gate.entries("slip.mismatch", before)
    assert entry.payload["found"] == [{"code": "other-plate", "line": None}, {"code": "over-balance", "line": 1}]
    asked = guard.post(f"/panel/slips/{slip.id}/ask-reissue", lane="out", back="/panel/")
    assert asked.location == "/panel/"
    assert gate.appliance.goods.slip_queries.get(slip.id).reissue_asked_at is not None


@pytest.mark.parametrize(
    ("lines", "fields", "field"),
    [
        ({1: "two"}, {}, "line.1"),
        ({1: "-1"}, {}, "line.1"),
        ({1: "1"}, {"vehicle_plate": "X" * 99}, "vehicle_plate"),
        ({1: "1"}, {"lane": "in"}, "lane"),
        ({1: "1"}, {"lane": "nowhere"}, "lane"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_field(
    guard: Guard, gate: TestGate, lines: dict[int, str], fields: dict[str, str], field: str
) -> None:
    slip = new(gate)
    answer = release(guard, slip, lines, **fields)
    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text
    assert gate.appliance.goods.slip_queries.trips(slip.id) == []


def test_a_locked_lane_lets_nothing_leave_and_what_was_ticked_stays(guard: Guard, gate: TestGate) -> None:
    slip = new(gate)
    guard.post("/panel/lanes/out/lock", reason="Repair")
    try:
        answer = release(guard, slip, {1: "2"})
    finally:
        guard.post("/panel/lanes/out/unlock")
    assert (answer.status_code, "The lane is locked." in answer.text) == (409, True)
    assert 'name="line.1" min="0" value="2"' in answer.text
    assert gate.appliance.goods.slip_queries.trips(slip.id) == []


@pytest.mark.parametrize(
    ("changes", "end", "loud"),
    [
        ({"is_approved": False}, "", "NOT APPROVED"),
        ({}, "void", "VOID"),
        ({"is_approved": False}, "refuse", "REFUSED"),
        ({"kind": "later"}, "", "The slip is for another day."),
    ],
)
def test_a_slip_that_is_not_good_says_so_and_offers_nothing_to_tick(
    guard: Guard, gate: TestGate, changes: dict[str, Any], end: str, loud: str
) -> None:
    now = gate.appliance.clock.now()
    if changes.get("kind") == "later":
        changes = {"not_before": now + timedelta(days=1), "not_after": now + timedelta(days=2)}
    slip = new(gate, **changes)
    if end:
        getattr(gate.appliance.goods.slips, end)(slip.id, actor="user frontdesk", reason="Typed twice")
    show(gate, slip)
    page = guard.get(f"/panel/slips/{slip.id}/release").text
    assert f'<p class="loud">{loud}</p>' in page
    assert "Let it leave" not in page
    card = guard.get("/panel/parts/people").text.split(f'id="goods-{slip.id}"')[1].split("</article>")[0]
    assert 'class="loud"' in card


def test_goods_whose_slip_was_shown_stand_on_the_shifts_screen_until_they_leave(
    guard: Guard, stranger: Guard, gate: TestGate
) -> None:
    slip = new(gate)
    assert f"goods-{slip.id}" not in guard.get("/panel/").text
    show(gate, slip)
    shift = guard.get("/panel/").text
    assert f'id="goods-{slip.id}"' in shift
    assert f'href="/panel/slips/{slip.id}/release?lane=out"' in shift
    assert "Release slip shown at the gate" in shift
    assert "Number of a release slip" in shift
    stranger.log_in("frontdesk")
    seen = stranger.get("/panel/").text
    assert f'id="goods-{slip.id}"' in seen
    assert "/release" not in seen
    page = guard.get(f"/panel/slips/{slip.id}/release").text
    assert "Shown at the gate" in page
    release(guard, slip, {1: "1"})
    assert f"goods-{slip.id}" not in guard.get("/panel/parts/people").text


def test_a_trip_of_another_slip_is_not_found(guard: Guard, gate: TestGate) -> None:
    slip, other = new(gate), new(gate)
    there = release(guard, slip, {1: "1"}).location
    assert guard.get(there).status_code == 200
    assert guard.get(there.replace(slip.id, other.id)).status_code == 404
