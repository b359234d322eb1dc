"""What the PC/SC reader does beyond the contract: pcscd dying, odd cards, choosing among readers."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from smartcard import scard

from hardware.drivers.pcsc_reader import PcscCardReader
from hardware.errors import DeviceClosed, DeviceUnavailable
from hardware.interfaces import CardEvent, CardPresented, CardReader, CardRemoved, CardUnreadable, DeviceKind
from hardware.supervisor import DeviceCondition, DeviceHealth, Supervisor, Worker
from tests.support.pcscd import Pcscd, exclusive_pcscd
from tests.support.vpcd import OK, VirtualCard, answers_uid

PATIENCE_S = 30.0
"""Only a hang lasts this long."""

UID = bytes.fromhex("04A1B2C3D4E5F6")
OTHER_UID = bytes.fromhex("0911AA22")


@pytest.fixture(scope="module")
def pcscd() -> Iterator[Pcscd]:
    with exclusive_pcscd() as pcscd:
        yield pcscd


@pytest.fixture
def reader(pcscd: Pcscd) -> Iterator[PcscCardReader]:
    """An open reader with nothing on it."""
    reader = PcscCardReader()
    pcscd.restart()
    reader.open()
    yield reader
    reader.close()


def next_event(reader: CardReader) -> CardEvent:
    event = reader.wait_for_event(PATIENCE_S)
    assert event is not None, "nothing happened"
    return event


class Onlooker:
    """A second program that watches the reader, to know what pcscd has noticed."""

    def __init__(self) -> None:
        _, self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        _, readers = scard.SCardListReaders(self._context, [])
        self._name = readers[0]

    def wait_until(self, flag: int) -> None:
        state = scard.SCARD_STATE_UNAWARE
        while not state & flag:
            result, states = scard.SCardGetStatusChange(
                self._context, round(PATIENCE_S * 1000), [(self._name, state & ~scard.SCARD_STATE_CHANGED)]
            )
            assert result == scard.SCARD_S_SUCCESS
            state = states[0][1]

    def close(self) -> None:
        scard.SCardReleaseContext(self._context)


def test_cards_are_read_again_after_pcscd_was_killed(pcscd: Pcscd) -> None:
    """The supervisor notices, waits for pcscd, and reads cards again."""
    heard: list[DeviceHealth] = []
    changed = threading.Condition()
    uids: list[bytes] = []

    def note(health: DeviceHealth) -> None:
        with changed:
            heard.append(health)
            changed.notify_all()

    def work(device: PcscCardReader, worker: Worker[PcscCardReader]) -> None:
        while not worker.stopping.is_set():
            event = device.wait_for_event(1)
            worker.beat()
            if isinstance(event, CardPresented):
                with changed:
                    uids.append(event.uid)
                    changed.notify_all()

    def wait_for(holds: Callable[[], bool]) -> None:
        with changed:
            assert changed.wait_for(holds, PATIENCE_S), (heard, uids)

    pcscd.restart()
    supervisor = Supervisor()
    supervisor.listen(note)
    supervisor.add("reader in", DeviceKind.READER, "pcsc", PcscCardReader, work)
    supervisor.start()
    try:
        for times in range(1, 4):
            wait_for(lambda: bool(heard) and heard[-1].condition is DeviceCondition.READY)
            with VirtualCard(answers_uid(UID)):
                wait_for(lambda times=times: len(uids) == times)
                pcscd.kill()
                wait_for(lambda: heard[-1].condition is DeviceCondition.FAULT)
            pcscd.start()
    finally:
        assert supervisor.stop(PATIENCE_S)
    assert uids == [UID] * 3
    assert {health.code for health in heard if health.condition is DeviceCondition.FAULT} == {"unplugged"}


def test_says_which_is_missing_the_service_or_the_reader(pcscd: Pcscd) -> None:
    reader = PcscCardReader()
    pcscd.stop()
    with pytest.raises(DeviceUnavailable, match="pcscd is not running") as caught:
        reader.open()
    assert "0x801000" in caught.value.vendor_reason
    pcscd.start(with_reader=False)
    with pytest.raises(DeviceUnavailable, match="no card reader"):
        reader.open()
    pcscd.restart()
    with reader:
        assert reader.wait_for_event(0) is None


def test_chooses_the_reader_by_part_of_its_name(reader: PcscCardReader) -> None:
    with PcscCardReader("PCD 00 01") as second, VirtualCard(answers_uid(UID)):
        assert isinstance(next_event(reader), CardPresented)
        assert second.wait_for_event(0) is None
    with pytest.raises(DeviceUnavailable, match="Omnikey") as caught:
        PcscCardReader("Omnikey").open()
    assert "Virtual PCD 00 00" in caught.value.vendor_reason


def test_the_time_is_the_arrivals_not_the_readings(reader: PcscCardReader) -> None:
    with VirtualCard(answers_uid(UID)) as card:
        event = next_event(reader)
        assert isinstance(event, CardPresented)
        assert event.presented_ns < card.asked_ns[0]
        assert len(card.asked_ns) == 1


def test_two_programs_may_watch_one_reader(reader: PcscCardReader) -> None:
    with PcscCardReader() as other, VirtualCard(answers_uid(UID)):
        for device in (reader, other):
            event = next_event(device)
            assert isinstance(event, CardPresented)
            assert event.uid == UID
        # The other one's connecting is a change of state as well, but no event.
        assert reader.wait_for_event(0.05) is None


def test_a_card_exchanged_while_nobody_waited_is_two_events(reader: PcscCardReader) -> None:
    onlooker = Onlooker()
    with VirtualCard(answers_uid(UID)):
        assert isinstance(next_event(reader), CardPresented)
    onlooker.wait_until(scard.SCARD_STATE_EMPTY)
    with VirtualCard(answers_uid(OTHER_UID)):
        onlooker.wait_until(scard.SCARD_STATE_PRESENT)
        assert isinstance(next_event(reader), CardRemoved)
        event = next_event(reader)
        assert isinstance(event, CardPresented)
        assert event.uid == OTHER_UID
    onlooker.close()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"\x63\x00", "SW-6300"),
        (UID + b"\x62\x82", "SW-6282"),
        (OK, "UID-of-0-bytes"),
        (bytes(5) + OK, "UID-of-5-bytes"),
        (bytes(200) + OK, "UID-of-200-bytes"),
    ],
)
def test_a_card_that_answers_something_else_is_unreadable(reader: PcscCardReader, answer: bytes, reason: str) -> None:
    with VirtualCard(lambda _: answer):
        event = next_event(reader)
    assert isinstance(event, CardUnreadable)
    assert event.reason == reason
    assert isinstance(next_event(reader), CardRemoved)


def test_a_card_taken_away_too_early_is_unreadable_and_then_gone(reader: PcscCardReader) -> None:
    with VirtualCard(lambda _: None):
        event = next_event(reader)
        assert isinstance(event, CardUnreadable)
        assert event.reason == "no-answer"  # a real reader says SCARD_W_REMOVED_CARD
        assert isinstance(next_event(reader), CardRemoved)
    with VirtualCard(answers_uid(UID)):
        assert isinstance(next_event(reader), CardPresented)


def test_pcscd_dying_while_a_card_is_read(reader: PcscCardReader, pcscd: Pcscd) -> None:
    may_answer = threading.Event()

    def answer(_: bytes) -> bytes:
        may_answer.wait(PATIENCE_S)
        return UID + OK

    with VirtualCard(answer) as card, ThreadPoolExecutor() as pool:
        waiting = pool.submit(next_event, reader)
        assert card.asked.wait(PATIENCE_S)
        pcscd.kill()
        may_answer.set()
        # Either the card fell silent first or the service: what follows is the same.
        with suppress(DeviceUnavailable):
            assert isinstance(waiting.result(PATIENCE_S), CardUnreadable)
        with pytest.raises(DeviceUnavailable):
            reader.wait_for_event(PATIENCE_S)
    reader.close()
    pcscd.start()
    with reader:
        assert reader.wait_for_event(0) is None


def test_close_returns_while_pcscd_hangs(reader: PcscCardReader, pcscd: Pcscd) -> None:
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(reader.wait_for_event, PATIENCE_S)
        os.kill(pcscd.pid, signal.SIGSTOP)
        try:
            closing = pool.submit(reader.close)
            closing.result(PATIENCE_S)
        finally:
            os.kill(pcscd.pid, signal.SIGCONT)
        with pytest.raises(DeviceClosed):
            waiting.result(PATIENCE_S)
    with reader:
        assert reader.wait_for_event(0) is None


def test_many_openings_leave_nothing_behind(reader: PcscCardReader) -> None:
    """pcscd serves at most 200 clients: a context that is not given back would be missed soon."""
    reader.close()
    for _ in range(300):
        reader.open()
        reader.close()
    with reader, VirtualCard(answers_uid(UID)):
        before_ns = time.monotonic_ns()
        event = next_event(reader)
        assert isinstance(event, CardPresented)
        assert event.presented_ns >= before_ns
