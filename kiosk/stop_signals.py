"""SIGTERM and SIGINT: what the service manager and a person at a terminal say to end the appliance."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import NoReturn


def on_stop_signals(action: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    """Answer both signals with `action` from now on. Main thread only."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, action)


def leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """End the process where it stands, as asked: what is half-way is rolled back."""
    raise SystemExit(0)
