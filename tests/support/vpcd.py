"""A contactless card for vsmartcard's virtual reader, over its socket protocol.

Messages are a 2-byte big-endian length and a payload. From the reader: one byte 0 power off, 1 power on, 2 reset,
4 asks for the ATR; anything longer is an APDU. A closed socket is a card taken away.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from tests.support.pcscd import PORT

ADDRESS = ("127.0.0.1", PORT)
ASK_ATR = 4
ATR = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
GET_UID = bytes.fromhex("FFCA000000")
OK = b"\x90\x00"
WRONG_LENGTH_OR_CLASS = b"\x6a\x81"


def answers_uid(uid: bytes) -> Callable[[bytes], bytes]:
    """A card's answers: its UID to GET DATA, "function not supported" to the rest."""
    return lambda apdu: uid + OK if apdu == GET_UID else WRONG_LENGTH_OR_CLASS


class VirtualCard:
    """A card lying on the virtual reader from construction until `take_away()`.

    `answer` is called with each APDU in the card's own thread and may block; None takes the card away instead.
    """

    def __init__(self, answer: Callable[[bytes], bytes | None], *, atr: bytes = ATR) -> None:
        self._answer = answer
        self._atr = atr
        self.asked_ns: list[int] = []
        self.asked = threading.Event()
        self._socket = socket.create_connection(ADDRESS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._thread = threading.Thread(target=self._serve, name="virtual card", daemon=True)
        self._thread.start()

    def take_away(self) -> None:
        """Take the card away; may be called twice."""
        with suppress(OSError):  # pcscd may have died and taken the connection with it
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.take_away()

    def _serve(self) -> None:
        try:
            while True:
                (length,) = struct.unpack(">H", self._receive(2))
                message = self._receive(length)
                if length == 1:
                    if message[0] == ASK_ATR:
                        self._send(self._atr)
                    continue
                self.asked_ns.append(time.monotonic_ns())
                self.asked.set()
                answer = self._answer(message)
                if answer is None:
                    self._socket.shutdown(socket.SHUT_RDWR)
                    return
                self._send(answer)
        except (EOFError, OSError):
            return

    def _receive(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            # Without it each message waits 40 ms for a delayed acknowledgement; the kernel forgets it after each use.
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            part = self._socket.recv(length - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def _send(self, payload: bytes) -> None:
        self._socket.sendall(struct.pack(">H", len(payload)) + payload)
