"""A release slip held up to a lane's camera: on record and told, and nothing opens by it."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from kiosk.domain.slips import ApprovalMethod, NewItem, NewSlip, Requester, SlipKind, SlipSource, SlipState
from kiosk.services.goods.slip_gate import STANDS_FOR
from kiosk.services.goods.slip_release import Load
from kiosk.services.goods.slips import Word
from kiosk.services.qr_watch import QrPresented
from kiosk.services.repeats import SAME_EVENT_NS
from tests.support.appliance import demo_appliance
from tests.support.desk import SetClock, open_desk

DEPARTMENT = "工程部 Works"


def _slip(goods, now, *, is_approved=True):
    new = NewSlip(
        kind=SlipKind.DEPARTMENT, requester=Requester.DEPARTMENT, department=DEPARTMENT, requested_by="李工",
        items=(NewItem("發電機", 2),), not_before=now - timedelta(hours=1), not_after=now + timedelta(hours=9),
    )  # fmt: skip
    slip = goods.slips.request(new, source=SlipSource.DESK, actor="user desk")
    if not is_approved:
        return slip
    return goods.slips.approve(slip.id, Word(ApprovalMethod.SUPERVISOR, "user boss", "user boss"))


@pytest.fixture
def desk(tmp_path):
    with open_desk(tmp_path, clock=SetClock()) as desk:
        yield desk


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    with demo_appliance(tmp_path_factory.mktemp("gate")) as gate:
        yield gate


def _show(desk, slip, lane="out"):
    desk.goods.at_gate.hears(desk.goods.slip_queries.token_of(slip))(lane)


def _told_of(gate, lane, after):
    """What a lane has told; what the devices tell meanwhile is left out."""
    return [entry for entry in gate.entries("", after) if entry.actor == f"lane {lane}"]


def test_a_pass_is_none_of_its_business(desk):
    assert desk.goods.at_gate.hears("NCFOXN%TS") is None
    assert desk.goods.at_gate.hears("https://example.com/SLIP:") is None


def test_what_was_shown_stands_at_the_gate_until_it_leaves_or_time_goes_by(desk):
    slip, waiting = _slip(desk.goods, desk.clock.now()), _slip(desk.goods, desk.clock.now(), is_approved=False)
    _show(desk, slip)
    desk.clock.move(timedelta(minutes=1))
    _show(desk, waiting, "side")
    shown = [(one.slip.id, one.lane, one.slip.state) for one in desk.goods.at_gate.shown()]
    assert shown == [(waiting.id, "side", SlipState.REQUESTED), (slip.id, "out", SlipState.APPROVED)]
    desk.goods.release.release(slip.id, Load("out", {1: 1}), actor="user guard")
    assert [one.slip.id for one in desk.goods.at_gate.shown()] == [waiting.id]
    _show(desk, slip)  # for the next trip
    assert [one.slip.id for one in desk.goods.at_gate.shown()] == [slip.id, waiting.id]
    desk.clock.move(STANDS_FOR)
    assert desk.goods.at_gate.shown() == []


def test_a_slip_at_a_lane_is_told_once_and_opens_nothing(gate):
    goods, lane = gate.appliance.goods, gate.appliance.lanes.get("out")
    slip = _slip(goods, gate.appliance.clock.now())
    token, before = goods.slip_queries.token_of(slip), gate.appliance.feed.last_seq
    first_ns = time.monotonic_ns()
    for presented_ns in (first_ns, first_ns + SAME_EVENT_NS - 1, first_ns + 2 * SAME_EVENT_NS):
        lane.post(QrPresented(token, presented_ns))
    lane.do(lambda: None).result(timeout=20)
    told = _told_of(gate, "out", before)
    assert [entry.type for entry in told] == ["slip.presented", "slip.presented"]
    assert told[0].actor == "lane out"
    assert told[0].payload == {
        "slip": slip.id, "number": slip.number, "unit": None, "lane": "out", "state": "approved",
    }  # fmt: skip
    assert gate.relay("out").pulses == ()


def test_a_forged_slip_is_told_without_a_number_it_may_have_made_up(gate):
    goods, lane = gate.appliance.goods, gate.appliance.lanes.get("out")
    token, before = goods.slip_queries.token_of(_slip(goods, gate.appliance.clock.now())), gate.appliance.feed.last_seq
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    never_issued = goods.codes.slip_token("R2026-99999")
    for text in (forged, never_issued, "slip:", "SLIP:R2026-00001"):
        lane.post(QrPresented(text, time.monotonic_ns()))
    lane.do(lambda: None).result(timeout=20)
    told = [(entry.type, entry.payload) for entry in _told_of(gate, "out", before)]
    assert told == [("slip.unknown", {"lane": "out"})] * 4


def test_a_slip_held_up_to_the_camera_is_read(gate):
    slip = _slip(gate.appliance.goods, gate.appliance.clock.now())
    before = gate.appliance.feed.last_seq
    gate.hold_up(gate.appliance.goods.slip_queries.token_of(slip), "out")
    gate.wait_for_entry("slip.presented", before, slip=slip.id, lane="out")
