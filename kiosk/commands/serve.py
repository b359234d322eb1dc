"""`serve`: bring the gate to life and keep it alive until a signal says stop."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Final

from kiosk.appliance import Appliance
from kiosk.bootstrap import build_appliance
from kiosk.commands.common import data_directory, fail, load_settings, store_problems_said
from kiosk.demo.accounts import DemoAccounts, provide
from kiosk.demo.seed import seed
from kiosk.service_notify import ServiceNotifier, Watchdog, watchdog_interval_s
from kiosk.stop_signals import on_stop_signals
from kiosk.store.database import hold
from web import create_app
from web.server import WebServer

log = logging.getLogger(__name__)

DEVICES_SETTLE_S: Final = 10.0
"""How long READY waits for devices to have been tried once. One that is not there does not hold the gate up."""
SWITCH_INTERVAL_S: Final = 0.0005
"""How long a thread computes until it lets another have the interpreter (Python's own: 0.005). On its way from the card
to the relay an admission asks for it a dozen times; beside a page in the making that was 25 ms, and is 6 with this."""
DRAIN_S: Final = 1.0
"""How long answers in the making may still go out."""
STOP_S: Final = 2.0
"""How long workers may take to end. Together with the rest of the stop it stays under the service's five seconds."""


def serve(*, is_demo: bool, port: int | None, data: Path | None, config: Path | None) -> None:
    """Serve until SIGTERM or SIGINT. Prints `ready http://127.0.0.1:PORT/` once a request has been answered."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    settings = load_settings(config, demo=is_demo)
    if port is not None:
        settings = settings.model_copy(update={"server": settings.server.model_copy(update={"port": port})})
    directory = data_directory(data, settings, demo=is_demo)
    with store_problems_said():
        hold(directory)
        if is_demo:
            seed(settings, directory)
        appliance = build_appliance(settings, directory, is_demo=is_demo)
    known = provide(appliance.accounts, directory) if is_demo else None
    try:
        server = WebServer(create_app(appliance), settings.server.host, settings.server.port)
    except OSError as error:
        fail(f"server: cannot listen on {settings.server.host}:{settings.server.port}: {error.strerror}")
    if known is not None:
        _introduce(server.url, known)
    Run(appliance, server, ServiceNotifier()).until_stopped()


def _introduce(url: str, known: DemoAccounts) -> None:
    """Tell whoever tries the demonstration where to look and how to log in."""
    pages = {"touchscreen": "", "panel": "panel/", "simulator": "simulator/", "API": "api/v1/openapi.json"}
    lines = [*(f"{name:<12} {url}{path}" for name, path in pages.items()), *known.lines()]
    print("\n".join(lines), flush=True)  # noqa: T201 - what the newcomer reads


class Run:
    """One run of the server, from READY to the last relay released."""

    def __init__(self, appliance: Appliance, server: WebServer, notifier: ServiceNotifier) -> None:
        self._appliance = appliance
        self._server = server
        self._notifier = notifier
        self._stopping = threading.Event()

    def until_stopped(self) -> None:
        """Serve until a signal says stop, and stop. Main thread only."""
        on_stop_signals(self._signalled)
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        watchdog = Watchdog(self._notifier, self._appliance.is_alive, watchdog_interval_s())
        try:
            self._appliance.start()
            watchdog.start()
            threading.Thread(target=self._announce, name="announce", daemon=True).start()
            self._server.run()
        finally:
            on_stop_signals(signal.SIG_IGN)
            # Relays first, and with them the streams, whose threads the web server would otherwise wait for.
            self._appliance.let_go()
            self._stopping.set()
            self._notifier.stopping()
            self._server.close(DRAIN_S)
            watchdog.stop()
            if not self._appliance.stop(STOP_S):
                log.warning("a worker did not end in time")

    def _announce(self) -> None:
        self._appliance.supervisor.wait_until_settled(DEVICES_SETTLE_S)
        if self._server.wait_until_answering(self._stopping):
            print(f"ready {self._server.url}", flush=True)  # noqa: T201 - what scripts wait for
            self._notifier.ready(f"serving {self._server.url}")

    def _signalled(self, _number: int, _frame: FrameType | None) -> None:
        self._server.stop()
