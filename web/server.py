"""The web server: waitress in one process, with a stop that lets answers out and does not wait for open streams."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Mapping
from typing import Any, Final

from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server

THREADS: Final = 40
"""Worker threads. Each open event stream and preview holds one; `web.streams` bounds how many may."""

WAITRESS: Final[Mapping[str, Any]] = {
    "threads": THREADS,
    "ident": None,
    "clear_untrusted_proxy_headers": True,
    "max_request_body_size": 32 * 1024 * 1024,
    "channel_timeout": 60,
    "channel_request_lookahead": 1,  # so that it hears that a stream's reader has gone
}
"""How waitress is set up (its documentation, "Arguments to waitress.serve")."""

_LOOP_S: Final = 1.0
_DRAIN_TURN_S: Final = 0.05
_PROBE_EVERY_S: Final = 0.05
_ANY_HOST: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
"""Addresses that mean every one of the machine's, and by which the machine itself reaches them."""


class WebServer:
    """Serves an application. The constructor binds the port and starts the workers; nothing is answered before `run`.

    Args:
        port: 0 takes a free one.

    Raises:
        OSError: the port is taken, or the address is not this machine's.
    """

    def __init__(self, app: Flask, host: str, port: int) -> None:
        self._sockets: dict[int, Any] = {}
        try:
            self._server = create_server(app, map=self._sockets, host=host, port=port, **WAITRESS)
        except ValueError as error:  # waitress's word for a name that does not resolve
            raise OSError(0, str(error)) from error
        self._listeners = [one for one in self._sockets.values() if getattr(one, "accepting", False)]
        self._host = _ANY_HOST.get(host, host)
        self._port = int(self._listeners[0].effective_port)
        self._stopping = False

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        return f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{self._port}/"

    def run(self) -> None:
        """Serve in this thread until `stop` is called."""
        while not self._stopping:
            wasyncore.loop(timeout=_LOOP_S, use_poll=True, map=self._sockets, count=1)

    def stop(self) -> None:
        """Let `run` return. Takes no lock: it is made to be called by a signal's handler, and may be called twice."""
        if not self._stopping:
            self._stopping = True
            self._listeners[0].pull_trigger()

    def close(self, timeout_s: float) -> None:
        """After `run`: take no more connections, let answers in the making out, cut what is left after `timeout_s`."""
        for listener in self._listeners:
            # Of the listener its socket alone: what it is besides wakes the loop when an answer is ready.
            wasyncore.dispatcher.close(listener)
        deadline_s = time.monotonic() + timeout_s
        while self._is_answering() and time.monotonic() < deadline_s:
            wasyncore.loop(timeout=_DRAIN_TURN_S, use_poll=True, map=self._sockets, count=1)
        wasyncore.close_all(self._sockets, ignore_all=True)

    def wait_until_answering(self, stopping: threading.Event) -> bool:
        """Ask until a request is answered; False when `stopping` was set before."""
        while not stopping.is_set():
            connection = http.client.HTTPConnection(self._host, self._port, timeout=5)
            try:
                connection.request("GET", "/healthz")
                connection.getresponse().read()
            except (OSError, http.client.HTTPException):
                stopping.wait(_PROBE_EVERY_S)
            else:
                return True
            finally:
                connection.close()
        return False

    def _is_answering(self) -> bool:
        channels = [one for one in self._sockets.values() if isinstance(one, HTTPChannel)]
        return any(channel.requests or channel.total_outbufs_len for channel in channels)
