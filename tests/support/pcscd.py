"""The real pcscd with vsmartcard's virtual reader, started by the tests and ended by them.

The virtual reader listens on a fixed port and pcscd on a fixed socket, so there can be only one of it on a machine:
whoever runs these tests at the same time waits at a lock file.
"""

from __future__ import annotations

import fcntl
import os
import queue
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

IPC_DIRECTORY = Path("/run/pcscd")
READER_CONFIG = Path("/etc/reader.conf.d/vpcd")
PACKAGED_PORT = "0x8C7B"
PORT = 25963
"""The virtual reader's, in place of the package's 35963: that one is among those which the system lends to connections,
and while one of them has it the reader is not there."""
LOCK_FILE = Path(tempfile.gettempdir()) / "gatehouse-tests-pcscd.lock"
START_TIMEOUT_S = 60.0
READY = "daemon ready"


class PcscdFailed(RuntimeError):
    """pcscd could not be started; the message holds what it printed."""


class Pcscd:
    """One pcscd at a time, with the virtual reader or with none."""

    def __init__(self, config_directory: Path) -> None:
        self._config_directory = config_directory
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def start(self, *, with_reader: bool = True) -> None:
        """Start it and wait until it says that it is ready."""
        assert self._process is None
        IPC_DIRECTORY.mkdir(exist_ok=True)
        config = self._config_directory / "vpcd"
        config.unlink(missing_ok=True)
        if with_reader:
            config.write_text(READER_CONFIG.read_text().replace(PACKAGED_PORT, f"0x{PORT:04X}"))
        self._process = subprocess.Popen(
            ["pcscd", "--foreground", "--info", "--config", str(self._config_directory)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        )  # fmt: skip
        self._lines = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, args=(self._process, self._lines), daemon=True)
        self._reader.start()
        said: list[str] = []
        while True:
            try:
                line = self._lines.get(timeout=START_TIMEOUT_S)
            except queue.Empty:
                line = None
            if line is None:
                self.kill()
                raise PcscdFailed("pcscd does not start: " + "".join(said))
            said.append(line)
            if READY in line:
                break
        self._wait_for_socket()

    def stop(self) -> None:
        """End it as its service manager would; do nothing when it does not run."""
        if self._process is not None:
            self._process.terminate()
            self._reap()

    def kill(self) -> None:
        """End it without a farewell (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._reap()

    def restart(self, *, with_reader: bool = True) -> None:
        """Stop it and start it again."""
        self.stop()
        self.start(with_reader=with_reader)

    @property
    def pid(self) -> int:
        """The process id while it runs."""
        assert self._process is not None
        return self._process.pid

    def _wait_for_socket(self) -> None:
        """Wait until it takes connections: pcsc-lite says that it is ready before it makes its socket."""
        assert self._process is not None
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while self._process.poll() is None and time.monotonic() < deadline_s:
            with socket.socket(socket.AF_UNIX) as probe:
                if probe.connect_ex(str(IPC_DIRECTORY / "pcscd.comm")) == 0:
                    return
            threading.Event().wait(0.01)
        self.kill()
        raise PcscdFailed("pcscd takes no connections")

    def _reap(self) -> None:
        assert self._process is not None
        assert self._reader is not None
        self._process.wait(START_TIMEOUT_S)
        self._reader.join(START_TIMEOUT_S)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None

    @staticmethod
    def _read(process: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        lines.put(None)


@contextmanager
def exclusive_pcscd() -> Iterator[Pcscd]:
    """Wait for the machine's only virtual reader, hand out a running pcscd, and end it.

    Raises:
        PcscdFailed: it cannot be started, or another program's pcscd runs.
    """
    # One file for all users, never removed: who waits and who comes anew must meet at the same inode.
    handle = os.open(LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with tempfile.TemporaryDirectory(prefix="gatehouse-pcscd-") as directory:
            pcscd = Pcscd(Path(directory))
            pcscd.start()
            try:
                yield pcscd
            finally:
                pcscd.stop()
    finally:
        os.close(handle)
