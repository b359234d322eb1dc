"""Lists as files: what is written is what is read again, by the csv module and by openpyxl."""

from __future__ import annotations

import csv
import gc
import io
import tracemalloc
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from kiosk.domain.visits import NewVisit, VisitKind, VisitSource, VisitState
from kiosk.errors import Conflict
from kiosk.services import xlsx_files
from kiosk.services.csv_files import csv_chunks, defused
from kiosk.services.export import ROWS_AT_ONCE, Column, Exports, SheetFormat, Table, every_page, walk
from kiosk.services.paging import Page
from kiosk.services.visit_queries import VisitFilter
from kiosk.services.xlsx_files import write_xlsx
from kiosk.store import journal
from tests.support.appliance import UNITS
from tests.support.desk import open_desk

ZONE = ZoneInfo("Asia/Hong_Kong")
MOMENT = datetime(2026, 11, 25, 16, 5, 9, 250_000, tzinfo=UTC)
TEXTS = [
    "陳大文",
    "𨋢維修 𠮷野家",
    'Chan "Peter", the tall',
    "line\nbreak",
    "",
    " spaced ",
    "0007625328",
    "👩‍👧",
    "عربي",
]
FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＠A1", "+852-A1"]


def table_of(rows, **columns):
    return Table("訪客", [Column(heading, value) for heading, value in columns.items()], rows)


def of_texts(texts):
    return table_of(texts, name=lambda text: text)


def csv_of(table):
    return b"".join(csv_chunks(table, lambda moment: moment.isoformat()))


def read_csv(written):
    return list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")))


def read_xlsx(written):
    with written.content as file:
        content = file.read()
    assert len(content) == written.size
    return openpyxl.load_workbook(io.BytesIO(content))


def test_texts_come_back_from_csv_as_they_were():
    written = csv_of(of_texts(TEXTS))
    assert written.startswith(b"\xef\xbb\xbfname\r\n")
    assert written.count(b"\r\n") == len(TEXTS) + 1
    assert [row[0] if row else "" for row in read_csv(written)] == ["name", *TEXTS]


def test_texts_come_back_from_a_sheet_as_they_were(tmp_path):
    book = read_xlsx(write_xlsx(of_texts([*TEXTS, *FORMULAS, "https://gate.example"]), ZONE, tmp_path / "new"))
    cells = [row[0] for row in book.active.iter_rows(min_row=2)]
    assert [unescape(cell.value or "") for cell in cells] == [*TEXTS, *FORMULAS, "https://gate.example"]
    assert {cell.data_type for cell in cells if cell.value} <= {"s", "inlineStr"}
    assert not any(cell.hyperlink for cell in cells)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_a_text_in_csv(text):
    assert read_csv(csv_of(of_texts([text])))[1] == [f"'{text}"]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("9123 4567", "9123 4567"),
        ("+852 9123 4567", "+852 9123 4567"),
        ("+852-9123-4567", "+852 9123 4567"),
        ("+86 (138) 0013.8000", "+86 138 0013 8000"),
        ("+8613800138000", "+861380013 8000"),
        ("+1", "'+1"),
        ("+852 9123 4567 x9", "'+852 9123 4567 x9"),
    ],
)
def test_a_telephone_number_stays_one(typed, written):
    assert defused(typed) == written


def test_cells_have_their_types(tmp_path):
    row = {"uses": 3, "ratio": 0.5, "is_good": True, "at": MOMENT, "none": None, "debt": -4}
    columns = {name: lambda row, name=name: row[name] for name in row}
    assert read_csv(csv_of(table_of([row], **columns)))[1] == ["3", "0.5", "true", MOMENT.isoformat(), "", "-4"]
    sheet = read_xlsx(write_xlsx(table_of([row], **columns), ZONE, tmp_path)).active
    assert [cell.value for cell in sheet[2]] == [3, 0.5, True, datetime(2026, 11, 26, 0, 5, 9), None, -4]  # noqa: DTZ001
    assert sheet["D2"].is_date


def test_the_headings_of_a_sheet_stay_in_sight_and_filter(tmp_path):
    book = read_xlsx(write_xlsx(of_texts(TEXTS), ZONE, tmp_path))
    assert book.sheetnames == ["訪客"]
    assert (book.active.freeze_panes, book.active.auto_filter.ref) == ("A2", f"A1:A{len(TEXTS) + 1}")
    assert book.active.column_dimensions["A"].width > 10


def test_a_list_without_rows_has_its_headings(tmp_path):
    assert read_csv(csv_of(of_texts([]))) == [["name"]]
    written = write_xlsx(of_texts([]), ZONE, tmp_path)
    assert written.rows == 0
    assert list(read_xlsx(written).active.values) == [("name",)]


def test_a_title_that_no_sheet_may_have_is_made_one(tmp_path):
    table = Table("'a/b:c' " + "x" * 40, [Column("name", str)], [])
    assert read_xlsx(write_xlsx(table, ZONE, tmp_path)).sheetnames == ["a b c' " + "x" * 23]


def test_a_list_longer_than_a_sheet_is_refused_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx_files, "MAX_ROWS", 3)
    written = write_xlsx(of_texts(["a"] * 3), ZONE, tmp_path)
    assert (written.rows, read_xlsx(written).active.max_row) == (3, 4)
    with pytest.raises(Conflict) as refusal:
        write_xlsx(of_texts(["a"] * 4), ZONE, tmp_path)
    assert refusal.value.code == "too-many-rows"
    assert list(tmp_path.iterdir()) == []


def test_what_fails_within_a_list_leaves_nothing(tmp_path):
    def rows():
        yield "a"
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        write_xlsx(of_texts(rows()), ZONE, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_memory_of_a_file_does_not_grow_with_its_list():
    def peak_of(count):
        pages = ([f"陳大文 {page} {row}" for row in range(ROWS_AT_ONCE)] for page in range(count))
        table = of_texts(name for page in pages for name in page)
        gc.collect()
        tracemalloc.start()
        for _chunk in csv_chunks(table, str):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert peak_of(40) < 2 * peak_of(4)


def test_every_page_is_walked_once():
    pages = {None: Page([9, 8], 8), 8: Page([7, 6], 6), 6: Page([], None)}
    assert list(walk(pages.__getitem__)) == [[9, 8], [7, 6], []]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with open_desk(tmp_path_factory.mktemp("export")) as desk:
        yield desk


def enter(desk, count, name="陳大文"):
    with desk.store.write() as transaction:
        for index in range(count):
            transaction.now = desk.clock.now() + timedelta(seconds=index)
            desk.register.enter(
                transaction, NewVisit(VisitKind.GUEST, UNITS[0].code, f"{name} {index}"), state=VisitState.SIGNED_IN,
                source=VisitSource.TOUCH, lane="in", ends_at=None,
            )  # fmt: skip


def test_no_row_is_left_out_or_told_twice_while_visits_come_in(desk):
    enter(desk, 2 * ROWS_AT_ONCE + 7)
    seen = []
    for page in every_page(desk.queries.page, VisitFilter(query="陳大文")):
        seen += [visit.seq for visit in page]
        enter(desk, 3)
        enter(desk, 2, "李小明")
    assert seen == list(range(2 * ROWS_AT_ONCE + 7, 0, -1))


def test_an_export_is_journalled_without_what_was_searched_for(desk, tmp_path):
    exports = Exports(desk.store, tmp_path / "exports")
    exports.record("visits", SheetFormat.XLSX, actor="user chan", rows=3)
    exports.record("cards", SheetFormat.CSV, actor="api office", rows=None)
    with desk.store.read() as connection:
        entries = journal.latest(connection, {"list.exported"}, 5)
    told = [(entry.actor, dict(entry.payload)) for entry in entries]
    assert told == [
        ("user chan", {"list": "visits", "format": "xlsx", "rows": 3}),
        ("api office", {"list": "cards", "format": "csv"}),
    ]


def test_what_a_power_cut_left_is_removed(desk, tmp_path):
    exports = Exports(desk.store, tmp_path / "exports")
    exports.clear()
    exports.directory.mkdir()
    (exports.directory / "half").write_text("陳大文")
    exports.clear()
    assert list(tmp_path.iterdir()) == []
