"""Interlocked lanes: only one of a group stands open, whoever asks; the exit button and a fire wait for nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.interfaces import GateInput
from kiosk.domain.interlock import PASSAGE_NS, Interlock
from kiosk.services.openings import Outcome
from tests.support.appliance import UNITS, TestGate, demo_appliance, document, wait_for

UID, OTHER = "04A1B2C3D4E5F6", "04A1B2C3D4E5F7"
LANES = ("outer", "inner")


def test_one_lane_of_a_group_is_open_at_a_time():
    lock = Interlock(LANES)
    assert lock.take("outer", 0) == ""
    assert lock.take("inner", 1) == "outer"
    assert lock.take("outer", 1) == ""
    assert lock.take("inner", 1 + PASSAGE_NS) == ""


def test_a_contact_that_has_closed_ends_it_sooner_and_one_that_stays_open_later():
    lock = Interlock(LANES)
    lock.take("outer", 0)
    lock.contact("outer", is_open=True)
    assert lock.blocker("inner", 10 * PASSAGE_NS) == "outer"
    lock.contact("outer", is_open=False)
    assert lock.take("inner", 1) == ""


def test_what_did_not_open_is_given_back_and_what_waits_for_nothing_counts():
    lock = Interlock(LANES)
    lock.take("outer", 0)
    lock.give_back("outer")
    lock.force("inner", 0)
    assert lock.take("outer", 1) == "inner"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["take", "open", "close", "give back"]),
            st.sampled_from(["a", "b", "c"]),
            st.integers(0, 2 * PASSAGE_NS),
        )
    )
)
def test_never_two_at_once(steps):
    lock, now_ns, taken, standing = Interlock(["a", "b", "c"]), 0, {}, set()
    for what, lane, later_ns in steps:
        now_ns += later_ns
        if what == "take" and not lock.take(lane, now_ns):
            others = {other for other, until_ns in taken.items() if other != lane and now_ns < until_ns}
            assert not others | (standing - {lane})
            taken[lane] = now_ns + PASSAGE_NS
        elif what == "open":
            lock.contact(lane, is_open=True)
            standing.add(lane)
        elif what == "close" and lane in standing:
            lock.contact(lane, is_open=False)
            standing.discard(lane)
            taken[lane] = 0
        elif what == "give back":
            lock.give_back(lane)
            taken[lane] = 0


@pytest.fixture
def airlock(tmp_path) -> Iterator[TestGate]:
    """The demonstration's two lanes as an airlock, both inward."""
    settings = document()
    for lane in settings["lanes"].values():
        lane |= {"interlock": "airlock"}
    with demo_appliance(tmp_path, settings=settings) as gate:
        for uid in (UID, OTHER):
            gate.appliance.cards.add(actor="user clerk", uid=uid, holder="李太", unit=UNITS[0].code)
        yield gate


def test_a_card_waits_for_the_other_lane_to_close(airlock):
    airlock.tap(UID, "in")
    airlock.wait_for_entry("gate.opened", lane="in")
    airlock.tap(OTHER, "out")
    refused = airlock.wait_for_entry("access.refused", lane="out")
    assert (refused.payload["code"], refused.payload["why"]["lane"]["open_beside"]) == ("interlocked", "in")
    inputs = airlock.inputs("in")
    for is_open in (True, False):
        after = airlock.appliance.feed.last_seq
        inputs.set(GateInput.CONTACT, is_open)
        airlock.wait_for_entry("input.changed", after=after, input="contact", active=is_open)
    airlock.tap(UID, "out")
    airlock.wait_for_entry("access.granted", lane="out")


def test_an_order_waits_too_and_the_exit_button_does_not(airlock):
    lanes, clock = airlock.appliance.lanes, airlock.appliance.clock
    order = {"actor": "user chan", "reason": "test", "deadline_ns": clock.monotonic_ns() + 60_000_000_000}
    assert lanes.open("in", **order) is Outcome.OPENED
    assert lanes.open("out", **order) is Outcome.FAILED
    assert airlock.wait_for_entry("gate.failed", lane="out").payload["fault"] == "interlocked"
    airlock.inputs("out").set(GateInput.EXIT_BUTTON, True)
    airlock.wait_for_entry("gate.opened", lane="out", cause="exit-button")
    wait_for(lambda: len(airlock.relay("out").pulses) == 1)
