"""Units: the directory that `unit` refers to everywhere."""

from __future__ import annotations

from typing import Final

from kiosk.services.paging import cut
from web.access import appliance
from web.api.answers import UnitItem, UnitPage
from web.api.cursors import read_cursor, write_cursor
from web.api.inputs import UnitsQuery
from web.api.operations import operation

_LIST: Final = "units"


@operation("GET", "/units", tag="units", query=UnitsQuery, answer=UnitPage)
def list_units(query: UnitsQuery) -> UnitPage:
    """List units in the order of the directory."""
    after = read_cursor(_LIST, query.cursor) or 0
    rows = appliance().units.page(query.q, after, query.limit + 1)
    page = cut(rows, query.limit, lambda row: row[0])
    return UnitPage(
        items=[
            UnitItem(code=unit.code, phase=unit.phase, block=unit.block, floor=unit.floor, door=unit.door)
            for _, unit in page.items
        ],
        next=write_cursor(_LIST, page.next_after),
    )
