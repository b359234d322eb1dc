"""An appliance's pages on a free port of 127.0.0.1, served by waitress from a thread of the test process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, has_request_context, request, template_rendered
from jinja2 import Template
from waitress import create_server, wasyncore

from kiosk.appliance import Appliance
from web import create_app
from web.server import WAITRESS


class LiveServer:
    """A running server. `url` has no slash at its end; `templates` are those of all its answers so far."""

    def __init__(self, app: Flask, port: int) -> None:
        self.app = app
        self._sockets: dict[int, Any] = {}
        self._templates: dict[str, str] = {}
        self.templates: set[str] = set()
        template_rendered.connect(self._note_template, app)
        self._server = create_server(app, map=self._sockets, host="127.0.0.1", port=port, **WAITRESS)
        self.port: int = self._server.effective_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live server")
        self._thread.start()

    def template_at(self, path: str) -> str:
        """The template of the page that was last answered with at that path; empty while there was none."""
        return self._templates.get(path, "")

    def stop(self) -> None:
        """Stop listening and cut every connection, as a server that dies does; its port is free again afterwards."""
        self._stopping.set()
        self._server.pull_trigger()
        self._thread.join()
        # Not by the thread: it may see the end by itself before its trigger is pulled, which is closed here too.
        wasyncore.close_all(self._sockets)
        # Threads at work on an event stream end by themselves, when they next write or when the feed closes.
        self._server.task_dispatcher.set_thread_count(0)

    def _note_template(self, _app: Flask, template: Template, **_more: Any) -> None:
        if has_request_context():
            self._templates[request.path] = template.name or ""
            self.templates.add(template.name or "")

    def _run(self) -> None:
        while not self._stopping.is_set():
            wasyncore.loop(timeout=1.0, use_poll=True, map=self._sockets, count=1)


@contextmanager
def live_server(target: Appliance | Flask, *, port: int = 0) -> Iterator[LiveServer]:
    """Serve an appliance (or an application made of one) until the end of the block; `port` 0 takes a free one.

    A block within which the server is stopped, and a second one on the same `port`, is how a lost network is played.
    """
    server = LiveServer(target if isinstance(target, Flask) else create_app(target), port)
    try:
        yield server
    finally:
        if not server._stopping.is_set():
            server.stop()
