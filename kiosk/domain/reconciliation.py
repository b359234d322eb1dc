"""The weekly reconciliation of release slips: which week a slip belongs to, what is missing, what needs a word.

A slip belongs to the week in which it got its number. What has ended in the regular way speaks for itself; whatever
somebody has to look into needs a note before the week can be signed for. The rules are pure.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from kiosk.domain.slips import OPEN_STATES, Movement, Slip, SlipState, Trip, items_digest

_WEEK: Final = re.compile(r"([0-9]{4})-W([0-9]{2})")


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """A week from Monday to Sunday, numbered as ISO 8601 has it; its text is `2026-W48`."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04d}-W{self.number:02d}"

    @property
    def monday(self) -> date:
        """Its first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=6)

    def begins(self, zone: ZoneInfo) -> datetime:
        """The midnight before its Monday."""
        return datetime.combine(self.monday, time(), zone)

    def ends(self, zone: ZoneInfo) -> datetime:
        """The midnight after its Sunday: the first moment that is not of this week."""
        return datetime.combine(self.monday + timedelta(days=7), time(), zone)

    def plus(self, weeks: int) -> Week:
        """The week so many later; earlier for a negative number.

        Raises:
            OverflowError: the calendar does not go so far.
        """
        return _week_of_day(self.monday + timedelta(weeks=weeks))

    def ending_year(self) -> int | None:
        """The year of the calendar that has its last day in this week; None for most weeks."""
        year = self.monday.year
        return year if self.monday <= date(year, 12, 31) <= self.sunday else None


def week_of(moment: datetime, zone: ZoneInfo) -> Week:
    """The week of a moment by the clock of `zone`."""
    return _week_of_day(moment.astimezone(zone).date())


def parse_week(text: str) -> Week:
    """Read `2026-W48`.

    Raises:
        ValueError: it is no week of the calendar, or so near its end that it has no neighbour.
    """
    found = _WEEK.fullmatch(text)
    if found is None or not 1 < int(found[1]) < date.max.year:
        raise ValueError(f"{text!r} is no week")
    year, number = int(found[1]), int(found[2])
    date.fromisocalendar(year, number, 1)  # 2026-W60 has no Monday
    return Week(year, number)


def missing_counts(issued: Collection[int], *, before: int, last_given: int, known: Collection[int]) -> list[int]:
    """The numbers of one calendar year that should be on record by the end of a week and are nowhere.

    Args:
        issued: the counts of the year's slips that the week has.
        before: the highest count that is on record from before the week; 0 at the beginning of the year, for a year's
            numbers begin with 1.
        last_given: the last count that was given out, where the year ends in this week and nothing will come after
            it; 0 in every other week, whose end shows with the next slip.
        known: every count of the year that is on record in whatever week, and those that were purged.
    """
    last = max(max(issued, default=0), last_given)
    there = set(known) | set(issued)
    return [count for count in range(before + 1, last + 1) if count not in there]


class Need(StrEnum):
    """Why somebody has to say a word about a slip, or about a number without one."""

    GAP = "gap"  # a number that is on record nowhere
    OPEN = "open"  # not ended with the week
    LAPSED_PARTLY = "lapsed-partly"  # its days went by when some had left
    LATE_RETURN = "late-return"  # something was to be brought back by now
    UNEXPLAINED = "unexplained"  # void, without a reason and without another in its place
    ALTERED = "altered"  # its items are not those that were approved


def needs_of(slip: Slip, now: datetime) -> tuple[Need, ...]:
    """What a slip needs a word for; empty for one that speaks for itself.

    All released, refused, void with its reason or its replacement, lapsed before anything had left: each is an end
    that the register explains. `UNEXPLAINED` and `ALTERED` cannot come of the box's own writing.
    """
    found = []
    if slip.state in OPEN_STATES:
        found.append(Need.OPEN)
    if slip.state is SlipState.LAPSED and any(item.released for item in slip.items):
        found.append(Need.LAPSED_PARTLY)
    if any(item.is_late(now) for item in slip.items):
        found.append(Need.LATE_RETURN)
    if slip.state is SlipState.VOID and not slip.reason and slip.replaced_by_id is None:
        found.append(Need.UNEXPLAINED)
    if slip.approved_digest and slip.approved_digest != items_digest(slip.number, slip.items):
        found.append(Need.ALTERED)
    return tuple(found)


def may_move_on(slip: Slip) -> bool:
    """Tell whether something may still become of a slip: it is open, or something is to be brought back."""
    is_out = any(item.returnable_until is not None and item.returned < item.released for item in slip.items)
    return slip.state in OPEN_STATES or is_out


def slip_digest(slip: Slip, trips: Sequence[Trip], movements: Sequence[Movement]) -> str:
    """SHA-256, in hex, over what a slip is and what has become of it: the part of a slip that is signed for.

    Over `canonical` JSON. Nobody's name is in it, nor which slip it replaces: that slip may have been purged earlier.
    """
    facts = {
        "number": slip.number, "id": slip.id, "kind": slip.kind.value, "state": slip.state.value,
        "unit": slip.unit, "department": slip.department,
        "not_before": slip.not_before.isoformat(), "not_after": slip.not_after.isoformat(),
        "created_at": slip.created_at.isoformat(),
        "approved": [slip.approval_method.value if slip.approval_method else "", slip.approved_digest],
        "ended_at": slip.ended_at.isoformat() if slip.ended_at is not None else "",
        "reason": slip.reason, "replaced_by": slip.replaced_by_id or "",
        "items": items_digest(slip.number, slip.items),
        "pieces": [[item.line, item.released, item.lost, item.returned] for item in slip.items],
        "trips": [[trip.id, trip.lane, trip.vehicle_plate, trip.at.isoformat()] for trip in trips],
        "movements": [
            [move.line, move.kind.value, move.quantity, move.trip_id or "", move.at.isoformat()] for move in movements
        ],
    }  # fmt: skip
    return digest_of(facts)


def canonical(value: Any) -> bytes:
    """JSON with sorted members, without white space, in UTF-8: the same bytes for the same value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest_of(value: Any) -> str:
    """SHA-256, in hex, over the canonical form of a JSON value."""
    return hashlib.sha256(canonical(value)).hexdigest()


def week_digest(
    week: Week, lines: Mapping[str, str], needs: Mapping[str, Iterable[Need]], notes: Mapping[str, Sequence[str]]
) -> str:
    """SHA-256, in hex, over everything that a signature stands for.

    Args:
        lines: the digest of each slip, by number.
        needs: what each slip, and each missing number, needs a word for.
        notes: the words: text, who, and when, by number.
    """
    signed = {
        "week": str(week),
        "slips": sorted(lines.items()),
        "needs": {number: sorted(need.value for need in found) for number, found in needs.items()},
        "notes": {number: list(note) for number, note in notes.items()},
    }
    return digest_of(signed)


def _week_of_day(day: date) -> Week:
    year, number, _weekday = day.isocalendar()
    return Week(year, number)
