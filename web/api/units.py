"""Units: the directory that `unit` refers to everywhere, and how long guests of one may stay."""

from __future__ import annotations

from typing import Final

from kiosk.domain.units import Unit
from kiosk.services.paging import cut
from web.access import appliance
from web.api.answers import UnitItem, UnitPage
from web.api.cursors import read_cursor, write_cursor
from web.api.inputs import UnitChangeBody, UnitsQuery
from web.api.operations import caller, operation

_LIST: Final = "units"


@operation("GET", "/units", tag="units", query=UnitsQuery, answer=UnitPage, exports=_LIST)
def list_units(query: UnitsQuery) -> UnitPage:
    """List units in the order of the directory."""
    after = read_cursor(_LIST, query.cursor) or 0
    rows = appliance().units.page(query.q, after, query.limit + 1)
    page = cut(rows, query.limit, lambda row: row[0])
    return UnitPage(
        items=[_item(unit) for _, unit in page.items],
        next=write_cursor(_LIST, page.next_after),
    )


@operation("PATCH", "/units/<unit_code>", tag="units", body=UnitChangeBody, answer=UnitItem, errors=("not-found",))
def change_unit(unit_code: str, body: UnitChangeBody) -> UnitItem:
    """Say how long a unit's guests may stay.

    Other kinds of visit stay as long as the estate's settings say. Whoever is inside already stays as long as they were
    told.
    """
    return _item(appliance().units.set_stay(unit_code, body.stay_h, actor=caller().actor))


def _item(unit: Unit) -> UnitItem:
    return UnitItem(
        code=unit.code, phase=unit.phase, block=unit.block, floor=unit.floor, door=unit.door, stay_h=unit.stay_h
    )
