"""The form by which a pass is issued: what each kind asks for, and what was typed, read by the estate's clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from werkzeug.datastructures import MultiDict

from kiosk.domain.passes import ISSUED_KINDS, PassKind, midnight_after
from kiosk.domain.time_profiles import DAY_MIN, MAX_SPANS, Day, Span, TimeProfile
from kiosk.domain.weekly_hours import profile_of
from kiosk.errors import FieldProblem, Invalid
from web.panel.days import read_day

ROWS: Final = range(1, MAX_SPANS + 1)
"""The rows of hours that the form has, as its fields are numbered."""
_BY_DAY: Final = frozenset({PassKind.DAY, PassKind.RECURRING})
_USUAL_STAY: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class TypedPass:
    """What the form says. `lanes` None means all."""

    unit: str
    holder: str
    not_before: datetime
    not_after: datetime | None
    uses: int | None
    lanes: frozenset[str] | None
    weekly: TimeProfile | None


def pass_kind_from(text: str) -> PassKind:
    """The kind that a form or link names; a single-use pass for what is none."""
    return PassKind(text) if text in set(ISSUED_KINDS) else PassKind.SINGLE


def first_values(kind: PassKind, now: datetime, zone: tzinfo) -> Mapping[str, str]:
    """What a new form has in it: from now on, or from today, for a while that is easily changed."""
    local = now.astimezone(zone)
    if kind in _BY_DAY:
        return {"not_before": local.date().isoformat(), "not_after": ""}
    until = (local + _USUAL_STAY).replace(hour=23, minute=59)
    return {"not_before": local.strftime("%Y-%m-%dT%H:%M"), "not_after": until.strftime("%Y-%m-%dT%H:%M")}


def pass_from_form(form: MultiDict[str, str], kind: PassKind, lanes: frozenset[str], zone: tzinfo) -> TypedPass:
    """Read the form. Fields that the kind does not ask for are left out, whatever was sent.

    Raises:
        Invalid: a time, a number or the hours cannot be read.
    """
    problems: dict[str, FieldProblem] = {}
    read = read_day if kind in _BY_DAY else _read_moment
    begins = read(form.get("not_before", ""), zone)
    ends = None if kind is PassKind.DAY else read(form.get("not_after", ""), zone)
    if begins is None:
        problems["not_before"] = FieldProblem.REQUIRED
    if ends is None and kind is not PassKind.DAY:
        problems["not_after"] = FieldProblem.REQUIRED
    if ends is not None and kind is PassKind.RECURRING:
        ends = midnight_after(ends, zone)
    uses = _uses(form, kind, problems)
    weekly = _weekly(form, problems) if kind is PassKind.RECURRING else None
    if problems or begins is None:
        raise Invalid(problems)
    chosen = frozenset(form.getlist("lanes"))
    return TypedPass(
        unit=form.get("unit", "").strip(),
        holder=form.get("holder", ""),
        not_before=begins,
        not_after=ends,
        uses=uses,
        lanes=None if not chosen or chosen == lanes else chosen,
        weekly=weekly,
    )


def _read_moment(text: str, zone: tzinfo) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        return None


def _uses(form: MultiDict[str, str], kind: PassKind, problems: dict[str, FieldProblem]) -> int | None:
    if kind is PassKind.SINGLE:
        return 1
    typed = form.get("uses", "").strip()
    if kind is PassKind.DAY or (kind is PassKind.RECURRING and not typed):
        return None
    if typed.isascii() and typed.isdigit() and len(typed) < 6:
        return int(typed)
    problems["uses"] = FieldProblem.OUT_OF_RANGE if typed else FieldProblem.REQUIRED
    return None


def _weekly(form: MultiDict[str, str], problems: dict[str, FieldProblem]) -> TimeProfile | None:
    """The chosen days with the hours of the rows that are filled in; midnight at the end of a span is 00:00."""
    days = [day for day in Day if day.value in form.getlist("day")]
    try:
        spans = [
            Span(_minute(begins), _minute(ends) or DAY_MIN)
            for begins, ends in ((form.get(f"from_{row}", ""), form.get(f"to_{row}", "")) for row in ROWS)
            if begins or ends
        ]
        profile = profile_of(dict.fromkeys(days, spans))
    except ValueError:
        problems["weekly"] = FieldProblem.NOT_HOURS
        return None
    if not days or not spans:
        problems["weekly"] = FieldProblem.REQUIRED
    return profile


def _minute(text: str) -> int:
    hour, _colon, minute = text.partition(":")
    if not (hour.isascii() and hour.isdigit() and minute.isascii() and minute.isdigit() and int(minute) < 60):
        raise ValueError(f"{text!r} is no time of day")
    return int(hour) * 60 + int(minute)
