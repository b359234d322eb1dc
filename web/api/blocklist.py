"""The blocklist: who is not to be let in."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final, cast

from kiosk.services.blocklist import BlockChanges, BlocklistEntry
from web.access import appliance
from web.api.blocklist_models import (
    BlocklistChangeBody,
    BlocklistItem,
    BlocklistPage,
    BlocklistQuery,
    NewBlocklistBody,
)
from web.api.cursors import read_cursor, write_cursor
from web.api.operations import caller, operation

_LIST: Final = "blocklist"


@operation("GET", "/blocklist", tag="blocklist", query=BlocklistQuery, answer=BlocklistPage, exports=_LIST)
def list_blocklist(query: BlocklistQuery) -> BlocklistPage:
    """List entries of the blocklist, the newest first."""
    page = appliance().blocklist.page(
        query.state,
        query.q,
        now=appliance().clock.now(),
        after=read_cursor(_LIST, query.cursor),
        limit=query.limit,
    )
    return BlocklistPage(items=[_item(entry) for entry in page.items], next=write_cursor(_LIST, page.next_after))


@operation(
    "POST",
    "/blocklist",
    tag="blocklist",
    body=NewBlocklistBody,
    answer=BlocklistItem,
    status=HTTPStatus.CREATED,
    errors=("already-blocked",),
)
def add_to_blocklist(body: NewBlocklistBody) -> BlocklistItem:
    """Put somebody on the blocklist.

    From now on a visitor with this phone or plate is not let in but waits for the guard, whatever the kind of visit;
    one with this name only does so too, and the guard is told that it may be a namesake. The visitor is told nothing.
    """
    entry = appliance().blocklist.add(
        actor=caller().actor,
        name=body.name,
        phone=body.phone,
        vehicle_plate=body.vehicle_plate,
        reason=body.reason,
        ends_at=body.ends_at,
    )
    return _item(entry)


@operation("GET", "/blocklist/<entry_id>", tag="blocklist", answer=BlocklistItem, errors=("not-found",))
def get_blocklist_entry(entry_id: str) -> BlocklistItem:
    """Read an entry, also one that has ended."""
    return _item(appliance().blocklist.get(entry_id))


@operation(
    "PATCH",
    "/blocklist/<entry_id>",
    tag="blocklist",
    body=BlocklistChangeBody,
    answer=BlocklistItem,
    errors=("not-found", "already-removed"),
)
def change_blocklist_entry(entry_id: str, body: BlocklistChangeBody) -> BlocklistItem:
    """Change an entry.

    One whose time is up may be given more; one that was taken off the list stays as it is.
    """
    changes = cast("BlockChanges", {name: getattr(body, name) for name in body.model_fields_set})
    return _item(appliance().blocklist.change(entry_id, changes, actor=caller().actor))


@operation(
    "DELETE",
    "/blocklist/<entry_id>",
    tag="blocklist",
    answer=None,
    status=HTTPStatus.NO_CONTENT,
    errors=("not-found", "already-removed"),
)
def remove_from_blocklist(entry_id: str) -> None:
    """Take an entry off the blocklist.

    Its record stays: who was held up by it, and why, can be told afterwards.
    """
    appliance().blocklist.remove(entry_id, actor=caller().actor)


def _item(entry: BlocklistEntry) -> BlocklistItem:
    stored = {name: getattr(entry, name) for name in BlocklistItem.model_fields if name != "state"}
    return BlocklistItem(state=entry.state(appliance().clock.now()), **stored)
