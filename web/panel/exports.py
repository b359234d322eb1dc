"""The panel's lists as files, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from flask import Response, abort

from kiosk.domain.roles import may
from kiosk.services.export import Column, SheetFormat, Table
from web.access import appliance
from web.exports import send_table
from web.panel.blueprint import NEEDS, bp, current_session, current_user
from web.panel.wording import LIST_LABELS

T = TypeVar("T")


def send_list(list_name: str, ending: str, columns: Sequence[Column[T]], rows: Iterable[T]) -> Response:
    """Answer with a list of the panel as a file.

    Args:
        list_name: one of `LIST_LABELS`.
        ending: of the address that was asked for; a 404 where it is no format's.
    """
    if ending not in set(SheetFormat):
        abort(404)
    table = Table(str(LIST_LABELS[list_name]), columns, rows)
    return send_table(
        table, SheetFormat(ending), list_name=list_name, actor=current_user().actor, moment_text=_local_moment
    )


def _local_moment(moment: datetime) -> str:
    """A time by the clock on the wall, in the one way that every spreadsheet reads."""
    return moment.astimezone(appliance().settings.estate.zone).strftime("%Y-%m-%d %H:%M:%S")


def _may_reach(endpoint: str) -> bool:
    session, permission = current_session(), NEEDS[endpoint].permission
    return permission is None or (session is not None and may(session.user.role, permission))


@bp.context_processor
def _for_templates() -> dict[str, Any]:
    return {"may_reach": _may_reach, "sheet_formats": list(SheetFormat)}
