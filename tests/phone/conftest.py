"""A gate whose touchscreen offers its form to phones, and what they are to find: a port that answers."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from flask import Flask

from tests.support.appliance import TestGate, demo_appliance, document
from tests.support.visitor import ClockAhead
from web import create_app


@pytest.fixture(scope="module")
def clock() -> ClockAhead:
    return ClockAhead()


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory, clock: ClockAhead) -> Iterator[TestGate]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        settings = document(touch={"exit_lane": "out", "phone_base_url": base_url, "phone_wifi": "Clearmist guests"})
        with demo_appliance(tmp_path_factory.mktemp("phone"), settings=settings, clock=clock) as gate:
            gate.appliance.phone_reach.look()
            yield gate


@pytest.fixture
def app(gate: TestGate) -> Flask:
    return create_app(gate.appliance)
