"""A card proves itself, or does not: against NXP's published values, and against the simulated card's side."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.simulated.desfire_card import CardKey, Generation, SimulatedDesfireCard
from kiosk.domain.card_proof import CardProof, CardTechnology, technology_of
from kiosk.services.desfire import Application, Conversation, Proof, authenticate, diversify, prove

SITE_KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
UID = bytes.fromhex("04782E21801D80")
APPLICATION = Application(bytes.fromhex("3042F5"), 1, b"NXP Abu")
ZERO_KEY = bytes(16)
OTHER_UID = bytes.fromhex("04782E21801D81")
OK, MORE = b"\x91\x00", b"\x91\xaf"


def converse(conversation: Conversation, answer: Callable[[bytes], bytes]) -> Proof:
    """Let the two talk to the end."""
    try:
        command = next(conversation)
        while True:
            command = conversation.send(answer(command))
    except StopIteration as end:
        return end.value


def card(uid: bytes = UID, *, site_key: bytes = SITE_KEY, version: int = 0, generation=Generation.EV2):
    key = diversify(site_key, APPLICATION.diversification_input(uid))
    return SimulatedDesfireCard(UID, APPLICATION.aid, {1: CardKey(key, version)}, generation)


def asked(uid: bytes = UID, keys: dict[int, bytes] | None = None, **more) -> Conversation:
    return prove(uid, APPLICATION, {0: SITE_KEY}.get if keys is None else keys.get, **more)


class TestDiversification:
    def test_an10922_section_2_2_1(self) -> None:
        assert APPLICATION.diversification_input(UID) == bytes.fromhex("04782E21801D803042F54E585020416275")
        assert diversify(SITE_KEY, APPLICATION.diversification_input(UID)).hex() == "a8dd63a3b89d54b37ca802473fda9175"

    def test_a_full_input_needs_no_padding(self) -> None:
        """Equal to the standard CMAC of 01 and the input, computed by the library."""
        from cryptography.hazmat.primitives.ciphers.algorithms import AES
        from cryptography.hazmat.primitives.cmac import CMAC

        for length in range(16, 32):
            standard = CMAC(AES(SITE_KEY))
            standard.update(b"\x01" + bytes(range(length)))
            assert diversify(SITE_KEY, bytes(range(length))) == standard.finalize()

    def test_a_short_input_fills_two_blocks_all_the_same(self) -> None:
        keys = {diversify(SITE_KEY, bytes(length)) for length in range(1, 32)}
        assert len(keys) == 31

    @pytest.mark.parametrize("length", [0, 32])
    def test_there_is_no_such_input(self, length: int) -> None:
        with pytest.raises(ValueError, match="diversified"):
            diversify(SITE_KEY, bytes(length))


class Recorded:
    """Answers one after the other whatever is asked, and keeps what was asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = [bytes.fromhex(answer) for answer in answers]
        self.commands: list[str] = []

    def __call__(self, command: bytes) -> bytes:
        self.commands.append(command.hex().upper())
        return self.answers.pop(0)


class TestPublishedExchanges:
    @pytest.mark.parametrize(
        ("key_no", "challenge", "rnd_a", "sent", "answer"),
        [
            (
                0,
                "A04C124213C186F22399D33AC2A30215",
                "13C5DB8A5930439FC3DEF9A4C675360F",
                "35C3E05A752E0144BAC0DE51C1F22C56B34408A23D8AEA266CAB947EA8E0118D",
                "3FA64DB5446D1F34CD6EA311167F5E4985B89690C04A05F17FA7AB2F08120663",
            ),
            (
                3,
                "B875CEB0E66A6C5CD00898DC371F92D1",
                "B98F4C50CF1C2E084FD150E33992B048",
                "FF0306E47DFBC50087C4D8A78E88E62DE1E8BE457AA477C707E2F0874916A8B1",
                "0CC9A8094A8EEA683ECAAC5C7BF20584206D0608D477110FC6B3D5D3F65C3A6A",
            ),
        ],
        ids=["AN12196 rev. 2.0, table 14", "AN12196 rev. 2.0, table 19"],
    )
    def test_authenticate_ev2_first(self, key_no, challenge, rnd_a, sent, answer) -> None:
        said = Recorded(challenge + "91AF", answer + "9100")
        conversation = authenticate(ZERO_KEY, key_no, lambda _: bytes.fromhex(rnd_a))
        assert converse(conversation, said) == Proof(CardProof.PROVEN)
        assert said.commands == [
            f"9071000002{key_no:02X}0000",
            f"90AF000020{sent}00",
        ]

    def test_authenticate_aes(self) -> None:
        """Recorded from an EV1 and found in the tests of several public libraries; NXP publishes no example of it."""
        said = Recorded("911C", "B969FDFE56FD91FC9DE6F6F213B8FD1E91AF", "800DB680BC146BD121D6578F2D2E20599100")
        rnd_a = bytes.fromhex("F44B26F5686F3A391CD38EBD10772281")
        conversation = authenticate(ZERO_KEY, 0, lambda _: rnd_a)
        assert converse(conversation, said) == Proof(CardProof.PROVEN)
        assert said.commands[1:] == [
            "90AA0000010000",
            "90AF00002036AAD7DF6E436BA08D18613830A70D5AD43E3D3F4A8D47541EEE623A934E477400",
        ]


@pytest.mark.parametrize("generation", Generation)
class TestSimulatedCard:
    def test_a_card_with_its_own_key_proves_itself(self, generation) -> None:
        for _ in range(3):
            assert converse(asked(), card(generation=generation).answer) == Proof(CardProof.PROVEN)

    def test_the_right_uid_and_another_estates_key(self, generation) -> None:
        proof = converse(asked(), card(site_key=ZERO_KEY, generation=generation).answer)
        assert proof == Proof(CardProof.FAILED, "wrong-key-91AE")

    def test_another_cards_key_under_this_uid(self, generation) -> None:
        proof = converse(asked(), card(OTHER_UID, generation=generation).answer)
        assert proof == Proof(CardProof.FAILED, "wrong-key-91AE")

    def test_what_a_genuine_card_said_once_proves_nothing_later(self, generation) -> None:
        heard: dict[bytes, bytes] = {}
        genuine = card(generation=generation)

        def listen(command: bytes) -> bytes:
            heard[command[:2]] = genuine.answer(command)
            return heard[command[:2]]

        assert converse(asked(), listen).result is CardProof.PROVEN
        proof = converse(asked(), lambda command: heard[command[:2]])
        assert proof == Proof(CardProof.FAILED, "wrong-answer")

    def test_cards_of_two_versions_while_keys_are_changed(self, generation) -> None:
        keys = {1: SITE_KEY, 2: bytes(range(16))}
        for version, key in keys.items():
            its_answer = card(site_key=key, version=version, generation=generation).answer
            assert converse(asked(keys=keys), its_answer).result is CardProof.PROVEN
        old = card(site_key=SITE_KEY, version=1, generation=generation)
        assert converse(asked(keys={2: keys[2]}), old.answer) == Proof(CardProof.FAILED, "key-version-1")

    @pytest.mark.parametrize("at", range(5))
    @pytest.mark.parametrize("spoil", [lambda a: a[:-3] + a[-2:], lambda _: b"", lambda a: bytes(len(a) - 2) + a[-2:]])
    def test_an_answer_cut_short_or_blank_proves_nothing(self, generation, at, spoil) -> None:
        genuine, count = card(generation=generation), iter(range(10))

        def answer(command: bytes) -> bytes:
            said = genuine.answer(command)
            return spoil(said) if next(count) == at and len(said) > 3 else said

        steps = 4 if generation is Generation.EV2 else 5
        data_steps = {2, 3} if generation is Generation.EV2 else {3, 4}
        result = converse(asked(), answer).result
        assert result is (CardProof.FAILED if at in data_steps and at < steps else CardProof.PROVEN)


def test_a_random_uid_has_no_key() -> None:
    assert converse(asked(bytes.fromhex("08112233")), Recorded()) == Proof(CardProof.FAILED, "random-uid")


def test_a_card_that_has_nothing_of_ours() -> None:
    empty = SimulatedDesfireCard(UID, b"\x00\x00\x01", {})
    assert converse(asked(), empty.answer) == Proof(CardProof.FAILED, "no-application-91A0")
    without_key = SimulatedDesfireCard(UID, APPLICATION.aid, {})
    assert converse(asked(), without_key.answer) == Proof(CardProof.FAILED, "no-key-9140")
    assert converse(asked(), lambda _: b"\x6a\x81") == Proof(CardProof.FAILED, "no-application-6A81")


def test_an_echo_of_the_gates_own_words_proves_nothing() -> None:
    said = [OK, b"\x00" + OK]

    def echo(command: bytes) -> bytes:
        if said:
            return said.pop(0)
        return bytes(16) + MORE if command[1] == 0x71 else command[5:-1] + OK

    assert converse(asked(), echo).result is CardProof.FAILED


@given(st.lists(st.binary(max_size=40) | st.sampled_from([OK, MORE, b"\x00\x91\x00", b"\x91\x1c"]), min_size=6))
def test_random_bytes_never_prove_anything(answers) -> None:
    assert converse(asked(), lambda _: answers.pop() if answers else b"").result is CardProof.FAILED


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=32), st.booleans())
def test_random_bytes_in_the_right_form_never_prove_anything(challenge, last, is_ev2) -> None:
    answers = [OK, b"\x00" + OK, *([] if is_ev2 else [b"\x91\x1c"]), challenge + MORE, last + OK]
    assert converse(asked(), lambda _: answers.pop(0)).result is CardProof.FAILED


@pytest.mark.parametrize(
    ("atr", "technology"),
    [
        ("3B8F8001804F0CA000000306030001000000006A", CardTechnology.CLASSIC),
        ("3B8F8001804F0CA0000003060300020000000069", CardTechnology.CLASSIC),
        ("3B8F8001804F0CA0000003060300030000000068", CardTechnology.UID_ONLY),  # MIFARE Ultralight
        ("3B8180018080", CardTechnology.UID_ONLY),  # a DESFire that has proven nothing
        ("", CardTechnology.UID_ONLY),
    ],
)
def test_the_readers_hint(atr, technology) -> None:
    assert technology_of(bytes.fromhex(atr)) is technology
