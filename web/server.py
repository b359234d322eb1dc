"""The web server: waitress, one process, with a stop that does not wait for open streams."""

from __future__ import annotations

import http.client
import threading
from typing import Final

from flask import Flask
from waitress.server import create_server

THREADS: Final = 40
"""Worker threads. Each open event stream and preview holds one; `web.streams` bounds how many may."""

_PROBE_EVERY_S: Final = 0.05


class WebServer:
    """Serves an application. The constructor binds the port; OSError when it is taken."""

    def __init__(self, app: Flask, host: str, port: int) -> None:
        self._server = create_server(
            app,
            host=host,
            port=port,
            threads=THREADS,
            ident=None,
            clear_untrusted_proxy_headers=True,
            max_request_body_size=32 * 1024 * 1024,
            channel_timeout=60,
        )
        self._host = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
        self._port = port

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        return f"http://{self._host}:{self._port}/"

    def run(self) -> None:
        """Serve until SystemExit or KeyboardInterrupt is raised in this thread, then let the workers end."""
        self._server.run()
        self._server.close()

    def wait_until_answering(self, stopping: threading.Event) -> bool:
        """Ask until a request is answered; False when `stopping` was set before."""
        while not stopping.is_set():
            connection = http.client.HTTPConnection(self._host, self._port, timeout=5)
            try:
                connection.request("GET", "/healthz")
                connection.getresponse().read()
            except OSError:
                stopping.wait(_PROBE_EVERY_S)
            else:
                return True
            finally:
                connection.close()
        return False
