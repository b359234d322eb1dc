"""A gate whose guests are approved by their hosts, two units, and a resident of one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask

from kiosk.domain.visits import NewVisit, Visit, VisitKind, VisitSource
from tests.host.resident import ClockAhead, Resident, make_link
from tests.support.appliance import UNITS, TestGate, demo_appliance, document
from web import create_app

MINE, THEIRS = UNITS[0].code, UNITS[1].code


@pytest.fixture(scope="module")
def gates_clock() -> ClockAhead:
    return ClockAhead()


@pytest.fixture
def clock(gates_clock: ClockAhead) -> Iterator[ClockAhead]:
    yield gates_clock
    gates_clock.ahead = timedelta()


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory, gates_clock: ClockAhead) -> Iterator[TestGate]:
    settings = document(
        visits={"kinds": {"guest": {"approval": "host"}}}, hosts={"base_url": "http://192.168.1.10:8080"}
    )
    with demo_appliance(tmp_path_factory.mktemp("gate"), settings=settings, clock=gates_clock) as running:
        yield running


@pytest.fixture
def app(gate: TestGate) -> Flask:
    return create_app(gate.appliance)


@pytest.fixture
def resident(app: Flask, gate: TestGate) -> Iterator[Resident]:
    link, token = make_link(gate, MINE)
    yield Resident(app, token)
    gate.appliance.resident_links.revoke(link.id, actor="user clerk")


@pytest.fixture
def neighbours(gate: TestGate) -> Iterator[None]:
    """The other unit has a link, so that its visitors wait for it."""
    link, _token = make_link(gate, THEIRS, "李生 phone")
    yield
    gate.appliance.resident_links.revoke(link.id, actor="user clerk")


@pytest.fixture
def arrive(gate: TestGate) -> Iterator[Callable[..., Visit]]:
    """Lets a guest sign in at the touchscreen; whoever waits at the end gives up."""

    def arrive(name: str = "王小明", unit: str = MINE, photo: bytes | None = None) -> Visit:
        new = NewVisit(VisitKind.GUEST, unit, name)
        visits = gate.appliance.visits
        return visits.sign_in(new, source=VisitSource.TOUCH, actor="touchscreen", lane="in", photo=photo).visit

    yield arrive
    for visit in gate.appliance.visit_queries.waiting():
        gate.appliance.visits.cancel(visit.id, actor="touchscreen")
