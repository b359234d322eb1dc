"""The far end of an ESC/POS cable: understands what a printer understands and keeps what it printed.

Written from the printer's side, apart from `hardware.escpos`, so that a mistake there does not cancel itself out.
As on a real printer, what was received while it could not print stays in its buffer and is printed when it can again,
a picture cut short swallows whatever comes next, and real-time requests are picked out of the stream anywhere.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import threading
import tty
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

COMMAND_BYTES = {b"\x1dv": 8, b"\x1dV": 4, b"\x1dr": 3}
"""How long each command is that has something after its name; a picture's rows come on top."""

Reply = Callable[[bytes], None]


@dataclass(frozen=True)
class Paper:
    """One piece of paper, cut off: rows of one bit a dot."""

    width_dots: int
    rows: tuple[bytes, ...]

    @property
    def picture(self) -> bytes:
        return b"".join(self.rows)


class PrinterEngine:
    """The printer behind the connector. Thread-safe."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.papers: list[Paper] = []
        self.unknown = bytearray()  # bytes that made no sense, as a real printer would print as letters
        self.received_count = 0
        self.cover_open = False
        self.offline = False
        self.error_bits = 0
        self.rows_left: int | None = None  # of paper; None is a fresh roll
        self.silent = False
        self.knows_gs_r = True
        self.takes_bytes: int | None = None  # then it has had enough: the connection is dropped
        self._pending = b""
        self._buffer = bytearray()
        self._rows: list[bytes] = []
        self._picture: tuple[int, int] | None = None  # bytes a row, rows still to come

    def act(self, change: Callable[[PrinterEngine], None]) -> None:
        """Change something about the printer in one step; what waits in the buffer may then print."""
        with self.changed:
            change(self)
            self._work(lambda _: None)
            self.changed.notify_all()

    def wait_for(self, condition: Callable[[PrinterEngine], bool], timeout_s: float = 30.0) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: condition(self), timeout_s)

    def feed(self, data: bytes, reply: Reply) -> bool:
        """Take bytes from the wire; False when the connection is to be dropped."""
        with self.changed:
            if self.takes_bytes is not None:
                data = data[: self.takes_bytes]
                self.takes_bytes -= len(data)
            self.received_count += len(data)
            self._buffer += self._without_requests(self._pending + data, reply)
            self._work(reply)
            self.changed.notify_all()
            return self.takes_bytes != 0

    @property
    def ready(self) -> bool:
        return not (self.cover_open or self.offline or self.rows_left == 0)

    def _without_requests(self, data: bytes, reply: Reply) -> bytes:
        kept = bytearray()
        position = 0
        while position < len(data):
            rest = data[position:]
            if rest[:1] == b"\x10" and (len(rest) < 2 or (rest[1:2] == b"\x04" and len(rest) < 3)):
                self._pending = rest
                return bytes(kept)
            if rest[:2] == b"\x10\x04" and 1 <= rest[2] <= 4:
                if not self.silent:
                    reply(bytes([self._real_time_status(rest[2])]))
                position += 3
                continue
            kept += rest[:1]
            position += 1
        self._pending = b""
        return bytes(kept)

    def _real_time_status(self, n: int) -> int:
        no_paper = self.rows_left == 0
        return (
            0x12
            | {
                1: 0 if self.ready else 0x08,
                2: 0x04 * self.cover_open | 0x20 * no_paper | 0x40 * bool(self.error_bits),
                3: self.error_bits,
                4: 0x6C * no_paper,
            }[n]
        )

    def _work(self, reply: Reply) -> None:
        while self.ready and self._buffer and self._step(reply):
            pass

    def _step(self, reply: Reply) -> bool:
        """Carry out the next command or row; False when bytes are missing for it."""
        buffer = self._buffer
        if self._picture is not None:
            return self._print_row(*self._picture)
        if buffer[:1] == b"\x00":
            del buffer[:1]
        elif buffer[:2] == b"\x1b@":
            del buffer[:2]
        elif len(buffer) < COMMAND_BYTES.get(bytes(buffer[:2]), 2 if buffer[:1] in (b"\x1b", b"\x1d") else 1):
            return False
        elif buffer[:3] == b"\x1dv0":
            row_bytes, height = struct.unpack("<HH", buffer[4:8])
            del buffer[:8]
            self._picture = (row_bytes, height) if height else None
        elif buffer[:3] == b"\x1dVB":
            del buffer[:4]
            self._cut()
        elif buffer[:3] == b"\x1dr\x01":
            del buffer[:3]
            if self.knows_gs_r and not self.silent:
                reply(b"\x00")
        else:
            self.unknown += buffer[:1]
            del buffer[:1]
        return True

    def _print_row(self, row_bytes: int, rows_to_come: int) -> bool:
        if len(self._buffer) < row_bytes:
            return False
        self._rows.append(bytes(self._buffer[:row_bytes]))
        del self._buffer[:row_bytes]
        self._picture = (row_bytes, rows_to_come - 1) if rows_to_come > 1 else None
        if self.rows_left is not None:
            self.rows_left -= 1
        return True

    def _cut(self) -> None:
        if self._rows:
            self.papers.append(Paper(len(self._rows[0]) * 8, tuple(self._rows)))
        self._rows = []


class Peer(Protocol):
    """A printer with a cable that can be pulled."""

    engine: PrinterEngine

    def unplug(self) -> None: ...
    def replug(self) -> None: ...


class _Waker:
    """Ends a `select` from another thread."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()

    def wake(self) -> None:
        os.write(self._writer, b"x")

    def close(self) -> None:
        os.close(self.reader)
        os.close(self._writer)


class TcpPrinterPeer:
    """A network printer on 127.0.0.1: one connection at a time, as most have it."""

    def __init__(self) -> None:
        self.engine = PrinterEngine()
        self.port = 0
        self.replug()

    def replug(self) -> None:
        """Give it power; it listens where it did before."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        self._waker = _Waker()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Take its power: every connection breaks, none is accepted."""
        self._waker.wake()
        self._thread.join()
        self._waker.close()

    def _serve(self) -> None:
        with self._listener:
            while self._waker.reader not in select.select([self._listener, self._waker.reader], [], [])[0]:
                connection, _ = self._listener.accept()
                with connection:
                    self._talk(connection)
                    # Linger 0: gone with a reset, as by a pulled plug, and the port is free at once.
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _talk(self, connection: socket.socket) -> None:
        while self._waker.reader not in select.select([connection, self._waker.reader], [], [])[0]:
            try:
                data = connection.recv(4096)
                if not data or not self.engine.feed(data, connection.sendall):
                    return
            except OSError:
                return


class PtyPrinterPeer:
    """A printer on a serial port: `path` is the port, a link that leads to a new terminal after each replug."""

    def __init__(self, directory: Path) -> None:
        self.engine = PrinterEngine()
        self.path = directory / "printer-port"
        self.replug()

    def replug(self) -> None:
        self._master, self._port = os.openpty()
        tty.setraw(self._port)
        self.path.symlink_to(os.ttyname(self._port))
        self._waker = _Waker()
        self._thread = threading.Thread(target=self._talk, daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        self._waker.wake()
        self._thread.join()
        self.path.unlink()
        os.close(self._port)
        os.close(self._master)
        self._waker.close()

    def _talk(self) -> None:
        while self._waker.reader not in select.select([self._master, self._waker.reader], [], [])[0]:
            self.engine.feed(os.read(self._master, 4096), lambda answer: void(os.write(self._master, answer)))


def void(_: object) -> None:
    """Throw a result away where a callback may have none."""
