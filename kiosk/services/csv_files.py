"""Tables as CSV: RFC 4180 in UTF-8, in chunks, with nothing in it that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Final, TypeVar

from kiosk.services.export import ROWS_AT_ONCE, Cell, Table

T = TypeVar("T")

_BYTE_ORDER_MARK: Final = "\ufeff"
"""By it Excel knows UTF-8; without it Chinese is read in the machine's own code page."""

_FORMULA_STARTS: Final = tuple("=+-@\t\r\n＝＋－＠")
"""OWASP, "CSV Injection"; and the full-width signs, for a spreadsheet that takes them for the narrow ones."""

_INTERNATIONAL: Final = re.compile(r"\+([0-9][0-9 ()./-]{4,30})")
_SEPARATORS: Final = re.compile(r"[ ()./-]+")


def csv_chunks(table: Table[T], moment_text: Callable[[datetime], str]) -> Iterator[bytes]:
    """The file in pieces of `ROWS_AT_ONCE` rows, the headings first; `moment_text` writes its times."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")

    def written() -> bytes:
        chunk = text.getvalue().encode()
        text.seek(0)
        text.truncate()
        return chunk

    text.write(_BYTE_ORDER_MARK)
    writer.writerow([defused(column.heading) for column in table.columns])
    yield written()
    lines = table.lines()
    while some := list(islice(lines, ROWS_AT_ONCE)):
        writer.writerows([_text(cell, moment_text) for cell in line] for line in some)
        yield written()


def defused(text: str) -> str:
    """A text that a spreadsheet shows as it is instead of computing it: with an apostrophe before it.

    A telephone number with its country code keeps its plus and stays a number that people can read and dial: written
    with spaces only, the way ITU-T E.123 has it, it is no formula.
    """
    if not text.startswith(_FORMULA_STARTS):
        return text
    number = _INTERNATIONAL.fullmatch(text)
    return f"'{text}" if number is None else _spaced(number[1])


def _spaced(number: str) -> str:
    groups = _SEPARATORS.sub(" ", number).split()
    if len(groups) == 1:  # without any space it would be shown as a sum, 8.52E+11
        groups = [number[:-4], number[-4:]]
    return "+" + " ".join(groups)


def _text(cell: Cell, moment_text: Callable[[datetime], str]) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return defused(cell)
    if isinstance(cell, datetime):
        return moment_text(cell)
    return str(cell).lower()  # numbers, and true and false as JSON has them
