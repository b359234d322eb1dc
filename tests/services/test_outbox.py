"""The journal as an outbox: in order, at least once, each subscriber for itself; by a clock that is set."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.domain.alarms import AlarmKind
from kiosk.services.alarms import raise_within
from kiosk.services.deliveries import SubscriberCondition, make_place, require_status
from kiosk.services.events import Event
from kiosk.services.outbox import (
    GIVE_UP_AFTER,
    GIVE_UP_ATTEMPTS,
    LONGEST_RETRY_S,
    Deliverer,
    DeliveryFailed,
    Outbox,
    Subscriber,
    retry_in_s,
)
from kiosk.store import journal
from kiosk.store.database import Store
from tests.support.appliance import PATIENCE_S, wait_for
from tests.support.desk import SetClock, open_desk
from tests.support.empty_store import open_store

NAME = "webhook test"
TYPES = frozenset({"visit.signed_in", "visit.signed_out"})


class Receiver:
    """Takes events, or raises what it is told to. `taken` are their sequence numbers."""

    def __init__(self) -> None:
        self.failure: DeliveryFailed | None = None
        self.fault: DeliveryFailed | None = None
        self.taken: list[int] = []
        self.events: list[Event] = []
        self.cancelled = threading.Event()

    def open(self) -> None:
        if self.fault is not None:
            raise self.fault

    def send(self, event: Event) -> None:
        if self.failure is not None:
            raise self.failure
        self.taken.append(event.seq)
        self.events.append(event)

    def cancel(self) -> None:
        self.cancelled.set()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def store(tmp_path: Path, clock: SetClock) -> Iterator[Store]:
    store = open_store(tmp_path / "data", clock)
    yield store
    store.close()


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


def happen(store: Store, type_: str = "visit.signed_in", count: int = 1) -> list[int]:
    """Write entries; returns their sequence numbers."""
    seqs = []
    for number in range(count):
        with store.write() as transaction:
            seqs.append(transaction.record("lane in", type_, {"number": str(number), "lane": "in"})[0])
    return seqs


def place(store: Store, name: str = NAME) -> None:
    with store.write() as transaction:
        make_place(transaction, name)


def deliverer(store: Store, clock: SetClock, receiver: Receiver, keep: timedelta | None = None) -> Deliverer:
    place(store)
    return Deliverer(store, clock, Subscriber(NAME, TYPES, receiver, keep=keep), jitter=lambda: 0.0)


def status(store: Store):
    with store.read() as connection:
        return require_status(connection, NAME)


def test_what_came_before_the_subscription_is_not_told_and_the_rest_in_order(store, clock, receiver):
    happen(store)
    way = deliverer(store, clock, receiver)
    assert way.step() is None
    seqs = happen(store, count=3)
    happen(store, "gate.opened")
    assert [way.step() for _ in range(4)] == [0.0, 0.0, 0.0, None]
    assert receiver.taken == seqs


def test_each_try_waits_twice_as_long_up_to_an_hour(store, clock, receiver):
    way = deliverer(store, clock, receiver)
    first, second = happen(store, count=2)
    receiver.failure = DeliveryFailed("unreachable")
    waits = [way.step() for _ in range(14)]
    assert waits[:5] == [2.0, 4.0, 8.0, 16.0, 32.0]
    assert waits[-2:] == [LONGEST_RETRY_S, LONGEST_RETRY_S]
    assert (status(store).failures, status(store).failure) == (14, "unreachable")
    assert status(store).condition is SubscriberCondition.FAILING
    receiver.failure = None
    way.step()
    assert receiver.taken == [first]
    assert status(store).condition is SubscriberCondition.WELL
    assert status(store).failing_since is None
    way.step()
    assert receiver.taken == [first, second]


@pytest.mark.parametrize("failures", [1, 2, 5, 12, 5000])
def test_jitter_takes_off_up_to_half(failures):
    assert retry_in_s(failures, 1.0) == retry_in_s(failures, 0.0) / 2
    assert 1.0 <= retry_in_s(failures, 1.0) <= retry_in_s(failures, 0.5) <= LONGEST_RETRY_S


@pytest.mark.parametrize(("asked_s", "waited_s"), [(1.0, 2.0), (90.0, 90.0), (10**9, LONGEST_RETRY_S)])
def test_a_receiver_that_asks_for_a_pause_gets_one_within_bounds(store, clock, receiver, asked_s, waited_s):
    way = deliverer(store, clock, receiver)
    happen(store)
    receiver.failure = DeliveryFailed("http-503", retry_after_s=asked_s)
    assert way.step() == waited_s


def test_a_restart_goes_on_where_it_was_and_remembers_the_failing(tmp_path, clock):
    receiver = Receiver()
    with open_desk(tmp_path, clock=clock) as desk:
        way = deliverer(desk.store, clock, receiver)
        first, second, third = happen(desk.store, count=3)
        way.step()
        receiver.failure = DeliveryFailed("timed-out")
        way.step()
        since = status(desk.store).failing_since
    clock.move(timedelta(hours=1))
    again = Receiver()
    with open_desk(tmp_path, clock=clock) as desk:
        assert (status(desk.store).failures, status(desk.store).failing_since) == (1, since)
        way = deliverer(desk.store, clock, again)
        while way.step() is not None:
            pass
    assert receiver.taken == [first]
    assert again.taken == [second, third]


def test_power_lost_between_taking_and_noting_tells_twice_and_never_less(tmp_path, clock):
    class PowerLost(Exception):
        """Stands for the end of everything."""

    class LastWords(Receiver):
        def send(self, event: Event) -> None:
            super().send(event)
            raise PowerLost

    last, again = LastWords(), Receiver()
    with open_desk(tmp_path, clock=clock) as desk:
        way = deliverer(desk.store, clock, last)
        (seq,) = happen(desk.store)
        with pytest.raises(PowerLost):
            way.step()
    with open_desk(tmp_path, clock=clock) as desk:
        deliverer(desk.store, clock, again).step()
    assert last.taken == again.taken == [seq]
    assert last.events[0].id == again.events[0].id


def test_the_id_is_the_entrys_hash(store, clock, receiver):
    way = deliverer(store, clock, receiver)
    (seq,) = happen(store)
    way.step()
    with store.read() as connection:
        (entry,) = journal.these(connection, [seq])
    assert receiver.events[0].id == entry.hash.hex()


def test_who_takes_nothing_for_five_days_is_given_up_on_record(store, clock, receiver):
    way = deliverer(store, clock, receiver)
    happen(store)
    receiver.failure = DeliveryFailed("unreachable")
    way.step()
    clock.move(GIVE_UP_AFTER * 10_000)  # a clock set on from 1970
    assert way.step() == 4.0
    for _ in range(GIVE_UP_ATTEMPTS - 3):
        assert way.step() is not None
    assert status(store).disabled_at is None
    assert way.step() is None
    assert status(store).condition is SubscriberCondition.DISABLED
    with store.read() as connection:
        (entry,) = journal.latest(connection, frozenset({"webhook.disabled"}), 5)
    assert entry.payload == {"webhook": "test", "code": "unreachable"}
    receiver.failure = None
    assert way.step() is None
    assert receiver.taken == []


def test_a_hundred_tries_within_five_days_do_not_give_up(store, clock, receiver):
    way = deliverer(store, clock, receiver)
    happen(store)
    receiver.failure = DeliveryFailed("unreachable")
    assert None not in [way.step() for _ in range(GIVE_UP_ATTEMPTS + 20)]


def test_who_wants_no_more_is_given_up_at_once(store, clock, receiver):
    way = deliverer(store, clock, receiver)
    happen(store)
    receiver.failure = DeliveryFailed("http-410", is_final=True)
    assert way.step() is None
    assert status(store).condition is SubscriberCondition.DISABLED


def test_people_are_never_given_up_and_spared_what_is_old(store, clock, receiver):
    way = deliverer(store, clock, receiver, keep=timedelta(hours=24))
    old = happen(store, count=3)
    receiver.failure = DeliveryFailed("not-taken")
    for _ in range(GIVE_UP_ATTEMPTS + 1):
        clock.move(timedelta(minutes=10))
        assert way.step() is not None
    assert status(store).disabled_at is None
    clock.move(timedelta(hours=20))
    recent = happen(store)
    receiver.failure = None
    while way.step() is not None:
        pass
    assert receiver.taken == recent
    with store.read() as connection:
        (entry,) = journal.latest(connection, frozenset({"notice.lapsed"}), 5)
    assert entry.payload == {"subscriber": NAME, "count": 3, "from": old[0], "to": old[-1]}


def test_passing_over_what_is_of_no_interest_is_kept_now_and_then(store, clock, receiver):
    way = deliverer(store, clock, receiver)
    before = status(store).place
    happen(store, "gate.opened", 10)
    assert way.step() is None
    assert status(store).place == before
    with store.write() as transaction:
        for _ in range(1000):
            last, _hash = transaction.record("lane in", "gate.opened", {})
    assert way.step() is None
    assert status(store).place == last


def test_one_who_hangs_delays_nobody_and_can_be_let_go(store, clock):
    class Hanging(Receiver):
        def __init__(self) -> None:
            super().__init__()
            self.began = threading.Event()

        def send(self, _event: Event) -> None:
            self.began.set()
            assert self.cancelled.wait(PATIENCE_S)
            raise DeliveryFailed("cancelled")

    hanging, well = Hanging(), Receiver()
    outbox = Outbox(store, clock, jitter=lambda: 0.0)
    for name, receiver in (("webhook hanging", hanging), ("webhook well", well)):
        place(store, name)
        outbox.add(Subscriber(name, TYPES, receiver))
    outbox.start()
    try:
        seqs = happen(store, count=20)
        assert hanging.began.wait(PATIENCE_S)
        wait_for(lambda: well.taken == seqs)
        outbox.remove("webhook hanging")
        assert hanging.cancelled.is_set()
        assert [one.name for one in outbox.statuses()] == ["webhook well"]
        later = Receiver()
        place(store, "webhook later")
        outbox.add(Subscriber("webhook later", TYPES, later))
        (seq,) = happen(store)
        wait_for(lambda: later.taken == [seq])
    finally:
        assert outbox.stop(PATIENCE_S)


def test_a_sender_that_cannot_be_used_shows_before_anything_happens(store, clock, receiver):
    receiver.fault = DeliveryFailed("bad-address")
    outbox = Outbox(store, clock, jitter=lambda: 0.0)
    place(store)
    outbox.add(Subscriber(NAME, TYPES, receiver))
    outbox.start()
    try:
        (told,) = wait_for(lambda: [one for one in outbox.statuses() if one.fault])
        assert (told.fault, told.condition) == ("bad-address", SubscriberCondition.MISCONFIGURED)
        receiver.fault = None
        happen(store)
        wait_for(lambda: outbox.statuses()[0].condition is SubscriberCondition.WELL)
    finally:
        assert outbox.stop(PATIENCE_S)


def test_a_silent_alarm_is_told_at_once_but_where_it_would_be_seen_at_the_gate(store, clock):
    ways = {}
    for name, with_silent in (("channel office", True), ("channel guards", False)):
        place(store, name)
        receiver = Receiver()
        subscriber = Subscriber(name, frozenset({"alarm.raised"}), receiver, with_silent=with_silent)
        ways[name] = (Deliverer(store, clock, subscriber, jitter=lambda: 0.0), receiver)
    with store.write() as transaction:
        for kind in (AlarmKind.FORCED, AlarmKind.DURESS, AlarmKind.HELD):
            raise_within(transaction, kind, "in")
    told = {}
    for name, (way, receiver) in ways.items():
        while way.step() is not None:
            pass
        told[name] = [event.data["kind"] for event in receiver.events]
    assert told == {"channel office": ["forced", "duress", "held"], "channel guards": ["forced", "held"]}
