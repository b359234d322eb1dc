"""Lists of the API as files: the same items as in JSON, whole, and on record."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from enum import StrEnum

import openpyxl
from flask import Flask
from pydantic import BaseModel
from werkzeug.test import TestResponse

from kiosk.services.paging import MAX_LIMIT
from tests.api.program import KEY_NAME, Program, refused
from tests.support.appliance import UNITS, TestGate
from web.api.exports import columns_of


def rows_of(answer: TestResponse) -> list[dict[str, str]]:
    with answer:
        assert (answer.status_code, answer.mimetype) == (200, "text/csv"), answer.text
        return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def test_a_file_says_what_json_says(program: Program) -> None:
    program.sign_in(visitor_name="𨋢維修", phone="+852 9123 4567", companions=2, lane="in")
    (item,) = program.get("/visits", q="𨋢").json["items"]
    (row,) = rows_of(program.get("/visits.csv", q="𨋢"))
    assert row == {name: "" if value is None else str(value) for name, value in item.items()}
    program.post("/cards", {"uid": "0102030A", "holder": "A", "unit": "1-A-1-A", "lanes": ["out", "in"]})
    (card,) = program.get("/cards", q="0102030A").json["items"]
    (row,) = rows_of(program.get("/cards.csv", q="0102030A"))
    assert row["numbers.decimal"] == card["numbers"]["decimal"]
    assert (row["lanes"], row["for_duress"], row["last_seen.at"]) == ("in, out", "false", "")
    assert row["created_at"] == card["created_at"]


def test_the_moments_of_a_sheet_are_by_the_estates_clock(program: Program, gate: TestGate) -> None:
    program.sign_in(visitor_name="陳一")
    (item,) = program.get("/visits", q="陳一").json["items"]
    with program.get("/visits.xlsx", q="陳一") as answer:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    cells = {head.value: cell.value for head, cell in zip(sheet[1], sheet[2], strict=True)}
    came = datetime.fromisoformat(item["created_at"]).astimezone(gate.appliance.settings.estate.zone)
    assert cells["created_at"] == came.replace(tzinfo=None, microsecond=0)
    assert cells["visitor_name"] == "陳一"


def test_a_list_is_answered_whole(program: Program, gate: TestGate) -> None:
    for index in range(MAX_LIMIT + 1):
        gate.appliance.cards.add(actor="system", uid=f"{index:08X}", holder="黃", unit=UNITS[1].code)
    rows = rows_of(program.get("/cards.csv", unit=UNITS[1].code, state="active"))
    assert [row["uid"] for row in rows] == [f"{index:08X}" for index in range(MAX_LIMIT, -1, -1)]
    assert rows_of(program.get("/cards.csv", unit=UNITS[1].code, state="lost")) == []


def test_a_query_is_checked_as_that_of_the_list(program: Program, gate: TestGate) -> None:
    before = gate.appliance.feed.last_seq
    refused(program.get("/visits.csv", state="eaten"), 422, "invalid", "state")
    refused(program.get("/visits.csv", since="yesterday"), 422, "invalid", "since")
    refused(program.get("/visits.xlsx", limit=1, cursor="x"), 422, "invalid", "limit", "cursor")
    assert gate.entries("list.exported", before) == []
    assert rows_of(program.get("/visits.csv", since="2098-01-01T00:00:00Z")) == []


def test_a_file_is_on_record_and_needs_a_key(program: Program, gate: TestGate, app: Flask) -> None:
    before = gate.appliance.feed.last_seq
    refused(app.test_client().get("/api/v1/visits.csv"), 401, "unauthorized")
    program.get("/passes.xlsx", q="nobody").close()
    (entry,) = gate.entries("list.exported", before)
    assert (entry.actor, dict(entry.payload)) == (f"api {KEY_NAME}", {"list": "passes", "format": "xlsx", "rows": 0})


def test_items_of_any_shape_have_columns() -> None:
    class Colour(StrEnum):
        RED = "red"
        BLUE = "blue"

    class Part(BaseModel):
        name: str
        of: Colour

    class Whole(BaseModel):
        part: Part | None
        parts: list[Part]
        by_colour: dict[Colour, list[str]] | None
        rest: dict[str, int]

    columns = columns_of(Whole)
    full = Whole(part=Part(name="椅", of=Colour.RED), parts=[Part(name="桌", of=Colour.BLUE)],
                 by_colour={Colour.RED: ["a", "b"]}, rest={"x": 1})  # fmt: skip
    empty = Whole(part=None, parts=[], by_colour=None, rest={})
    assert [(column.heading, column.value(full), column.value(empty)) for column in columns] == [
        ("part.name", "椅", None),
        ("part.of", "red", None),
        ("parts", '[{"name":"桌","of":"blue"}]', ""),
        ("by_colour.red", "a, b", None),
        ("by_colour.blue", None, None),
        ("rest", '{"x":1}', "{}"),
    ]
