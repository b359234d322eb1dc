"""What every card reader does, simulated or real: one suite, run against each.

The real leg runs the real pcscd with vsmartcard's virtual reader. It fails where they cannot be started.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import pytest

from hardware.drivers.pcsc_reader import PcscCardReader
from hardware.errors import CardGone, DeviceClosed, DeviceUnavailable
from hardware.interfaces import CardEvent, CardPresented, CardReader, CardRemoved, CardUnreadable
from hardware.simulated.desfire_card import DESFIRE_ATR, CardKey, SimulatedDesfireCard
from hardware.simulated.reader import MIFARE_CLASSIC_1K_ATR, SimulatedCard, SimulatedCardReader
from tests.support.pcscd import Pcscd, exclusive_pcscd
from tests.support.vpcd import VirtualCard, answers_uid

PATIENCE_S = 30.0
"""Only a hang lasts this long."""

AID = bytes.fromhex("001AF5")
SELECT = bytes.fromhex("905A000003001AF500")
KEY_VERSION = bytes.fromhex("90640000010100")
UIDS = [bytes.fromhex("04A1B2C3"), bytes.fromhex("04A1B2C3D4E5F6"), bytes.fromhex("04A1B2C3D4E5F6A7B8C9")]


class World(Protocol):
    """The people around a reader."""

    reader: CardReader

    def put_down(self, uid: bytes) -> None: ...

    def put_down_card(self, card: SimulatedCard) -> None: ...

    def put_down_unreadable(self) -> None: ...

    def take_away(self) -> None: ...

    def unplug(self) -> None: ...

    def replug(self) -> None: ...


class SimulatedWorld:
    def __init__(self) -> None:
        self.reader = SimulatedCardReader()

    def put_down(self, uid: bytes) -> None:
        self.reader.present(uid)

    def put_down_card(self, card: SimulatedCard) -> None:
        self.reader.present(UIDS[1], DESFIRE_ATR, card=card)

    def put_down_unreadable(self) -> None:
        self.reader.present_unreadable("SW-6A81")

    def take_away(self) -> None:
        self.reader.remove()

    def unplug(self) -> None:
        self.reader.unplug()

    def replug(self) -> None:
        self.reader.replug()


class RealWorld:
    def __init__(self, pcscd: Pcscd) -> None:
        self.reader = PcscCardReader()
        self._pcscd = pcscd
        self._card: VirtualCard | None = None

    def put_down(self, uid: bytes) -> None:
        self._card = VirtualCard(answers_uid(uid))

    def put_down_card(self, card: SimulatedCard) -> None:
        self._card = VirtualCard(card.answer, atr=DESFIRE_ATR)

    def put_down_unreadable(self) -> None:
        self._card = VirtualCard(lambda _: b"\x6a\x81")

    def take_away(self) -> None:
        if self._card is not None:
            self._card.take_away()
            self._card = None

    def unplug(self) -> None:
        self._pcscd.restart(with_reader=False)

    def replug(self) -> None:
        self._pcscd.restart()


@pytest.fixture(scope="module")
def pcscd() -> Iterator[Pcscd]:
    with exclusive_pcscd() as pcscd:
        yield pcscd


def next_event(reader: CardReader) -> CardEvent:
    event = reader.wait_for_event(PATIENCE_S)
    assert event is not None, "nothing happened"
    return event


class PulledAway(SimulatedDesfireCard):
    """A card that leaves when it is asked for the version of a key."""

    def answer(self, apdu: bytes) -> bytes | None:
        return None if apdu == KEY_VERSION else super().answer(apdu)


class ReaderContract:
    """Inherited by each backend, which provides `world`."""

    @pytest.fixture
    def world(self) -> Iterator[World]:
        raise NotImplementedError

    @pytest.mark.parametrize("uid", UIDS, ids=["single", "double", "triple"])
    def test_tells_a_card_put_down_and_taken_away(self, world: World, uid: bytes) -> None:
        with world.reader as reader:
            before_ns = time.monotonic_ns()
            world.put_down(uid)
            presented = next_event(reader)
            world.take_away()
            removed = next_event(reader)
        assert isinstance(presented, CardPresented)
        assert presented.uid == uid
        assert presented.atr == MIFARE_CLASSIC_1K_ATR
        assert isinstance(removed, CardRemoved)
        assert before_ns <= presented.presented_ns <= removed.removed_ns <= time.monotonic_ns()

    def test_tells_one_card_after_the_other(self, world: World) -> None:
        seen: list[CardEvent] = []
        with world.reader as reader:
            for uid in UIDS:
                world.put_down(uid)
                seen.append(next_event(reader))
                world.take_away()
                seen.append(next_event(reader))
        assert [event.uid for event in seen[::2] if isinstance(event, CardPresented)] == UIDS
        assert all(isinstance(event, CardRemoved) for event in seen[1::2])

    def test_says_nothing_when_nothing_happens(self, world: World) -> None:
        with world.reader as reader:
            reader.open()  # once more does nothing
            assert reader.wait_for_event(0) is None
            assert reader.wait_for_event(0.05) is None

    def test_tells_a_card_that_lay_there_at_the_opening_once(self, world: World) -> None:
        with world.reader as reader:
            world.put_down(UIDS[0])
            event = next_event(reader)
            assert isinstance(event, CardPresented)
            assert not event.was_lying
        opened_ns = time.monotonic_ns()
        with world.reader as reader:
            event = next_event(reader)
            assert isinstance(event, CardPresented)
            assert event.uid == UIDS[0]
            assert event.was_lying
            assert event.presented_ns >= opened_ns
            assert reader.wait_for_event(0.05) is None
            world.take_away()
            assert isinstance(next_event(reader), CardRemoved)
            world.put_down(UIDS[0])
            event = next_event(reader)
            assert isinstance(event, CardPresented)
            assert not event.was_lying

    def test_marks_a_card_that_lay_there_and_gives_no_uid(self, world: World) -> None:
        with world.reader as reader:
            world.put_down_unreadable()
            assert isinstance(next_event(reader), CardUnreadable)
        with world.reader as reader:
            event = next_event(reader)
            assert isinstance(event, CardUnreadable)
            assert event.was_lying

    def test_a_card_put_down_after_the_opening_is_news(self, world: World) -> None:
        with world.reader as reader:
            world.put_down(UIDS[0])
            event = next_event(reader)
            assert isinstance(event, CardPresented)
            assert not event.was_lying

    def test_tells_a_card_that_gives_no_uid(self, world: World) -> None:
        with world.reader as reader:
            world.put_down_unreadable()
            event = next_event(reader)
            assert isinstance(event, CardUnreadable)
            assert event.reason == "SW-6A81"
            world.take_away()
            assert isinstance(next_event(reader), CardRemoved)
            world.put_down(UIDS[1])
            assert isinstance(next_event(reader), CardPresented)

    def test_close_interrupts_a_wait(self, world: World) -> None:
        world.reader.open()
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(world.reader.wait_for_event, PATIENCE_S * 10)
            world.reader.close()
            with pytest.raises(DeviceClosed):
                waiting.result(PATIENCE_S)
        world.reader.close()

    def test_is_not_used_closed(self, world: World) -> None:
        with pytest.raises(DeviceClosed):
            world.reader.wait_for_event(0)
        world.reader.open()
        world.reader.close()
        with pytest.raises(DeviceClosed):
            world.reader.wait_for_event(0)

    def test_an_unplugged_reader_wakes_the_wait_and_comes_back(self, world: World) -> None:
        world.reader.open()
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(world.reader.wait_for_event, PATIENCE_S * 10)
            world.unplug()
            with pytest.raises(DeviceUnavailable) as caught:
                waiting.result(PATIENCE_S)
        assert caught.value.code == "unplugged"
        world.reader.close()
        with pytest.raises(DeviceUnavailable):
            world.reader.open()
        world.replug()
        with world.reader as reader:
            world.put_down(UIDS[2])
            event = next_event(reader)
            assert isinstance(event, CardPresented)
            assert event.uid == UIDS[2]

    def test_carries_commands_to_the_card_which_keeps_its_state(self, world: World) -> None:
        with world.reader as reader:
            for _ in range(2):
                world.put_down_card(SimulatedDesfireCard(UIDS[1], AID, {1: CardKey(bytes(16), version=7)}))
                event = next_event(reader)
                assert isinstance(event, CardPresented)
                assert event.atr == DESFIRE_ATR
                assert reader.transmit(KEY_VERSION) == b"\x91\x40"
                assert reader.transmit(SELECT) == b"\x91\x00"
                assert reader.transmit(KEY_VERSION) == b"\x07\x91\x00"
                assert reader.wait_for_event(0.05) is None
                world.take_away()
                assert isinstance(next_event(reader), CardRemoved)

    def test_a_refusal_is_an_answer(self, world: World) -> None:
        with world.reader as reader:
            world.put_down(UIDS[1])
            next_event(reader)
            assert reader.transmit(SELECT) == b"\x6a\x81"

    def test_there_is_nobody_to_speak_to(self, world: World) -> None:
        with world.reader as reader:
            with pytest.raises(CardGone):
                reader.transmit(SELECT)
            world.put_down(UIDS[1])
            next_event(reader)
            world.take_away()
            with pytest.raises(CardGone):
                reader.transmit(SELECT)
            assert isinstance(next_event(reader), CardRemoved)
        with pytest.raises(DeviceClosed):
            reader.transmit(SELECT)

    def test_a_card_pulled_away_between_commands(self, world: World) -> None:
        with world.reader as reader:
            world.put_down_card(PulledAway(UIDS[1], AID, {}))
            next_event(reader)
            assert reader.transmit(SELECT) == b"\x91\x00"
            with pytest.raises(CardGone):
                reader.transmit(KEY_VERSION)
            assert isinstance(next_event(reader), CardRemoved)
            world.take_away()
            world.put_down(UIDS[2])
            assert isinstance(next_event(reader), CardPresented)

    def test_speaking_to_a_card_on_an_unplugged_reader(self, world: World) -> None:
        with world.reader as reader:
            world.put_down(UIDS[1])
            next_event(reader)
            world.unplug()
            # pcscd's end looks like the card's to who speaks at that moment: the next wait tells them apart.
            with pytest.raises((DeviceUnavailable, CardGone)):
                reader.transmit(SELECT)
            with pytest.raises(DeviceUnavailable):
                reader.wait_for_event(PATIENCE_S)
        world.replug()


class TestSimulatedReader(ReaderContract):
    @pytest.fixture
    def world(self) -> Iterator[SimulatedWorld]:
        world = SimulatedWorld()
        yield world
        world.reader.close()

    def test_a_second_card_replaces_the_first(self, world: SimulatedWorld) -> None:
        with world.reader as reader:
            world.put_down(UIDS[0])
            world.put_down(UIDS[1])
            kinds = [type(next_event(reader)) for _ in range(3)]
        assert kinds == [CardPresented, CardRemoved, CardPresented]

    def test_a_tap_is_a_card_put_down_and_taken_away(self, world: SimulatedWorld) -> None:
        with world.reader as reader:
            presented_ns = reader.tap(UIDS[0])
            event = next_event(reader)
            assert isinstance(event, CardPresented)
            assert event.presented_ns == presented_ns
            assert isinstance(next_event(reader), CardRemoved)
            assert reader.wait_for_event(0) is None

    @pytest.mark.parametrize("length", [0, 3, 5, 8, 11])
    def test_there_are_no_such_cards(self, world: SimulatedWorld, length: int) -> None:
        with pytest.raises(ValueError, match="UID"):
            world.reader.present(bytes(length))

    def test_nothing_is_remembered_of_taps_while_it_was_closed(self, world: SimulatedWorld) -> None:
        world.reader.tap(UIDS[0])
        with world.reader as reader:
            assert reader.wait_for_event(0) is None


class TestPcscReader(ReaderContract):
    @pytest.fixture
    def world(self, pcscd: Pcscd) -> Iterator[RealWorld]:
        world = RealWorld(pcscd)
        yield world
        world.take_away()
        with world.reader as reader:
            # The virtual reader is polled: the next test begins when pcscd knows that the card has gone.
            while reader.wait_for_event(0.05) is not None:
                while not isinstance(next_event(reader), CardRemoved):
                    pass
        world.reader.close()
