"""Tells the service manager how the appliance is: ready, stopping, alive.

The protocol is one datagram a message to the socket named by `NOTIFY_SOCKET`: sd_notify(3), sections "Description" and
"Notes"; the watchdog's is sd_watchdog_enabled(3). Started by hand there is no such socket, and nothing is sent.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Final

log = logging.getLogger(__name__)

SEND_TIMEOUT_S: Final = 1.0
"""A service manager that does not read its socket must not hold up a gate for longer."""

WATCHDOG_FRACTION: Final = 0.5
"""sd_watchdog_enabled(3) recommends a sign of life every half of the time after which the service is killed."""


class ServiceNotifier:
    """Sends messages to the service manager. Methods may be called from any thread and never raise.

    A message that cannot be sent is logged: the gate works on, and the manager draws its own conclusions.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        if self._address and self._address[0] not in "/@":
            log.warning(
                "NOTIFY_SOCKET %r is neither a path nor an abstract socket; nothing will be sent", self._address
            )
            self._address = ""

    def ready(self, status: str) -> None:
        """Say that every part is ready, with a sentence for `systemctl status`."""
        self._send("READY=1", _status_line(status))

    def status(self, status: str) -> None:
        """Change the sentence that `systemctl status` shows."""
        self._send(_status_line(status))

    def stopping(self) -> None:
        """Say that the shutdown has begun."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Feed the watchdog."""
        self._send("WATCHDOG=1")

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        # The manager's "@" stands for the zero byte that marks a name in Linux's abstract namespace: unix(7).
        target = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.settimeout(SEND_TIMEOUT_S)
                sender.sendto("\n".join(lines).encode(), target)
        except OSError as error:
            log.warning("the service manager could not be told %s: %s", lines[0], error)


def watchdog_interval_s(environ: Mapping[str, str] = os.environ) -> float | None:
    """Tell how often the service manager wants a sign of life; None when it wants none from this process.

    Raises:
        ValueError: `WATCHDOG_USEC` or `WATCHDOG_PID` is not a whole number.
    """
    span_us = environ.get("WATCHDOG_USEC")
    meant_for = environ.get("WATCHDOG_PID")
    # A child inherits the variables; the number tells whom they are meant for.
    if not span_us or (meant_for and int(meant_for) != os.getpid()):
        return None
    span_s = int(span_us) / 1e6
    return span_s * WATCHDOG_FRACTION if span_s > 0 else None


class Watchdog:
    """A thread that feeds the service manager's watchdog for as long as the appliance is alive.

    Whether it is alive is not this thread's to say, for it would beat on while every lane hangs: `alive` asks the lanes
    for their own last beats. When it says no, or raises, nothing is sent, and the manager restarts the service.
    """

    def __init__(self, notifier: ServiceNotifier, alive: Callable[[], bool], interval_s: float | None) -> None:
        self._notifier = notifier
        self._alive = alive
        self._interval_s = interval_s
        self._stopping = threading.Event()
        self._starving = False
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        """Start feeding, at once and then every `interval_s`; does nothing when `interval_s` is None."""
        if self._interval_s is not None:
            self._thread.start()

    def stop(self) -> None:
        """Stop feeding and wait for the thread's end."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._feed()
            self._stopping.wait(self._interval_s)

    def _feed(self) -> None:
        try:
            alive = self._alive()
        except Exception:
            log.exception("asking whether the appliance is alive failed")
            alive = False
        if alive:
            self._notifier.alive()
        if alive is self._starving:
            self._starving = not alive
            log.log(logging.INFO if alive else logging.ERROR, "the watchdog is %s", "fed again" if alive else "starved")


def _status_line(status: str) -> str:
    """One line, whatever the text: a second one would be taken for another assignment."""
    return "STATUS=" + " ".join(status.split())
