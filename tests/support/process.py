"""The real server as a process of its own: started from the command line, watched by its output, ended by signals."""

from __future__ import annotations

import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0
"""Only a hang lasts this long."""


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def environment(**changes: str) -> dict[str, str]:
    """The environment of a child: ours, without what would tie it to this process's service manager."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NOTIFY_", "WATCHDOG_"))}
    return kept | {"PYTHONUNBUFFERED": "1"} | changes


def kiosk(*arguments: str | Path, standard_input: str = "", cwd: Path = CHECKOUT) -> subprocess.CompletedProcess[str]:
    """Run a command of `python -m kiosk` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "kiosk", *map(str, arguments)],
        input=standard_input, capture_output=True, text=True, cwd=cwd, check=False, timeout=PATIENCE_S,
        env=environment(PYTHONPATH=str(CHECKOUT)),
    )  # fmt: skip


class ServerProcess:
    """`python -m kiosk serve` with the given arguments, on a free port of 127.0.0.1; or another module that serves."""

    def __init__(
        self,
        *arguments: str | Path,
        environ: Mapping[str, str] | None = None,
        cwd: Path = CHECKOUT,
        module: Sequence[str] = ("kiosk", "serve", "--port", "0"),
    ) -> None:
        self.lines: list[str] = []
        """What it has printed, standard output and errors together."""
        self._changed = threading.Condition()
        self._ended = False
        self.process = subprocess.Popen(
            [sys.executable, "-m", *module, *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=cwd,
            env=environment(PYTHONPATH=str(CHECKOUT)) | dict(environ or {}),
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, name="server output")
        self._reader.start()
        self.url = ""

    def wait_for_line(self, beginning: str) -> str:
        """Wait until it prints a line that begins so, and return the line; AssertionError when it ends before."""

        def found() -> str | None:
            return next((line for line in self.lines if line.startswith(beginning)), None)

        with self._changed:
            assert self._changed.wait_for(lambda: found() is not None or self._ended, PATIENCE_S), self.lines
            line = found()
        assert line is not None, f"ended without {beginning!r}:\n" + "\n".join(self.lines)
        return line

    def wait_until_ready(self) -> Self:
        """Wait for the line that says where it serves; a server that does not come to it is killed."""
        try:
            self.url = self.wait_for_line("ready ").removeprefix("ready ").rstrip("/")
        except BaseException:
            self.close()
            raise
        return self

    def kill(self) -> None:
        """End it as a power cut does, and wait until it is gone."""
        self.process.kill()
        self.wait()

    def close(self) -> None:
        """Kill it if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        if self.process.stdout is not None and not self.process.stdout.closed:
            self.wait()

    def terminate(self) -> int:
        """End it as a service manager does; returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self, patience_s: float = PATIENCE_S) -> int:
        """Wait for its end; returns the exit status."""
        status = self.process.wait(patience_s)
        self._reader.join(PATIENCE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status

    def request(
        self, method: str, path: str, body: Any = None, *, key: str = "", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask once, on a connection of its own. A `body` that is not bytes goes as JSON; `key` is the API's.

        Raises:
            OSError, http.client.HTTPException: it ended before the whole answer was there.
        """
        sent = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        if key:
            sent["Authorization"] = f"Bearer {key}"
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()


@contextmanager
def serving(*arguments: str | Path, environ: Mapping[str, str] | None = None) -> Iterator[ServerProcess]:
    """A server that is ready, until the end of the block; there it is killed if it still runs."""
    server = ServerProcess(*arguments, environ=environ)
    try:
        yield server.wait_until_ready()
    finally:
        server.close()


def demo_accounts(data: Path) -> Any:
    """The demonstration's secrets as its file has them."""
    return json.loads((data / "demo-accounts.json").read_text(encoding="utf-8"))


def entries(data: Path, types: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The journal's entries of these types, or all, read from the database file: `seq`, `type` and the payload's."""
    with closing(sqlite3.connect(data / "gatehouse.db")) as connection:
        rows = connection.execute("SELECT seq, type, payload FROM journal ORDER BY seq").fetchall()
    return [
        {"seq": seq, "type": type_} | json.loads(payload) for seq, type_, payload in rows if not types or type_ in types
    ]
