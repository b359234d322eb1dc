"""Which week a moment belongs to, which numbers are missing, and what needs a word."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.reconciliation import Need, Week, may_move_on, missing_counts, needs_of, parse_week, week_of
from kiosk.domain.slips import (
    OPEN_STATES,
    ApprovalMethod,
    Requester,
    Slip,
    SlipItem,
    SlipKind,
    SlipSource,
    SlipState,
    items_digest,
)

ZONES = [ZoneInfo(name) for name in ("Asia/Hong_Kong", "Europe/London", "America/New_York")]
NOW = datetime(2026, 3, 9, tzinfo=UTC)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - in UTC


@given(moments, st.sampled_from(ZONES))
def test_every_moment_is_in_exactly_one_week(moment, zone):
    week = week_of(moment, zone)
    assert week.begins(zone) <= moment < week.ends(zone)
    assert week.plus(1).begins(zone) == week.ends(zone)
    assert week.plus(-1).ends(zone) == week.begins(zone)
    assert parse_week(str(week)) == week
    assert str(week.plus(-1)) < str(week) < str(week.plus(1)), "as text they sort by time"


@given(st.integers(2020, 2090))
def test_every_year_ends_in_one_week(year):
    week = week_of(datetime(year, 12, 31, 12, tzinfo=UTC), ZoneInfo("UTC"))
    assert week.ending_year() == year
    assert week.monday <= date(year, 12, 31) <= week.sunday


@given(st.integers(1, 60), st.data())
def test_what_was_lost_is_missed_once_and_nothing_else_is(last, data):
    """Numbers 1 to `last`, parted into weeks, some lost: each lost one is named by one week, unless none follows it."""
    lost = data.draw(st.sets(st.integers(1, last)))
    borders = sorted(data.draw(st.sets(st.integers(1, last), max_size=5)) | {last})
    known = set(range(1, last + 1)) - lost
    missed, first = [], 1
    for border in borders:
        issued = [count for count in range(first, border + 1) if count in known]
        before = max((count for count in known if count < first), default=0)
        if issued:
            missed += missing_counts(issued, before=before, last_given=0, known=known)
        first = border + 1
    assert missed == sorted(count for count in lost if count < max(known, default=0))


@given(st.integers(1, 60), st.data())
def test_the_years_last_week_misses_what_nothing_follows(last, data):
    known = data.draw(st.sets(st.integers(1, last)))
    found = missing_counts(known, before=0, last_given=last, known=known)
    assert found == sorted(set(range(1, last + 1)) - known)


def _slip(state, item, *, reason="", replaced=None, approved=True, altered=False):
    number = "R2026-00001"
    digest = items_digest(number, (item,)) if approved else ""
    return Slip(
        seq=1, id="1", number=number, kind=SlipKind.DEPARTMENT, state=state, unit="", department="Works",
        requester=Requester.DEPARTMENT, requested_by="x", source=SlipSource.DESK, carrier="", vehicle_plate="",
        taken_by="", note="", not_before=NOW, not_after=NOW, created_at=NOW, created_by="user desk",
        arrears_cleared_at=None, arrears_cleared_by=None, approval_method=ApprovalMethod.SUPERVISOR, approved_at=NOW,
        approved_by="user boss", approved_digest="0" * 64 if altered else digest, is_out_of_hours=False,
        authority_photo_id=None, replaces_id=None, replaced_by_id=replaced, reissue_asked_at=None, ended_at=None,
        ended_by=None, reason=reason, copies=0, items=(item,),
    )  # fmt: skip


@st.composite
def items(draw):
    quantity = draw(st.integers(1, 5))
    released = draw(st.integers(0, quantity))
    until = draw(st.none() | st.just(NOW - timedelta(days=1)) | st.just(NOW + timedelta(days=1)))
    returned = draw(st.integers(0, released)) if until else 0
    return SlipItem(1, "梯", quantity, "", "", None, until, released, 0, returned)


@given(st.sampled_from(SlipState), items(), st.booleans(), st.booleans())
def test_a_slip_speaks_for_itself_unless_something_of_it_is_out_or_unsaid(state, item, has_reason, altered):
    slip = _slip(state, item, reason="x" if has_reason else "", altered=altered)
    needs = set(needs_of(slip, NOW))
    is_late = item.returnable_until is not None and item.returnable_until <= NOW and item.returned < item.released
    assert (Need.OPEN in needs) is (state in OPEN_STATES)
    assert (Need.LAPSED_PARTLY in needs) is (state is SlipState.LAPSED and item.released > 0)
    assert (Need.LATE_RETURN in needs) is is_late
    assert (Need.UNEXPLAINED in needs) is (state is SlipState.VOID and not has_reason)
    assert (Need.ALTERED in needs) is altered
    if Need.OPEN in needs or Need.LATE_RETURN in needs:
        assert may_move_on(slip)


def test_a_void_slip_with_another_in_its_place_explains_itself():
    item = SlipItem(1, "梯", 1, "", "", None, None, 0, 0, 0)
    assert needs_of(_slip(SlipState.VOID, item, replaced="2"), NOW) == ()


@pytest.mark.parametrize(
    "text", ["", "2026-48", "2026-W60", "2026-W00", "0001-W01", "9999-W52", "2025-W53", "W48", "2026-W48x", "x"]
)
def test_what_is_no_week_is_none(text):
    with pytest.raises(ValueError, match="week"):
        parse_week(text)


def test_a_week_is_written_as_iso_has_it():
    assert str(Week(2026, 5)) == "2026-W05"
    assert parse_week("2026-W53").sunday == date(2027, 1, 3)
