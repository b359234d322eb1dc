"""The form by which a resident asks for a release slip: rows of items, in the estate's own days.

A field is called after what the service calls it (`items.2.quantity`), so that its problems stand beside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from werkzeug.datastructures import FileStorage, MultiDict

from kiosk.domain.slips import MAX_ITEMS, NewItem, NewSlip, Requester, SlipKind
from kiosk.errors import FieldProblem, Invalid
from kiosk.services.resident_links import ResidentLink
from web.host.forms import read_day
from web.pictures import jpeg_from_upload

_FIELD: Final = re.compile(r"items\.([0-9]{1,4})\.name")
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A row of the form as typed. `photo` is what was sent with it; a browser sends it once only."""

    name: str = ""
    quantity: str = "1"
    measure: str = ""
    note: str = ""
    returnable_until: str = ""
    photo: FileStorage | None = None

    @property
    def is_blank(self) -> bool:
        """Whether nothing has been said in it."""
        return not (self.name.strip() or self.measure.strip() or self.note.strip() or self.photo)


def rows_from(form: MultiDict[str, str], files: MultiDict[str, FileStorage]) -> list[ItemRow]:
    """The rows in their order, without gaps, however they were numbered; one row at least."""
    numbers = sorted({int(found[1]) for name in form if (found := _FIELD.fullmatch(name))})[: MAX_ITEMS + 1]
    return [_row(form, files, number) for number in numbers] or [ItemRow()]


def filled(rows: Sequence[ItemRow]) -> list[ItemRow]:
    """The rows in which something is said, or the first one where nothing is."""
    return [row for row in rows if not row.is_blank] or list(rows[:1])


def slip_from_form(form: MultiDict[str, str], rows: Sequence[ItemRow], link: ResidentLink, zone: ZoneInfo) -> NewSlip:
    """Read the form. Who is not the owner is taken for a tenant: a tenant's slip needs the owner's word at any hour.

    Raises:
        Invalid: with the days and pictures that are none, by their fields; the service looks at the rest.
    """
    problems: dict[str, FieldProblem] = {}
    first, last = read_day(form, "first_day", problems), read_day(form, "last_day", problems)
    items = [_item(row, f"items.{line}.", zone, problems) for line, row in enumerate(rows, 1)]
    if problems or first is None or last is None:
        raise Invalid(problems)
    return NewSlip(
        kind=SlipKind.MOVING if form.get("kind") == SlipKind.MOVING.value else SlipKind.HOUSEHOLD,
        requester=Requester.OWNER if link.is_owner else Requester.TENANT,
        requested_by=link.name,
        items=tuple(items),
        not_before=_midnight(first, zone),
        not_after=_midnight(last + _DAY, zone),
        unit=link.unit,
        carrier=form.get("carrier", ""),
        vehicle_plate=form.get("vehicle_plate", ""),
        taken_by=form.get("taken_by", ""),
        note=form.get("note", ""),
    )


def _row(form: MultiDict[str, str], files: MultiDict[str, FileStorage], number: int) -> ItemRow:
    def typed(name: str, default: str = "") -> str:
        return form.get(f"items.{number}.{name}", default)

    photo = files.get(f"items.{number}.photo")
    return ItemRow(
        name=typed("name"),
        quantity=typed("quantity", "1"),
        measure=typed("measure"),
        note=typed("note"),
        returnable_until=typed("returnable_until"),
        photo=photo if photo is not None and photo.filename else None,
    )


def _item(row: ItemRow, prefix: str, zone: ZoneInfo, problems: dict[str, FieldProblem]) -> NewItem:
    photo, until = None, None
    if row.photo is not None:
        try:
            photo = jpeg_from_upload(row.photo, f"{prefix}photo")
        except Invalid as invalid:
            problems |= invalid.fields
    if row.returnable_until:
        field = f"{prefix}returnable_until"
        until = read_day(MultiDict({field: row.returnable_until}), field, problems)
    return NewItem(
        name=row.name,
        quantity=int(row.quantity) if row.quantity.isascii() and row.quantity.isdigit() else 0,
        measure=row.measure,
        note=row.note,
        photo=photo,
        returnable_until=_midnight(until + _DAY, zone) if until is not None else None,
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
