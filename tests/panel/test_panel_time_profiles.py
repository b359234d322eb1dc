"""Time profiles at the panel: shown to everybody, written by the card office; and the calendar of holidays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from kiosk.domain.roles import Role
from kiosk.domain.time_profiles import DAY_MIN, Day, Span, TimeProfile
from kiosk.services.time_profiles import NamedProfile
from kiosk.store.tables import cards
from tests.panel.guard import PASSWORD, Guard
from tests.support.appliance import TestGate, demo_appliance, document
from tests.support.calendars import all_day, write_calendar
from web import create_app
from web.panel.time_profile_form import read_clock

ALWAYS = TimeProfile(dict.fromkeys(Day, (Span(0, DAY_MIN),)))
NEVER = TimeProfile({})
Add = Callable[..., NamedProfile]


@pytest.fixture
def clerk(app: Flask) -> Guard:
    clerk = Guard(app)
    assert clerk.log_in("clerk").status_code == 303
    return clerk


@pytest.fixture
def add(gate: TestGate) -> Iterator[Add]:
    """Puts profiles on record, and takes all of them off at the end."""
    profiles = gate.appliance.time_profiles
    yield lambda name, profile=ALWAYS: profiles.add(actor="user clerk", name=name, profile=profile)
    with gate.appliance.store.write() as transaction:
        transaction.connection.execute(update(cards).values(time_profile_id=None))
    for left in profiles.all():
        profiles.remove(left.id, actor="user clerk")


@pytest.mark.usefixtures("add")
def test_a_clerk_writes_a_profile(clerk: Guard, gate: TestGate) -> None:
    times = {
        "mon-0-begins": "9", "mon-0-ends": "1230", "mon-2-begins": "13：30", "mon-2-ends": "18.00",
        "sun-1-begins": "2200", "sun-1-ends": "00:00", "holiday-0-begins": "10:00", "holiday-0-ends": "24:00",
    }  # fmt: skip
    answer = clerk.post("/panel/time-profiles", name=" 辦公時間 ", **times)
    assert (answer.status_code, answer.location) == (303, "/panel/time-profiles")
    (added,) = gate.appliance.time_profiles.all()
    assert added.name == "辦公時間"
    assert added.profile.as_record() == {
        "mon": [[540, 750], [810, 1080]], "sun": [[1320, 1440]], "holiday": [[600, 1440]],
    }  # fmt: skip
    shown = clerk.get("/panel/time-profiles").text
    assert "辦公時間 is on record." in shown
    assert "09:00–12:30" in shown
    assert "22:00–24:00" in shown
    assert '<rect x="1320" width="120"' in shown
    form = clerk.get(f"/panel/time-profiles/{added.id}").text
    assert 'name="mon-1-begins" value="13:30"' in form
    assert 'name="sun-0-ends" value="24:00"' in form
    entry = gate.wait_for_entry("time_profile.added", time_profile=added.id)
    assert (entry.actor, dict(entry.payload)) == ("user clerk", {"time_profile": added.id})


def test_a_clerk_changes_and_removes_one(clerk: Guard, gate: TestGate, add: Add) -> None:
    added = add("Mornings")
    path = f"/panel/time-profiles/{added.id}"
    assert clerk.post(path, name="Evenings", **{"tue-0-begins": "18", "tue-0-ends": "22"}).status_code == 303
    changed = gate.appliance.time_profiles.get(added.id)
    assert (changed.name, changed.profile.as_record()) == ("Evenings", {"tue": [[1080, 1320]]})
    assert "No card has this time profile. Remove it?" in clerk.get(path).text
    assert clerk.post(f"{path}/remove", back="/panel/time-profiles").location == "/panel/time-profiles"
    assert gate.appliance.time_profiles.all() == []
    for gone in (clerk.get(path), clerk.post(path, name="x"), clerk.post(f"{path}/remove")):
        assert gone.status_code == 404


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"name": ""}, "Please fill this in."),
        ({"name": "taken"}, "This is taken already."),
        ({"mon-0-begins": "9"}, "Please fill this in."),
        ({"mon-0-ends": "9"}, "Please fill this in."),
        ({"mon-0-begins": "nine", "mon-0-ends": "10"}, "Please write a time as in 08:30"),
        ({"mon-0-begins": "25", "mon-0-ends": "26"}, "Please write a time as in 08:30"),
        ({"mon-0-begins": "0860", "mon-0-ends": "10"}, "Please write a time as in 08:30"),
        ({"mon-0-begins": "10", "mon-0-ends": "9"}, "The end is before the beginning."),
        ({"mon-0-begins": "9", "mon-0-ends": "9"}, "The end is before the beginning."),
        ({"mon-0-begins": "9", "mon-0-ends": "12", "mon-1-begins": "12", "mon-1-ends": "14"}, "overlap or touch"),
    ],
)
def test_what_cannot_be_used_is_said_and_kept(clerk: Guard, gate: TestGate, add: Add, sent, said) -> None:
    taken = add("taken")
    other = add("other", NEVER)
    before = gate.appliance.feed.last_seq
    for path in ("/panel/time-profiles", f"/panel/time-profiles/{other.id}"):
        answer = clerk.post(path, **{"name": "new"} | sent)
        assert answer.status_code == 422
        assert said in answer.text
        assert 'aria-invalid="true"' in answer.text
        for name, value in sent.items():
            assert re.search(rf'name="{name}" value="{value}"', answer.text)
    assert gate.appliance.time_profiles.all() == [other, taken]
    assert not gate.entries("time_profile.changed", before)


def test_a_guard_sees_and_changes_nothing(guard: Guard, add: Add) -> None:
    added = add("Always", ALWAYS)
    add("Never", NEVER)
    shown = guard.get("/panel/time-profiles").text
    assert "Always" in shown
    assert shown.count("Open now") == shown.count("Closed now") == 1
    assert "New time profile" not in shown
    assert f"/panel/time-profiles/{added.id}" not in shown
    for path in ("/panel/time-profiles", f"/panel/time-profiles/{added.id}", f"/panel/time-profiles/{added.id}/remove"):
        assert guard.post(path, name="x").status_code == 403
    assert guard.get("/panel/time-profiles/new").status_code == 403


@pytest.mark.parametrize(("count", "said"), [(1, "One card has it"), (2, "2 cards have it")])
def test_a_profile_that_cards_have_stays(clerk: Guard, gate: TestGate, add: Add, count: int, said: str) -> None:
    added = add("In use")
    for number in range(count):
        card = gate.appliance.cards.add(
            actor="x", uid=f"{count}{number}0A0B0C", holder="何美玲", unit="1-A-1-A"
        )  # fmt: skip
        with gate.appliance.store.write() as transaction:
            given = update(cards).where(cards.c.id == card.id).values(time_profile_id=added.id)
            transaction.connection.execute(given)
    assert said in clerk.get("/panel/time-profiles").text
    form = clerk.get(f"/panel/time-profiles/{added.id}").text
    assert said in form
    assert "Remove it?" not in form
    answer = clerk.post(f"/panel/time-profiles/{added.id}/remove")
    assert answer.status_code == 409
    assert "A card has this time profile." in answer.text


@pytest.mark.parametrize("name", ['"><script>alert(1)</script>', "{{ 7 * 7 }}", "<b>&amp;</b>"])
def test_a_name_is_shown_as_it_is_written(clerk: Guard, add: Add, name: str) -> None:
    added = add(name)
    for path in ("/panel/time-profiles", f"/panel/time-profiles/{added.id}"):
        shown = clerk.get(path).text
        assert name in unescape(shown)
        assert name == "{{ 7 * 7 }}" or name not in shown


@pytest.mark.parametrize(
    ("typed", "minute"),
    [("0", 0), ("8", 480), ("830", 510), ("0830", 510), ("8:30", 510), ("８：３０", 510), ("24", 1440)],
)
def test_a_time_may_be_typed_in_many_ways(typed: str, minute: int) -> None:
    assert read_clock(typed) == minute


@pytest.mark.parametrize("typed", ["", "8:3", "8:300", "24:01", "12345", "8am", "-1", "٨"])
def test_what_is_no_time(typed: str) -> None:
    with pytest.raises(ValueError, match="time of day"):
        read_clock(typed)


def test_without_a_calendar_it_says_so(guard: Guard) -> None:
    shown = guard.get("/panel/time-profiles").text
    assert "No calendar of holidays is set" in shown
    assert "There is no time profile yet: every card opens at any hour." in shown
    assert "holidays" not in guard.get("/panel/parts/alerts").text


def test_the_holidays_to_come_and_what_becomes_of_the_calendar(tmp_path: Path) -> None:
    path = tmp_path / "holidays.ics"
    with demo_appliance(tmp_path, settings=document(access={"holidays_file": str(path)})) as gate:
        hours, today = gate.appliance.hours, gate.appliance.hours.today(gate.appliance.clock.now())
        for role in (Role.GUARD, Role.ADMIN):
            gate.appliance.accounts.add_user(role.value, role, PASSWORD)
        app = create_app(gate.appliance)
        guard, admin = Guard(app), Guard(app)
        guard.log_in("guard")
        admin.log_in("admin")
        gate.appliance.time_profiles.add(actor="x", name="Weekdays", profile=TimeProfile({
            day: (Span(0, DAY_MIN),) for day in Day if day is not Day.HOLIDAY
        }))  # fmt: skip

        shown = guard.get("/panel/time-profiles").text
        assert "The calendar of holidays cannot be read." in shown
        assert "Until then, what depends on holidays stays closed." in shown
        assert "Closed now" in shown
        assert str(path) not in shown
        assert f"{path}: it cannot be read: No such file or directory" in admin.get("/panel/time-profiles").text
        for page in ("parts/alerts", "devices"):
            assert "The calendar of holidays cannot be read." in guard.get(f"/panel/{page}").text

        def day(number: int) -> str:
            return f"{today + timedelta(days=number):%Y%m%d}"

        write_calendar(
            path, *(all_day(day(2 * number), "", f"day {number}") for number in range(1, 13)),
            all_day(day(400), "", "next year"), all_day(day(3), "", "补班"),
        )  # fmt: skip
        hours.reread()
        shown = guard.get("/panel/time-profiles").text
        assert re.findall(r"<bdi>(day \d+)</bdi>", shown) == [f"day {n}" for n in range(1, 11)]
        assert "Open now" in shown
        assert f"{today + timedelta(days=3)}" in shown.split("Weekend days that are worked")[1]

        write_calendar(path, all_day("20200101", "", "long ago"))
        hours.reread()
        for page in ("time-profiles", "parts/alerts", "devices"):
            assert "The calendar of holidays has none of this year." in guard.get(f"/panel/{page}").text
