"""The server as `serve` runs it, with a lane that hangs from SIGUSR1 on: for the tests of the watchdog.

The lane is given a command whose asker never takes the answer. That stands for whatever a lane's worker might hang in.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from types import FrameType

from kiosk import appliance as appliances
from kiosk.bootstrap import build_appliance
from kiosk.commands.serve import Run
from kiosk.config import parse
from kiosk.demo import demo_settings
from kiosk.service_notify import ServiceNotifier
from kiosk.services.lane import BEAT_S
from kiosk.services.lane_events import OpenCommand
from kiosk.services.openings import Outcome
from web import create_app, health
from web.server import WebServer


class NeverTaken(Future[Outcome]):
    """An answer that cannot be delivered."""

    def set_result(self, result: Outcome) -> None:  # noqa: ARG002 - nobody gets it
        threading.Event().wait()


def main() -> None:
    for module in (appliances, health):  # found out sooner than a box would
        module.ALIVE_WITHIN_S = 4 * BEAT_S
    logging.basicConfig(level=logging.INFO)
    appliance = build_appliance(parse(demo_settings()), Path(sys.argv[1]), is_demo=True)

    def hang(_number: int, _frame: FrameType | None) -> None:
        appliance.lanes.get("out").post(OpenCommand("test", "", time.monotonic_ns() + 10**9, NeverTaken()))

    signal.signal(signal.SIGUSR1, hang)
    Run(appliance, WebServer(create_app(appliance), "127.0.0.1", 0), ServiceNotifier()).until_stopped()


if __name__ == "__main__":
    main()
