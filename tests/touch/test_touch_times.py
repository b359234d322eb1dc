"""A turn at the touchscreen is timed from its first touch, once, and told without a word about who it was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select

from kiosk.store.tables import service_times
from tests.support.appliance import TestGate
from tests.support.visitor import Visitor


def times(gate: TestGate) -> list[Row[Any]]:
    with gate.appliance.store.read() as connection:
        return list(connection.execute(select(service_times).order_by(service_times.c.seq)))


def test_a_turn_is_timed_once_from_its_first_touch_to_the_barrier(gate: TestGate, visitor: Visitor) -> None:
    before, last_seq = len(times(gate)), gate.appliance.feed.last_seq
    begun = gate.appliance.clock.now()
    visitor.to_summary()
    token, once = visitor.token, visitor.once
    for _ in range(2):
        visitor.client.post("/sign-in/done", data={"csrf_token": token, "once": once})
    gate.wait_for_entry("gate.opened", after=last_seq, cause="sign-in")
    (row,) = times(gate)[before:]
    assert (row.service, row.is_returning) == ("delivery", False)
    assert 0 < row.entered_ms <= row.took_ms
    assert timedelta(milliseconds=row.took_ms) <= row.at - begun
