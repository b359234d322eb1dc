"""The words to the service manager, read from the other end of a real socket."""

from __future__ import annotations

import logging
import os
import select
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.service_notify import ServiceNotifier, Watchdog, watchdog_interval_s

HANG_S = 30.0
ROOT = Path(__file__).parent.parent


class ServiceManager:
    """The receiving end of the protocol."""

    def __init__(self, address: str) -> None:
        self.environ = {"NOTIFY_SOCKET": address}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.settimeout(HANG_S)

    def receive(self) -> str:
        return self._socket.recv(4096).decode()

    def drain(self) -> list[str]:
        """Everything that has arrived by now."""
        messages: list[str] = []
        while select.select([self._socket], [], [], 0)[0]:
            messages.append(self.receive())
        return messages

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServiceManager]:
    address = str(tmp_path / "notify") if request.param == "path" else f"@gatehouse-{uuid.uuid4()}"
    manager = ServiceManager(address)
    yield manager
    manager.close()


def test_says_ready_status_and_stopping(manager: ServiceManager) -> None:
    notifier = ServiceNotifier(manager.environ)
    notifier.ready("two lanes, all devices ready")
    notifier.status("lane in: out of paper")
    notifier.stopping()
    assert manager.receive() == "READY=1\nSTATUS=two lanes, all devices ready"
    assert manager.receive() == "STATUS=lane in: out of paper"
    assert manager.receive() == "STOPPING=1"


def test_a_status_cannot_smuggle_in_another_message(manager: ServiceManager) -> None:
    ServiceNotifier(manager.environ).status("printer\nMAINPID=1\r\n閘口")
    assert manager.receive() == "STATUS=printer MAINPID=1 閘口"


def test_sends_nothing_without_a_socket(caplog: pytest.LogCaptureFixture) -> None:
    notifier = ServiceNotifier({})
    notifier.ready("ready")
    notifier.alive()
    notifier.stopping()
    assert caplog.records == []


def test_a_lost_manager_is_logged_and_survived(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ServiceNotifier({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).ready("ready")
    assert "could not be told READY=1" in caplog.text


def test_an_address_of_another_family_is_refused_once(caplog: pytest.LogCaptureFixture) -> None:
    notifier = ServiceNotifier({"NOTIFY_SOCKET": "vsock:2:1234"})
    notifier.ready("ready")
    notifier.stopping()
    assert len(caplog.records) == 1
    assert "vsock:2:1234" in caplog.text


def test_a_manager_that_does_not_read_does_not_hold_the_gate(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    manager = ServiceManager(str(tmp_path / "notify"))
    notifier = ServiceNotifier(manager.environ)
    limit = int(Path("/proc/sys/net/unix/max_dgram_qlen").read_text()) + 2
    sent = 0
    while not caplog.records and sent < limit:
        notifier.alive()
        sent += 1
    assert "could not be told WATCHDOG=1: timed out" in caplog.text
    manager.close()


@pytest.mark.parametrize(
    ("environ", "interval_s"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "20000000"}, 10.0),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": str(os.getpid())}, 10.0),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "1"}, None),
    ],
)
def test_watchdog_interval_is_half_the_managers_patience(environ: dict[str, str], interval_s: float | None) -> None:
    assert watchdog_interval_s(environ) == interval_s


def test_a_watchdog_time_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        watchdog_interval_s({"WATCHDOG_USEC": "soon"})


class Lanes:
    """Stands where the lanes' beats are asked for, and tells when it was asked."""

    def __init__(self) -> None:
        self.beating = True
        self.failing = False
        self._asked = threading.Semaphore(0)

    def alive(self) -> bool:
        self._asked.release()
        if self.failing:
            raise RuntimeError("no answer")
        return self.beating

    def wait_until_asked(self, times: int) -> None:
        for _ in range(times):
            assert self._asked.acquire(timeout=HANG_S)

    def forget(self) -> None:
        while self._asked.acquire(blocking=False):
            pass


def test_watchdog_feeds_only_while_the_lanes_beat(manager: ServiceManager, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    lanes = Lanes()
    watchdog = Watchdog(ServiceNotifier(manager.environ), lanes.alive, 0.01)
    watchdog.start()
    assert [manager.receive() for _ in range(3)] == ["WATCHDOG=1"] * 3

    lanes.beating = False
    lanes.forget()
    lanes.wait_until_asked(2)  # the one under way may still have seen them beat
    manager.drain()
    lanes.wait_until_asked(3)
    assert manager.drain() == []

    lanes.failing = True
    lanes.wait_until_asked(3)
    assert manager.drain() == []

    lanes.failing, lanes.beating = False, True
    assert manager.receive() == "WATCHDOG=1"
    watchdog.stop()
    manager.drain()
    assert [record.message for record in caplog.records if "the watchdog is" in record.message] == [
        "the watchdog is starved",
        "the watchdog is fed again",
    ]


def test_watchdog_sends_nothing_after_its_stop(manager: ServiceManager) -> None:
    watchdog = Watchdog(ServiceNotifier(manager.environ), lambda: True, 0.01)
    watchdog.start()
    assert manager.receive() == "WATCHDOG=1"
    watchdog.stop()
    manager.drain()
    assert not any(thread.name == "watchdog" for thread in threading.enumerate())


def test_watchdog_that_nobody_asked_for_stays_silent(manager: ServiceManager) -> None:
    lanes = Lanes()
    watchdog = Watchdog(ServiceNotifier(manager.environ), lanes.alive, None)
    watchdog.start()
    watchdog.stop()
    lanes.forget()
    assert manager.drain() == []


def test_a_whole_process_reads_its_own_environment(manager: ServiceManager) -> None:
    script = (
        "from kiosk.service_notify import ServiceNotifier, watchdog_interval_s as interval_s\n"
        "ServiceNotifier().ready(f'every {interval_s()} s')\n"
    )
    subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, **manager.environ, "WATCHDOG_USEC": "3000000"},
        check=True,
        timeout=HANG_S,
    )
    assert manager.receive() == "READY=1\nSTATUS=every 1.5 s"
