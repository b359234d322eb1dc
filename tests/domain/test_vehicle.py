"""For how long a vehicle keeps a lane open: stories, and the rule for any order of events."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.vehicle import VehicleWatch

S = 1_000_000_000
LONGEST_S = 60.0


def test_a_free_lane_closes_when_it_would() -> None:
    watch = VehicleWatch(LONGEST_S)
    assert not watch.keep(0)
    watch.occupied()
    watch.free()
    assert not watch.keep(0)
    assert not watch.is_keeping


def test_a_vehicle_keeps_it_until_it_has_gone() -> None:
    watch = VehicleWatch(LONGEST_S)
    watch.occupied()
    assert watch.keep(0)
    assert not watch.give_up(60 * S)
    watch.free()
    assert not watch.is_keeping
    assert not watch.give_up(999 * S)
    assert not watch.take_alarm()


def test_a_detector_that_hangs_is_given_up_once_and_told_once() -> None:
    watch = VehicleWatch(LONGEST_S)
    watch.occupied()
    watch.keep(0)
    assert watch.give_up(60 * S + 1)
    assert not watch.give_up(60 * S + 2)
    assert (watch.take_alarm(), watch.take_alarm()) == (True, False)
    assert not watch.keep(61 * S), "the next one is not kept waiting by it"
    watch.free()
    watch.occupied()
    assert watch.keep(62 * S), "it works again"


def test_each_who_is_let_through_has_the_whole_time() -> None:
    watch = VehicleWatch(LONGEST_S)
    watch.occupied()
    watch.keep(0)
    watch.keep(50 * S)
    assert not watch.give_up(110 * S)
    assert watch.give_up(110 * S + 1)


def test_a_lane_that_closed_for_another_reason_is_not_kept_any_more() -> None:
    watch = VehicleWatch(LONGEST_S)
    watch.occupied()
    watch.keep(0)
    watch.closed()
    assert not watch.give_up(999 * S)
    assert watch.keep(999 * S), "the vehicle still stands there when it opens again"


@given(
    st.lists(
        st.tuples(st.integers(0, 70 * S), st.sampled_from(["occupied", "free", "keep", "closed", "look"])), max_size=40
    )
)
def test_no_order_of_events_keeps_a_lane_for_ever_nor_without_a_vehicle(events: list[tuple[int, str]]) -> None:
    watch = VehicleWatch(LONGEST_S)
    now_ns = 0
    is_occupied = False
    would_close_ns: int | None = None
    for wait_ns, what in events:
        now_ns += wait_ns
        watch.give_up(now_ns)
        if what == "keep":
            assert not watch.keep(now_ns) or is_occupied
            would_close_ns = now_ns
        elif what != "look":
            getattr(watch, what)()
            is_occupied = what == "occupied" if what in {"occupied", "free"} else is_occupied
        if watch.is_keeping:
            assert is_occupied
            assert would_close_ns is not None
            assert now_ns - would_close_ns <= LONGEST_S * S
