"""Any pass that could be: strategies for the kinds, their hours and their claims."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from kiosk.domain.passes import LONGEST, MAX_USES, PassClaims, PassKind, midnight_after
from kiosk.domain.time_profiles import DAY_MIN, MAX_SPANS, Day, Span, TimeProfile
from kiosk.domain.weekly_hours import profile_of

ZONE = ZoneInfo("Asia/Hong_Kong")
MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # Monday, nine o'clock by the estate's clock


def _spans(marks: list[int]) -> tuple[Span, ...]:
    marks = sorted(marks)
    return tuple(Span(begin, end) for begin, end in zip(marks[::2], marks[1::2], strict=True))


spans = st.integers(1, MAX_SPANS).flatmap(
    lambda count: st.lists(st.integers(0, DAY_MIN), min_size=2 * count, max_size=2 * count, unique=True).map(_spans)
)
"""Up to three spans of a day, apart from each other."""

profiles: st.SearchStrategy[TimeProfile] = st.dictionaries(st.sampled_from(list(Day)), spans, min_size=1).map(
    profile_of
)


@st.composite
def claims(draw: st.DrawFn, kind: PassKind, unit: str = "1-A-1-A", start: datetime = MORNING) -> PassClaims:
    """What a pass of that kind may say."""
    begins = start + timedelta(seconds=draw(st.integers(0, 86_400)))
    ends = (
        midnight_after(begins, ZONE)
        if kind is PassKind.DAY
        else begins + timedelta(days=8, seconds=draw(st.integers(0, int(LONGEST.total_seconds()) - 8 * 86_400)))
    )
    uses = {
        PassKind.VISIT: st.just(1),
        PassKind.SINGLE: st.just(1),
        PassKind.DAY: st.none(),
        PassKind.RECURRING: st.none() | st.integers(1, MAX_USES),
        PassKind.MULTI: st.none() | st.integers(2, MAX_USES),
    }[kind]
    return PassClaims(
        id=f"{draw(st.integers(0, 2**128 - 1)):032x}",
        unit=unit,
        kind=kind,
        not_before=begins,
        not_after=ends,
        max_uses=draw(uses),
        lanes=draw(st.none() | st.frozensets(st.sampled_from(["in", "out", "side"]), min_size=1)),
        weekly=draw(profiles) if kind is PassKind.RECURRING else None,
    )
