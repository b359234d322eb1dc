"""The form of a time profile: what a clerk types, read as leniently as it can be without guessing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from werkzeug.datastructures import MultiDict

from kiosk.domain.time_profiles import DAY_MIN, MAX_SPANS, Day, Span, TimeProfile, clock_text, minute_of
from kiosk.errors import FieldProblem, Invalid

_TYPED: Final = re.compile(r"(?P<hour>[0-9]{1,2})(?:[:.h]?(?P<minute>[0-9]{2}))?")
_LONGEST: Final = 8


@dataclass(frozen=True, slots=True)
class TypedSpan:
    """Two inputs of the form: their names and what stands in them."""

    begins_name: str
    ends_name: str
    begins: str = ""
    ends: str = ""


def typed_week(form: Mapping[str, str]) -> dict[Day, list[TypedSpan]]:
    """The inputs of each day with what was sent for them."""
    return {day: [_typed(form, day, number) for number in range(MAX_SPANS)] for day in Day}


def week_of(profile: TimeProfile) -> dict[str, str]:
    """What the form of a profile on record says."""
    form: dict[str, str] = {}
    for day in Day:
        for number, span in enumerate(profile.spans_on(day)):
            names = _typed({}, day, number)
            form[names.begins_name], form[names.ends_name] = clock_text(span.begins_min), clock_text(span.ends_min)
    return form


def profile_from_form(form: MultiDict[str, str]) -> TimeProfile:
    """Read the form.

    Raises:
        Invalid: with what is wrong under the day's name (`mon`, `holiday`).
    """
    days: dict[Day, tuple[Span, ...]] = {}
    problems: dict[str, FieldProblem] = {}
    for day, inputs in typed_week(form).items():
        try:
            spans = tuple(_spans(inputs))
        except _Unreadable as unreadable:
            problems[day.value] = unreadable.problem
            continue
        try:
            days |= TimeProfile({day: spans}).days if spans else {}
        except ValueError:
            problems[day.value] = FieldProblem.OVERLAPPING
    if problems:
        raise Invalid(problems)
    return TimeProfile(days)


def read_clock(text: str) -> int:
    """The minute of the day that somebody typed: `8`, `830`, `8:30`, `08.30` and `24:00` are all times.

    Raises:
        ValueError: it is none.
    """
    found = _TYPED.fullmatch(unicodedata.normalize("NFKC", text).replace(" ", ""))
    if found is None:
        raise ValueError("this is no time of day")
    return minute_of(f"{int(found['hour']):02}:{found['minute'] or '00'}")


class _Unreadable(Exception):
    def __init__(self, problem: FieldProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def _typed(form: Mapping[str, str], day: Day, number: int) -> TypedSpan:
    begins, ends = f"{day.value}-{number}-begins", f"{day.value}-{number}-ends"
    return TypedSpan(begins, ends, form.get(begins, "").strip()[:_LONGEST], form.get(ends, "").strip()[:_LONGEST])


def _spans(inputs: list[TypedSpan]) -> Iterator[Span]:
    for one in inputs:
        if not (one.begins or one.ends):
            continue
        try:
            begins, ends = (read_clock(typed) if typed else None for typed in (one.begins, one.ends))
        except ValueError as error:
            raise _Unreadable(FieldProblem.NOT_A_TIME) from error
        if begins is None or ends is None:
            raise _Unreadable(FieldProblem.REQUIRED)
        ends = ends or DAY_MIN  # midnight at a span's end is the day's end, whichever way it is written
        if ends <= begins:
            raise _Unreadable(FieldProblem.ENDS_BEFORE_START)
        yield Span(begins, ends)
