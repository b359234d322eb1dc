"""Weekly hours as people write them, and as few bytes as a QR code has room for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from kiosk.domain.time_profiles import Day, Span, TimeProfile

_DAYS: Final = tuple(Day)
_SPAN: Final = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])\s*[-–]\s*([01][0-9]|2[0-4]):([0-5][0-9])")
_SPAN_BYTES: Final = 3
_MORE: Final = 1 << 23
_MINUTE_BITS: Final = 12
_MINUTE: Final = (1 << 11) - 1


def span_from(text: str) -> Span:
    """Read `09:00-12:30`; midnight at the end is `24:00`.

    Raises:
        ValueError: it is no span of a day.
    """
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"hours are written 09:00-12:30, not {text!r}")
    from_h, from_min, to_h, to_min = map(int, found.groups())
    return Span(from_h * 60 + from_min, to_h * 60 + to_min)


def span_text(span: Span) -> str:
    """Write a span as `09:00-12:30`."""
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (span.begins_min, span.ends_min))


def profile_of(days: Mapping[Day, Iterable[Span]]) -> TimeProfile:
    """A profile in the one form that its record, a pass and this module agree on: no empty days, spans in order.

    Raises:
        ValueError: as `TimeProfile`.
    """
    return TimeProfile({day: tuple(sorted(spans)) for day in _DAYS if (spans := tuple(days.get(day, ())))})


def profile_from_lines(lines: Iterable[str]) -> TimeProfile:
    """Read lines like `mon-fri 09:00-12:00,14:00-18:00` or `sat,holiday 10:00-12:00`.

    Raises:
        ValueError: a line says something else, names a day again, or `TimeProfile` refuses it.
    """
    days: dict[Day, list[Span]] = {}
    for line in lines:
        names, _space, hours = line.strip().partition(" ")
        spans = [span_from(part) for part in hours.split(",")]
        for day in _days_from(names):
            if day in days:
                raise ValueError(f"{day.value} is named twice")
            days[day] = spans
    return profile_of(days)


def grouped(profile: TimeProfile) -> list[tuple[tuple[Day, ...], tuple[Span, ...]]]:
    """Days that have the same hours together, in the order of the week."""
    groups: dict[tuple[Span, ...], list[Day]] = {}
    for day in _DAYS:
        spans = profile.spans_on(day)
        if spans:
            groups.setdefault(spans, []).append(day)
    return [(tuple(days), spans) for spans, days in groups.items()]


def lines_of(profile: TimeProfile) -> list[str]:
    """Write a profile as `profile_from_lines` reads it."""
    return [
        f"{','.join(day.value for day in days)} {','.join(span_text(span) for span in spans)}"
        for days, spans in grouped(profile)
    ]


def pack(profile: TimeProfile) -> bytes:
    """Write a profile for a pass.

    For each group of days with the same hours a byte of days (bit 0 Monday ... bit 6 Sunday, bit 7 holidays), and for
    each of their spans three bytes, most significant first: one bit that tells that another span follows, eleven for
    the minute at which it begins, one that is 0, eleven for the minute at which it ends.
    """
    packed = bytearray()
    for days, spans in grouped(profile):
        packed.append(sum(1 << _DAYS.index(day) for day in days))
        for span in spans:
            more = _MORE if span is not spans[-1] else 0
            packed += (more | span.begins_min << _MINUTE_BITS | span.ends_min).to_bytes(_SPAN_BYTES, "big")
    return bytes(packed)


def unpack(packed: bytes) -> TimeProfile:
    """Read what `pack` wrote.

    Raises:
        ValueError: it is something else.
    """
    days: dict[Day, list[Span]] = {}
    place = 0
    while place < len(packed):
        group = [day for bit, day in enumerate(_DAYS) if packed[place] >> bit & 1]
        place += 1
        spans: list[Span] = []
        is_open = True
        while is_open:
            value = int.from_bytes(packed[place : place + _SPAN_BYTES], "big")
            if place + _SPAN_BYTES > len(packed):
                raise ValueError("the hours end in the middle of a span")
            is_open = bool(value & _MORE)
            spans.append(Span(value >> _MINUTE_BITS & _MINUTE, value & (1 << _MINUTE_BITS) - 1))
            place += _SPAN_BYTES
        for day in group:
            days.setdefault(day, []).extend(spans)
    return profile_of(days)


def _days_from(names: str) -> list[Day]:
    days: list[Day] = []
    for name in names.lower().split(","):
        first, dash, last = name.partition("-")
        try:
            begin, end = _DAYS.index(Day(first)), _DAYS.index(Day(last if dash else first))
        except ValueError:
            raise ValueError(f"days are {', '.join(_DAYS)}, not {name!r}") from None
        if end < begin:
            raise ValueError(f"{name!r} runs backwards")
        days += _DAYS[begin : end + 1]
    return days
