"""Cards at the desk: who they are for, how they are judged, and that they open nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hardware.interfaces import CardPresented, CardUnreadable
from hardware.simulated.desfire_card import DESFIRE_ATR, CardKey, Generation, SimulatedDesfireCard
from hardware.simulated.reader import MIFARE_CLASSIC_1K_ATR
from hardware.supervisor import DeviceCondition
from kiosk.config import SettingsError, parse
from kiosk.domain.access import Code, CredentialState
from kiosk.domain.card_proof import CardProof, CardTechnology
from kiosk.errors import Conflict, Unavailable
from kiosk.services.card_watch import CardTapped
from kiosk.services.cards import Card
from kiosk.services.desfire import NOT_TRIED, Application, Proof, diversify
from kiosk.services.desk_taps import KEPT_FOR, TAPS_KEPT, WAITED_FOR, DeskTaps, Tap, WishState
from kiosk.store import journal
from tests.support.appliance import TestGate, demo_appliance, document, wait_for
from tests.support.desk import UNIT, Desk, open_desk
from tests.support.pcscd import exclusive_pcscd
from tests.support.vpcd import VirtualCard, answers_uid

UID = "04A1B2C3D4E5F6"
CLERK, GUARD = "user clerk", "user guard"
SOON = timedelta(seconds=1)
FAILED = Proof(CardProof.FAILED, "wrong-key-91AE")
DESFIRE = {"aid": "F51A00", "key_no": 1, "system_id": "Jade Lake"}
APPLICATION = Application(bytes.fromhex("001AF5"), 1, b"Jade Lake")
SITE_KEY = bytes(range(16))


def proving_card(site_key: bytes) -> SimulatedDesfireCard:
    uid = bytes.fromhex(UID)
    key = CardKey(diversify(site_key, APPLICATION.diversification_input(uid)), 1)
    return SimulatedDesfireCard(uid, APPLICATION.aid, {1: key}, Generation.EV2)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as desk:
        yield desk


@pytest.fixture
def taps(desk: Desk) -> DeskTaps:
    return desk.desk_taps


def add(desk: Desk, uid: str = UID, **details: Any) -> Card:
    return desk.cards.add(actor=CLERK, uid=uid, holder="陳太", unit=UNIT, **details)


def show(
    desk: Desk, uid: str = UID, *, proof: Proof = NOT_TRIED, presented_ns: int | None = None, was_lying: bool = False
) -> None:
    presented_ns = time.monotonic_ns() if presented_ns is None else presented_ns
    card = CardPresented(bytes.fromhex(uid), MIFARE_CLASSIC_1K_ATR, presented_ns, was_lying)
    desk.desk_taps.note(CardTapped(card, proof))


def arm(desk: Desk, holder: str = GUARD, purpose: str = "slip 7") -> str:
    return desk.desk_taps.arm(purpose, holder=holder, now=desk.clock.now()).id


def told(desk: Desk) -> list[dict[str, Any]]:
    with desk.store.read() as connection:
        entries = journal.after(connection, 0, 1000)
    return [dict(entry.payload) for entry in entries if entry.type == "desk.card_tapped"]


class TestAWish:
    def test_takes_one_tap_and_hands_it_out_once(self, desk: Desk, taps: DeskTaps) -> None:
        card, wish = add(desk), arm(desk)
        assert taps.take(wish, GUARD) is None
        show(desk)
        assert taps.look(wish, GUARD).state is WishState.TAPPED
        assert taps.take(wish, GUARD) == Tap(
            Code.GRANTED, desk.clock.now(), CardProof.NOT_TRIED, UID, card.id, CardTechnology.CLASSIC,
            CredentialState.ACTIVE, UNIT, "陳太", purpose="slip 7",
        )  # fmt: skip
        assert taps.take(wish, GUARD) is None
        assert taps.look(wish, GUARD).state is WishState.OVER
        show(desk, "01020304")
        assert taps.take(wish, GUARD) is None
        assert [tap.uid for tap in taps.recent()] == ["01020304"]  # the first was the guard's, and nobody else's

    def test_is_over_when_its_time_is(self, desk: Desk, taps: DeskTaps) -> None:
        wish = arm(desk)
        desk.clock.move(WAITED_FOR - SOON)
        assert taps.look(wish, GUARD).state is WishState.WAITING
        desk.clock.move(SOON)
        assert taps.look(wish, GUARD).state is WishState.OVER
        show(desk)
        assert taps.take(wish, GUARD) is None
        assert [tap.uid for tap in taps.recent()] == [UID]

    def test_does_not_come_back_when_the_clock_is_set_back(self, desk: Desk, taps: DeskTaps) -> None:
        wish = arm(desk)
        desk.clock.move(-timedelta(hours=1))
        assert taps.look(wish, GUARD).state is WishState.OVER
        desk.clock.move(timedelta(hours=1))
        show(desk)
        assert taps.take(wish, GUARD) is None

    def test_a_tap_that_nobody_takes_is_forgotten(self, desk: Desk, taps: DeskTaps) -> None:
        wish = arm(desk)
        show(desk)
        desk.clock.move(KEPT_FOR)
        assert taps.take(wish, GUARD) is None

    def test_is_one_users_alone(self, desk: Desk, taps: DeskTaps) -> None:
        wish = arm(desk)
        with pytest.raises(Conflict) as refusal:
            arm(desk, CLERK)
        assert refusal.value.code == "desk-busy"
        taps.cancel(wish, CLERK)
        show(desk)
        assert taps.look(wish, CLERK).state is WishState.OVER
        assert taps.take(wish, CLERK) is None
        other = arm(desk, CLERK)  # the guard has his tap, and the desk is free
        taps.cancel(wish, CLERK)
        show(desk, "01020304")
        first, second = taps.take(wish, GUARD), taps.take(other, CLERK)
        assert first is not None
        assert second is not None
        assert (first.uid, second.uid) == (UID, "01020304")

    def test_takes_the_place_of_an_older_one_of_the_same_user(self, desk: Desk, taps: DeskTaps) -> None:
        first, second = arm(desk), arm(desk, purpose="slip 8")
        show(desk)
        assert taps.take(first, GUARD) is None
        taken = taps.take(second, GUARD)
        assert taken is not None
        assert taken.purpose == "slip 8"

    def test_that_is_given_up_frees_the_desk(self, desk: Desk, taps: DeskTaps) -> None:
        wish = arm(desk)
        taps.cancel(wish, GUARD)
        arm(desk, CLERK)
        assert taps.look(wish, GUARD).state is WishState.OVER

    def test_is_not_for_a_card_put_down_before_it(self, desk: Desk, taps: DeskTaps) -> None:
        before_ns = time.monotonic_ns()
        wish = arm(desk)
        show(desk, presented_ns=before_ns)
        show(desk, "01020304", was_lying=True)
        assert taps.look(wish, GUARD).state is WishState.WAITING

    def test_goes_on_when_the_card_was_held_badly(self, desk: Desk, taps: DeskTaps) -> None:
        card, wish = add(desk, technology=CardTechnology.DESFIRE), arm(desk)
        taps.note(CardTapped(CardUnreadable(b"", "no-uid", time.monotonic_ns())))
        assert taps.look(wish, GUARD).trouble is Code.UNREADABLE
        show(desk, proof=Proof(CardProof.INTERRUPTED, "card-gone"))
        view = taps.look(wish, GUARD)
        assert (view.state, view.trouble) == (WishState.WAITING, Code.TRY_AGAIN)
        show(desk, proof=Proof(CardProof.PROVEN))  # at once, and is heard
        taken = taps.take(wish, GUARD)
        assert taken is not None
        assert (taken.card_id, taken.proof, taken.is_good) == (card.id, CardProof.PROVEN, True)

    def test_needs_a_reader_that_works(self, desk: Desk, taps: DeskTaps) -> None:
        wish = arm(desk)
        desk.faults["desk.reader"] = "unplugged"
        assert taps.look(wish, GUARD).fault == "unplugged"
        with pytest.raises(Unavailable) as refusal:
            arm(desk)
        assert refusal.value.code == "desk-reader-unwell"


class TestAJudgement:
    @pytest.mark.parametrize("state", [CredentialState.LOST, CredentialState.SUSPENDED, CredentialState.RETURNED])
    def test_a_card_that_is_not_active_is_told_as_such(self, desk: Desk, taps: DeskTaps, state: Any) -> None:
        card, wish = add(desk), arm(desk)
        desk.cards.set_state(card.id, state, actor=CLERK)
        show(desk)
        taken = taps.take(wish, GUARD)
        assert taken is not None
        assert (taken.code.value, taken.state, taken.is_good) == (state.value, state, False)

    def test_a_card_nobody_knows_is_told_with_its_number_alone(self, desk: Desk, taps: DeskTaps) -> None:
        wish = arm(desk)
        show(desk)
        assert taps.take(wish, GUARD) == Tap(Code.UNKNOWN, desk.clock.now(), CardProof.NOT_TRIED, UID, purpose="slip 7")
        assert told(desk) == [{"verdict": "unknown", "uid": UID}]

    def test_days_count_and_lanes_do_not(self, desk: Desk) -> None:
        add(desk, lanes=frozenset({"out"}), valid_to=desk.clock.now() + timedelta(days=1))
        show(desk)
        desk.clock.move(timedelta(days=2))
        show(desk, presented_ns=time.monotonic_ns() + 10**10)
        assert [payload["verdict"] for payload in told(desk)] == ["granted", "expired"]

    def test_a_copy_is_told_as_one_and_raises_no_alarm(self, desk: Desk, taps: DeskTaps) -> None:
        card = add(desk, technology=CardTechnology.DESFIRE)
        show(desk, proof=FAILED)
        assert taps.recent()[0].code is Code.CLONED
        assert told(desk) == [{"verdict": "cloned", "card": card.id, "proof": "wrong-key-91AE"}]
        with desk.store.read() as connection:
            assert {entry.type for entry in journal.after(connection, 0, 1000)}.isdisjoint({"alarm.raised"})

    def test_a_card_that_only_identifies_is_no_signature_where_it_opens_nothing(self, tmp_path: Path) -> None:
        with open_desk(tmp_path, cards={"identify_only_opens": False}) as strict:
            add(strict)
            show(strict)
            assert strict.desk_taps.recent()[0].code is Code.IDENTIFIES_ONLY

    def test_a_visitor_card_is_nobodys_own(self, desk: Desk, taps: DeskTaps) -> None:
        add(desk, for_visits=True)
        show(desk)
        assert taps.recent()[0].is_nobodys

    def test_a_register_that_cannot_be_read_leaves_it_in_doubt(self, desk: Desk, taps: DeskTaps) -> None:
        add(desk)
        wish = arm(desk)
        with desk.store.write() as transaction:
            transaction.connection.exec_driver_sql("ALTER TABLE cards RENAME TO hidden")
        show(desk)
        taken = taps.take(wish, GUARD)
        assert taken is not None
        assert (taken.code, taken.card_id, taken.is_good) == (Code.DOUBTFUL, None, False)


class TestWithoutAWish:
    def test_the_last_few_are_kept_a_while_the_newest_first(self, desk: Desk, taps: DeskTaps) -> None:
        for number in range(TAPS_KEPT + 1):
            show(desk, f"0102030{number}")
            desk.clock.move(SOON)
        assert [tap.uid[-1] for tap in taps.recent()] == ["5", "4", "3", "2", "1"]
        desk.clock.move(KEPT_FOR - 3 * SOON)
        assert [tap.uid[-1] for tap in taps.recent()] == ["5", "4"]

    def test_a_card_waved_twice_is_one_tap(self, desk: Desk, taps: DeskTaps) -> None:
        show(desk)
        show(desk)
        assert len(taps.recent()) == len(told(desk)) == 1


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    settings = document(cards={"desfire": DESFIRE}, desk={"reader": {"driver": "simulated"}, "uid_order": "reversed"})
    with demo_appliance(tmp_path_factory.mktemp("gate"), settings=settings) as gate:
        gate.appliance.card_keys.add(1, SITE_KEY, actor="test")
        yield gate


class TestAtTheSimulatedReader:
    def test_a_card_proves_itself_and_opens_nothing(self, gate: TestGate) -> None:
        """The card would open both lanes; the reader tells its UID the other way round."""
        card = gate.appliance.cards.add(actor=CLERK, uid=UID, holder="陳太", unit=UNIT)
        wish = gate.appliance.desk_taps.arm("slip 7", holder=GUARD, now=gate.appliance.clock.now())
        before = gate.appliance.feed.last_seq
        gate.desk_reader().present(bytes.fromhex(UID)[::-1], DESFIRE_ATR, card=proving_card(SITE_KEY))
        entry = gate.wait_for_entry("desk.card_tapped", before)
        assert (entry.actor, entry.payload) == ("desk", {"card": card.id, "verdict": "granted"})
        tap = wait_for(lambda: gate.appliance.desk_taps.take(wish.id, GUARD))
        assert (tap.card_id, tap.proof, tap.technology) == (card.id, CardProof.PROVEN, CardTechnology.DESFIRE)
        gate.tap("01020304", "out")  # a lane's own word, after which the desk's would have been heard too
        gate.wait_for_entry("access.refused", before)
        types = {entry.type for entry in gate.entries(after=before)}
        assert types - {"device.changed"} == {"card.recognised", "desk.card_tapped", "access.refused"}
        assert gate.relay("in").pulses == gate.relay("out").pulses == ()

    def test_it_is_unplugged_and_comes_back_and_a_card_left_on_it_counts_for_nothing(self, gate: TestGate) -> None:
        taps, now = gate.appliance.desk_taps, gate.appliance.clock.now
        reader = gate.desk_reader()
        reader.unplug()
        gate.wait_for_condition("desk.reader", DeviceCondition.FAULT)
        with pytest.raises(Unavailable):
            taps.arm("slip 7", holder=GUARD, now=now())
        reader.present(bytes.fromhex("0A0B0C0D"))
        reader.replug()
        gate.wait_for_condition("desk.reader", DeviceCondition.READY)
        wish = taps.arm("slip 7", holder=GUARD, now=now())
        gate.desk_reader().tap(bytes.fromhex("0A0B0C0E"))
        tap = wait_for(lambda: taps.take(wish.id, GUARD))
        assert tap.uid == "0E0C0B0A"


def test_behind_the_real_reader(tmp_path: Path) -> None:
    with (
        exclusive_pcscd(),
        demo_appliance(tmp_path, settings=document(desk={"reader": {"driver": "pcsc"}}, lanes=one_lane())) as gate,
    ):
        card = gate.appliance.cards.add(actor=CLERK, uid=UID, holder="陳太", unit=UNIT)
        gate.wait_for_condition("desk.reader", DeviceCondition.READY)  # pcscd may have been asked before it had looked
        wish = gate.appliance.desk_taps.arm("slip 7", holder=GUARD, now=gate.appliance.clock.now())
        with VirtualCard(answers_uid(bytes.fromhex(UID))):
            tap = wait_for(lambda: gate.appliance.desk_taps.take(wish.id, GUARD))
        assert (tap.card_id, tap.is_good, tap.purpose) == (card.id, True, "slip 7")
        assert gate.entries("access.granted") == []
        assert gate.relay().pulses == ()


def one_lane() -> dict[str, Any]:
    """The demonstration's lanes without readers: the virtual one is the desk's."""
    return {name: {**lane, "reader": None} for name, lane in document()["lanes"].items()}


def test_without_a_reader_nobody_waits(tmp_path: Path) -> None:
    settings = document()
    del settings["desk"]
    with demo_appliance(tmp_path, settings=settings) as gate:
        assert "desk.reader" not in gate.appliance.supervisor.names()
        with pytest.raises(Unavailable) as refusal:
            gate.appliance.desk_taps.arm("slip 7", holder=GUARD, now=gate.appliance.clock.now())
        assert refusal.value.code == "no-desk-reader"


def test_no_lane_takes_the_readers_name() -> None:
    settings = document()
    settings["lanes"]["desk"] = settings["lanes"]["in"]
    with pytest.raises(SettingsError, match=r"lanes\.desk: the desk's own reader"):
        parse(settings)
    del settings["desk"]
    assert "desk" in parse(settings).lanes
