"""The gate while its database is locked or its disk is full: the way in closed and said so, the way out open."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import OperationalError

from hardware.interfaces import CardPresented, GateInput, RelayState
from hardware.supervisor import DeviceCondition
from kiosk.services.admission import OPEN_WITHIN_NS
from kiosk.services.card_watch import CardTapped
from kiosk.services.lane import INBOX_LENGTH
from kiosk.services.openings import Outcome
from kiosk.services.qr_watch import QrPresented
from kiosk.store import database, journal
from tests.support.appliance import demo_appliance, wait_for

UID = "04A1B2C3D4E5F6"
UNIT = "1-A-1-A"


@pytest.fixture
def gate(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_S", 120.0)  # longer than any test: who waits for the store waits for the test
    with demo_appliance(tmp_path) as gate:
        gate.appliance.cards.add(actor="user clerk", uid=UID, holder="陳太", unit=UNIT)
        yield gate


@contextmanager
def _full_disk(gate):
    """Let every write fail as on a full disk, then free it."""
    store = gate.appliance.store
    with store.write() as transaction:
        pages = transaction.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        transaction.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    for padding in (8000, 1):
        with pytest.raises(OperationalError, match="full"):
            _write_for_ever(store, padding)
    yield
    with store.write() as transaction:
        transaction.connection.exec_driver_sql("PRAGMA max_page_count = 1000000")


def _write_for_ever(store, padding):
    while True:
        with store.write() as transaction:
            transaction.record("system", "system.started", {"padding": "x" * padding})


def _press(gate, lane="out"):
    gate.inputs(lane).set(GateInput.EXIT_BUTTON, True)
    gate.inputs(lane).set(GateInput.EXIT_BUTTON, False)


def test_the_exit_button_opens_while_somebody_holds_the_database(gate):
    with gate.appliance.store.write():
        for times in (1, 2, 3):
            _press(gate)
            gate.wait_for_pulses(times, "out")
    gate.wait_for_entry("gate.opened", cause="exit-button")
    wait_for(lambda: len(gate.entries("gate.opened", cause="exit-button")) == 3)


def test_the_exit_button_opens_when_relay_and_inputs_came_back_while_somebody_held_the_database(gate):
    with gate.appliance.store.write():
        for device in (gate.relay("out"), gate.inputs("out")):
            device.unplug()
        for name in ("out.relay", "out.inputs"):
            gate.wait_for_condition(name, DeviceCondition.FAULT)
        for device in (gate.relay("out"), gate.inputs("out")):
            device.replug()
        for name in ("out.relay", "out.inputs"):
            gate.wait_for_condition(name, DeviceCondition.READY)
        _press(gate)
        gate.wait_for_pulses(1, "out")
    for condition in ("fault", "ready"):
        gate.wait_for_entry("device.changed", device="out.relay", condition=condition)


def test_a_full_disk_closes_the_way_in_leaves_the_way_out_and_passes(gate):
    lane = gate.appliance.lanes.get("in")
    with _full_disk(gate):
        gate.tap(UID)
        wait_for(lambda: lane.trouble)
        assert "OperationalError" in lane.trouble
        now_ns = gate.appliance.clock.monotonic_ns()
        opened = gate.appliance.lanes.open("in", actor="user guard", reason="test", deadline_ns=now_ns + 5 * 10**9)
        assert opened is Outcome.FAILED
        _press(gate)
        gate.wait_for_pulses(1, "out")
        _press(gate)
        gate.wait_for_pulses(2, "out")
        assert gate.relay("in").pulses == ()
        assert gate.appliance.is_alive()
    lane._repeats.forget()  # another three seconds on
    gate.tap(UID)
    gate.wait_for_pulses(1, "in")
    wait_for(lambda: not lane.trouble)
    with gate.appliance.store.read() as connection:
        assert journal.verify(connection).bad_seq is None


def test_a_pass_that_was_decided_too_late_keeps_its_use(gate):
    now = datetime.now(UTC)
    issued = gate.appliance.passes.issue(
        actor="api", unit=UNIT, holder="王小明", uses=1, lanes=None,
        not_before=now - timedelta(hours=1), not_after=now + timedelta(hours=1),
    )  # fmt: skip
    lane = gate.appliance.lanes.get("in")
    lane.post(QrPresented(issued.token, time.monotonic_ns() - OPEN_WITHIN_NS))
    gate.wait_for_entry("access.refused", code="doubtful", credential="pass")
    lane.post(QrPresented(issued.token, time.monotonic_ns() + 1))
    gate.wait_for_entry("access.granted")
    gate.wait_for_pulses(1)
    lane.post(CardTapped(CardPresented(bytes.fromhex(UID), b"", 0)))
    gate.wait_for_entry("access.refused", code="doubtful", credential="card")


def test_a_crowd_of_codes_loses_no_outcome(gate):
    lane = gate.appliance.lanes.get("in")
    with gate.appliance.store.write():
        for index in range(INBOX_LENGTH * 3):
            lane.post(QrPresented(f"code {index}", time.monotonic_ns()))
        for times in (1, 2, 3):
            _press(gate, "in")
            gate.wait_for_pulses(times, "in")
    wait_for(lambda: len(gate.entries("gate.opened", cause="exit-button")) == 3)
    refused = len(gate.entries("access.refused"))
    assert INBOX_LENGTH <= refused <= INBOX_LENGTH + 1
    assert gate.relay("in").state() is RelayState.RELEASED
