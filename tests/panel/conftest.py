"""A running gate with an account of each role, its application, and guards before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from kiosk.domain.roles import Role
from kiosk.domain.visits import NewVisit, Visit, VisitKind, VisitSource
from tests.panel.guard import PASSWORD, Guard
from tests.support.appliance import TestGate, demo_appliance
from web import create_app

UNIT = "1-A-1-A"


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate")) as running:
        for role in Role:
            running.appliance.accounts.add_user(role.value, role, PASSWORD)
        yield running


@pytest.fixture(scope="module")
def app(gate: TestGate) -> Flask:
    return create_app(gate.appliance)


@pytest.fixture
def stranger(app: Flask) -> Guard:
    return Guard(app)


@pytest.fixture
def guard(app: Flask) -> Guard:
    guard = Guard(app)
    assert guard.log_in("guard").status_code == 303
    return guard


@pytest.fixture
def arrive(gate: TestGate) -> Callable[..., Visit]:
    """Lets a visitor sign in at the touchscreen; a contractor has to wait for the guard."""

    def arrive(
        name: str = "陳大文",
        kind: VisitKind = VisitKind.GUEST,
        *,
        lane: str | None = None,
        photo: bytes | None = None,
        **facts: str,
    ) -> Visit:
        new = NewVisit(kind, facts.pop("unit", UNIT), name, **({"phone": "9123 4567", "purpose": "lift"} | facts))
        visits = gate.appliance.visits
        return visits.sign_in(new, source=VisitSource.TOUCH, actor="lane in", lane=lane, photo=photo).visit

    return arrive
