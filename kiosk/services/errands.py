"""Work that a self-test has done by the thread it tests, where that thread takes its other work from."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any


class Errand:
    """Something to do, and the answer for whoever waits for it; they cancel it when they wait no longer."""

    def __init__(self, work: Callable[..., Any]) -> None:
        self._work = work
        self.answer: Future[Any] = Future()

    def run(self, *tools: Any) -> None:
        """Do it with these, unless nobody waits any more. What it raises is told by the answer and goes no further."""
        if self.answer.set_running_or_notify_cancel():
            try:
                self.answer.set_result(self._work(*tools))
            except Exception as error:  # noqa: BLE001 - whoever sent it is told
                self.answer.set_exception(error)
