"""Whatever goes wrong under /api: one shape, nothing changed, nothing told that is nobody's business."""

from __future__ import annotations

import io
import json
import logging
import re
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from kiosk.appliance import Appliance
from tests.api.program import Program, done_by_program, error_of, refused
from tests.support.appliance import TestGate
from web import create_app

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")
GOOD = '{"visitor_name": "A", "unit": "1-A-1-A", "kind": "guest"}'


def api_rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api")]


def address(rule: Rule) -> str:
    """An address of a rule, of a thing that does not exist."""
    return re.sub(r"<\w+>", "none", rule.rule)


def test_every_route_and_method_answers_errors_in_the_one_shape(app: Flask, program: Program, gate: TestGate) -> None:
    before = gate.appliance.feed.last_seq
    rules = api_rules(app)
    assert len(rules) >= 12
    for rule in rules:
        for method in METHODS:
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {program.key}"}):
                answer = app.test_client().open(address(rule), method=method, headers=headers)
                if answer.status_code >= 400:
                    error_of(answer)
                if answer.status_code == 405:
                    assert method not in answer.allow
                    assert "GET" in answer.allow or "POST" in answer.allow or answer.allow
                elif not headers and "openapi" not in rule.rule:
                    assert answer.status_code == 401, (method, rule.rule)
                answer.close()
    # The one order that says all it has to without a body, and lists that were read whole.
    assert {entry.type for entry in done_by_program(gate, before)} <= {"muster.queued", "list.exported"}


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/visits", "/api/v1/visits/", "/api/v1/nothing", "/api/..."]
)
def test_an_unknown_address_is_not_found(app: Flask, path: str) -> None:
    for method in METHODS:
        refused(app.test_client().open(path, method=method), 404, "not-found")


class TestKeys:
    @pytest.mark.parametrize(
        "given",
        [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic YTpi", "Bearer gh_é", "Bearer " + "x" * 5000, "\x7f"],
    )
    def test_without_a_known_key_nothing_is_told(self, app: Flask, given: str | None) -> None:
        headers = {} if given is None else {"Authorization": given}
        answer = app.test_client().get("/api/v1/visits", headers=headers)
        refused(answer, 401, "unauthorized")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    def test_a_body_is_not_looked_at_before_the_key(self, app: Flask) -> None:
        refused(app.test_client().post("/api/v1/visits", data="nonsense"), 401, "unauthorized")

    def test_a_key_in_the_address_or_a_cookie_is_none(self, app: Flask, key: str) -> None:
        client = app.test_client()
        client.set_cookie("Authorization", f"Bearer {key}")
        refused(client.get(f"/api/v1/visits?key={key}"), 401, "unauthorized")

    def test_the_form_token_of_the_pages_is_not_asked_for(self, program: Program) -> None:
        assert program.sign_in()["state"] == "signed_in"


class TestBodies:
    @pytest.mark.parametrize(
        "sent",
        [
            b"",
            b"nonsense",
            b"{",
            b"{'visitor_name': 'A'}",
            GOOD.encode() + b"x",
            GOOD.replace('"A"', "NaN").encode(),
            GOOD.replace('"A"', "Infinity").encode(),
            GOOD.replace('"A"', "1e999").encode(),
            GOOD.replace('"A"', "9" * 5000).encode(),
            GOOD.replace('"A"', r'"\ud800"').encode(),
            GOOD.replace('"A"', r'"\udc00\ud800"').encode(),
            GOOD.replace('"A"', '"A\x00B"').encode(),
            GOOD.replace('"A"', '"A\nB"').encode(),
            GOOD.replace("}", ', "unit": "1-A-1-B"}').encode(),
            GOOD.replace("}", ', "\\u0075nit": "1-A-1-B"}').encode(),
            GOOD.replace('"A"', '"陳"').encode("utf-16"),
            GOOD.replace('"A"', '"陳"').encode("big5"),
            b"\xff\xfe",
            b"\xef\xbb\xbf" + GOOD.encode(),
            b'{"a":' * 5000,
            b"[" * 60000,
            GOOD.replace('"A"', "[" * 400 + "]" * 400).encode(),
        ],
    )
    def test_what_is_not_json_is_refused(self, program: Program, gate: TestGate, sent: bytes) -> None:
        before = gate.appliance.feed.last_seq
        answer = program.post("/visits", data=sent, content_type="application/json")
        refused(answer, 400, "bad-json")
        assert done_by_program(gate, before) == []

    @pytest.mark.parametrize("sent", ["[]", "null", "true", "7", '"text"', "[{}]"])
    def test_what_is_not_an_object_is_refused(self, program: Program, sent: str) -> None:
        refused(program.post("/visits", data=sent, content_type="application/json"), 422, "invalid")
        refused(program.post("/visits/none/sign-out", data=sent, content_type="application/json"), 422, "invalid")

    @pytest.mark.parametrize(
        "kind", [None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
    )
    def test_another_content_type_is_refused(self, program: Program, kind: str | None) -> None:
        refused(program.post("/visits", data=GOOD, content_type=kind), 415, "unsupported-media-type")

    def test_the_content_type_may_name_its_encoding(self, program: Program) -> None:
        answer = program.post("/visits", data=GOOD, content_type="application/json; charset=utf-8")
        assert answer.status_code == 201

    def test_a_name_of_ten_megabytes_is_refused_unread(self, program: Program, gate: TestGate) -> None:
        sent = io.BytesIO(GOOD.replace('"A"', '"' + "A" * 10_000_000 + '"').encode())
        size, before = sent.getbuffer().nbytes, gate.appliance.feed.last_seq
        answer = program.post(
            "/visits",
            content_type="application/json",
            environ_overrides={"wsgi.input": sent, "CONTENT_LENGTH": str(size)},
        )
        refused(answer, 413, "too-large")
        assert sent.tell() == 0
        assert done_by_program(gate, before) == []

    def test_a_body_just_within_the_limit_is_read(self, program: Program) -> None:
        body = json.dumps({"visitor_name": "A" * 65000, "unit": "1-A-1-A", "kind": "guest"})
        answer = program.post("/visits", data=body, content_type="application/json")
        refused(answer, 422, "invalid", "visitor_name")

    def test_a_field_with_any_name_is_refused_by_it(self, program: Program) -> None:
        names = ["", "\x00", "名", "__proto__", "a.b", "pass"]
        answer = program.post("/cards", {"uid": "01020309", "holder": "A", "unit": "1-A-1-A"} | dict.fromkeys(names, 1))
        refused(answer, 422, "invalid", *names)


class TestCrashes:
    @pytest.fixture
    def broken(self, gate: TestGate) -> Flask:
        """An application whose store cannot be read."""

        class NoDisk:
            """Every use of it fails, as a disk does."""

            def __getattr__(self, name: str) -> Any:
                raise OSError(5, "Input/output error", "/secret/path")

        appliance = gate.appliance
        parts = {name: getattr(appliance, name) for name in Appliance.__dataclass_fields__}
        return create_app(Appliance(**parts | {"visit_queries": NoDisk()}))

    def test_a_crash_is_told_without_particulars_and_logged_without_persons(
        self, broken: Flask, key: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            answer = Program(broken.test_client(), key).get("/visits", q="陳大文")
        refused(answer, 500, "internal")
        assert "secret" not in answer.get_data(as_text=True)
        assert "陳大文" not in caplog.text
        assert "OSError" in caplog.text


def test_a_store_that_fails_puts_no_name_into_the_log(
    program: Program, gate: TestGate, caplog: pytest.LogCaptureFixture
) -> None:
    with gate.appliance.store.write() as transaction:
        transaction.connection.exec_driver_sql("ALTER TABLE visits RENAME TO visits_gone")
    try:
        refused(
            program.post("/visits", {"visitor_name": "陳大文", "unit": "1-A-1-A", "kind": "guest"}), 500, "internal"
        )
    finally:
        with gate.appliance.store.write() as transaction:
            transaction.connection.exec_driver_sql("ALTER TABLE visits_gone RENAME TO visits")
    assert "no such table" in caplog.text
    assert "陳大文" not in caplog.text


def test_errors_are_english_whatever_the_reader_would_like(program: Program) -> None:
    headers = {"Accept-Language": "zh-Hant"}
    answer = program.post("/visits", json.loads(GOOD) | {"unit": "nowhere"}, headers=headers)
    error = refused(answer, 422, "invalid", "unit")
    assert error["message"].isascii()
    assert error["fields"]["unit"].isascii()


def test_elsewhere_an_error_is_a_page_in_the_readers_language(app: Flask) -> None:
    answer = app.test_client().get("/nothing-here")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert '<html lang="zh-Hant-HK">' in answer.text
    assert "<h1>" in answer.text


def test_elsewhere_whoever_asks_for_json_gets_it(app: Flask) -> None:
    answer = app.test_client().get("/nothing-here", headers={"Accept": "application/json"})
    refused(answer, 404, "not-found")
