"""The lists of the day at the panel: the newest of each kind, what of it is still open, and earlier days."""

from __future__ import annotations

from typing import Final

from flask import Response, render_template, request

from kiosk.domain.open_items import DailyKind
from kiosk.domain.roles import Permission
from web.access import appliance
from web.paging import place_before
from web.panel.blueprint import bp, needs
from web.panel.exports import send_list
from web.panel.open_item_words import DAILY_LABELS, KIND_LABELS, item_columns, item_groups

PAGE_LENGTH: Final = 20


@bp.get("/daily-lists")
@needs(Permission.SEE_OPEN_ITEMS)
def list_daily_lists() -> str:
    """The newest list of each kind, and all of them by pages."""
    lists, place = appliance().shifts.daily_lists, place_before()
    kind = request.args.get("kind", "")
    wanted = DailyKind(kind) if kind in set(DailyKind) else None
    newest = [found for one in DailyKind if (found := lists.newest(one)) is not None] if place is None else []
    return render_template(
        "panel/daily_lists.html", page=lists.page(wanted, before=place, limit=PAGE_LENGTH), is_first=place is None,
        kind=wanted, newest=[(one, item_groups(one.items)) for one in sorted(newest, key=lambda one: -one.seq)],
        kinds=list(DailyKind), daily_labels=DAILY_LABELS, kind_labels=KIND_LABELS, panel=appliance().settings.panel,
    )  # fmt: skip


@bp.get("/daily-lists/<list_id>")
@needs(Permission.SEE_OPEN_ITEMS)
def show_daily_list(list_id: str) -> str:
    """One list, and how each of its items stands now."""
    found = appliance().shifts.daily_lists.get(list_id)
    return render_template(
        "panel/daily_list.html", found=found, groups=item_groups(found.items), daily_labels=DAILY_LABELS,
        kind_labels=KIND_LABELS,
    )  # fmt: skip


@bp.get("/daily-lists/<list_id>/items.<ending>")
@needs(Permission.SEE_OPEN_ITEMS)
def export_daily_list(list_id: str, ending: str) -> Response:
    """The same list as a file."""
    groups = item_groups(appliance().shifts.daily_lists.get(list_id).items)
    return send_list("daily-list", ending, item_columns(), (view for group in groups for view in group.views))
