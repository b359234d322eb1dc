"""The journal, for whoever keeps a copy of what the gate did."""

from __future__ import annotations

from kiosk.services.paging import cut
from web.access import appliance
from web.api.answers import JournalItem, JournalPage
from web.api.inputs import JournalQuery
from web.api.operations import operation
from web.api.requests import invalid_fields


@operation("GET", "/journal", tag="journal", query=JournalQuery, answer=JournalPage)
def read_journal(query: JournalQuery) -> JournalPage:
    """Read the journal, the oldest entry first.

    To follow it, hand back the last entry's `seq` as `after`, also when `next` was null: entries never change and
    numbers have no gaps. To verify it, follow the hashes: each entry's `previous_hash` is the `hash` before.
    """
    if query.after is not None and query.cursor is not None:
        raise invalid_fields({"cursor": "Give either this or `after`."})
    start = query.cursor if query.cursor is not None else query.after
    page = cut(appliance().feed.after(start or 0, query.limit + 1), query.limit, lambda entry: entry.seq)
    return JournalPage(
        items=[
            JournalItem(
                seq=entry.seq,
                at=entry.at,
                clock=entry.clock,
                actor=entry.actor,
                type=entry.type,
                payload=dict(entry.payload),
                previous_hash=entry.previous_hash.hex(),
                hash=entry.hash.hex(),
            )
            for entry in page.items
        ],
        next=None if page.next_after is None else str(page.next_after),
    )
