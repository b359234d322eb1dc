"""Cards that prove themselves at the gate, and copies that cannot: on simulated readers and behind the real pcscd."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator

import pytest

from hardware.drivers.pcsc_reader import PcscCardReader
from hardware.interfaces import CardRemoved
from hardware.simulated.desfire_card import DESFIRE_ATR, CardKey, Generation, SimulatedDesfireCard
from kiosk.__main__ import main
from kiosk.domain.card_proof import CardTechnology
from kiosk.errors import Conflict, Invalid, NotFound
from kiosk.services.card_keys import check_value, parse_key
from kiosk.services.desfire import Application, diversify
from kiosk.services.sealing import SealingKey
from kiosk.store.tables import secrets
from tests.support.appliance import PATIENCE_S, TestGate, demo_appliance, document
from tests.support.pcscd import exclusive_pcscd
from tests.support.vpcd import VirtualCard

UNIT = "1-A-1-A"
UID = bytes.fromhex("04A1B2C3D4E5F6")
DESFIRE = {"aid": "F51A00", "key_no": 1, "system_id": "Jade Lake"}
APPLICATION = Application(bytes.fromhex("001AF5"), 1, b"Jade Lake")
SITE_KEY = bytes(range(16))
OTHER_KEY = bytes(16)
VERSION = 1


def card_of(site_key: bytes, *, uid: bytes = UID, version: int = VERSION, generation: Generation = Generation.EV2):
    """A card that says `UID` and holds the key that belongs to `uid`."""
    key = diversify(site_key, APPLICATION.diversification_input(uid))
    return SimulatedDesfireCard(UID, APPLICATION.aid, {1: CardKey(key, version)}, generation)


class Leaving:
    """A card that is pulled away when it is spoken to for the `at`th time."""

    def __init__(self, card: SimulatedDesfireCard, at: int) -> None:
        self._card = card
        self._left = at

    def answer(self, apdu: bytes) -> bytes | None:
        self._left -= 1
        return self._card.answer(apdu) if self._left else None


def tap(gate: TestGate, card) -> None:
    gate.reader().present(UID, DESFIRE_ATR, card=card)


def add(gate: TestGate, technology: CardTechnology | None = CardTechnology.DESFIRE) -> str:
    return gate.appliance.cards.add(
        actor="user clerk", uid=UID.hex(), holder="陳太", unit=UNIT, technology=technology
    ).id


def refused(gate: TestGate, after: int = 0) -> tuple[str, str]:
    payload = gate.wait_for_entry("access.refused", after=after).payload
    return payload["code"], payload.get("proof", "")


@pytest.fixture
def gate(tmp_path) -> Iterator[TestGate]:
    with demo_appliance(tmp_path, settings=document(cards={"desfire": DESFIRE})) as gate:
        gate.appliance.card_keys.add(VERSION, SITE_KEY, actor="test")
        yield gate


@pytest.fixture
def strict_gate(tmp_path) -> Iterator[TestGate]:
    settings = document(cards={"desfire": DESFIRE, "identify_only_opens": False})
    with demo_appliance(tmp_path, settings=settings) as gate:
        gate.appliance.card_keys.add(VERSION, SITE_KEY, actor="test")
        yield gate


class TestAtTheGate:
    @pytest.mark.parametrize("generation", Generation)
    def test_a_card_that_proves_itself_opens(self, gate, generation) -> None:
        card = add(gate)
        tap(gate, card_of(SITE_KEY, generation=generation))
        gate.wait_for_pulses(1)
        granted = gate.wait_for_entry("access.granted")
        assert granted.payload["card"] == card
        assert gate.entries("alarm.raised") == []

    @pytest.mark.parametrize(
        ("card", "proof"),
        [
            (card_of(OTHER_KEY), "wrong-key-91AE"),
            (card_of(SITE_KEY, uid=bytes.fromhex("04A1B2C3D4E5F7")), "wrong-key-91AE"),
            (card_of(SITE_KEY, version=2), "key-version-2"),
            (None, "no-application-6A81"),
        ],
        ids=["another estate's key", "another card's key", "a version not honoured", "only the UID"],
    )
    def test_a_copy_is_refused_and_alarmed(self, gate, card, proof) -> None:
        card_id = add(gate)
        tap(gate, card)
        assert refused(gate) == ("cloned", proof)
        alarm = gate.wait_for_entry("alarm.raised", kind="cloned")
        assert (alarm.payload["lane"], alarm.payload["card"]) == ("in", card_id)
        assert gate.relay().pulses == ()

    def test_a_copy_on_a_classic_card_is_not_even_asked(self, gate) -> None:
        add(gate)
        gate.tap(UID.hex())
        assert refused(gate) == ("cloned", "storage-card")

    @pytest.mark.parametrize("at", [1, 2, 3, 4])
    def test_a_card_pulled_away_is_no_copy_and_may_try_again_at_once(self, gate, at) -> None:
        add(gate)
        tap(gate, Leaving(card_of(SITE_KEY), at))
        assert refused(gate) == ("try-again", "card-gone")
        tap(gate, card_of(SITE_KEY))
        gate.wait_for_pulses(1)
        assert gate.entries("alarm.raised") == []

    def test_a_card_that_proved_itself_once_has_to_ever_after(self, gate) -> None:
        card = add(gate, technology=None)
        tap(gate, card_of(SITE_KEY))
        gate.wait_for_entry("card.recognised", card=card, technology="desfire")
        gate.wait_for_pulses(1)
        seen = gate.appliance.feed.last_seq
        gate.tap("01020304")  # somebody else, so that what follows is no repetition
        gate.wait_for_entry("access.refused", after=seen, code="unknown")
        tap(gate, card_of(OTHER_KEY))
        gate.wait_for_entry("access.refused", after=seen, code="cloned")
        assert len(gate.relay().pulses) == 1

    def test_a_classic_card_is_recognised_and_opens_where_that_suffices(self, gate) -> None:
        card = add(gate, technology=None)
        gate.tap(UID.hex())
        gate.wait_for_pulses(1)
        assert gate.appliance.cards.get(card).technology is CardTechnology.CLASSIC

    def test_a_classic_card_opens_nothing_where_identifying_does_not_suffice(self, strict_gate) -> None:
        add(strict_gate, technology=None)
        strict_gate.tap(UID.hex())
        assert refused(strict_gate) == ("identifies-only", "storage-card")
        assert strict_gate.entries("alarm.raised") == []

    def test_a_card_that_proves_itself_opens_where_identifying_does_not_suffice(self, strict_gate) -> None:
        add(strict_gate, technology=None)
        tap(strict_gate, card_of(SITE_KEY))
        strict_gate.wait_for_pulses(1)


class TestKeys:
    def test_rotation_holds_from_the_next_tap_on(self, gate) -> None:
        add(gate)
        gate.appliance.card_keys.add(2, OTHER_KEY, actor="test")
        tap(gate, card_of(OTHER_KEY, version=2))
        gate.wait_for_pulses(1)
        gate.appliance.card_keys.retire(2, actor="test")
        seen = gate.appliance.feed.last_seq
        gate.tap("01020304")
        gate.wait_for_entry("access.refused", after=seen, code="unknown")
        tap(gate, card_of(OTHER_KEY, version=2))
        gate.wait_for_entry("access.refused", after=seen, code="cloned", proof="key-version-2")

    def test_a_gate_whose_key_cannot_be_opened_calls_nobody_a_copy(self, gate) -> None:
        add(gate)
        with gate.appliance.store.write() as transaction:
            sealed = SealingKey(bytes(32)).seal(SITE_KEY, "card key 1")
            transaction.connection.execute(secrets.update().where(secrets.c.name == "card key 1").values(sealed=sealed))
        assert gate.appliance.card_keys.versions() == {1: ""}
        tap(gate, card_of(SITE_KEY))
        assert refused(gate) == ("doubtful", "")

    def test_keys_are_sealed_and_never_written_over(self, gate) -> None:
        keys = gate.appliance.card_keys
        with gate.appliance.store.read() as connection:
            sealed = connection.execute(secrets.select().where(secrets.c.name == "card key 1")).one().sealed
        assert SITE_KEY not in sealed
        assert keys.versions() == {1: check_value(SITE_KEY)}
        with pytest.raises(Conflict):
            keys.add(1, OTHER_KEY, actor="test")
        with pytest.raises(Invalid):
            keys.add(256, None, actor="test")
        with pytest.raises(Invalid):
            keys.add(2, b"short", actor="test")
        with pytest.raises(NotFound):
            keys.retire(9, actor="test")
        assert keys.get(1) == SITE_KEY
        assert SITE_KEY.hex() not in str([entry.payload for entry in gate.entries()]).lower()

    @pytest.mark.parametrize("text", ["", "00", "0" * 31, "0" * 33, "g" * 32])
    def test_that_is_no_key(self, text) -> None:
        with pytest.raises(Invalid):
            parse_key(text)

    def test_on_the_command_line(self, tmp_path, capsys, monkeypatch) -> None:
        where = ["--data", str(tmp_path / "data")]
        monkeypatch.setattr("sys.stdin", io.StringIO(SITE_KEY.hex(" ") + "\n"))
        assert main(["card-key", "add", "--version", "1", *where]) == 0
        assert SITE_KEY.hex().upper() not in capsys.readouterr().out
        assert main(["card-key", "add", "--version", "2", "--generate", *where]) == 0
        made = parse_key(capsys.readouterr().out.splitlines()[0])
        assert main(["card-key", "list", *where]) == 0
        listed = capsys.readouterr().out.splitlines()
        assert [line.split()[-1] for line in listed] == [check_value(SITE_KEY), check_value(made)]
        assert main(["card-key", "retire", "--version", "1", *where]) == 0
        with pytest.raises(SystemExit):
            main(["card-key", "retire", "--version", "1", *where])
        with pytest.raises(SystemExit):
            main(["card-key", "add", "--version", "2", "--generate", *where])


@pytest.fixture(scope="module")
def real_gate(tmp_path_factory) -> Iterator[TestGate]:
    """A gate whose reader is the real pcscd's, with a card on record."""
    settings = document(cards={"desfire": DESFIRE})
    settings["lanes"]["in"]["reader"] = {"driver": "pcsc"}
    with exclusive_pcscd(), demo_appliance(tmp_path_factory.mktemp("pcscd"), settings=settings) as gate:
        gate.appliance.card_keys.add(VERSION, SITE_KEY, actor="test")
        add(gate)
        yield gate


def until_nothing_lies_there() -> None:
    """Wait until pcscd, which looks now and then, knows that the card has gone."""
    with PcscCardReader() as onlooker:
        while onlooker.wait_for_event(0.05) is not None:
            while not isinstance(onlooker.wait_for_event(PATIENCE_S), CardRemoved):
                pass


class TestBehindTheRealReader:
    @pytest.fixture(autouse=True)
    def _somebody_else_in_between(self, real_gate) -> Iterator[None]:
        gate = real_gate
        yield
        until_nothing_lies_there()
        seen = gate.appliance.feed.last_seq
        with VirtualCard(lambda _: bytes.fromhex("01020304") + b"\x90\x00"):
            gate.wait_for_entry("access.refused", after=seen, code="unknown")
        until_nothing_lies_there()

    @pytest.mark.parametrize("generation", Generation)
    def test_a_card_that_proves_itself_opens(self, real_gate, generation) -> None:
        gate = real_gate
        seen, pulses = gate.appliance.feed.last_seq, len(gate.relay().pulses)
        with VirtualCard(card_of(SITE_KEY, generation=generation).answer, atr=DESFIRE_ATR):
            gate.wait_for_entry("access.granted", after=seen)
            gate.wait_for_pulses(pulses + 1)

    def test_a_copy_is_refused_and_alarmed(self, real_gate) -> None:
        gate = real_gate
        seen = gate.appliance.feed.last_seq
        with VirtualCard(card_of(OTHER_KEY).answer, atr=DESFIRE_ATR):
            gate.wait_for_entry("access.refused", after=seen, code="cloned")
            gate.wait_for_entry("alarm.raised", after=seen, kind="cloned")

    @pytest.mark.parametrize("at", [2, 3, 4, 5])
    def test_a_card_pulled_away_is_no_copy(self, real_gate, at) -> None:
        """The first word is the reader's question for the UID."""
        gate = real_gate
        seen, alarms = gate.appliance.feed.last_seq, len(gate.entries("alarm.raised"))
        with VirtualCard(Leaving(card_of(SITE_KEY), at).answer, atr=DESFIRE_ATR):
            gate.wait_for_entry("access.refused", after=seen, code="try-again")
        assert len(gate.entries("alarm.raised")) == alarms

    def test_a_card_that_stalls_holds_up_nothing_for_long(self, real_gate) -> None:
        card, go_on = card_of(SITE_KEY), threading.Event()

        def stall(apdu: bytes) -> bytes | None:
            if apdu[:2] == b"\x90\x71":
                go_on.wait(PATIENCE_S)
                return None
            return card.answer(apdu)

        gate = real_gate
        seen = gate.appliance.feed.last_seq
        with VirtualCard(stall, atr=DESFIRE_ATR) as virtual:
            virtual.asked.wait(PATIENCE_S)
            assert gate.appliance.is_alive()
            go_on.set()
            gate.wait_for_entry("access.refused", after=seen, code="try-again")
