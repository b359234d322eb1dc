"""The kinds of passes: what each demands and forbids, when it ends, and how it stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.passes import (
    ISSUED_KINDS,
    LONGEST,
    MAX_USES,
    PassClaims,
    PassKind,
    PassStanding,
    PassTerms,
    TermsProblem,
    kind_by_uses,
    midnight_after,
    settle,
    standing_of,
)
from kiosk.domain.time_profiles import Day, TimeProfile
from kiosk.domain.weekly_hours import grouped, lines_of, pack, profile_from_lines, span_from, span_text, unpack
from kiosk.errors import FieldProblem
from tests.support.pass_terms import MORNING, ZONE, claims, profiles

MONDAYS = profile_from_lines(["mon 09:00-12:00"])
WEEK = timedelta(days=7)
MIDNIGHT = midnight_after(MORNING, ZONE)


@pytest.mark.parametrize(
    ("kind", "end", "uses", "weekly", "problems"),
    [
        (PassKind.SINGLE, MORNING + WEEK, 1, None, {}),
        (PassKind.SINGLE, MORNING + WEEK, None, None, {"uses": "out-of-range"}),
        (PassKind.SINGLE, MORNING + WEEK, 2, None, {"uses": "out-of-range"}),
        (PassKind.SINGLE, MORNING + WEEK, 1, MONDAYS, {"weekly": "not-of-kind"}),
        (PassKind.SINGLE, None, 1, None, {"not_after": "required"}),
        (PassKind.SINGLE, MORNING, 1, None, {"not_after": "ends-before-start"}),
        (PassKind.SINGLE, MORNING + LONGEST, 1, None, {}),
        (PassKind.SINGLE, MORNING + LONGEST + timedelta(seconds=1), 1, None, {"not_after": "lasts-too-long"}),
        (PassKind.DAY, None, None, None, {}),
        (PassKind.DAY, MIDNIGHT, None, None, {}),
        (PassKind.DAY, MIDNIGHT - timedelta(seconds=1), None, None, {"not_after": "not-its-midnight"}),
        (PassKind.DAY, MIDNIGHT + timedelta(days=1), None, None, {"not_after": "not-its-midnight"}),
        (PassKind.DAY, None, 3, None, {"uses": "not-of-kind"}),
        (PassKind.DAY, None, None, MONDAYS, {"weekly": "not-of-kind"}),
        (PassKind.RECURRING, MORNING + WEEK, None, MONDAYS, {}),
        (PassKind.RECURRING, MORNING + WEEK, 10, MONDAYS, {}),
        (PassKind.RECURRING, MORNING + WEEK, 0, MONDAYS, {"uses": "out-of-range"}),
        (PassKind.RECURRING, MORNING + WEEK, None, None, {"weekly": "required"}),
        (PassKind.RECURRING, MORNING + WEEK, None, TimeProfile({}), {"weekly": "required"}),
        (PassKind.RECURRING, MORNING + WEEK, None, TimeProfile({Day.MONDAY: ()}), {"weekly": "required"}),
        (PassKind.RECURRING, None, None, MONDAYS, {"not_after": "required"}),
        (PassKind.RECURRING, MORNING + timedelta(hours=1), None, MONDAYS, {}),
        (PassKind.MULTI, MORNING + WEEK, 5, None, {}),
        (PassKind.MULTI, MORNING + WEEK, None, None, {}),
        (PassKind.MULTI, MORNING + WEEK, 1, None, {"uses": "out-of-range"}),
        (PassKind.MULTI, MORNING + WEEK, MAX_USES + 1, None, {"uses": "out-of-range"}),
        (PassKind.MULTI, MORNING + WEEK, 5, MONDAYS, {"weekly": "not-of-kind"}),
        (PassKind.VISIT, MORNING + WEEK, 1, None, {"kind": "unknown-kind"}),
    ],
)
def test_what_a_kind_demands_and_forbids(kind, end, uses, weekly, problems):
    _settled, found = settle(PassTerms(kind, MORNING, end, uses, weekly), ZONE)
    assert {field: problem.value for field, problem in found.items()} == problems


def test_every_problem_is_one_that_the_surfaces_have_a_sentence_for():
    assert {problem.value for problem in TermsProblem} <= {problem.value for problem in FieldProblem}


@pytest.mark.parametrize(
    ("begins", "lasts", "opens"),
    [
        (MORNING + timedelta(hours=3), timedelta(days=6, hours=21), False),  # Monday noon up to Monday, nine o'clock
        (MORNING + timedelta(hours=3), timedelta(days=6, hours=21, minutes=1), True),
        (MORNING + timedelta(hours=2, minutes=59), timedelta(hours=5), True),
        (MORNING + timedelta(days=1), timedelta(days=2), False),
    ],
)
def test_hours_that_never_come_are_refused(begins, lasts, opens):
    _settled, found = settle(PassTerms(PassKind.RECURRING, begins, begins + lasts, None, MONDAYS), ZONE)
    assert found == ({} if opens else {"weekly": TermsProblem.NEVER_OPENS})
    # A holiday may come on any day.
    on_holidays = profile_from_lines(["holiday 09:00-12:00"])
    assert settle(PassTerms(PassKind.RECURRING, begins, begins + lasts, None, on_holidays), ZONE)[1] == {}


@given(st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis adds it
def test_a_day_pass_ends_with_its_day(start):
    for zone in (ZONE, ZoneInfo("Europe/London"), ZoneInfo("Africa/Cairo")):
        settled, found = settle(PassTerms(PassKind.DAY, start), zone)
        assert found == {}
        end = settled.not_after
        last = (end - timedelta(seconds=1)).astimezone(zone)
        assert last.date() == settled.not_before.astimezone(zone).date() != end.astimezone(zone).date()
        assert end - settled.not_before <= timedelta(hours=25)


@given(st.sampled_from(ISSUED_KINDS).flatmap(claims))
def test_what_the_tests_take_for_a_pass_is_one(promise: PassClaims):
    terms = PassTerms(promise.kind, promise.not_before, promise.not_after, promise.max_uses, promise.weekly)
    assert settle(terms, ZONE) == (terms, {})


@pytest.mark.parametrize(("uses", "kind"), [(1, PassKind.SINGLE), (2, PassKind.MULTI), (None, PassKind.MULTI)])
def test_the_uses_alone_tell_a_kind_that_allows_them(uses, kind):
    assert kind_by_uses(uses) is kind
    assert settle(PassTerms(kind, MORNING, MORNING + WEEK, uses), ZONE)[1] == {}


@pytest.mark.parametrize(
    ("facts", "standing"),
    [
        ({}, PassStanding.VALID),
        ({"is_revoked": True, "now": MIDNIGHT}, PassStanding.REVOKED),
        ({"now": MIDNIGHT, "uses": 9}, PassStanding.ENDED),
        ({"uses": 3}, PassStanding.USED),
        ({"uses": 3, "now": MORNING - WEEK}, PassStanding.USED),
        ({"uses": 2}, PassStanding.VALID),
        ({"max_uses": None, "uses": 99}, PassStanding.VALID),
        ({"now": MORNING - timedelta(seconds=1)}, PassStanding.UPCOMING),
    ],
)
def test_how_a_pass_stands(facts, standing):
    plain = {
        "is_revoked": False, "not_before": MORNING, "not_after": MIDNIGHT, "uses": 0, "max_uses": 3, "now": MORNING,
    }  # fmt: skip
    assert standing_of(**(plain | facts)) is standing


# --- weekly hours ---


@given(profiles)
def test_hours_are_the_same_however_they_are_written(profile: TimeProfile):
    assert unpack(pack(profile)) == profile
    assert profile_from_lines(lines_of(profile)) == profile


@given(st.binary(max_size=40))
def test_foreign_bytes_are_hours_or_refused(data: bytes):
    try:
        profile = unpack(data)
    except ValueError:
        return
    assert unpack(pack(profile)) == profile


def test_the_same_hours_on_several_days_take_four_bytes():
    assert len(pack(profile_from_lines(["mon,wed,fri 09:00-12:00"]))) == 4
    assert len(pack(profile_from_lines(["mon-sat 07:30-11:00,17:00-20:00"]))) == 7


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (["mon-fri 09:00-12:00,14:00-18:00"], ["mon,tue,wed,thu,fri 09:00-12:00,14:00-18:00"]),
        (["SAT,holiday 00:00-24:00"], ["sat,holiday 00:00-24:00"]),
        (["mon 14:00-15:00, 09:00–10:00", "tue 09:00-10:00,14:00-15:00"], ["mon,tue 09:00-10:00,14:00-15:00"]),
    ],
)
def test_hours_as_people_write_them(lines, shown):
    assert lines_of(profile_from_lines(lines)) == shown


@pytest.mark.parametrize(
    "line",
    [
        "", "mon", "mon 9-12", "mon 12:00-09:00", "mon 09:00-24:30", "fri-mon 09:00-10:00", "moon 09:00-10:00",
        "mon,mon 09:00-10:00", "mon 09:00-10:00,09:30-11:00", "mon- 09:00-10:00",
        "mon 01:00-02:00,03:00-04:00,05:00-06:00,07:00-08:00",
    ],
)  # fmt: skip
def test_what_are_no_hours_is_refused(line):
    with pytest.raises(ValueError, match=r"."):
        profile_from_lines([line])


def test_days_with_the_same_hours_stand_together():
    profile = profile_from_lines(["mon,wed 09:00-10:00", "tue 11:00-12:00"])
    assert [(days, [span_text(span) for span in spans]) for days, spans in grouped(profile)] == [
        ((Day.MONDAY, Day.WEDNESDAY), ["09:00-10:00"]),
        ((Day.TUESDAY,), ["11:00-12:00"]),
    ]
    assert span_from("00:00-24:00").ends_min == 1440
