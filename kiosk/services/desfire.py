"""MIFARE DESFire: does the card hold the key that this estate has written to the card of that UID?

Pure: a conversation yields each command and is sent the card's answer; who carries them is not its business. Commands
are native ones wrapped in ISO 7816-4, `90 INS 00 00 Lc DATA 00`, with status `91 xx`. A mutual authentication has two
halves. The card sends E(RndB); the gate answers E(RndA || RndB') and the card E(... RndA' ...), where ' rotates by one
byte to the left. Whoever can do that with a fresh RndA has the key. Nothing is read from the card, so the session keys
that both sides could now derive are not made.

AuthenticateEV2First (EV2, EV3): NXP AN12196, table 14; each message starts from an initial vector of zeros, and the
card's last one is E(TI || RndA' || PDcap2 || PCDcap2). AuthenticateAES (EV1): the vector is chained through the whole
exchange, and the last message is E(RndA'). Diversification: NXP AN10922, section 2.2.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from kiosk.domain.card_proof import CardProof

BLOCK: Final = 16
KEY_BYTES: Final = 16
MAX_DIVERSIFICATION_BYTES: Final = 31
DIVERSIFIABLE_UID_LENGTHS: Final = frozenset({7, 10})
"""A UID of 4 bytes is a random one (ISO/IEC 14443-3, section 6.5.4): no key can belong to it."""

SELECT_APPLICATION, GET_KEY_VERSION = 0x5A, 0x64
AUTHENTICATE_AES, AUTHENTICATE_EV2_FIRST, ADDITIONAL_FRAME = 0xAA, 0x71, 0xAF
_OK, _MORE, _ILLEGAL_COMMAND = b"\x91\x00", b"\x91\xaf", b"\x91\x1c"
_ZERO_VECTOR: Final = bytes(BLOCK)
_CMAC_POLYNOMIAL: Final = 0x87  # NIST SP 800-38B, section 5.3, for blocks of 128 bits
_EV2_TRANSACTION_BYTES: Final = 4

Conversation = Generator[bytes, bytes, "Proof"]
"""Yields commands, is sent the answers, returns what they prove."""
RandomBytes = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of it. `reason` is a technical word for the journal, empty for a card that has proven itself."""

    result: CardProof
    reason: str = ""


NOT_TRIED: Final = Proof(CardProof.NOT_TRIED)


@dataclass(frozen=True, slots=True)
class Application:
    """The application on the cards.

    Attributes:
        aid: as it is sent, least significant byte first.
        key_no: the key by which a card proves itself.
        system_id: what tells this estate's keys from those another estate derives from the same site key.
    """

    aid: bytes
    key_no: int
    system_id: bytes

    def diversification_input(self, uid: bytes) -> bytes:
        """UID, application and system identifier in the order of AN10922, section 2.2.1."""
        return uid + self.aid + self.system_id


def diversify(site_key: bytes, diversification_input: bytes) -> bytes:
    """The card's own AES-128 key (AN10922, section 2.2): the CMAC of 01 and the input, padded to two blocks.

    Raises:
        ValueError: the input is not 1 to 31 bytes long.
    """
    if not 1 <= len(diversification_input) <= MAX_DIVERSIFICATION_BYTES:
        raise ValueError("a key is diversified by 1 to 31 bytes")
    message = b"\x01" + diversification_input
    subkey = _doubled(_encrypt(site_key, _ZERO_VECTOR, bytes(BLOCK)))
    if len(message) < 2 * BLOCK:
        # Always two blocks: where the message fits into one, the standard CMAC would come to another key.
        message = (message + b"\x80").ljust(2 * BLOCK, b"\x00")
        subkey = _doubled(subkey)
    last = bytes(left ^ right for left, right in zip(message[BLOCK:], subkey, strict=True))
    return _encrypt(site_key, _ZERO_VECTOR, message[:BLOCK] + last)[BLOCK:]


def prove(
    uid: bytes,
    application: Application,
    site_key: Callable[[int], bytes | None],
    random: RandomBytes = secrets.token_bytes,
) -> Conversation:
    """Ask a card to prove that it is the one of that UID.

    The card names the version of its key, so that cards of two versions are good while keys are being changed.

    Args:
        site_key: the site key of a version, None when this gate does not honour it.
        random: tells that many bytes nobody can foresee.
    """
    if len(uid) not in DIVERSIFIABLE_UID_LENGTHS:
        return Proof(CardProof.FAILED, "random-uid")
    answer = yield _command(SELECT_APPLICATION, application.aid)
    if answer != _OK:
        return _failed("no-application", answer)
    answer = yield _command(GET_KEY_VERSION, bytes([application.key_no]))
    if len(answer) != 3 or answer[1:] != _OK:
        return _failed("no-key", answer)
    key = site_key(answer[0])
    if key is None:
        return Proof(CardProof.FAILED, f"key-version-{answer[0]}")
    return (yield from authenticate(diversify(key, application.diversification_input(uid)), application.key_no, random))


def authenticate(key: bytes, key_no: int, random: RandomBytes = secrets.token_bytes) -> Conversation:
    """Authenticate each other by a key of the application that is selected, as the card's generation has it."""
    answer = yield _command(AUTHENTICATE_EV2_FIRST, bytes([key_no, 0]))  # 0: no capabilities follow
    is_ev2 = answer != _ILLEGAL_COMMAND
    if not is_ev2:
        answer = yield _command(AUTHENTICATE_AES, bytes([key_no]))
    if len(answer) != BLOCK + 2 or not answer.endswith(_MORE):
        return _failed("no-challenge", answer)
    challenge, rnd_a = answer[:BLOCK], random(BLOCK)
    rnd_b = _decrypt(key, _ZERO_VECTOR, challenge)
    sent = _encrypt(key, _ZERO_VECTOR if is_ev2 else challenge, rnd_a + _rotated(rnd_b))
    answer = yield _command(ADDITIONAL_FRAME, sent)
    if len(answer) != (2 * BLOCK if is_ev2 else BLOCK) + 2 or not answer.endswith(_OK):
        return _failed("wrong-key", answer)
    if is_ev2:
        plain = _decrypt(key, _ZERO_VECTOR, answer[:-2])[_EV2_TRANSACTION_BYTES:]
    else:
        plain = _decrypt(key, sent[-BLOCK:], answer[:-2])
    if not hmac.compare_digest(plain[:BLOCK], _rotated(rnd_a)):
        return Proof(CardProof.FAILED, "wrong-answer")
    return Proof(CardProof.PROVEN)


def _failed(reason: str, answer: bytes) -> Proof:
    return Proof(CardProof.FAILED, f"{reason}-{answer[-2:].hex().upper()}")


def _command(instruction: int, data: bytes) -> bytes:
    return bytes([0x90, instruction, 0x00, 0x00, len(data)]) + data + b"\x00"


def _rotated(value: bytes) -> bytes:
    return value[1:] + value[:1]


def _doubled(block: bytes) -> bytes:
    """Times x in GF(2^128): how CMAC makes its subkeys (NIST SP 800-38B, section 6.1)."""
    shifted = int.from_bytes(block) << 1
    if shifted >> (8 * BLOCK):
        shifted = (shifted & ((1 << (8 * BLOCK)) - 1)) ^ _CMAC_POLYNOMIAL
    return shifted.to_bytes(BLOCK)


def _encrypt(key: bytes, vector: bytes, plain: bytes) -> bytes:
    return Cipher(AES(key), CBC(vector)).encryptor().update(plain)


def _decrypt(key: bytes, vector: bytes, sealed: bytes) -> bytes:
    return Cipher(AES(key), CBC(vector)).decryptor().update(sealed)
