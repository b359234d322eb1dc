"""From a card tapped or a code held up to the barrier, on a whole gate with simulated devices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hardware.interfaces import GateInput, RelayState
from hardware.supervisor import DeviceCondition
from kiosk.domain.access import CredentialState
from kiosk.domain.visits import NewVisit, VisitKind, VisitSource, VisitState
from kiosk.errors import Conflict
from kiosk.services.openings import Outcome
from kiosk.store.tables import openings
from tests.support.appliance import demo_appliance, wait_for

UNIT = "1-A-1-A"
UID = "04A1B2C3D4E5F6"


@pytest.fixture
def gate(tmp_path):
    with demo_appliance(tmp_path) as gate:
        yield gate


def _pass(gate, **changes):
    now = datetime.now(UTC)
    wanted = {
        "actor": "api", "unit": UNIT, "holder": "王小明", "not_before": now - timedelta(minutes=1),
        "not_after": now + timedelta(hours=1), "uses": 1, "lanes": None,
    }  # fmt: skip
    return gate.appliance.passes.issue(**(wanted | changes))


def _refusal(gate, after=0):
    return gate.wait_for_entry("access.refused", after=after).payload["code"]


def test_a_card_on_record_opens(gate):
    card = gate.appliance.cards.add(actor="user clerk", uid=UID, holder="陳太", unit=UNIT)
    presented_ns = gate.tap(UID)
    pulses = gate.wait_for_pulses(1)
    assert pulses[0].energised_ns > presented_ns
    granted = gate.wait_for_entry("access.granted")
    assert granted.payload["card"] == card.id
    assert gate.wait_for_entry("gate.opened").payload["opening"] == granted.payload["opening"]


def test_a_card_left_on_the_reader_opens_nothing_when_the_reader_comes_back(gate):
    gate.appliance.cards.add(actor="user clerk", uid=UID, holder="陳太", unit=UNIT)
    gate.reader().unplug()
    gate.wait_for_condition("in.reader", DeviceCondition.FAULT)
    gate.reader().present(bytes.fromhex(UID))
    gate.reader().replug()
    gate.wait_for_condition("in.reader", DeviceCondition.READY)
    gate.tap("01020304")
    assert _refusal(gate) == "unknown"
    assert gate.entries("access.granted") == []
    gate.tap(UID)
    gate.wait_for_pulses(1)
    assert len(gate.entries("access.granted")) == 1


def test_a_visitor_card_lets_its_visitor_out_and_nobody_in(gate):
    card = gate.appliance.cards.add(actor="user clerk", uid=UID, holder="Visitor 1", unit=UNIT, for_visits=True)
    gate.tap(UID, "in")
    assert _refusal(gate) == "used"
    visit = gate.appliance.visits.sign_in(
        NewVisit(VisitKind.GUEST, UNIT, "王小明"), source=VisitSource.PANEL, actor="user guard", lane=None
    ).visit
    assert [one.id for one in gate.appliance.cards.lendable()] == [card.id]
    gate.appliance.visits.lend_card(visit.id, card.id, actor="user guard")
    assert gate.appliance.cards.lendable() == []
    gate.tap(UID, "out")
    gate.wait_for_pulses(1, "out")
    assert gate.appliance.visit_queries.get(visit.id).state is VisitState.SIGNED_OUT
    assert gate.entries("access.granted", card=card.id, visit=visit.id)
    assert [one.id for one in gate.appliance.cards.lendable()] == [card.id]


def test_a_visitor_card_is_lent_to_one_visitor_at_a_time(gate):
    def visit():
        new = NewVisit(VisitKind.GUEST, UNIT, "王小明")
        return gate.appliance.visits.sign_in(new, source=VisitSource.PANEL, actor="user guard", lane=None).visit

    card = gate.appliance.cards.add(actor="user clerk", uid=UID, holder="Visitor 1", unit=UNIT, for_visits=True)
    residents = gate.appliance.cards.add(actor="user clerk", uid="01020304", holder="陳太", unit=UNIT)
    first, second = visit(), visit()
    lend = gate.appliance.visits.lend_card
    lend(first.id, card.id, actor="user guard")
    for visit_id, card_id, code in (
        (second.id, card.id, "card-not-lendable"),
        (second.id, residents.id, "card-not-lendable"),
        (second.id, "0" * 32, "card-not-lendable"),
        (first.id, residents.id, "visit-has-card"),
    ):
        with pytest.raises(Conflict) as refusal:
            lend(visit_id, card_id, actor="user guard")
        assert refusal.value.code == code
    gate.appliance.visits.sign_out(first.id, actor="user guard")
    with pytest.raises(Conflict):
        lend(first.id, card.id, actor="user guard")
    lend(second.id, card.id, actor="user guard")


@pytest.mark.parametrize("uid", ["01020304", "04010203040506", "04010203040506070809"])
def test_an_unknown_card_stays_out(gate, uid):
    gate.tap(uid)
    assert _refusal(gate) == "unknown"
    assert gate.relay().pulses == ()


def test_a_lost_card_stays_out(gate):
    card = gate.appliance.cards.add(actor="user clerk", uid=UID, holder="陳太", unit=UNIT)
    gate.appliance.cards.set_state(card.id, CredentialState.LOST, actor="user clerk")
    gate.tap(UID)
    assert _refusal(gate) == "lost"


def test_a_card_that_does_not_speak_stays_out(gate):
    gate.reader().present_unreadable("no-uid")
    assert _refusal(gate) == "unreadable"


def test_the_same_tap_twice_is_one_event(gate):
    gate.appliance.cards.add(actor="user clerk", uid=UID, holder="陳太", unit=UNIT)
    gate.tap(UID)
    gate.tap(UID)
    gate.tap("01020304")
    assert _refusal(gate) == "unknown"
    gate.wait_for_entry("gate.opened")
    assert len(gate.entries("access.granted")) == 1


def test_a_receipts_code_signs_out_at_the_way_out_and_then_never_again(gate):
    signed_in = gate.appliance.visits.sign_in(
        NewVisit(VisitKind.GUEST, UNIT, "王小明"), source=VisitSource.TOUCH, actor="touch", lane="in"
    )
    gate.hold_up(signed_in.issued.token, "in")
    assert _refusal(gate) == "used"
    gate.hold_up(signed_in.issued.token, "out")
    gate.wait_for_pulses(1, "out")
    visit = gate.appliance.visit_queries.get(signed_in.visit.id)
    assert visit.state is VisitState.SIGNED_OUT
    assert gate.entries("visit.signed_out", visit=visit.id)


def test_a_code_held_up_is_one_event(gate):
    issued = _pass(gate)
    gate.hold_up(issued.token, "in", 1.0)
    gate.wait_for_entry("gate.opened")
    gate.hold_up(issued.token, "in", 1.0)
    gate.hold_up("HELLO", "in", 1.0)
    assert _refusal(gate) == "unknown"
    assert len(gate.entries("access.granted")) == 1


def test_a_single_use_pass_comes_in_once_and_goes_out_once(gate):
    issued = _pass(gate)
    gate.hold_up(issued.token, "in")
    gate.wait_for_pulses(1, "in")
    inside = gate.appliance.visit_queries.inside()
    assert [(visit.visitor_name, visit.source) for visit in inside] == [("王小明", VisitSource.PASS)]
    gate.hold_up(issued.token, "out")
    gate.wait_for_pulses(1, "out")
    assert gate.appliance.visit_queries.inside() == []


def test_what_a_pass_is_refused_for(gate):
    revoked = _pass(gate)
    gate.appliance.passes.revoke(revoked.id, actor="api")
    early = _pass(gate, not_before=datetime.now(UTC) + timedelta(minutes=30))
    elsewhere = _pass(gate, lanes=frozenset({"out"}))
    genuine = _pass(gate).token
    forged = genuine[:-3] + ("000" if genuine[-3:] != "000" else "111")
    after = 0
    for token, code in (
        (revoked.token, "revoked"),
        (early.token, "not-yet-valid"),
        (elsewhere.token, "wrong-lane"),
        (forged, "forged"),
        ("https://example.com/", "unknown"),
    ):
        gate.hold_up(token, "in", 0.5)
        refused = gate.wait_for_entry("access.refused", after=after)
        assert refused.payload["code"] == code
        after = refused.seq
    assert gate.relay().pulses == ()


def test_a_relay_that_is_gone_is_said_and_not_forgotten(gate):
    gate.appliance.cards.add(actor="user clerk", uid=UID, holder="陳太", unit=UNIT)
    gate.relay().unplug()
    gate.wait_for_condition("in.relay", DeviceCondition.FAULT)
    gate.tap(UID)
    assert gate.wait_for_entry("gate.failed").payload["fault"] == "relay-unavailable"
    gate.relay().replug()
    gate.wait_for_condition("in.relay", DeviceCondition.READY)
    assert gate.relay().pulses == ()


def test_the_exit_button_opens(gate):
    gate.inputs("out").set(GateInput.EXIT_BUTTON, True)
    gate.wait_for_pulses(1, "out")
    gate.wait_for_entry("input.changed", input="exit_button", active=True)
    gate.wait_for_entry("gate.opened", cause="exit-button")


def test_a_guards_command_opens_and_a_late_one_does_not(gate):
    lanes = gate.appliance.lanes
    now_ns = gate.appliance.clock.monotonic_ns()
    assert lanes.open("in", actor="user guard", reason="ambulance", deadline_ns=now_ns + 5 * 10**9) is Outcome.OPENED
    assert lanes.open("in", actor="user guard", reason="ambulance", deadline_ns=now_ns - 1) is Outcome.LATE
    gate.wait_for_entry("gate.late")
    assert len(gate.wait_for_pulses(1)) == 1
    assert gate.entries("gate.commanded")[0].payload["reason"] == "ambulance"


def test_what_was_in_flight_at_a_crash_is_closed_and_opens_nothing(tmp_path):
    with demo_appliance(tmp_path) as gate, gate.appliance.store.write() as transaction:
        transaction.connection.execute(
            openings.insert(), {"id": "f" * 32, "lane": "in", "cause": "credential", "decided_at": transaction.now}
        )
    with demo_appliance(tmp_path) as gate:
        assert gate.entries("gate.interrupted", opening="f" * 32)
        assert gate.relay().pulses == ()
        assert gate.relay().state() is RelayState.RELEASED
        assert gate.appliance.lanes.settle_interrupted() == 0


def test_a_lane_lives_on_when_its_event_cannot_be_recorded(gate):
    gate.appliance.cards.add(actor="user clerk", uid=UID, holder="陳太", unit=UNIT)
    lane = gate.appliance.lanes.get("in")
    with gate.appliance.store.write() as transaction:
        transaction.connection.exec_driver_sql("ALTER TABLE openings RENAME TO elsewhere")
    gate.tap(UID)
    wait_for(lambda: lane.trouble)
    assert gate.relay().pulses == ()
    with gate.appliance.store.write() as transaction:
        transaction.connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO openings")
    assert _refusal(gate) == "doubtful"
    gate.tap("01020304")
    gate.wait_for_entry("access.refused", code="unknown")
    wait_for(lambda: not lane.trouble)
