"""A gate and its touchscreen, for tests without a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.support.appliance import TestGate, demo_appliance
from tests.support.visitor import ClockAhead, Visitor
from web import create_app


@pytest.fixture(scope="session")
def clock() -> ClockAhead:
    return ClockAhead()


@pytest.fixture(scope="session")
def gate(tmp_path_factory: pytest.TempPathFactory, clock: ClockAhead) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("touch"), clock=clock) as gate:
        yield gate


@pytest.fixture
def app(gate: TestGate) -> Flask:
    """Each test has a process of its own as far as drafts go."""
    return create_app(gate.appliance)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)
