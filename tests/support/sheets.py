"""Lists that were taken away as files, read again."""

from __future__ import annotations

import csv
import io

import openpyxl
from werkzeug.test import TestResponse


def rows_of(answer: TestResponse) -> list[dict[str, str]]:
    """The rows of a CSV file, by its headings; the answer is closed."""
    with answer:
        assert (answer.status_code, answer.mimetype) == (200, "text/csv"), answer.text
        return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def sheet_of(answer: TestResponse) -> openpyxl.worksheet.worksheet.Worksheet:
    """The sheet of a workbook; the answer is closed."""
    with answer:
        assert answer.status_code == 200, answer.text
        assert len(answer.data) == answer.content_length
        return openpyxl.load_workbook(io.BytesIO(answer.data)).active
