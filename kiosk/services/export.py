"""Lists as files: a table over any keyset-paged list, walked page by page, and the record that one left the box.

How a table is written is `csv_files`' and `xlsx_files`' business; which columns a list has, its surface's.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Generic, TypeVar

from kiosk.services.paging import Page
from kiosk.store.database import Store

T = TypeVar("T")

Cell = str | int | float | bool | datetime | None
"""What can stand in a cell. A moment is aware; None leaves the cell empty."""

ROWS_AT_ONCE: Final = 500
"""How many rows of a list stand in memory: enough that a page's query is little beside its rows."""


class SheetFormat(StrEnum):
    """The formats of a file, by their ending."""

    CSV = "csv"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        """As IANA has it; that of CSV is from RFC 4180."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES: Final = {
    SheetFormat.CSV: "text/csv",
    SheetFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column: its heading, what it tells of a row, and its width in digits of the sheet's font."""

    heading: str
    value: Callable[[T], Cell]
    width: int = 16


@dataclass(frozen=True, slots=True)
class Table(Generic[T]):
    """A list as it is written. `rows` can be walked once; each row is asked for when the one before it is written."""

    title: str
    columns: Sequence[Column[T]]
    rows: Iterable[T]

    def lines(self) -> Iterator[list[Cell]]:
        """The cells of each row."""
        for row in self.rows:
            yield [column.value(row) for column in self.columns]


def every_page(pager: Callable[..., Page[T]], wanted: object) -> Iterator[Sequence[T]]:
    """Every page of a list of the services; `pager` as `VisitQueries.page`, `wanted` its filter."""
    return walk(lambda before: pager(wanted, before=before, limit=ROWS_AT_ONCE))


def walk(page: Callable[[int | None], Page[T]]) -> Iterator[Sequence[T]]:
    """Every page of a keyset-paged list, in its order; `page` makes the one that follows a key.

    What is added at the head of the list while it is walked is not part of it, and nothing comes twice.
    """
    place = None
    while True:
        found = page(place)
        yield found.items
        if found.next_after is None:
            return
        place = found.next_after


class Exports:
    """What a file needs of the box: a place for what is not finished, and its entry in the journal."""

    def __init__(self, store: Store, directory: Path) -> None:
        self._store = store
        self.directory: Final = directory

    def clear(self) -> None:
        """Remove what a power cut left of unfinished files: there are names in it. For the start, before any export."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def record(self, list_name: str, form: SheetFormat, *, actor: str, rows: int | None) -> None:
        """Journal that a list leaves the box, before its first byte does; `rows` None when nobody has counted them.

        What was searched for is not told: it may be somebody's name.

        Raises:
            Unavailable: the store is busy; nothing may leave then.
        """
        counted = {} if rows is None else {"rows": rows}
        with self._store.write() as transaction:
            transaction.record(actor, "list.exported", {"list": list_name, "format": form.value, **counted})
