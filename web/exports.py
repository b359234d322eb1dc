"""Lists as files for whoever asks: one answer for the panel and the API, journalled before its first byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final, TypeVar
from urllib.parse import quote

from flask import Flask, Response, copy_current_request_context, current_app
from werkzeug.wsgi import FileWrapper

from kiosk.services.csv_files import csv_chunks
from kiosk.services.export import SheetFormat, Table
from kiosk.services.xlsx_files import write_xlsx
from web.access import appliance
from web.streams import Slots

T = TypeVar("T")

MAX_EXPORTS: Final = 2
"""Files on their way at once: each takes a thread and most of a core, and people wait at the gate meanwhile."""

_SLOTS: Final = "export_slots"
_PIECE_BYTES: Final = 64 * 1024


def init_app(app: Flask) -> None:
    """Give an application its places for exports."""
    app.extensions[_SLOTS] = Slots(MAX_EXPORTS, "too-many-exports", "Other lists are being written to files just now.")


def send_table(
    table: Table[T], form: SheetFormat, *, list_name: str, actor: str, moment_text: Callable[[datetime], str]
) -> Response:
    """Answer with a table as a file.

    A CSV file goes out while it is written. An XLSX file is finished first, so what hinders it is said in place of it;
    its moments are by the estate's clock, those of a CSV file as `moment_text` has them.

    Args:
        list_name: what files and the journal call the list: ASCII, lower case.
        actor: who takes it, as the journal says.

    Raises:
        Unavailable: `too-many-exports`, or the store is busy.
        Conflict: `too-many-rows`: an XLSX file cannot hold them.
    """
    slots: Slots = current_app.extensions[_SLOTS]
    give_back = slots.take()
    try:
        response = _written(table, form, list_name, actor, moment_text)
    except BaseException:
        give_back()
        raise
    response.call_on_close(give_back)
    day = appliance().clock.now().astimezone(appliance().settings.estate.zone).date().isoformat()
    _name_file(response, f"{list_name}-{day}.{form.value}", f"{table.title.lower()}-{day}.{form.value}")
    response.headers["Cache-Control"] = "no-store"
    return response


def _written(
    table: Table[T], form: SheetFormat, list_name: str, actor: str, moment_text: Callable[[datetime], str]
) -> Response:
    exports = appliance().exports
    if form is SheetFormat.CSV:
        exports.record(list_name, form, actor=actor, rows=None)
        return Response(_in_context(csv_chunks(table, moment_text)), mimetype=form.media_type)
    file = write_xlsx(table, appliance().settings.estate.zone, exports.directory)
    try:
        exports.record(list_name, form, actor=actor, rows=file.rows)
    except BaseException:
        file.content.close()
        raise
    # Not passed through to the server as a file: then nothing would be called when the answer ends.
    response = Response(FileWrapper(file.content, _PIECE_BYTES), mimetype=form.media_type)
    response.content_length = file.size
    response.call_on_close(file.content.close)
    return response


def _in_context(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Make each chunk within the request, whose language its words have; an answer that waits must not hold it."""

    def following() -> bytes:
        return next(chunks, b"")

    return iter(copy_current_request_context(following), b"")


def _name_file(response: Response, plain: str, spoken: str) -> None:
    """RFC 6266, section 4.3: the name in the reader's language, and one for programs that know ASCII only."""
    names = {"filename": plain, "filename*": f"UTF-8''{quote(spoken, safe='')}"}
    response.headers.set("Content-Disposition", "attachment", **names)
