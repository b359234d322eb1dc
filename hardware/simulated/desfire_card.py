"""The card's side of a MIFARE DESFire: enough of it to prove, or fail to prove, that it holds a key.

Written from NXP's public documents: native commands wrapped in ISO 7816-4 and AuthenticateEV2First (AN12196, table 14;
MF2DLHX0 data sheet), and the EV1's AuthenticateAES, which chains its initial vector through the whole exchange. One
application with AES keys; nothing is stored in it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

DESFIRE_ATR: Final = bytes.fromhex("3B8180018080")
"""What PC/SC readers answer for a DESFire: the one historical byte of its ATS (PC/SC part 3, section 3.1.3.2.3.1)."""

GET_UID: Final = bytes.fromhex("FFCA000000")
BLOCK: Final = 16

_OK, _MORE = b"\x91\x00", b"\x91\xaf"
_ILLEGAL, _NO_KEY, _LENGTH, _NO_APPLICATION, _WRONG_KEY = (bytes([0x91, low]) for low in (0x1C, 0x40, 0x7E, 0xA0, 0xAE))
_WRONG_CLASS: Final = bytes.fromhex("6E00")


class Generation(Enum):
    """How old the chip is: an EV1 knows AuthenticateAES only, an EV2 or EV3 both."""

    EV1 = 1
    EV2 = 2


@dataclass(frozen=True, slots=True)
class CardKey:
    """A key of the application: 16 bytes, already the card's own, and the version byte it was written with."""

    key: bytes
    version: int = 0


@dataclass(frozen=True, slots=True)
class _Begun:
    """An authentication of which the first half is done."""

    key: bytes
    rnd_b: bytes
    iv: bytes
    is_ev2: bool


class SimulatedDesfireCard:
    """A DESFire with one application. Used by one thread at a time.

    Args:
        uid: 7 bytes.
        aid: the application's identifier, as it is sent: least significant byte first.
        keys: the application's keys by number.
    """

    def __init__(
        self, uid: bytes, aid: bytes, keys: Mapping[int, CardKey], generation: Generation = Generation.EV2
    ) -> None:
        self.uid = uid
        self._aid = aid
        self._keys = dict(keys)
        self._generation = generation
        self._is_selected = False
        self._begun: _Begun | None = None

    def answer(self, apdu: bytes) -> bytes | None:
        """Answer a command, as `SimulatedCard` demands; the reader's own GET DATA for the UID too."""
        if apdu == GET_UID:
            return self.uid + b"\x90\x00"
        if len(apdu) < 5 or apdu[0] != 0x90:
            return _WRONG_CLASS
        begun, self._begun = self._begun, None  # any other command breaks an authentication off
        if apdu[1] == 0xAF and begun is not None:
            return self._finish(begun, apdu[5:-1])
        return self._first_frame(apdu[1], apdu[5:-1])

    def _first_frame(self, instruction: int, data: bytes) -> bytes:
        key = self._keys.get(data[0]) if self._is_selected and data else None
        match instruction:
            case 0x5A:
                self._is_selected = data == self._aid
                return _OK if self._is_selected else _NO_APPLICATION
            case 0x64:
                return _NO_KEY if key is None else bytes([key.version]) + _OK
            case 0x71 if self._generation is not Generation.EV1:
                return _NO_KEY if key is None else self._begin(key, is_ev2=True)
            case 0xAA:
                return _NO_KEY if key is None else self._begin(key, is_ev2=False)
        return _ILLEGAL

    def _begin(self, key: CardKey, *, is_ev2: bool) -> bytes:
        rnd_b = secrets.token_bytes(BLOCK)
        challenge = _encrypt(key.key, bytes(BLOCK), rnd_b)
        self._begun = _Begun(key.key, rnd_b, bytes(BLOCK) if is_ev2 else challenge, is_ev2)
        return challenge + _MORE

    @staticmethod
    def _finish(begun: _Begun, data: bytes) -> bytes:
        if len(data) != 2 * BLOCK:
            return _LENGTH
        plain = _decrypt(begun.key, begun.iv, data)
        rnd_a, rotated_b = plain[:BLOCK], plain[BLOCK:]
        if rotated_b != begun.rnd_b[1:] + begun.rnd_b[:1]:
            return _WRONG_KEY
        rotated_a = rnd_a[1:] + rnd_a[:1]
        if begun.is_ev2:
            transaction, capabilities = secrets.token_bytes(4), bytes(12)
            return _encrypt(begun.key, bytes(BLOCK), transaction + rotated_a + capabilities) + _OK
        return _encrypt(begun.key, data[-BLOCK:], rotated_a) + _OK


def _encrypt(key: bytes, iv: bytes, plain: bytes) -> bytes:
    return Cipher(AES(key), CBC(iv)).encryptor().update(plain)


def _decrypt(key: bytes, iv: bytes, sealed: bytes) -> bytes:
    return Cipher(AES(key), CBC(iv)).decryptor().update(sealed)
