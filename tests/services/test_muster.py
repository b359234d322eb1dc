"""Fire musters: one list on paper for each fire, whatever becomes of printer, store or box; ticked off by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import time, timedelta
from pathlib import Path

import pytest

from hardware import factory
from hardware.interfaces import Device, DeviceKind, GateInput, PrinterState
from hardware.simulated.gate import SimulatedGateInputs
from hardware.supervisor import DeviceCondition
from kiosk.bootstrap import build_appliance
from kiosk.config import parse
from kiosk.domain.muster import MusterPaper, Person, PersonKind
from kiosk.domain.papers import PrintKind
from kiosk.domain.visits import VisitState
from kiosk.errors import Conflict, NotFound, Unavailable
from kiosk.services.housekeeping import Chore, Housekeeping
from kiosk.services.muster import MusterService
from kiosk.services.print_jobs import PrintState
from kiosk.store import database
from tests.support.appliance import PATIENCE_S, UNITS, TestGate, demo_appliance, document, wait_for
from tests.support.desk import ZONE, SetClock, open_desk
from tests.support.muster import burn, come_in, end_fire, is_on_paper, leave, papers


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestGate]:
    monkeypatch.setattr(database, "BUSY_S", 120.0)  # who waits for the store waits for the test
    with demo_appliance(tmp_path) as running:
        yield running


@contextmanager
def started_with(tmp_path: Path, active: Mapping[str, frozenset[GateInput]]) -> Iterator[TestGate]:
    """A gate whose inputs are active before it starts, by lane."""
    lanes = iter(active)

    def build(kind: DeviceKind, driver: str, options: Mapping[str, object]) -> Device:
        device = factory.build(kind, driver, options)
        if isinstance(device, SimulatedGateInputs):
            for wire in active[next(lanes)]:
                device.set(wire, True)
        return device

    appliance = build_appliance(parse(document()), tmp_path / "data", build_device=build)
    if not appliance.units.phases():
        appliance.units.replace_all(UNITS)
    appliance.start()
    try:
        assert appliance.supervisor.wait_until_settled(PATIENCE_S)
        yield TestGate(appliance, tmp_path / "data")
    finally:
        assert appliance.stop(PATIENCE_S)


def paper_of(gate: TestGate, digest: str) -> MusterPaper:
    estate = gate.appliance.settings.estate
    muster = gate.appliance.muster.list()
    return MusterPaper(
        estate_name_zh=estate.name_zh_hant,
        estate_name_en=estate.name_en,
        muster=muster,
        taken_at=muster.taken_at.astimezone(estate.zone),
        digest=digest,
    )


def muster_jobs(gate: TestGate) -> list[PrintState]:
    return [job.state for job in gate.appliance.spool.jobs(PrintState) if job.kind is PrintKind.MUSTER]


def test_who_is_inside_by_unit_with_counts(gate: TestGate) -> None:
    come_in(gate, "何文", "2-C-12-A", companions=2)
    come_in(gate, "陳大文", "1-A-2-A")
    gone = come_in(gate, "王小明", "1-A-1-A")
    leave(gate, gone)
    muster = gate.appliance.muster.list()
    assert [(unit.unit, [person.name for person in unit.persons]) for unit in muster.units] == [
        ("1-A-2-A", ["陳大文"]),
        ("2-C-12-A", ["何文"]),
    ]
    assert (muster.people, muster.companions, muster.missing, muster.is_fire) == (4, 2, 4, False)


def test_whatever_source_the_wiring_hands_in_is_on_the_list(gate: TestGate) -> None:
    come_in(gate, "何文", "2-C-12-A")
    box = gate.appliance
    resident = Person(PersonKind.CARD, "c" * 32, "李太", "1-A-1-A", "", 0, box.clock.now())
    service = MusterService(
        box.store, box.spool, box.settings.estate, now=box.clock.now, is_fire=lambda: False,
        sources=[lambda _connection: [resident]],
    )  # fmt: skip
    assert service.list().persons == (resident,)


def test_a_fire_prints_one_list_as_it_was_then(gate: TestGate) -> None:
    come_in(gate, "何文", "2-C-12-A", companions=2)
    come_in(gate, "陳大文", "1-A-2-A")
    before = len(papers(gate))
    burn(gate)
    burn(gate, lane="out")
    for is_on in (False, True):  # it flickers
        after = gate.appliance.feed.last_seq
        burn(gate, is_on=is_on, lane="out")
        gate.wait_for_entry("input.changed", after=after, lane="out", active=is_on)
    began = gate.wait_for_entry("fire.began")
    assert began.payload["people"] == 4
    printed = gate.wait_for_entry("muster.printed", part=1, parts=1)
    wait_for(lambda: len(gate.entries("alarm.raised")) == 3)
    assert len(papers(gate)) == before + 1
    assert len(gate.entries("fire.began")) == 1
    (job,) = [one for one in gate.appliance.spool.jobs(PrintState) if one.kind is PrintKind.MUSTER]
    assert (job.id, job.state) == (printed.payload["job"], PrintState.PRINTED)
    # The list as it stands tells the same people; its time is that of the transaction that took it.
    muster = gate.appliance.muster.list()
    assert muster.fire is not None
    assert (muster.fire.people, muster.missing) == (4, 4)
    paper = paper_of(gate, job.journal_digest)
    taken_at = muster.fire.began_at.astimezone(paper.taken_at.tzinfo)
    (sheet,) = MusterPaper(
        estate_name_zh=paper.estate_name_zh, estate_name_en=paper.estate_name_en, muster=muster, taken_at=taken_at,
        digest=job.journal_digest,
    ).sheets()  # fmt: skip
    assert is_on_paper(gate, sheet) == 1
    assert "何文" not in "".join(str(entry.payload) for entry in gate.entries())


def test_the_store_may_keep_it_waiting_and_it_is_printed_all_the_same(gate: TestGate) -> None:
    with gate.appliance.store.write():
        burn(gate)
        wait_for(lambda: gate.appliance.lanes.fire.is_on)
    gate.wait_for_entry("muster.printed")
    assert len(gate.entries("fire.began")) == 1


def test_who_leaves_in_a_fire_is_struck_from_the_list(gate: TestGate) -> None:
    staying, leaving = come_in(gate, "何文"), come_in(gate, "王小明")
    burn(gate)
    gate.wait_for_entry("fire.began")
    leave(gate, leaving)
    muster = gate.appliance.muster.list()
    assert [person.id for person in muster.persons] == [staying.id]
    assert muster.fire is not None
    assert (muster.fire.people, muster.missing) == (2, 1)


def test_who_leaves_by_the_way_in_is_struck_too(gate: TestGate) -> None:
    visit = come_in(gate, "何文")
    leave_by_the_way_in = gate.appliance.visit_queries.token_of(visit)
    assert leave_by_the_way_in is not None
    burn(gate)
    gate.wait_for_entry("fire.began")
    gate.hold_up(leave_by_the_way_in, "in")
    gate.wait_for_entry("visit.signed_out", visit=visit.id, lane="in")
    assert gate.appliance.muster.list().persons == ()


def test_in_a_fire_nobody_expires_off_the_list(tmp_path: Path) -> None:
    clock = SetClock()
    with open_desk(tmp_path, clock=clock) as desk:
        visit = desk.sign_in().visit
        fire = [True]
        expiry = Chore(time(4), desk.visits.expire_overdue, waits=lambda: fire[0])
        keeper = Housekeeping(clock, ZONE, always=[], daily=[expiry])
        clock.move(timedelta(days=1))
        assert keeper.run_due() == 0
        assert desk.queries.get(visit.id).state is VisitState.SIGNED_IN
        fire[0] = False
        assert keeper.run_due() == 1


def test_the_next_fire_prints_again_and_begins_with_nobody_safe(gate: TestGate) -> None:
    visit = come_in(gate, "何文")
    burn(gate)
    gate.wait_for_entry("muster.printed")
    gate.appliance.muster.mark(PersonKind.VISIT, visit.id, is_safe=True, actor="user chan")
    assert gate.appliance.muster.list().missing == 0
    end_fire(gate)
    assert gate.appliance.muster.list().fire is None
    after = gate.appliance.feed.last_seq
    burn(gate)
    gate.wait_for_entry("muster.printed", after=after)
    assert len(gate.entries("fire.began")) == 2
    assert gate.appliance.muster.list().missing == 1


def test_a_person_is_marked_safe_once_and_may_be_missing_again(gate: TestGate) -> None:
    visit, muster = come_in(gate, "何文"), gate.appliance.muster
    with pytest.raises(Conflict) as none:
        muster.mark(PersonKind.VISIT, visit.id, is_safe=True, actor="user chan")
    assert none.value.code == "no-muster"
    burn(gate)
    fire = gate.wait_for_entry("fire.began").payload["fire"]
    for actor in ("user chan", "user lee"):
        safe = muster.mark(PersonKind.VISIT, visit.id, is_safe=True, actor=actor).safe
        assert safe is not None
        assert safe.by == "user chan", "who was first stands"
    (entry,) = gate.entries("muster.safe")
    assert (entry.actor, entry.payload) == ("user chan", {"fire": fire, "visit": visit.id})
    assert muster.mark(PersonKind.VISIT, visit.id, is_safe=False, actor="user lee").safe is None
    assert gate.entries("muster.missing")[0].actor == "user lee"
    assert muster.list().missing == 1
    for kind, person_id in ((PersonKind.CARD, visit.id), (PersonKind.VISIT, "0" * 32)):
        with pytest.raises(NotFound):
            muster.mark(kind, person_id, is_safe=True, actor="user chan")


def test_a_printer_without_paper_prints_it_however_late_and_first(tmp_path: Path) -> None:
    settings = document(printer={"driver": "simulated", "job_ttl_s": 0.2})
    with demo_appliance(tmp_path, settings=settings) as gate:
        visit = come_in(gate, "何文")
        gate.printer().run_out_of_paper()
        gate.wait_for_condition("printer", DeviceCondition.IMPAIRED)
        burn(gate)
        gate.wait_for_entry("muster.queued")
        gate.appliance.receipts.reprint(visit.id, actor="user chan")
        gate.wait_for_entry("receipt.lapsed", visit=visit.id)  # what else waits has lapsed meanwhile
        assert [job.kind for job in gate.appliance.muster.waiting()] == [PrintKind.MUSTER]
        with pytest.raises(Conflict) as refused:
            gate.appliance.muster.print(actor="user chan")
        assert refused.value.code == "muster-queued"
        gate.printer().set_state(PrinterState.READY)
        gate.wait_for_entry("muster.printed")


def test_it_goes_before_the_receipts_that_wait(gate: TestGate) -> None:
    visit = come_in(gate, "何文")
    gate.printer().run_out_of_paper()
    gate.wait_for_condition("printer", DeviceCondition.IMPAIRED)
    gate.appliance.receipts.reprint(visit.id, actor="user chan")
    after = gate.appliance.feed.last_seq
    burn(gate)
    gate.wait_for_entry("muster.queued")
    gate.printer().set_state(PrinterState.READY)
    gate.wait_for_entry("receipt.printed", after=after)
    printed = [entry.type for entry in gate.entries("", after) if entry.type.endswith(".printed")]
    assert printed == ["muster.printed", "receipt.printed"]


def test_a_sheet_in_doubt_is_printed_again_by_itself(gate: TestGate) -> None:
    for number in range(30):
        come_in(gate, f"訪客{number}")
    gate.printer().jam_midway(into=PrinterState.READY)
    burn(gate)
    gate.wait_for_entry("muster.printed", part=2, parts=2)
    (doubtful,) = gate.appliance.spool.jobs({PrintState.UNCERTAIN})
    assert (doubtful.kind, doubtful.part, doubtful.parts) == (PrintKind.MUSTER, 1, 2)
    copy = gate.appliance.spool.reprint(doubtful.id, actor="user chan")
    gate.wait_for_entry("muster.printed", job=copy.id)
    assert (copy.part, copy.copy_number) == (1, 1)
    assert gate.appliance.spool.reprint(copy.id, actor="user chan").copy_number == 2
    assert muster_jobs(gate)[0] is PrintState.DISMISSED


def test_a_list_is_printed_at_any_time(gate: TestGate) -> None:
    come_in(gate, "何文")
    (job,) = gate.appliance.muster.print(actor="user chan")
    gate.wait_for_entry("muster.printed", job=job.id)
    (queued,) = gate.entries("muster.queued")
    assert (queued.actor, queued.payload) == ("user chan", {"job": job.id, "part": 1, "parts": 1, "copy": 0})
    assert gate.entries("fire.began") == []


def test_without_a_printer_a_fire_is_on_record_and_the_list_on_the_screens(tmp_path: Path) -> None:
    settings = document()
    del settings["printer"]
    with demo_appliance(tmp_path, settings=settings) as gate:
        burn(gate)
        gate.wait_for_entry("fire.began")
        assert gate.entries("muster.queued") == []
        assert gate.appliance.muster.list().fire is not None
        with pytest.raises(Unavailable):
            gate.appliance.muster.print(actor="user chan")


def test_names_on_old_lists_are_wiped(gate: TestGate, monkeypatch: pytest.MonkeyPatch) -> None:
    come_in(gate, "何文")
    (job,) = gate.appliance.muster.print(actor="user chan")
    gate.wait_for_entry("muster.printed", job=job.id)
    assert gate.appliance.spool.forget_contents() == 0
    monkeypatch.setattr("kiosk.services.spool.CONTENT_KEPT", timedelta(microseconds=1))
    assert gate.appliance.spool.forget_contents() == 1
    with pytest.raises(Conflict) as refused:
        gate.appliance.spool.reprint(job.id, actor="user chan")
    assert refused.value.code == "no-paper"
    assert gate.entries("paper.forgotten")[0].payload == {"count": 1}


class TestStarting:
    """What is found at a start is no news, but for a fire; and that prints one list."""

    def test_a_fire_that_is_on_prints_one_list_and_is_the_only_alarm(self, tmp_path: Path) -> None:
        everything = frozenset(GateInput)
        with started_with(tmp_path, {"in": everything, "out": everything}) as gate:
            gate.wait_for_entry("muster.printed")
            wait_for(lambda: len(gate.entries("alarm.raised")) == 2)
            assert {entry.payload["kind"] for entry in gate.entries("alarm.raised")} == {"fire"}
            assert len(gate.entries("muster.queued")) == len(gate.entries("fire.began")) == 1
            assert gate.entries("input.changed") == []
            assert not [entry for entry in gate.entries() if entry.type.startswith("gate.")]

    def test_other_inputs_that_are_on_are_no_news(self, tmp_path: Path) -> None:
        others = frozenset(GateInput) - {GateInput.FIRE}
        with started_with(tmp_path, {"in": others, "out": others}) as gate:
            gate.inputs("in").set(GateInput.EXIT_BUTTON, False)
            gate.wait_for_entry("input.changed")  # the lane has seen to what it found by then
            kinds = {entry.type for entry in gate.entries()} - {"device.changed"}
            assert not kinds & {"alarm.raised", "muster.queued", "fire.began", "gate.opened"}
            assert len(gate.entries("input.changed")) == 1

    def test_a_box_that_starts_again_in_a_fire_prints_nothing_again(self, tmp_path: Path) -> None:
        fire = frozenset({GateInput.FIRE})
        with started_with(tmp_path, {"in": fire, "out": frozenset()}) as gate:
            visit = come_in(gate, "何文")
            gate.wait_for_entry("muster.printed")
            gate.appliance.muster.mark(PersonKind.VISIT, visit.id, is_safe=True, actor="user chan")
        with started_with(tmp_path, {"in": fire, "out": frozenset()}) as gate:
            gate.wait_for_entry("alarm.raised", after=gate.entries("system.stopped")[0].seq)
            assert gate.appliance.muster.list().missing == 0
            (job,) = gate.appliance.muster.print(actor="user chan")
            gate.wait_for_entry("muster.printed", job=job.id)
            assert len(gate.entries("muster.queued")) == 2
            assert len(gate.entries("fire.began")) == 1

    def test_a_fire_that_begins_after_the_start_is_another(self, tmp_path: Path) -> None:
        with started_with(tmp_path, {"in": frozenset({GateInput.FIRE}), "out": frozenset()}) as gate:
            gate.wait_for_entry("muster.printed")
        with demo_appliance(tmp_path) as gate:
            assert gate.appliance.muster.list().is_fire is False
            burn(gate)
            wait_for(lambda: len(gate.entries("muster.printed")) == 2)
            assert len(gate.entries("fire.began")) == 2
