"""The keyboard's candidates over the web: their shape, bad questions, and who may ask."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from flask import Flask

from kiosk.services.ime.lookup import InputMethod
from tests.support.appliance import TestGate
from web import create_app

QUESTION = {"q": "chen", "way": "pinyin", "script": "hant", "at": "start"}


def test_candidates_come_best_first_with_the_keys_they_use(app: Flask) -> None:
    answer = app.test_client().get("/ime", query_string={**QUESTION, "q": "chenjiaming"})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    candidates = answer.get_json()["candidates"]
    assert {"text": "陳家明", "keys": 11} in candidates
    assert {"text": "陳", "keys": 4} in candidates
    assert len(candidates) <= 40


def test_keys_that_begin_nothing_are_no_error(app: Flask) -> None:
    answer = app.test_client().get("/ime", query_string={**QUESTION, "q": "vvv"})
    assert (answer.status_code, answer.get_json()) == (200, {"candidates": []})


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"q": ""}, {"q"}),
        ({"q": "a" * 33}, {"q"}),
        ({"way": "cangjie"}, {"way"}),
        ({"script": "zh_Hant"}, {"script"}),
        ({"at": "end"}, {"at"}),
        ({"most": "9"}, {"most"}),
        ({"q": "", "way": "", "script": "", "at": ""}, {"q", "way", "script", "at"}),
    ],
)
def test_a_bad_question_is_told_by_its_fields(app: Flask, changed: dict[str, str], fields: set[str]) -> None:
    answer = app.test_client().get("/ime", query_string={**QUESTION, **changed})
    assert answer.status_code == 400
    assert answer.get_json()["error"]["code"] == "invalid"
    assert set(answer.get_json()["error"]["fields"]) == fields


def test_only_the_kiosk_itself_may_ask(app: Flask) -> None:
    elsewhere = app.test_client().get(
        "/ime", query_string=QUESTION, environ_base={"REMOTE_ADDR": "192.168.1.9"}, headers={"Host": "192.168.1.10"}
    )
    rebound = app.test_client().get("/ime", query_string=QUESTION, headers={"Host": "evil.example"})
    assert elsewhere.status_code == rebound.status_code == 403
    assert elsewhere.get_json()["error"]["code"] == "forbidden"


def test_without_the_table_the_keyboard_is_told_so(gate: TestGate, tmp_path: Path) -> None:
    without = dataclasses.replace(gate.appliance, input_method=InputMethod(tmp_path / "none.sqlite3"))
    answer = create_app(without).test_client().get("/ime", query_string=QUESTION)
    assert answer.status_code == 503
    assert answer.get_json()["error"]["code"] == "no-input-table"
