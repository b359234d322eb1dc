"""Tells others what happened: a thread for each of them reads the journal on from where it was.

The journal is the outbox. What is to be told has been committed to it, so nothing is copied into a queue and nothing
can be lost between the two. Each subscriber has a place in it, moved on after the other side has taken the event; a box
that stops in between tells the last event twice: at least once. Events go in the journal's order, and one that is not
taken holds up its own subscriber and nobody else.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Protocol

from sqlalchemy import select

from kiosk.clock import Clock
from kiosk.services.deliveries import (
    FAILING_AFTER,
    DeliveryStatus,
    read_status,
    require_status,
    save,
    status_of,
)
from kiosk.services.events import Event, is_silent, read_event
from kiosk.store import journal
from kiosk.store.database import Store
from kiosk.store.tables import deliveries

log = logging.getLogger(__name__)

FIRST_RETRY_S: Final = 2.0
LONGEST_RETRY_S: Final = 3600.0
GIVE_UP_AFTER: Final = timedelta(days=5)
GIVE_UP_ATTEMPTS: Final = 100
"""Both have to be reached: a clock that was set on from 1970 makes any span look long."""
_SKIPPED_UNSAVED: Final = 1000
"""Entries of no interest that are passed over again after a restart, at most: saving the place costs a write."""
_AFTER_A_FAULT_S: Final = 60.0


class DeliveryFailed(Exception):
    """The other side has not taken an event.

    Attributes:
        code: why, without any part of an address: it is shown, and addresses hold secrets.
        retry_after_s: how long the other side wants to be left alone.
        is_final: it wants nothing more at all.
    """

    def __init__(self, code: str, *, retry_after_s: float = 0.0, is_final: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after_s = retry_after_s
        self.is_final = is_final


class Sender(Protocol):
    """Hands events to the other side. `open` and `send` are called by one thread, `cancel` by any."""

    def open(self) -> None:
        """Get ready, before there is anything to tell, so that a mistake in the settings shows at once.

        Raises:
            DeliveryFailed: it cannot be used as it is set; `send` will try again.
        """
        ...

    def send(self, event: Event) -> None:
        """Hand it over; blocks.

        Raises:
            DeliveryFailed: it was not taken, or nobody knows.
        """
        ...

    def cancel(self) -> None:
        """Make a `send` that waits give up, and every later one."""
        ...


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who is told what.

    Attributes:
        name: unique and lasting: the place in the journal is kept under it.
        with_silent: whether silent alarms are told too.
        keep: events older than this are passed over, on record; None: all are told, and who takes none is given up.
    """

    name: str
    types: frozenset[str]
    sender: Sender
    with_visitor: bool = False
    with_silent: bool = True
    keep: timedelta | None = None


class Deliverer:
    """One subscriber's way through the journal. `step` is for one thread; the rest may be called from any."""

    def __init__(self, store: Store, clock: Clock, subscriber: Subscriber, jitter: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._subscriber = subscriber
        self._jitter = jitter
        self._stopping = threading.Event()
        self._news = threading.Event()
        self.fault = ""
        with store.read() as connection:
            self._place = self._saved = require_status(connection, subscriber.name).place
        self._thread = threading.Thread(target=self._run, name=f"tell {subscriber.name}", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def wake(self) -> None:
        """Say that the journal has grown."""
        self._news.set()

    def let_go(self) -> None:
        """Begin to end, without waiting; an event on its way is told again another time."""
        self._stopping.set()
        self._news.set()
        self._subscriber.sender.cancel()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end of the thread; False when it did not come in time."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def open(self) -> None:
        """Get the sender ready; what is wrong with it is `fault`."""
        try:
            self._subscriber.sender.open()
        except DeliveryFailed as failure:
            self.fault = failure.code
            log.warning("%s cannot be used as it is set: %s", self._subscriber.name, failure.code)

    def step(self) -> float | None:
        """Tell the next event; returns the seconds to wait before the next step, None: until the journal has grown."""
        name = self._subscriber.name
        with self._store.read() as connection:
            status = read_status(connection, name)
            if status is None or status.disabled_at is not None:
                return None
            head = journal.head(connection)[0]
            entries = journal.after(connection, self._place, 1, self._subscriber.types)
            event = read_event(connection, entries[0], with_visitor=self._subscriber.with_visitor) if entries else None
        if event is None:
            self._pass_over(head)
            return None
        if is_silent(entries[0]) and not self._subscriber.with_silent:
            self._pass_over(event.seq)
            return 0.0
        if self._is_stale(event):
            self._lapse()
            return 0.0
        try:
            self._subscriber.sender.send(event)
        except DeliveryFailed as failure:
            return 0.0 if self._stopping.is_set() else self._note_failure(failure)
        self.fault = ""
        # When stopping the store may be closed already: the event is told again, which is what receivers are told.
        if not self._stopping.is_set():
            with self._store.write() as transaction:
                save(
                    transaction,
                    name,
                    place=event.seq,
                    failures=0,
                    failing_since=None,
                    failure="",
                    delivered_at=transaction.now,
                )
            self._place = self._saved = event.seq
        return 0.0

    def _pass_over(self, head: int) -> None:
        self._place = head
        if head - self._saved >= _SKIPPED_UNSAVED:
            with self._store.write() as transaction:
                save(transaction, self._subscriber.name, place=head)
            self._saved = head

    def _is_stale(self, event: Event) -> bool:
        keep = self._subscriber.keep
        return keep is not None and event.is_older_than(keep, self._clock.now())

    def _lapse(self) -> None:
        """Pass over the next events that are too old, and put on record how many."""
        with self._store.write() as transaction:
            entries = journal.after(transaction.connection, self._place, 500, self._subscriber.types)
            stale = []
            for entry in entries:
                if not self._is_stale(read_event(transaction.connection, entry)):
                    break
                stale.append(entry)
            save(transaction, self._subscriber.name, place=stale[-1].seq)
            transaction.record(
                "system",
                "notice.lapsed",
                {"subscriber": self._subscriber.name, "count": len(stale), "from": stale[0].seq, "to": stale[-1].seq},
            )
        self._place = self._saved = stale[-1].seq

    def _note_failure(self, failure: DeliveryFailed) -> float | None:
        name = self._subscriber.name
        with self._store.write() as transaction:
            status = read_status(transaction.connection, name)
            if status is None:
                return None
            since, failures = status.failing_since or transaction.now, status.failures + 1
            save(transaction, name, failures=failures, failing_since=since, failure=failure.code)
            is_hopeless = failures >= GIVE_UP_ATTEMPTS and transaction.now - since >= GIVE_UP_AFTER
            is_over = failure.is_final or (is_hopeless and self._subscriber.keep is None)
            if is_over:
                save(transaction, name, disabled_at=transaction.now)
                transaction.record(
                    "system", "webhook.disabled", {"webhook": name.partition(" ")[2], "code": failure.code}
                )
        if is_over:
            log.warning("%s is told nothing more: %s", name, failure.code)
            return None
        if failures == FAILING_AFTER:
            log.warning("%s cannot be told: %s; it is tried again at growing intervals", name, failure.code)
        return max(retry_in_s(failures, self._jitter()), min(failure.retry_after_s, LONGEST_RETRY_S))

    def _run(self) -> None:
        is_open = False
        while not self._stopping.is_set():
            self._news.clear()
            try:
                if not is_open:
                    self.open()
                    is_open = True
                wait_s = self.step()
            except Exception:
                if self._stopping.is_set():
                    return
                # A full disk, a locked database: the journal keeps what is to be told.
                log.exception("telling %s failed; it will be tried again", self._subscriber.name)
                wait_s = _AFTER_A_FAULT_S
            if wait_s is None:
                self._news.wait()
            elif wait_s > 0:
                self._stopping.wait(wait_s)


class Outbox:
    """All who are told. Safe to use from any thread."""

    def __init__(self, store: Store, clock: Clock, jitter: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._jitter = jitter
        self._lock = threading.Lock()
        self._deliverers: dict[str, Deliverer] = {}
        self._running = False
        store.on_commit(self._note)

    def add(self, subscriber: Subscriber) -> None:
        """Tell a subscriber from now on; its place has been made with `make_place`."""
        deliverer = Deliverer(self._store, self._clock, subscriber, self._jitter)
        with self._lock:
            self._deliverers[subscriber.name] = deliverer
            if self._running:
                deliverer.start()

    def remove(self, name: str) -> None:
        """Tell a subscriber nothing more; an event on its way may still arrive."""
        with self._lock:
            deliverer = self._deliverers.pop(name, None)
        if deliverer is not None:
            deliverer.let_go()

    def start(self) -> None:
        """Start telling."""
        with self._lock:
            self._running = True
            for deliverer in self._deliverers.values():
                deliverer.start()

    def let_go(self) -> None:
        """Begin to end, without waiting."""
        with self._lock:
            self._running = False
            for deliverer in self._deliverers.values():
                deliverer.let_go()

    def stop(self, timeout_s: float) -> bool:
        """End every thread; False when one did not end in time: it waits for a network and does nothing more."""
        self.let_go()
        with self._lock:
            deliverers = list(self._deliverers.values())
        deadline_s = time.monotonic() + timeout_s
        ended = [deliverer.join(max(0.0, deadline_s - time.monotonic())) for deliverer in deliverers]
        return all(ended)

    def statuses(self) -> list[DeliveryStatus]:
        """How every subscriber has fared, by name."""
        with self._lock:
            faults = {name: deliverer.fault for name, deliverer in self._deliverers.items()}
        with self._store.read() as connection:
            rows = connection.execute(select(deliveries).order_by(deliveries.c.name)).all()
        return [replace(status_of(row), fault=faults[row.name]) for row in rows if row.name in faults]

    def _note(self, _seq: int) -> None:
        with self._lock:
            for deliverer in self._deliverers.values():
                deliverer.wake()


def retry_in_s(failures: int, jitter: float) -> float:
    """How long to wait after that many attempts in vain: twice as long each time, less up to half by `jitter` (0 to 1).

    Those who failed together, as when a switch was off, do not come back together.
    """
    longest = min(FIRST_RETRY_S * 2.0 ** min(failures - 1, 30), LONGEST_RETRY_S)
    return longest * (1 - jitter / 2)
