"""Calendar files as they are published, and files that are none."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.domain.holidays import Holidays
from kiosk.services.ical import MAX_BYTES, CalendarError, read_calendar
from tests.support.calendars import all_day, calendar, event, write_calendar

HONG_KONG = ZoneInfo("Asia/Hong_Kong")
LONDON = ZoneInfo("Europe/London")
AS_IN_HONG_KONG = """
BEGIN:VCALENDAR
PRODID:-//1823 Contact Centre, HKSARG//Hong Kong Public Holidays//EN
VERSION:2.0
CALSCALE:GREGORIAN
X-WR-TIMEZONE:Asia/Hong_Kong
X-WR-CALNAME:香港公眾假期
BEGIN:VEVENT
DTSTART;VALUE=DATE:20260101
DTEND;VALUE=DATE:20260102
DTSTAMP:20250506T032740Z
TRANSP:TRANSPARENT
UID:20260101@1823.gov.hk
SUMMARY:一月一日
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20260217
DTEND;VALUE=DATE:20260218
DTSTAMP:20250506T032740Z
TRANSP:TRANSPARENT
UID:20260217@1823.gov.hk
SUMMARY:農曆年初
 一
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "holidays.ics"


def read(path: Path, *events: str, zone: ZoneInfo = HONG_KONG) -> Holidays:
    return read_calendar(write_calendar(path, *events), zone)


def days(*texts: str) -> set[date]:
    return {date.fromisoformat(text) for text in texts}


def test_as_hong_kong_publishes_it(path):
    path.write_bytes(AS_IN_HONG_KONG.lstrip().replace("\n", "\r\n").encode("utf-8-sig"))
    assert read_calendar(path, HONG_KONG).named == {date(2026, 1, 1): "一月一日", date(2026, 2, 17): "農曆年初一"}


def test_lines_may_end_as_on_unix_and_the_mark_be_missing(path):
    path.write_text(calendar(all_day("20260101", "20260102", "元旦")).replace("\r\n", "\n"), encoding="utf-8")
    assert read_calendar(path, HONG_KONG).named == {date(2026, 1, 1): "元旦"}


def test_the_end_of_several_days_is_no_part_of_them(path):
    spring = read(path, all_day("20260215", "20260218", "春節")).named
    assert set(spring) == days("2026-02-15", "2026-02-16", "2026-02-17")


@pytest.mark.parametrize("end", ["", "20260101"])
def test_a_day_without_an_end_is_one_day(path, end):
    assert set(read(path, all_day("20260101", end)).named) == days("2026-01-01")


def test_a_duration_is_an_end(path):
    assert set(read(path, all_day("20260101", "", "", "DURATION:P2D")).named) == days("2026-01-01", "2026-01-02")


def test_two_holidays_on_a_day_have_both_names(path):
    assert read(
        path, all_day("20260405", name="清明"), all_day("20260405", name="復活節"), all_day("20260405")
    ).named == {date(2026, 4, 5): "清明 / 復活節"}


def test_what_is_cancelled_is_none(path):
    assert read(path, all_day("20260101", "", "x", "STATUS:CANCELLED"), all_day("20260102")).named.keys() == days(
        "2026-01-02"
    )


class TestMainland:
    def test_as_apple_publishes_it(self, path):
        """Observances stand beside the holidays, without a mark."""
        found = read(
            path,
            all_day("20260215", "20260218", "春节（休）", "X-APPLE-SPECIAL-DAY:WORK-HOLIDAY"),
            all_day("20260214", "", "春节（班）", "X-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY"),
            all_day("20260308", "", "妇女节"),
        )
        assert set(found.named) == days("2026-02-15", "2026-02-16", "2026-02-17")
        assert found.worked == days("2026-02-14")

    @pytest.mark.parametrize("name", ["上班(补春节假期)", "春节补班", "春節補班", "春节（班）", "国庆节(班)"])
    def test_as_others_say_it_in_the_summary(self, path, name):
        found = read(path, all_day("20260214", "", name), all_day("20260217", "", "春节假期"))
        assert set(found.named) == days("2026-02-17")
        assert found.worked == days("2026-02-14")

    @pytest.mark.parametrize("name", ["班禪節", "春節", "Labour Day"])
    def test_a_holiday_is_not_taken_for_a_working_day_by_its_name(self, path, name):
        assert read(path, all_day("20260217", "", name)).worked == frozenset()


class TestTimes:
    def test_a_day_from_midnight_to_midnight_is_a_day(self, path):
        begins, ends = "DTSTART;TZID=Asia/Hong_Kong:20260101T000000", "DTEND;TZID=Asia/Hong_Kong:20260102T000000"
        assert set(read(path, event(begins, ends)).named) == days("2026-01-01")

    def test_an_afternoon_off_is_no_holiday(self, path):
        assert read(path, event("DTSTART:20260101T120000", "DTEND:20260101T180000")).named == {}
        assert read(path, event("DTSTART:20260101T120000")).named == {}

    def test_only_whole_days_count(self, path):
        found = read(path, event("DTSTART:20260101T120000", "DTEND:20260104T120000"))
        assert set(found.named) == days("2026-01-02", "2026-01-03")

    @pytest.mark.parametrize(("zone", "expected"), [(HONG_KONG, days("2026-07-02")), (LONDON, set())])
    def test_they_are_judged_by_the_estates_clock(self, path, zone, expected):
        found = read(path, event("DTSTART:20260701T160000Z", "DTEND:20260702T160000Z"), zone=zone)
        assert set(found.named) == expected

    def test_the_night_of_the_change_is_a_day_like_any(self, path):
        begins, ends = "DTSTART;TZID=Europe/London:20260329T000000", "DTEND;TZID=Europe/London:20260330T000000"
        assert set(read(path, event(begins, ends), zone=LONDON).named) == days("2026-03-29")


class TestRepeated:
    def test_every_year(self, path):
        found = read(path, all_day("20200101", "", "元旦", "RRULE:FREQ=YEARLY"))
        assert days("2020-01-01", "2026-01-01", "2099-01-01") <= set(found.named)
        assert len(found.named) == 80

    @pytest.mark.parametrize("until", ["20270101", "20270101T000000Z", "20270630T235959"])
    def test_up_to_a_day(self, path, until):
        found = read(path, all_day("20260101", "", "", f"RRULE:FREQ=YEARLY;UNTIL={until}"))
        assert set(found.named) == days("2026-01-01", "2027-01-01")

    def test_with_exceptions_and_additions(self, path):
        found = read(
            path,
            all_day("20260101", "", "", "RRULE:FREQ=YEARLY;COUNT=4", "EXDATE;VALUE=DATE:20270101,20280101",
                    "RDATE;VALUE=DATE:20260601"),
        )  # fmt: skip
        assert set(found.named) == days("2026-01-01", "2029-01-01", "2026-06-01")

    def test_each_time_as_long_as_the_first(self, path):
        found = read(path, all_day("20261225", "20261227", "", "RRULE:FREQ=YEARLY;COUNT=2"))
        assert set(found.named) == days("2026-12-25", "2026-12-26", "2027-12-25", "2027-12-26")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\xef\xbb\xbf",
        b"<!doctype html><p>Log in to the network",
        b'{"vcalendar": []}',
        calendar(all_day("20260101", name="元旦")).encode("utf-16"),
        calendar(all_day("20260101", name="元旦")).encode("gb18030"),
        calendar(all_day("20260101")).replace("END:VCALENDAR", "").encode(),
        calendar(all_day("20260101"), all_day("20260501")).encode()[:120],
        calendar(all_day("20260101")).encode() + b"more",
        all_day("20260101").encode(),
        calendar(all_day("2026010x")).encode(),
        calendar(all_day("20260230")).encode(),
        calendar(event("SUMMARY:no day")).encode(),
        calendar(all_day("20260102", "20260101")).encode(),
        calendar(all_day("20260101", "", "", "DTSTART;VALUE=DATE:20260102")).encode(),
        calendar(all_day("20260101", "", "", "RRULE:FREQ=NEVER")).encode(),
        calendar(all_day("20260101", "", "", "RRULE:FREQ=SECONDLY")).encode(),
        calendar(all_day("20260101", "", "", "RRULE:FREQ=DAILY")).encode(),
        calendar(all_day("20260101", "29990101")).encode(),
        calendar(all_day("20260101", "", "", "RECURRENCE-ID;VALUE=DATE:20260102")).encode(),
        b"x" * (MAX_BYTES + 1),
    ],
)
def test_what_is_no_calendar_is_refused(path, sent):
    path.write_bytes(sent)
    with pytest.raises(CalendarError) as refused:
        read_calendar(path, HONG_KONG)
    assert "\n" not in str(refused.value)


def test_what_is_wrong_is_told(path):
    with pytest.raises(CalendarError, match="No such file"):
        read_calendar(path, HONG_KONG)
    with pytest.raises(CalendarError, match="Is a directory"):
        read_calendar(path.parent, HONG_KONG)
    with pytest.raises(CalendarError, match="'元旦': it ends before it begins"):
        read(path, all_day("20260102", "20260101", "元旦"))


def test_an_empty_calendar_is_one(path):
    assert read(path) == Holidays({})


@given(st.dictionaries(st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.integers(1, 9), max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_every_day_is_found_and_no_other(path, spans):
    events = [all_day(f"{first:%Y%m%d}", f"{first + timedelta(days=length):%Y%m%d}") for first, length in spans.items()]
    wanted = {first + timedelta(days=day) for first, length in spans.items() for day in range(length)}
    assert set(read(path, *events).named) == wanted


@given(st.binary(max_size=200) | st.text(alphabet="BEGIN:VCALDTSRU;=\r\n2026010", max_size=200).map(str.encode))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_file_holds_it_is_read_or_refused(path, sent):
    for whole in (sent, calendar(event("DTSTART;VALUE=DATE:20260101")).encode().replace(b"VERSION:2.0", sent)):
        path.write_bytes(whole)
        try:
            found: object = read_calendar(path, HONG_KONG)
        except CalendarError as refused:
            found = refused
        assert isinstance(found, Holidays) or str(found)
