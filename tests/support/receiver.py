"""A server on 127.0.0.1 that takes posts, or does with them what servers do: refuse, hang, redirect, hang up, drip."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE_S = 20.0


@dataclass(frozen=True)
class Taken:
    """One post as it arrived. Header names are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Behaviour = Callable[[BaseHTTPRequestHandler, "Receiver"], None]


def answer(status: int, **headers: str) -> Behaviour:
    """Answer with a status and headers (`Retry_After="7"`)."""

    def behave(handler: BaseHTTPRequestHandler, _receiver: Receiver) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return behave


def hang_up(handler: BaseHTTPRequestHandler, _receiver: Receiver) -> None:
    """Close the connection without a word."""
    handler.close_connection = True


def say_nothing(_handler: BaseHTTPRequestHandler, receiver: Receiver) -> None:
    """Keep the connection and never answer."""
    receiver.hanging.set()
    receiver.closing.wait(PATIENCE_S)


def talk_nonsense(handler: BaseHTTPRequestHandler, _receiver: Receiver) -> None:
    handler.wfile.write(b"220 mail.example ESMTP\r\n")
    handler.close_connection = True


def drip(handler: BaseHTTPRequestHandler, receiver: Receiver) -> None:
    """Send a header without end, a byte now and then: no single wait is long."""
    receiver.hanging.set()
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not receiver.closing.wait(0.02):
            handler.wfile.write(b"x")
    except OSError:
        handler.close_connection = True


class Receiver:
    """What has been taken, in order; `behave` does as the test says, for posts from then on."""

    def __init__(self) -> None:
        self.behave: Behaviour = answer(204)
        self.hanging = threading.Event()
        self.closing = threading.Event()
        self._taken: list[Taken] = []
        self._more = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                behave = receiver.behave
                receiver._note(Taken(self.path, headers, body))
                behave(self, receiver)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """The other side gave up: that is what some tests are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def taken(self) -> list[Taken]:
        with self._more:
            return list(self._taken)

    def wait_for(self, count: int) -> list[Taken]:
        """Wait until `count` posts have arrived in all."""
        with self._more:
            assert self._more.wait_for(lambda: len(self._taken) >= count, PATIENCE_S), self._taken
            return list(self._taken)

    def close(self) -> None:
        """Stop listening; may be called twice."""
        if not self.closing.is_set():
            self.closing.set()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def _note(self, taken: Taken) -> None:
        with self._more:
            self._taken.append(taken)
            self._more.notify_all()


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver, closed at the end."""
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.close()
