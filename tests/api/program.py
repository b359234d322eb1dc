"""A program that talks to the API, and what it expects of every answer."""

from __future__ import annotations

import json
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kiosk.store.journal import Entry
from tests.support.appliance import TestGate

KEY_NAME = "directory"


class Program:
    """A program with a key. Every call is `(method, path below /api/v1, JSON body)`."""

    def __init__(self, client: FlaskClient, key: str) -> None:
        self.client = client
        self.key = key

    def call(self, method: str, path: str, body: object = None, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.key}"} | options.pop("headers", {})
        if body is not None:
            options |= {"data": json.dumps(body), "content_type": "application/json"}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **options)

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.call("GET", path, query_string=query)

    def post(self, path: str, body: object = None, **options: Any) -> TestResponse:
        return self.call("POST", path, body, **options)

    def delete(self, path: str) -> TestResponse:
        return self.call("DELETE", path)

    def sign_in(self, **fields: Any) -> dict[str, Any]:
        answer = self.post("/visits", {"visitor_name": "陳大文", "unit": "1-A-1-A", "kind": "guest"} | fields)
        assert answer.status_code == 201, answer.text
        return answer.json or {}


def error_of(answer: TestResponse) -> dict[str, Any]:
    """The error object of an answer, checked to be of the one shape."""
    assert answer.mimetype == "application/json", answer.text
    document = answer.get_json()
    assert set(document) == {"error"}
    assert {"code", "message"} <= set(document["error"]) <= {"code", "message", "fields"}
    assert document["error"]["message"]
    return dict(document["error"])


def refused(answer: TestResponse, status: int, code: str, *fields: str) -> dict[str, Any]:
    """The error object of an answer with this status, code and fields at fault."""
    assert (answer.status_code, error_of(answer)["code"]) == (status, code), answer.text
    assert set(error_of(answer).get("fields", {})) == set(fields), answer.text
    return error_of(answer)


def done_by_program(gate: TestGate, after: int = 0) -> list[Entry]:
    """What programs have changed since a sequence number: workers of the gate write to the journal on their own."""
    return [entry for entry in gate.entries("", after) if entry.actor == f"api {KEY_NAME}"]
