"""A running gate on simulated devices, its application, and a program with a key to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.api.program import KEY_NAME, Program
from tests.support.appliance import TestGate, demo_appliance
from web import create_app


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestGate]:
    with demo_appliance(tmp_path_factory.mktemp("gate")) as running:
        yield running


@pytest.fixture(scope="module")
def app(gate: TestGate) -> Flask:
    return create_app(gate.appliance)


@pytest.fixture(scope="module")
def key(gate: TestGate) -> str:
    return gate.appliance.accounts.make_api_key(KEY_NAME)


@pytest.fixture
def program(app: Flask, key: str) -> Program:
    return Program(app.test_client(), key)
