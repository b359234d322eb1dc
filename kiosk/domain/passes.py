"""What a pass promises: the kinds there are, and what each demands and forbids.

How a pass is signed and read is the business of `kiosk.services.pass_keys`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from kiosk.domain.time_profiles import WEEKDAYS, Day, TimeProfile

MAX_USES: Final = 10_000
LONGEST: Final = timedelta(days=366)
"""No pass lasts longer than a year: who comes for longer gets a card, which can be suspended and handed back."""


class PassKind(StrEnum):
    """How often and when a pass lets its bearer in. Stable: it is written into passes."""

    VISIT = "visit"  # the receipt of a signed-in visit: good for leaving
    SINGLE = "single"  # once
    DAY = "day"  # any number of times until its day is over
    RECURRING = "recurring"  # on chosen weekdays at chosen hours, up to a last day
    MULTI = "multi"  # several times, mostly up to a maximum


ISSUED_KINDS: Final = (PassKind.SINGLE, PassKind.DAY, PassKind.RECURRING, PassKind.MULTI)
"""The kinds that people are given ahead of a visit."""


class PassStanding(StrEnum):
    """How a pass stands at a moment, as a list of passes tells it."""

    VALID = "valid"
    UPCOMING = "upcoming"
    USED = "used"
    ENDED = "ended"
    REVOKED = "revoked"


class TermsProblem(StrEnum):
    """What is wrong with one of a pass's terms; `kiosk.errors.FieldProblem` has the same words."""

    REQUIRED = "required"
    OUT_OF_RANGE = "out-of-range"
    UNKNOWN_KIND = "unknown-kind"
    NOT_OF_KIND = "not-of-kind"
    ENDS_BEFORE_START = "ends-before-start"
    LASTS_TOO_LONG = "lasts-too-long"
    NOT_ITS_MIDNIGHT = "not-its-midnight"
    NEVER_OPENS = "never-opens"


@dataclass(frozen=True, slots=True)
class PassClaims:
    """The content of a pass, as signed. Times are aware and whole seconds.

    Attributes:
        max_uses: entries allowed; None means any number.
        lanes: the lanes it is good for, by name; None means all.
        weekly: the hours of a recurring pass by the estate's clock; None for every other kind.
    """

    id: str
    unit: str
    kind: PassKind
    not_before: datetime
    not_after: datetime
    max_uses: int | None = None
    lanes: frozenset[str] | None = None
    weekly: TimeProfile | None = None


@dataclass(frozen=True, slots=True)
class PassTerms:
    """What somebody asks a pass to be. Times are aware; `not_after` None means what the kind itself says."""

    kind: PassKind
    not_before: datetime
    not_after: datetime | None = None
    max_uses: int | None = None
    weekly: TimeProfile | None = None


def kind_by_uses(max_uses: int | None) -> PassKind:
    """The kind of a pass of which only the number of uses is told."""
    return PassKind.SINGLE if max_uses == 1 else PassKind.MULTI


def settle(terms: PassTerms, zone: tzinfo) -> tuple[PassTerms, Mapping[str, TermsProblem]]:
    """Fill in what follows from the kind, and find what is wrong, by field.

    The fields are those of the API: `kind`, `not_after`, `uses`, `weekly`. Terms without a problem have an end.
    """
    start = terms.not_before.replace(microsecond=0)
    end = terms.not_after.replace(microsecond=0) if terms.not_after is not None else None
    if terms.kind is PassKind.DAY and end is None:
        end = midnight_after(start, zone)
    settled = replace(terms, not_before=start, not_after=end)
    if terms.kind not in ISSUED_KINDS:
        return settled, {"kind": TermsProblem.UNKNOWN_KIND}
    found = {
        "not_after": _problem_of_end(settled, zone),
        "uses": _problem_of_uses(settled),
        "weekly": _problem_of_weekly(settled, zone),
    }
    return settled, {field: problem for field, problem in found.items() if problem is not None}


def midnight_after(moment: datetime, zone: tzinfo) -> datetime:
    """The midnight at which the moment's day ends by the estate's clock, in UTC."""
    return at_minute(moment.astimezone(zone).date() + timedelta(days=1), 0, zone)


def at_minute(day: date, minute: int, zone: tzinfo) -> datetime:
    """A minute of a day by the estate's clock, in UTC; the 1440th is the next midnight."""
    return (datetime.combine(day, time(), zone) + timedelta(minutes=minute)).astimezone(UTC)


def standing_of(
    *, is_revoked: bool, not_before: datetime, not_after: datetime, uses: int, max_uses: int | None, now: datetime
) -> PassStanding:
    """How a pass stands; what is final speaks first."""
    if is_revoked:
        return PassStanding.REVOKED
    if now >= not_after:
        return PassStanding.ENDED
    if max_uses is not None and uses >= max_uses:
        return PassStanding.USED
    return PassStanding.UPCOMING if now < not_before else PassStanding.VALID


def _problem_of_end(terms: PassTerms, zone: tzinfo) -> TermsProblem | None:
    if terms.not_after is None:
        return TermsProblem.REQUIRED
    if terms.not_after <= terms.not_before:
        return TermsProblem.ENDS_BEFORE_START
    if terms.kind is PassKind.DAY:
        return None if terms.not_after == midnight_after(terms.not_before, zone) else TermsProblem.NOT_ITS_MIDNIGHT
    return TermsProblem.LASTS_TOO_LONG if terms.not_after - terms.not_before > LONGEST else None


def _problem_of_uses(terms: PassTerms) -> TermsProblem | None:
    uses = terms.max_uses
    match terms.kind:
        case PassKind.SINGLE:
            return None if uses == 1 else TermsProblem.OUT_OF_RANGE
        case PassKind.DAY:
            return None if uses is None else TermsProblem.NOT_OF_KIND
        case _:
            least = 2 if terms.kind is PassKind.MULTI else 1
            return None if uses is None or least <= uses <= MAX_USES else TermsProblem.OUT_OF_RANGE


def _problem_of_weekly(terms: PassTerms, zone: tzinfo) -> TermsProblem | None:
    if terms.kind is not PassKind.RECURRING:
        return None if terms.weekly is None else TermsProblem.NOT_OF_KIND
    if terms.weekly is None or not any(terms.weekly.days.values()):
        return TermsProblem.REQUIRED
    if terms.not_after is None or _opens_between(terms.weekly, terms.not_before, terms.not_after, zone):
        return None
    return TermsProblem.NEVER_OPENS


def _opens_between(weekly: TimeProfile, start: datetime, end: datetime, zone: tzinfo) -> bool:
    """Whether any of the hours lies between the dates; holidays may fall on any day."""
    if weekly.spans_on(Day.HOLIDAY):
        return True
    first = start.astimezone(zone).date()
    days = [first + timedelta(days=count) for count in range(8)]  # the first weekday twice: its hours may be past
    return any(
        at_minute(day, span.begins_min, zone) < end and at_minute(day, span.ends_min, zone) > start
        for day in days
        for span in weekly.spans_on(WEEKDAYS[day.weekday()])
    )
