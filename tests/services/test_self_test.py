"""A lane tests itself: what it finds on devices that are well, gone or hang, and that nothing else comes of it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from hardware import factory
from hardware.drivers.qr_decoders import ZxingDecoder
from hardware.interfaces import Device, DeviceKind, GateInput, QrCode
from hardware.simulated.reader import SimulatedCardReader
from hardware.supervisor import DeviceCondition
from kiosk.bootstrap import build_appliance
from kiosk.config import parse
from kiosk.domain.self_test import Result, SelfTestReport, Step
from kiosk.errors import NotFound
from kiosk.services import loop_walk, self_test
from kiosk.services.code_picture import draw_code
from kiosk.store import database, journal, tables
from tests.support.appliance import PATIENCE_S, TestGate, demo_appliance, document, qr_png, wait_for

UID = "04A1B2C3D4E5F6"
GUARD = "user chan"
PASSED, FAILED, ABSENT, SKIPPED = Result.PASSED, Result.FAILED, Result.ABSENT, Result.SKIPPED


@pytest.fixture
def gate(tmp_path: Path):
    with demo_appliance(tmp_path) as running:
        yield running


def run(gate: TestGate, lane: str = "in") -> SelfTestReport:
    return gate.appliance.self_tests.run(lane, actor=GUARD)


def results(report: SelfTestReport) -> dict[Step, Result]:
    return {one.step: one.result for one in report.steps}


def counts(gate: TestGate) -> dict[str, int]:
    """How many rows each table has in which a person's coming and going leaves any."""
    names = ("visits", "passes", "cards", "openings", "alarms", "print_jobs")
    with gate.appliance.store.read() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(getattr(tables, name))).scalar_one()
            for name in names
        }


def test_a_lane_that_is_well_passes_and_its_barrier_stays_down(gate: TestGate) -> None:
    before, rows = gate.appliance.feed.last_seq, counts(gate)
    report = run(gate)
    assert list(results(report)) == list(Step)
    assert set(results(report).values()) == {PASSED}
    assert report.passed
    assert report.path_ms is not None
    assert report.path_ms > 0
    assert gate.relay().pulses == ()
    assert counts(gate) == rows
    assert all(figures.count == 0 for figures in gate.appliance.timings.today().values())
    decided, told = [entry for entry in gate.entries("", before) if not entry.type.startswith("device.")]
    assert (decided.actor, decided.type) == ("lane in", "lane.self_test_decided")
    assert decided.payload == {"lane": "in", "test": report.id, "code": "granted"}
    assert (told.actor, told.type) == (GUARD, "lane.self_test")
    assert told.payload == {
        "lane": "in", "test": report.id, "passed": True, "faults": {}, "steps": dict.fromkeys(Step, "passed"),
    }  # fmt: skip
    assert gate.appliance.self_tests.latest("in") == report
    assert gate.appliance.self_tests.latest("out") is None


def test_what_a_lane_has_not_is_not_missed(tmp_path: Path) -> None:
    simulated = {"driver": "simulated"}
    lanes = {"in": {"direction": "both", "relay": simulated, "pulse_s": 0.05}}
    with demo_appliance(tmp_path, settings={"lanes": lanes}) as gate:
        report = run(gate)
        absent = {step for step, result in results(report).items() if result is ABSENT}
        assert absent == {Step.INPUTS, Step.READER, Step.CAMERA, Step.DECODER}
        assert report.passed


def test_devices_that_are_gone_are_named_and_the_way_through_the_lane_is_proven_without_them(gate: TestGate) -> None:
    steps = (Step.RELAY, Step.INPUTS, Step.READER, Step.CAMERA)
    for device in (gate.relay(), gate.inputs(), gate.reader(), gate.camera()):
        device.unplug()
    for step in steps:
        gate.wait_for_condition(f"in.{step.value}", DeviceCondition.FAULT)
    report = run(gate)
    assert not report.passed
    assert report.faults == dict.fromkeys(steps, "unplugged")
    assert results(report)[Step.CONTACT] is PASSED
    assert gate.entries("lane.self_test")[0].payload["faults"] == report.faults
    assert run(gate, "out").passed, "the other lane has nothing to do with it"


class HungReader(SimulatedCardReader):
    """A reader whose driver never comes back."""

    def wait_for_event(self, timeout_s: float) -> Any:  # noqa: ARG002
        with self._changed:
            while self._is_open:
                self._changed.wait()
        return super().wait_for_event(0)


class Blind(ZxingDecoder):
    """A decoder that sees nothing."""

    def decode(self, gray: Any, *, thorough: bool = False) -> tuple[QrCode, ...]:  # noqa: ARG002
        return ()


@contextmanager
def gate_with(tmp_path: Path, kind: DeviceKind, device: type[Device]):
    def build(built: DeviceKind, driver: str, options: Mapping[str, object]) -> Device:
        return device() if built is kind else factory.build(built, driver, options)

    appliance = build_appliance(parse(document()), tmp_path / "data", build_device=build)
    appliance.start()
    try:
        assert appliance.supervisor.wait_until_settled(PATIENCE_S)
        yield TestGate(appliance, tmp_path / "data")
    finally:
        assert appliance.stop(PATIENCE_S)


def test_a_reader_that_hangs_is_found_out_although_it_calls_itself_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(self_test, "SIGN_OF_LIFE_S", 1.5)  # the healthy ones turn once a second
    with gate_with(tmp_path, DeviceKind.READER, HungReader) as gate:
        gate.wait_for_condition("in.reader", DeviceCondition.READY)
        assert run(gate).faults == {Step.READER: "not-responding"}


def test_a_decoder_that_reads_nothing_is_found_out(tmp_path: Path) -> None:
    with gate_with(tmp_path, DeviceKind.DECODER, Blind) as gate:
        assert run(gate).faults == {Step.DECODER: "not-read"}


def test_a_register_that_cannot_be_written_is_told_and_the_test_is_told_all_the_same(
    gate: TestGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    with gate.appliance.store.write(), ThreadPoolExecutor() as pool, monkeypatch.context() as once_held:
        once_held.setattr(database, "BUSY_S", 0.05)
        report = pool.submit(run, gate).result(PATIENCE_S)
    assert report.faults == {Step.STORE: "store-busy"}
    assert (results(report)[Step.DECISION], results(report)[Step.PULSE]) == (PASSED, SKIPPED)
    assert not report.is_recorded
    assert gate.appliance.self_tests.latest("in") == report
    assert gate.entries("lane.self_test") == []


def test_a_lane_that_hangs_is_told_and_does_not_open_afterwards(
    gate: TestGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_walk, "LANE_S", 0.1)
    let_go = threading.Event()
    busy = gate.appliance.lanes.get("in").do(let_go.wait)
    try:
        report = run(gate)
    finally:
        let_go.set()
    assert report.faults == {Step.LANE: "not-responding"}
    assert [results(report)[step] for step in (Step.DECISION, Step.STORE, Step.PULSE, Step.CONTACT)] == [SKIPPED] * 4
    busy.result(PATIENCE_S)
    assert run(gate).passed
    assert len(gate.entries("lane.self_test_decided")) == 1, "the first credential came to nothing"


def test_a_lane_that_leaves_does_nothing_more_and_keeps_nobody_waiting(gate: TestGate) -> None:
    gate.appliance.lanes.get("in").let_go()
    report = run(gate)
    assert report.faults == {Step.LANE: "not-responding"}
    assert gate.entries("lane.self_test_decided") == []


def test_who_waits_at_the_gate_goes_first(gate: TestGate) -> None:
    gate.appliance.cards.add(actor="user clerk", uid=UID, holder="陳太", unit="1-A-1-A")
    lane, let_go = gate.appliance.lanes.get("in"), threading.Event()
    lane.do(let_go.wait)
    with ThreadPoolExecutor() as pool:
        test = pool.submit(run, gate)
        wait_for(lambda: lane._inbox.qsize() == 1)
        gate.tap(UID)
        wait_for(lambda: lane._inbox.qsize() == 2)
        let_go.set()
        assert test.result(PATIENCE_S).passed
    gate.wait_for_pulses(1)
    granted = gate.wait_for_entry("access.granted")
    (decided,) = gate.entries("lane.self_test_decided")
    assert granted.seq < decided.seq


def test_a_real_opening_beside_a_test_is_a_real_one(gate: TestGate) -> None:
    with ThreadPoolExecutor() as pool:
        test = pool.submit(run, gate)
        gate.wait_for_entry("lane.self_test_decided")
        gate.inputs().set(GateInput.EXIT_BUTTON, True)
        gate.wait_for_entry("gate.opened", cause="exit-button")
        assert test.result(PATIENCE_S).passed
    gate.wait_for_pulses(1)
    gate.inputs().set(GateInput.CONTACT, True)
    gate.wait_for_entry("input.changed", input="contact")
    assert gate.entries("alarm.raised") == []


def test_a_test_excuses_no_forced_gate(gate: TestGate) -> None:
    assert run(gate).passed
    gate.inputs().set(GateInput.CONTACT, True)
    assert gate.wait_for_entry("alarm.raised").payload["kind"] == "forced"


def test_two_who_ask_at_once_get_one_test(gate: TestGate) -> None:
    let_go = threading.Event()
    gate.appliance.lanes.get("in").do(let_go.wait)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(run, gate)
        running = wait_for(lambda: gate.appliance.self_tests._running.get("in"))
        second = pool.submit(run, gate)
        wait_for(lambda: running._condition._waiters)  # the second one waits for the first one's report
        let_go.set()
        assert first.result(PATIENCE_S) == second.result(PATIENCE_S)
    assert len(gate.entries("lane.self_test")) == 1
    assert not gate.appliance.self_tests._running


def test_there_is_no_test_of_no_lane(gate: TestGate) -> None:
    with pytest.raises(NotFound):
        run(gate, "roof")


def test_a_report_outlives_the_program(tmp_path: Path) -> None:
    with demo_appliance(tmp_path) as gate:
        gate.reader().unplug()
        gate.wait_for_condition("in.reader", DeviceCondition.FAULT)
        run(gate)
        report = run(gate)
    with demo_appliance(tmp_path) as gate:
        assert gate.appliance.self_tests.latest("in") == report
        with gate.appliance.store.write() as transaction:
            steps = [{"step": "telepathy", "result": "passed", "code": "", "took_ms": None}]
            transaction.connection.execute(update(tables.self_tests).values(steps=steps))
    with demo_appliance(tmp_path) as gate:
        assert gate.appliance.self_tests.latest("in") is None
        with gate.appliance.store.read() as connection:
            assert journal.verify(connection).bad_seq is None


def test_the_code_of_a_test_opens_nothing_when_somebody_holds_it_up(gate: TestGate) -> None:
    report = run(gate)
    gate.camera().show(qr_png(f"SELF-TEST {report.id.upper()}"))
    assert gate.wait_for_entry("access.refused").payload["code"] == "unknown"
    assert gate.relay().pulses == ()


def test_the_picture_of_a_test_is_read_by_every_decoder() -> None:
    for driver in ("zxing", "pyzbar"):
        decoder = factory.build(DeviceKind.DECODER, driver, {})
        with decoder:
            assert [code.text for code in decoder.decode(draw_code("SELF-TEST 0195A3C2"))] == ["SELF-TEST 0195A3C2"]
