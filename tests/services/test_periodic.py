"""The thread behind what is looked after every while."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from kiosk.services.periodic import Periodic

PATIENCE_S = 20.0
LONG_S = 3600.0


@contextmanager
def running(
    look: Callable[[], float | None], *, after_fault_s: float = LONG_S, looks_at_stop: bool = False
) -> Iterator[Periodic]:
    periodic = Periodic("work", look, after_fault_s=after_fault_s, looks_at_stop=looks_at_stop)
    periodic.start()
    try:
        yield periodic
    finally:
        assert periodic.stop(PATIENCE_S)


class Looks:
    """Counts the looks and lets a test wait for them; each asks for the next wait, or raises it."""

    def __init__(self, *waits: float | Exception | None) -> None:
        self.count = 0
        self._waits = waits
        self._looked = threading.Semaphore(0)

    def __call__(self) -> float | None:
        wait = self._waits[min(self.count, len(self._waits) - 1)]
        self.count += 1
        self._looked.release()
        if isinstance(wait, Exception):
            raise wait
        return wait

    def has_come(self) -> bool:
        """Wait for one more look."""
        return self._looked.acquire(timeout=PATIENCE_S)


def test_it_looks_at_the_start_and_when_the_wait_is_over() -> None:
    looks = Looks(0.0, 0.001, None)
    with running(looks):
        assert all(looks.has_come() for _ in range(3))
    assert looks.count == 3


@pytest.mark.parametrize("wait", [None, LONG_S])
def test_news_ends_the_wait(wait: float | None) -> None:
    looks = Looks(wait)
    with running(looks) as periodic:
        assert looks.has_come()
        periodic.wake()
        assert looks.has_come()


def test_news_that_comes_while_it_looks_is_not_missed() -> None:
    is_looking, may_go_on, has_looked_again = threading.Event(), threading.Event(), threading.Event()

    def look() -> None:
        if is_looking.is_set():
            has_looked_again.set()
        is_looking.set()
        may_go_on.wait(PATIENCE_S)

    with running(look) as periodic:
        assert is_looking.wait(PATIENCE_S)
        periodic.wake()
        may_go_on.set()
        assert has_looked_again.wait(PATIENCE_S)


def test_what_fails_is_logged_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    looks = Looks(OSError("no room"), None)
    with caplog.at_level(logging.ERROR), running(looks, after_fault_s=0.0):
        assert all(looks.has_come() for _ in range(2))
    (record,) = caplog.records
    assert record.getMessage().startswith("work: ")
    assert "no room" in str(record.exc_info and record.exc_info[1])


@pytest.mark.parametrize(("looks_at_stop", "last"), [(False, 0), (True, 1)])
def test_what_is_left_is_done_at_the_stop_where_that_was_asked_for(looks_at_stop: bool, last: int) -> None:  # noqa: FBT001
    looks = Looks(None)
    with running(looks, looks_at_stop=looks_at_stop):
        assert looks.has_come()
    assert looks.count == 1 + last


def test_a_stop_says_when_the_work_does_not_end() -> None:
    is_looking, may_go_on = threading.Event(), threading.Event()

    def look() -> None:
        is_looking.set()
        may_go_on.wait(PATIENCE_S)

    periodic = Periodic("work", look, after_fault_s=LONG_S)
    periodic.start()
    assert is_looking.wait(PATIENCE_S)
    assert not periodic.stop(0.0)
    may_go_on.set()
    assert periodic.stop(PATIENCE_S)


def test_one_that_was_never_started_has_nothing_to_end() -> None:
    looks = Looks(None)
    assert Periodic("work", looks, after_fault_s=LONG_S, looks_at_stop=True).stop(0.0)
    assert looks.count == 0
