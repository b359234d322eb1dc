"""Calendars of holidays as files, in the ways in which they are published."""

from __future__ import annotations

from pathlib import Path


def event(*lines: str) -> str:
    """An event of these lines."""
    return "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT"))


def all_day(first: str, end: str = "", name: str = "", *more: str) -> str:
    """An event of whole days; `end`, the first day that is no part of it, may be left out."""
    ends = (f"DTEND;VALUE=DATE:{end}",) if end else ()
    return event(f"DTSTART;VALUE=DATE:{first}", *ends, f"SUMMARY:{name}", *more)


def calendar(*events: str) -> str:
    """A calendar of these events."""
    return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", *events, "END:VCALENDAR", ""))


def write_calendar(path: Path, *events: str) -> Path:
    """Put a calendar of these events into a file, as Hong Kong's government does, with a byte order mark."""
    part = path.with_suffix(".part")
    part.write_bytes(b"\xef\xbb\xbf" + calendar(*events).encode())
    return part.rename(path)
