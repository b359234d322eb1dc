"""The server as systemd sees it: over a real notify socket, with signals, and with the unit's own patience."""

from __future__ import annotations

import configparser
import http.client
import re
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from tests.support.process import CHECKOUT, PATIENCE_S, ServerProcess, demo_accounts, entries, kiosk

QUIET_S = 2.0
"""Four times the interval at which a watchdog of one second is fed."""


class Manager:
    """The service manager's end of the socket."""

    def __init__(self, path: Path) -> None:
        self.environ = {"NOTIFY_SOCKET": str(path)}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self.received: list[str] = []

    def wait_for(self, assignment: str) -> None:
        """Read on until this one has come."""
        while not self.received or assignment not in self.received[-1].split("\n"):
            assert self.next(PATIENCE_S) is not None, f"no {assignment} after {self.received}"

    def next(self, timeout_s: float) -> str | None:
        self._socket.settimeout(timeout_s)
        try:
            self.received.append(self._socket.recv(4096).decode())
        except TimeoutError:
            return None
        return self.received[-1]

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path) -> Iterator[Manager]:
    manager = Manager(tmp_path / "notify")
    yield manager
    manager.close()


@pytest.fixture
def patience_s() -> float:
    """How long systemd waits after SIGTERM before it kills: the promise is to need less."""
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(CHECKOUT / "systemd" / "gatehouse.service")
    return float(unit["Service"]["TimeoutStopSec"])


@pytest.fixture
def long_pulse(tmp_path) -> Path:
    """Settings under which a barrier is held up for ten seconds."""
    file = tmp_path / "long-pulse.toml"
    file.write_text("[lanes.in]\npulse_s = 10.0\n")
    return file


class Watcher:
    """A guard at the panel: logged in, with the live feed open."""

    def __init__(self, url: str, username: str, password: str) -> None:
        place = urlsplit(url)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE_S)
        self._cookies: dict[str, str] = {}
        page = self._ask("GET", "/panel/login").read().decode()
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token is not None
        form = urlencode({"csrf_token": token[1], "username": username, "password": password})
        answer = self._ask("POST", "/panel/login", form, {"Content-Type": "application/x-www-form-urlencoded"})
        answer.read()
        assert answer.status == 303
        self._feed = self._ask("GET", "/panel/feed")
        assert self._feed.getheader("Content-Type", "").startswith("text/event-stream")
        assert self._feed.readline().startswith(b"retry:")
        self.told = threading.Event()
        self.ended = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None):
        sent = dict(headers or {}, Cookie="; ".join(f"{name}={value}" for name, value in self._cookies.items()))
        self._connection.request(method, path, body, sent)
        answer = self._connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.split(";")[0].partition("=")
            self._cookies[name] = value
        return answer

    def _listen(self) -> None:
        try:
            while not (line := self._feed.readline()).startswith(b"id: "):
                if not line:
                    return
            self.told.set()
            self._feed.read()  # to the stream's end, which is whole: the last chunk is there
        finally:
            self.ended.set()


def test_ready_means_that_pages_are_answered(tmp_path, manager):
    server = ServerProcess("--demo", "--data", tmp_path / "data", environ=manager.environ)
    try:
        manager.wait_for("READY=1")
        # Printed before it is said, and served before it is printed: one attempt each, no second.
        server.wait_until_ready()
        assert manager.received == [f"READY=1\nSTATUS=serving {server.url}/"]
        assert server.request("GET", "/healthz").status == 200
        assert server.request("GET", "/panel/login").status == 200
        assert server.terminate() == 0
        manager.wait_for("STOPPING=1")
        assert manager.received[1:] == ["STOPPING=1"]
    finally:
        server.close()


def test_a_stop_releases_the_relay_and_ends_the_streams(tmp_path, manager, patience_s, long_pulse):
    data = tmp_path / "data"
    server = ServerProcess("--demo", "--data", data, "--config", long_pulse, environ=manager.environ)
    try:
        server.wait_until_ready()
        accounts = demo_accounts(data)
        watcher = Watcher(server.url, **accounts["accounts"]["guard"])
        opened = server.request("POST", "/api/v1/lanes/in/open", {"reason": "test"}, key=accounts["api_key"])
        assert opened.status == 200
        gate = server.request("GET", "/simulator/lanes/in/gate").json()
        assert (gate["relay"], [pulse["released_ns"] for pulse in gate["pulses"]]) == ("energised", [None])
        assert watcher.told.wait(PATIENCE_S)
        server.process.send_signal(signal.SIGTERM)
        assert server.wait(patience_s) == 0
        assert watcher.ended.wait(PATIENCE_S)
        watcher.close()
    finally:
        server.close()
    # What the journal tells: opened, the relay let go, and nothing after the stop.
    told = entries(data)
    types = [entry["type"] for entry in told]
    begun = len(types) - 1 - types[::-1].index("system.started")
    this_run = told[begun:]
    opened_at = next(entry["seq"] for entry in this_run if entry["type"] == "gate.opened")
    let_go = next(
        entry["seq"] for entry in this_run
        if entry["type"] == "device.changed" and (entry["device"], entry["condition"]) == ("in.relay", "stopped")
    )  # fmt: skip
    assert opened_at < let_go < this_run[-1]["seq"]
    assert this_run[-1]["type"] == "system.stopped"
    assert [entry["type"] for entry in this_run].count("system.stopped") == 1
    assert kiosk("verify-journal", "--data", data).returncode == 0


@pytest.mark.parametrize("again", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_during_the_stop_changes_nothing(tmp_path, manager, patience_s, again):
    data = tmp_path / "data"
    server = ServerProcess("--demo", "--data", data, environ=manager.environ)
    try:
        server.wait_until_ready()
        server.process.send_signal(signal.SIGTERM)
        manager.wait_for("STOPPING=1")
        server.process.send_signal(again)
        assert server.wait(patience_s) == 0
    finally:
        server.close()
    assert entries(data)[-1]["type"] == "system.stopped"
    assert not any("Traceback" in line for line in server.lines)


def test_a_stop_before_ready_is_a_stop(tmp_path, patience_s):
    data = tmp_path / "data"
    server = ServerProcess("--demo", "--data", data)
    try:
        server.wait_for_line("guard")  # the accounts are made known just before the devices are opened
        server.process.send_signal(signal.SIGTERM)
        assert server.wait(patience_s) == 0
    finally:
        server.close()
    assert not any("Traceback" in line for line in server.lines)
    assert kiosk("verify-journal", "--data", data).returncode == 0


def test_a_lane_that_hangs_starves_the_watchdog_and_does_not_hold_up_the_stop(tmp_path, manager, patience_s):
    environ = manager.environ | {"WATCHDOG_USEC": "1000000"}
    server = ServerProcess(tmp_path / "data", environ=environ, module=("tests.support.stuck_lane",))
    try:
        server.wait_until_ready()
        for _ in range(3):
            manager.received.clear()
            manager.wait_for("WATCHDOG=1")
        server.process.send_signal(signal.SIGUSR1)
        server.wait_for_line("ERROR:kiosk.service_notify:the watchdog is starved")
        manager.received.clear()
        while manager.next(QUIET_S) is not None:  # what was on its way; a watchdog that is fed is never quiet so long
            assert len(manager.received) < 50
        assert server.request("GET", "/healthz").status == 503
        server.process.send_signal(signal.SIGTERM)
        assert server.wait(patience_s) == 0
    finally:
        server.close()
