"""The form of a release slip: its rows of items, its days, and what they say. The last day is meant to its end."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Final

from werkzeug.datastructures import FileStorage, MultiDict

from kiosk.domain.passes import midnight_after
from kiosk.domain.slips import MAX_ITEMS, NewItem, NewSlip, Requester, Slip, SlipKind
from kiosk.errors import FieldProblem, Invalid
from web.panel.days import last_day, read_day
from web.panel.uploads import HeldPictures, read_picture
from web.turns.typed import TypedSlip

FIRST_ROWS: Final = 5
"""Rows of a new form, and how many more are added at a time."""

TEXTS: Final = ("unit", "department", "requested_by", "carrier", "vehicle_plate", "taken_by", "note")
_FIELDS: Final = ("kind", "requester", "not_before", "not_after", *TEXTS)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the form, as typed. `held` and `photo_id` name a picture that it has already."""

    name: str = ""
    quantity: str = ""
    measure: str = ""
    note: str = ""
    returnable_until: str = ""
    held: str = ""
    photo_id: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been typed into it; a quantity alone is nothing."""
        return self == Row(quantity=self.quantity)


@dataclass(frozen=True, slots=True)
class SlipForm:
    """What the inputs hold. Rows that say something come first, so that a row is the line that it will be."""

    typed: Mapping[str, str]
    rows: tuple[Row, ...]

    def with_rows(self, count: int) -> SlipForm:
        """The same with empty rows up to a number, but no more than a slip may have items."""
        missing = min(count, MAX_ITEMS) - len(self.rows)
        return replace(self, rows=self.rows + (Row(quantity="1"),) * max(0, missing))


def slip_kind_from(text: str) -> SlipKind:
    """The kind that a form or link names; household goods for what is none."""
    return SlipKind(text) if text in set(SlipKind) else SlipKind.HOUSEHOLD


def new_form(kind: SlipKind, now: datetime, zone: tzinfo) -> SlipForm:
    """A new form: for today."""
    today = now.astimezone(zone).date().isoformat()
    return SlipForm({"kind": kind.value, "not_before": today, "not_after": today}, ()).with_rows(FIRST_ROWS)


def form_of_turn(typed: TypedSlip, kind: SlipKind, held: HeldPictures, now: datetime, zone: tzinfo) -> SlipForm:
    """The form filled in with what was typed at the touchscreen; its photo is held as one that was chosen here."""
    day = (typed.day or now.astimezone(zone).date()).isoformat()
    texts = ("requested_by", "taken_by", "carrier", "vehicle_plate")
    filled_in = {name: getattr(typed, name) for name in texts} | {
        "kind": kind.value,
        "unit": typed.place.unit or "",
        "requester": typed.requester.value if typed.requester is not None else "",
        "not_before": day,
        "not_after": day,
    }
    rows = [Row(name=item.name, quantity=str(item.quantity), note=item.note) for item in typed.items]
    if rows and typed.photo is not None:
        rows[0] = replace(rows[0], held=held.hold(typed.photo, now))
    return SlipForm(filled_in, tuple(rows)).with_rows(max(FIRST_ROWS, len(rows) + 1))


def form_of_balance(slip: Slip, now: datetime, zone: tzinfo) -> SlipForm:
    """The form of a slip in place of another: as that was, for what has not left yet."""
    today = now.astimezone(zone).date()
    first = max(today, slip.not_before.astimezone(zone).date())
    typed = {name: str(getattr(slip, name)) for name in TEXTS} | {
        "kind": slip.kind.value,
        "requester": slip.requester.value,
        "not_before": first.isoformat(),
        "not_after": max(first, last_day(slip.not_after, zone)).isoformat(),
    }
    rows = tuple(
        Row(
            name=item.name,
            quantity=str(item.balance),
            measure=item.measure,
            note=item.note,
            returnable_until=last_day(item.returnable_until, zone).isoformat() if item.returnable_until else "",
            photo_id=item.photo_id or "",
        )
        for item in slip.items
        if item.balance
    )
    return SlipForm(typed, rows).with_rows(len(rows) + 1)


def form_from(
    sent: MultiDict[str, str],
    files: MultiDict[str, FileStorage],
    held: HeldPictures,
    *,
    now: datetime,
    photo_ids: Collection[str],
) -> tuple[SlipForm, dict[str, FieldProblem]]:
    """Read what a browser sent, and what is wrong with its pictures.

    Args:
        held: where new pictures wait until the slip is asked for.
        photo_ids: pictures on record that a row may keep.
    """
    rows: list[Row] = []
    problems: dict[str, FieldProblem] = {}
    for number in range(1, MAX_ITEMS + 1):
        row = _row(sent, f"items.{number}", photo_ids)
        try:
            jpeg = read_picture(files.get(f"items.{number}.photo"), f"items.{len(rows) + 1}.photo")
        except Invalid as found:
            problems |= found.fields
            rows.append(row)
            continue
        if jpeg is not None:
            row = replace(row, held=held.hold(jpeg, now), photo_id="")
        elif row.held and held.jpeg(row.held, now) is None:  # held for too long, or the box has started anew
            problems[f"items.{len(rows) + 1}.photo"] = FieldProblem.NOT_A_PICTURE
            row = replace(row, held="")
        if not row.is_empty:
            rows.append(row)
    form = SlipForm({name: sent.get(name, "") for name in _FIELDS}, tuple(rows))
    return form, problems


def slip_from(
    form: SlipForm, held: HeldPictures, *, now: datetime, zone: tzinfo
) -> tuple[NewSlip, dict[str, FieldProblem]]:
    """The slip that a form asks for, and what cannot be read of it; what that would say is filled up with a guess."""
    problems: dict[str, FieldProblem] = {}

    def day(name: str, text: str) -> datetime | None:
        found = read_day(text, zone) if text else None
        if found is None:
            problems[name] = FieldProblem.NOT_A_DAY if text else FieldProblem.REQUIRED
        return found

    begins = day("not_before", form.typed["not_before"])
    ends = day("not_after", form.typed["not_after"])
    kind = slip_kind_from(form.typed["kind"])
    items = []
    for line, row in enumerate(form.rows, 1):
        until = day(f"items.{line}.returnable_until", row.returnable_until) if row.returnable_until else None
        items.append(
            NewItem(
                name=row.name,
                quantity=_number(row.quantity),
                measure=row.measure,
                note=row.note,
                photo=held.jpeg(row.held, now) if row.held else None,
                photo_id=row.photo_id or None,
                returnable_until=midnight_after(until, zone) if until is not None else None,
            )
        )
    is_departments = kind is SlipKind.DEPARTMENT
    texts = {name: form.typed[name].strip() if name == "unit" else form.typed[name] for name in TEXTS}
    texts |= {"unit": ""} if is_departments else {"department": ""}
    new = NewSlip(
        kind=kind,
        requester=Requester.DEPARTMENT if is_departments else _requester(form.typed["requester"], problems),
        items=tuple(items),
        not_before=begins or now,
        not_after=midnight_after(ends or max(begins or now, now), zone),
        **texts,
    )
    return new, problems


def _row(sent: MultiDict[str, str], at: str, photo_ids: Collection[str]) -> Row:
    def typed(name: str) -> str:
        return sent.get(f"{at}.{name}", "")

    keeps = not typed("without")
    photo_id = typed("photo_id")
    return Row(
        name=typed("name"),
        quantity=typed("quantity"),
        measure=typed("measure"),
        note=typed("note"),
        returnable_until=typed("returnable_until"),
        held=typed("held") if keeps else "",
        photo_id=photo_id if keeps and photo_id in photo_ids else "",
    )


def _requester(text: str, problems: dict[str, FieldProblem]) -> Requester:
    if text in set(Requester) - {Requester.DEPARTMENT}:
        return Requester(text)
    problems["requester"] = FieldProblem.REQUIRED
    return Requester.OWNER


def _number(text: str) -> int:
    """A quantity as typed; 0, which none is, for what is no number."""
    typed = text.strip()
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0
