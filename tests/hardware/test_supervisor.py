"""The supervisor: devices that go, come back, cannot be built, misbehave or hang."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from hardware.errors import BadDriverOptions, DeviceUnavailable, DriverUnavailable, OutOfPaper
from hardware.interfaces import CardEvent, CardPresented, DeviceKind
from hardware.simulated.reader import SimulatedCardReader
from hardware.supervisor import BackOff, DeviceCondition, DeviceHealth, Supervisor, Worker

PATIENCE_S = 30.0
"""Only a hang lasts this long."""

UID = bytes.fromhex("04A1B2C3")
ReaderWorker = Worker[SimulatedCardReader]


class Journal:
    """Keeps what listeners hear and lets a test wait for it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.healths: list[DeviceHealth] = []

    def __call__(self, health: DeviceHealth) -> None:
        with self._changed:
            self.healths.append(health)
            self._changed.notify_all()

    def wait_for(self, *conditions: DeviceCondition) -> None:
        """Wait until exactly these conditions have been told, in this order."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.healths) >= len(conditions), PATIENCE_S), self.conditions
            assert self.conditions == list(conditions)

    @property
    def conditions(self) -> list[DeviceCondition]:
        return [health.condition for health in self.healths]


@dataclass
class ReadsCards:
    """The work of a reader's worker: collect the events."""

    events: list[CardEvent] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)

    def __call__(self, reader: SimulatedCardReader, worker: ReaderWorker) -> None:
        while not worker.stopping.is_set():
            event = reader.wait_for_event(3600)
            worker.beat()
            if event is not None:
                self.events.append(event)
                self.came.set()


def until_stopped(_: SimulatedCardReader, worker: ReaderWorker) -> None:
    worker.stopping.wait(PATIENCE_S * 10)


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
def supervisor(journal: Journal) -> Iterator[Supervisor]:
    supervisor = Supervisor(back_off=BackOff(first_s=0.001, most_s=0.01))
    supervisor.listen(journal)
    yield supervisor
    assert supervisor.stop(PATIENCE_S), "a worker did not end"


def add(
    supervisor: Supervisor,
    build: Callable[[], SimulatedCardReader],
    work: Callable[[SimulatedCardReader, ReaderWorker], None] = until_stopped,
) -> ReaderWorker:
    return supervisor.add("reader in", DeviceKind.READER, "simulated", build, work)


def test_reopens_a_device_that_went_and_came_back(supervisor: Supervisor, journal: Journal) -> None:
    reader, work = SimulatedCardReader(), ReadsCards()
    add(supervisor, lambda: reader, work)
    supervisor.start()
    journal.wait_for(DeviceCondition.READY)
    reader.unplug()
    journal.wait_for(DeviceCondition.READY, DeviceCondition.FAULT)
    assert journal.healths[-1].code == "unplugged"
    assert journal.healths[-1].detail
    reader.replug()
    journal.wait_for(DeviceCondition.READY, DeviceCondition.FAULT, DeviceCondition.READY)
    reader.present(UID)
    assert work.came.wait(PATIENCE_S)
    assert [event.uid for event in work.events if isinstance(event, CardPresented)] == [UID]
    (health,) = supervisor.health()
    assert health.opened_count == 2
    assert supervisor.device("reader in") is reader


def test_a_device_away_at_the_start_is_settled_and_comes_later(supervisor: Supervisor, journal: Journal) -> None:
    reader = SimulatedCardReader()
    reader.unplug()
    add(supervisor, lambda: reader)
    supervisor.start()
    assert supervisor.wait_until_settled(PATIENCE_S)
    assert journal.conditions == [DeviceCondition.FAULT]
    reader.replug()
    journal.wait_for(DeviceCondition.FAULT, DeviceCondition.READY)


@pytest.mark.parametrize("error", [DriverUnavailable, BadDriverOptions])
def test_does_not_retry_what_is_misconfigured(supervisor: Supervisor, journal: Journal, error: type[Exception]) -> None:
    attempts: list[int] = []

    def build() -> SimulatedCardReader:
        attempts.append(1)
        raise error("no such thing")

    worker = add(supervisor, build)
    supervisor.start()
    assert supervisor.wait_until_settled(PATIENCE_S)
    assert worker.join(PATIENCE_S)
    journal.wait_for(DeviceCondition.MISCONFIGURED)
    assert len(attempts) == 1
    assert supervisor.device("reader in") is None


def test_tells_transitions_only(supervisor: Supervisor, journal: Journal) -> None:
    def work(_: SimulatedCardReader, worker: ReaderWorker) -> None:
        for _attempt in range(3):
            worker.report(DeviceCondition.IMPAIRED, code=OutOfPaper.code, detail="no paper")
        worker.report(DeviceCondition.IMPAIRED, code="cover-open")
        for _attempt in range(3):
            worker.report(DeviceCondition.READY)
        worker.stopping.wait(PATIENCE_S * 10)

    add(supervisor, SimulatedCardReader, work)
    supervisor.start()
    journal.wait_for(
        DeviceCondition.READY, DeviceCondition.IMPAIRED, DeviceCondition.IMPAIRED, DeviceCondition.READY
    )  # fmt: skip
    assert [health.code for health in journal.healths] == ["", "out-of-paper", "cover-open", ""]


def test_stop_interrupts_a_blocked_device(supervisor: Supervisor, journal: Journal) -> None:
    worker = add(supervisor, SimulatedCardReader, ReadsCards())
    supervisor.start()
    journal.wait_for(DeviceCondition.READY)
    assert supervisor.stop(PATIENCE_S)
    assert worker.join(0)
    assert journal.conditions == [DeviceCondition.READY, DeviceCondition.STOPPED]


def test_stop_before_start_and_twice(supervisor: Supervisor) -> None:
    add(supervisor, SimulatedCardReader)
    assert supervisor.stop(PATIENCE_S)
    assert supervisor.stop(PATIENCE_S)


def test_survives_an_unexpected_error(supervisor: Supervisor, journal: Journal) -> None:
    failures = iter([RuntimeError("a bug"), KeyError("another")])

    def work(_: SimulatedCardReader, worker: ReaderWorker) -> None:
        for failure in failures:
            raise failure
        worker.stopping.wait(PATIENCE_S * 10)

    add(supervisor, SimulatedCardReader, work)
    supervisor.start()
    journal.wait_for(*[DeviceCondition.READY, DeviceCondition.FAULT] * 2, DeviceCondition.READY)
    assert "a bug" in journal.healths[1].vendor_reason
    assert journal.healths[-1].opened_count == 3


def test_survives_a_device_that_cannot_be_closed(supervisor: Supervisor, journal: Journal) -> None:
    class Unclosable(SimulatedCardReader):
        def close(self) -> None:
            super().close()
            raise RuntimeError("a bug in closing")

    reader = Unclosable()
    add(supervisor, lambda: reader, ReadsCards())
    supervisor.start()
    journal.wait_for(DeviceCondition.READY)
    reader.unplug()
    journal.wait_for(DeviceCondition.READY, DeviceCondition.FAULT)
    reader.replug()
    journal.wait_for(DeviceCondition.READY, DeviceCondition.FAULT, DeviceCondition.READY)


def test_survives_a_listener_that_fails(journal: Journal) -> None:
    def fails(_: DeviceHealth) -> None:
        raise RuntimeError("a bug in a listener")

    supervisor = Supervisor()
    supervisor.listen(fails)
    supervisor.listen(journal)
    add(supervisor, SimulatedCardReader)
    supervisor.start()
    journal.wait_for(DeviceCondition.READY)
    assert supervisor.stop(PATIENCE_S)
    assert journal.conditions == [DeviceCondition.READY, DeviceCondition.STOPPED]


def test_tells_a_worker_that_hangs(supervisor: Supervisor, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = add(supervisor, SimulatedCardReader)
    supervisor.start()
    journal.wait_for(DeviceCondition.READY)
    assert worker.health().condition is DeviceCondition.READY
    monkeypatch.setattr("hardware.supervisor.STALL_S", 0.0)
    health = worker.health()
    assert health.condition is DeviceCondition.FAULT
    assert health.code == "not-responding"
    monkeypatch.undo()
    worker.beat()
    assert worker.health().condition is DeviceCondition.READY


def test_tells_an_opening_that_hangs(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    opening, may_open = threading.Event(), threading.Event()

    class Slow(SimulatedCardReader):
        def open(self) -> None:
            opening.set()
            may_open.wait(PATIENCE_S)
            super().open()

    worker = add(supervisor, Slow)
    supervisor.start()
    assert opening.wait(PATIENCE_S)
    assert not supervisor.wait_until_settled(0)
    assert worker.health().condition is DeviceCondition.STARTING
    monkeypatch.setattr("hardware.supervisor.STALL_S", 0.0)
    assert worker.health().code == "not-responding"
    may_open.set()
    assert supervisor.wait_until_settled(PATIENCE_S)


def test_names_are_unique(supervisor: Supervisor) -> None:
    add(supervisor, SimulatedCardReader)
    with pytest.raises(ValueError, match="reader in"):
        add(supervisor, SimulatedCardReader)
    assert supervisor.names() == ("reader in",)
    with pytest.raises(KeyError):
        supervisor.device("reader out")


def test_relays_are_let_go_first() -> None:
    order: list[str] = []
    supervisor = Supervisor()

    def build(name: str) -> Callable[[], SimulatedCardReader]:
        class Noted(SimulatedCardReader):
            def close(self) -> None:
                order.append(name)
                super().close()

        return Noted

    journal = Journal()
    supervisor.listen(journal)
    for name, kind in (("reader", DeviceKind.READER), ("relay", DeviceKind.RELAY)):
        supervisor.add(name, kind, "simulated", build(name), until_stopped)
    supervisor.start()
    journal.wait_for(DeviceCondition.READY, DeviceCondition.READY)
    assert supervisor.stop(PATIENCE_S)
    assert order[0] == "relay"


def test_back_off_doubles_up_to_its_bound() -> None:
    waits = BackOff(first_s=0.25, most_s=3.0).waits()
    expected = [0.25, 0.5, 1.0, 2.0, 3.0, 3.0, 3.0]
    for wait_s, about_s in zip(waits, expected, strict=False):
        assert about_s * 0.9 <= wait_s <= about_s * 1.1


class CountingBackOff(BackOff):
    """Counts how often the waits began anew."""

    begun = 0

    def waits(self) -> Iterator[float]:
        type(self).begun += 1
        return super().waits()


@pytest.mark.parametrize(("most_s", "begins_anew"), [(0.0, True), (PATIENCE_S, False)])
def test_only_work_well_done_shortens_the_waits(journal: Journal, most_s: float, *, begins_anew: bool) -> None:
    failures = iter(range(4))

    def work(_: SimulatedCardReader, worker: ReaderWorker) -> None:
        for _failure in failures:
            raise DeviceUnavailable("gone at once")
        worker.stopping.wait(PATIENCE_S * 10)

    CountingBackOff.begun = 0
    supervisor = Supervisor(back_off=CountingBackOff(first_s=0.0, most_s=most_s))
    supervisor.listen(journal)
    add(supervisor, SimulatedCardReader, work)
    supervisor.start()
    journal.wait_for(*[DeviceCondition.READY, DeviceCondition.FAULT] * 4, DeviceCondition.READY)
    begun = CountingBackOff.begun
    assert supervisor.stop(PATIENCE_S)
    assert (begun > 1) == begins_anew
