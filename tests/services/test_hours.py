"""Whether a time profile covers a moment: zones, changes of the clock, holidays, and a calendar in doubt."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.bootstrap import build_appliance
from kiosk.config import parse
from kiosk.demo import demo_settings
from kiosk.domain.holidays import CalendarCondition
from kiosk.domain.time_profiles import DAY_MIN, WEEKDAYS, Day, Span, TimeProfile, minute_of
from kiosk.services.calendar_watch import CalendarWatch
from kiosk.services.hours import Hours
from kiosk.store import journal
from kiosk.store.database import Store
from tests.support.calendars import all_day, write_calendar
from tests.support.desk import SetClock
from tests.support.empty_store import open_store

HONG_KONG, LONDON = ZoneInfo("Asia/Hong_Kong"), ZoneInfo("Europe/London")


def span(text: str) -> Span:
    begins, ends = text.split("-")
    return Span(minute_of(begins), minute_of(ends))


OFFICE = TimeProfile({day: (span("09:00-12:00"), span("13:00-18:00")) for day in WEEKDAYS[:5]})
ALWAYS = TimeProfile(dict.fromkeys(Day, (Span(0, DAY_MIN),)))
SHORTER_ON_HOLIDAYS = TimeProfile(dict(OFFICE.days) | {Day.HOLIDAY: (span("10:00-15:00"),)})


def at(text: str, zone: ZoneInfo = HONG_KONG) -> datetime:
    """A moment by a wall clock, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_calendar(tmp_path / "holidays.ics", all_day("20260101", name="元旦"))


def hours_of(path: Path | None, zone: ZoneInfo = HONG_KONG) -> Hours:
    hours = Hours(zone, path)
    hours.reread()
    return hours


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-01-05T08:59:59", False),  # a Monday
        ("2026-01-05T09:00", True),
        ("2026-01-05T12:00", False),
        ("2026-01-05T17:59:59", True),
        ("2026-01-05T18:00", False),
        ("2026-01-03T10:00", False),  # a Saturday
        ("2026-01-01T10:00", False),  # a Thursday, and a holiday
        ("2026-01-02T10:00", True),
    ],
)
def test_by_the_estates_clock(path, moment, expected):
    assert hours_of(path).covers(OFFICE, at(moment)) is expected


def test_the_day_is_the_estates_and_not_that_of_utc(path):
    holiday = TimeProfile({Day.HOLIDAY: (Span(0, DAY_MIN),)})
    for zone in (HONG_KONG, LONDON):
        hours = hours_of(path, zone)
        covered = [hours.covers(holiday, at(f"2026-01-{day}", zone)) for day in ("01T00:00", "01T23:59", "02T00:00")]
        assert covered == [True, True, False]
        assert not hours.covers(holiday, at("2026-01-01T00:00", zone) - timedelta(seconds=1))


def test_in_summer_and_in_winter_the_hours_are_those_of_the_wall_clock():
    hours = hours_of(None, LONDON)
    for day in ("2026-01-05", "2026-07-06"):
        assert hours.covers(OFFICE, at(f"{day}T09:00", LONDON))
        assert not hours.covers(OFFICE, at(f"{day}T08:59", LONDON))
        assert hours.covers(OFFICE, at(f"{day}T17:59", LONDON))
        assert not hours.covers(OFFICE, at(f"{day}T18:00", LONDON))


def test_the_hour_that_comes_twice_is_covered_twice_and_the_one_that_is_left_out_never():
    night = TimeProfile({Day.SUNDAY: (span("01:00-02:00"),)})
    hours = hours_of(None, LONDON)

    def covered_min(midnight: datetime) -> int:
        return sum(hours.covers(night, midnight + timedelta(minutes=minute)) for minute in range(25 * 60))

    assert covered_min(at("2026-10-25T00:00", LONDON)) == 120
    assert covered_min(at("2026-03-29T00:00", LONDON)) == 0
    assert covered_min(at("2026-04-05T00:00", LONDON)) == 60


def test_a_worked_weekend_day_has_the_hours_of_the_working_day_beside_it(tmp_path):
    path = write_calendar(tmp_path / "cn.ics", all_day("20260103", name="元旦（班）"), all_day("20260104", name="补班"))
    early_friday = TimeProfile(dict(OFFICE.days) | {Day.FRIDAY: (span("07:00-08:00"),)})
    hours = hours_of(path)
    assert hours.covers(early_friday, at("2026-01-03T07:30"))
    assert not hours.covers(early_friday, at("2026-01-04T07:30"))
    assert hours.covers(early_friday, at("2026-01-04T10:00"))
    assert hours.worked_from(at("2026-01-04T10:00"), 5) == [date(2026, 1, 4)]


def test_the_spans_of_the_day(path):
    hours = hours_of(path)
    assert hours.spans_of_the_day(OFFICE, at("2026-01-02T23:00")) == (span("09:00-12:00"), span("13:00-18:00"))
    assert hours.spans_of_the_day(OFFICE, at("2026-01-01T10:00")) == ()
    assert hours.spans_of_the_day(SHORTER_ON_HOLIDAYS, at("2026-01-01T10:00")) == (span("10:00-15:00"),)
    assert hours.day_of(at("2026-01-01T10:00")) is Day.HOLIDAY


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.sampled_from([HONG_KONG, LONDON]))  # noqa: DTZ001
def test_covered_is_what_lies_in_a_span_of_the_day(moment, zone):
    hours, now = hours_of(None, zone), moment.replace(tzinfo=UTC)
    local = now.astimezone(zone)
    minute = local.hour * 60 + local.minute
    spans = hours.spans_of_the_day(SHORTER_ON_HOLIDAYS, now)
    assert hours.covers(SHORTER_ON_HOLIDAYS, now) == any(one.begins_min <= minute < one.ends_min for one in spans)


class TestDoubt:
    """A calendar that has not been read: any day may be a holiday."""

    @pytest.fixture
    def hours(self, tmp_path: Path) -> Hours:
        return hours_of(tmp_path / "missing.ics")

    def test_what_depends_on_it_is_closed(self, hours):
        assert not hours.covers(OFFICE, at("2026-01-05T10:00"))
        assert hours.spans_of_the_day(OFFICE, at("2026-01-05T10:00")) == ()

    def test_what_is_open_either_way_is_open(self, hours):
        assert hours.covers(ALWAYS, at("2026-01-05T10:00"))
        common = (span("10:00-12:00"), span("13:00-15:00"))
        assert hours.spans_of_the_day(SHORTER_ON_HOLIDAYS, at("2026-01-05T10:00")) == common
        assert hours.covers(SHORTER_ON_HOLIDAYS, at("2026-01-05T14:59"))
        assert not hours.covers(SHORTER_ON_HOLIDAYS, at("2026-01-05T15:00"))
        assert not hours.covers(SHORTER_ON_HOLIDAYS, at("2026-01-05T09:00"))

    def test_what_opens_on_holidays_only_is_closed(self, hours):
        holidays_only = TimeProfile({Day.HOLIDAY: (Span(0, DAY_MIN),)})
        assert not hours.covers(holidays_only, at("2026-01-05T10:00"))

    @given(
        st.dictionaries(st.sampled_from(list(Day)), st.sampled_from([(span("09:00-12:00"),), (span("00:00-24:00"),)])),
        st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),  # noqa: DTZ001
    )
    def test_nothing_is_open_that_some_calendar_would_close(self, days, moment):
        profile, now = TimeProfile(days), moment.replace(tzinfo=UTC)
        today = now.astimezone(HONG_KONG)
        minute = today.hour * 60 + today.minute
        doubtful = Hours(HONG_KONG, Path("/nowhere/holidays.ics"))
        readings = [profile.covers(day, minute) for day in (WEEKDAYS[today.weekday()], Day.HOLIDAY)]
        assert doubtful.covers(profile, now) == all(readings)

    def test_it_is_told(self, hours):
        now = at("2026-01-05T10:00")
        assert hours.day_of(now) is None
        assert hours.upcoming(now, 10) == hours.worked_from(now, 10) == []
        health = hours.health(now)
        assert health.condition is CalendarCondition.UNREADABLE
        assert "No such file" in health.detail


def test_without_a_calendar_every_day_is_its_weekday():
    hours = hours_of(None)
    assert hours.covers(OFFICE, at("2026-01-01T10:00"))
    assert hours.health(at("2026-01-01T10:00")).condition is CalendarCondition.NOT_SET
    assert hours.reread() is False


def test_a_new_file_is_read_and_a_spoilt_one_takes_nothing_away(path, caplog):
    hours, now = hours_of(path), at("2026-01-02T10:00")
    assert hours.reread() is False
    write_calendar(path, all_day("20260101"), all_day("20260102", name="two"))
    assert hours.reread() is True
    assert not hours.covers(OFFICE, now)
    path.write_text("nonsense")
    with caplog.at_level(logging.ERROR):
        assert hours.reread() is True
    assert "access.holidays_file" in caplog.text
    assert hours.health(now).condition is CalendarCondition.UNREADABLE
    assert hours.day_of(now) is Day.HOLIDAY
    assert hours.reread() is False
    path.unlink()
    assert hours.reread() is True  # another fault
    assert hours.reread() is False
    write_calendar(path, all_day("20260101"))
    assert hours.reread() is True
    assert hours.covers(OFFICE, now)
    assert hours.health(now).condition is CalendarCondition.READY


def test_a_calendar_that_has_run_out_is_told_and_changes_nothing(path):
    hours, now = hours_of(path), at("2027-01-01T10:00")
    health = hours.health(now)
    assert (health.condition, health.days, health.last) == (CalendarCondition.RUN_OUT, 1, date(2026, 1, 1))
    assert hours.covers(OFFICE, now)


@pytest.fixture
def store(tmp_path: Path):
    store = open_store(tmp_path / "data", SetClock())
    yield store
    store.close()


def journalled(store: Store) -> list[tuple[str, dict]]:
    with store.read() as connection:
        return [(entry.type, dict(entry.payload)) for entry in journal.after(connection, 0, 100)]


def test_what_becomes_of_the_file_is_journalled(path, store):
    watch = CalendarWatch(hours_of(path), store)
    watch.look()
    assert journalled(store) == []  # found at the start
    write_calendar(path, all_day("20260101"), all_day("20260501"))
    watch.look()
    path.write_text("nonsense")
    watch.look()
    watch.look()
    told = {"days": 2, "last": "2026-05-01"}
    assert journalled(store) == [("holidays.read", told), ("holidays.unreadable", told)]


def test_where_no_calendar_is_set_there_is_no_news(store):
    watch = CalendarWatch(hours_of(None), store)
    watch.look()
    assert journalled(store) == []


def test_the_boxs_housekeeping_looks_at_the_file(path, tmp_path):
    settings = demo_settings()
    settings["access"] |= {"holidays_file": str(path)}
    appliance = build_appliance(parse(settings), tmp_path / "box", is_demo=True)
    try:
        write_calendar(path, all_day("20260101"), all_day("20260501"))
        appliance.housekeeping.run_due()
        assert "holidays.read" in [kind for kind, _payload in journalled(appliance.store)]
    finally:
        appliance.store.close()
