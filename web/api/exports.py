"""Lists of the API as files: the operation's own view is walked page by page, so file and JSON cannot differ.

The columns are the members of the list's items, by the same names. What has members of its own (the last tap of a
card, its numbers) becomes a column for each: `last_seen.at`, `numbers.decimal`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum, StrEnum
from types import NoneType
from typing import Any, Final, get_args, get_origin

from flask import Response
from pydantic import BaseModel, create_model
from pydantic_core import to_json

from kiosk.services.export import Cell, Column, SheetFormat, Table
from kiosk.services.paging import MAX_LIMIT
from web.api.inputs import _Query
from web.exports import send_table

HOW_WRITTEN: Final[Mapping[SheetFormat, str]] = {
    SheetFormat.CSV: "RFC 4180 in UTF-8 with a byte order mark. The first line has the names of the items' members; "
    "null is an empty cell, times are as in JSON. A text that a spreadsheet would take for a formula has an apostrophe "
    "before it, and a telephone number with its country code has spaces for separators.",
    SheetFormat.XLSX: "One sheet; the first row has the names of the items' members, null is an empty cell. Times are "
    "dates of the sheet, by the estate's clock.",
}

_OF_A_PAGE: Final = frozenset({"limit", "cursor"})


class ListExport:
    """One list as a file.

    Args:
        view: makes a page; takes `query`, and the path's parts by name.
        query: the model of its query, with `limit` and `cursor`.
        answer: the model of its page, with `items` and `next`.

    Attributes:
        narrowing: the query of the file: that of the page without what makes pages.
    """

    def __init__(self, name: str, view: Callable[..., Any], query: type[BaseModel], answer: type[BaseModel]) -> None:
        self._name = name
        self._view = view
        self._query = query
        (item,) = get_args(answer.model_fields["items"].annotation)
        self._columns = columns_of(item)
        kept = {name: (field.annotation, field) for name, field in query.model_fields.items() if name not in _OF_A_PAGE}
        members: dict[str, Any] = kept
        self.narrowing: Final = create_model(
            f"{query.__name__}OfFile", __base__=_Query, __doc__=query.__doc__, **members
        )

    def send(self, form: SheetFormat, arguments: dict[str, Any], *, actor: str) -> Response:
        """Answer with the list. `arguments` are the view's, with a `query` of the model `narrowing`.

        Raises:
            Unavailable: `too-many-exports`, or the store is busy.
            Conflict: `too-many-rows`.
        """
        narrowed = dict(arguments.pop("query"))
        table = Table(self._name, self._columns, self._items(narrowed, arguments))
        return send_table(table, form, list_name=self._name, actor=actor, moment_text=_moment_text)

    def _items(self, narrowed: dict[str, Any], arguments: dict[str, Any]) -> Iterator[BaseModel]:
        cursor = None
        while True:
            query = self._query.model_construct(**narrowed, limit=MAX_LIMIT, cursor=cursor)
            page = self._view(**arguments, query=query)
            yield from page.items
            cursor = page.next
            if cursor is None:
                return


def columns_of(item: type[BaseModel]) -> list[Column[Any]]:
    """The columns of a list whose items are of this model."""
    return [Column(heading, value) for heading, value in _members(item, "", lambda found: found)]


def _members(
    model: type[BaseModel], prefix: str, find: Callable[[Any], Any]
) -> Iterator[tuple[str, Callable[[Any], Cell]]]:
    """The heading of each member of a model, however deep, and what reads it; `find` leads to the model."""
    for name, field in model.model_fields.items():
        heading, kind = prefix + (field.alias or name), _without_none(field.annotation)
        keys = get_args(kind)[:1] if get_origin(kind) is dict else ()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _members(kind, f"{heading}.", _reader(find, name))
        elif keys and isinstance(keys[0], type) and issubclass(keys[0], StrEnum):
            for key in keys[0]:
                yield f"{heading}.{key.value}", _leaf(_entry(_reader(find, name), key))
        else:
            yield heading, _leaf(_reader(find, name))


def _without_none(annotation: Any) -> Any:
    kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
    return kinds[0] if NoneType in get_args(annotation) and len(kinds) == 1 else annotation


def _reader(find: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    def read(row: Any) -> Any:
        found = find(row)
        return None if found is None else getattr(found, name)

    return read


def _entry(find: Callable[[Any], Any], key: StrEnum) -> Callable[[Any], Any]:
    return lambda row: (find(row) or {}).get(key)


def _leaf(find: Callable[[Any], Any]) -> Callable[[Any], Cell]:
    return lambda row: _cell(find(row))


def _cell(value: Any) -> Cell:
    if isinstance(value, Enum):
        return str(value.value)
    if value is None or isinstance(value, str | int | float | datetime):
        return value
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        return ", ".join(str(one) for one in value)
    return to_json(value).decode()


def _moment_text(moment: datetime) -> str:
    """As the answers in JSON have it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
