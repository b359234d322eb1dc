"""Alarms at the panel: at the head of every page, acknowledged by those who may, and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from kiosk.domain.alarms import AlarmKind, AlarmState
from kiosk.domain.roles import Role
from kiosk.services.alarms import MAX_NOTE_CHARACTERS, raise_within
from tests.panel.guard import STAFF, Guard
from tests.support.appliance import TestGate
from web.panel.alarms import PAGE_LENGTH, SHOWN_EVERYWHERE

Sound = Callable[..., str]


@pytest.fixture
def sound(gate: TestGate) -> Iterator[Sound]:
    def sound(kind: AlarmKind = AlarmKind.FORCED, lane: str = "in", **subject: str) -> str:
        with gate.appliance.store.write() as transaction:
            return raise_within(transaction, kind, lane, **subject)

    yield sound
    for alarm in gate.appliance.alarms.open(200):
        gate.appliance.alarms.acknowledge(alarm.id, actor="user test", note="tidied up")


@pytest.mark.parametrize("path", ["/panel/", "/panel/visits", "/panel/sign-in", "/panel/devices", "/panel/alarms"])
def test_an_open_alarm_stands_at_the_head_of_every_page(guard: Guard, sound: Sound, path: str) -> None:
    assert "data-alarm=" not in guard.get(path).text
    alarm_id = sound(AlarmKind.HELD, "out")
    page = guard.get(path).text
    assert f'data-alarm="{alarm_id}"' in page
    assert "Gate held open too long" in page
    assert f"/panel/alarms/{alarm_id}/acknowledge" in page
    assert page.index("data-alarm=") < page.index("<h1")


def test_only_the_newest_are_shown_everywhere_and_all_on_their_page(guard: Guard, sound: Sound) -> None:
    raised = [sound() for _ in range(SHOWN_EVERYWHERE + 2)]
    shift = guard.get("/panel/").text
    assert [alarm_id for alarm_id in raised if f'data-alarm="{alarm_id}"' in shift] == raised[2:]
    assert f"See all {len(raised)} alarms" in shift
    assert f'<span class="count some">{len(raised)}</span>' in shift
    alarms = guard.get("/panel/alarms").text
    assert all(f'data-alarm="{alarm_id}"' in alarms for alarm_id in raised)
    assert "See all" not in alarms


def test_a_guard_acknowledges_with_a_note(guard: Guard, gate: TestGate, sound: Sound) -> None:
    alarm_id = sound()
    answer = guard.ask(f"/panel/alarms/{alarm_id}/acknowledge", note="  風吹開 <b> ")
    assert (answer.status_code, answer.json["message"]) == (200, "The alarm is acknowledged.")
    alarm = gate.appliance.alarms.page(AlarmState.ACKNOWLEDGED, None, 1).items[0]
    assert (alarm.id, alarm.acknowledged_by, alarm.note) == (alarm_id, "user guard", "風吹開 <b>")
    part = guard.get("/panel/parts/alarms", **{"X-Requested-With": "panel"}).text
    assert "data-alarm=" not in part
    history = guard.get("/panel/alarms").text
    assert "風吹開 &lt;b&gt;" in history
    assert "<b>" not in history
    assert "風吹開" not in "".join(str(entry.payload) for entry in gate.entries("alarm.acknowledged"))


def test_a_plain_form_goes_back_to_its_page(guard: Guard, sound: Sound) -> None:
    answer = guard.post(f"/panel/alarms/{sound()}/acknowledge", note="looked", back="/panel/visits?q=x")
    assert (answer.status_code, answer.location) == (303, "/panel/visits?q=x")


@pytest.mark.parametrize(
    ("note", "sentence"),
    [
        ("", "Please fill this in."),
        ("x" * (MAX_NOTE_CHARACTERS + 1), "too long"),
        ("one\nother", "on one line"),
    ],
)
def test_a_note_is_needed(guard: Guard, gate: TestGate, sound: Sound, note: str, sentence: str) -> None:
    answer = guard.ask(f"/panel/alarms/{sound()}/acknowledge", note=note)
    assert answer.status_code == 422
    assert sentence in answer.json["message"]
    assert gate.appliance.alarms.count_open() == 1


def test_the_second_is_told_that_somebody_was_faster(guard: Guard, sound: Sound) -> None:
    alarm_id = sound()
    guard.ask(f"/panel/alarms/{alarm_id}/acknowledge", note="looked")
    answer = guard.ask(f"/panel/alarms/{alarm_id}/acknowledge", note="so did I")
    assert (answer.status_code, answer.json["message"]) == (409, "Somebody has acknowledged this alarm already.")


@pytest.mark.parametrize("role", STAFF)
def test_who_may_acknowledge_and_who_only_sees(app: Flask, gate: TestGate, sound: Sound, role: Role) -> None:
    may = role in {Role.GUARD, Role.SUPERVISOR, Role.ADMIN}
    alarm_id = sound()
    person = Guard(app)
    person.log_in(role.value)
    page = person.get("/panel/").text
    assert f'data-alarm="{alarm_id}"' in page
    assert (f"/alarms/{alarm_id}/acknowledge" in page) is may
    answer = person.ask(f"/panel/alarms/{alarm_id}/acknowledge", note="looked")
    assert answer.status_code == (200 if may else 403)
    assert gate.appliance.alarms.count_open() == (0 if may else 1)


def test_the_feed_tells_of_it(guard: Guard, gate: TestGate, sound: Sound) -> None:
    card = gate.appliance.cards.add(actor="user clerk", uid="0A0B0C0D", holder="黃志強", unit="1-A-1-A")
    alarm_id = sound(AlarmKind.CLONED, "in", card=card.id)
    guard.ask(f"/panel/alarms/{alarm_id}/acknowledge", note="looked")
    feed = guard.get("/panel/").text.split("data-feed")[1]
    done, raised = feed.split("<li ")[1:3]
    assert "Alarm: Copied card" in raised
    assert "tone-alert" in raised
    assert "黃志強" in raised
    assert "Alarm acknowledged" in done
    assert ">guard<" in done


def test_the_past_is_told_by_pages(guard: Guard, gate: TestGate, sound: Sound) -> None:
    for number in range(PAGE_LENGTH + 1):
        gate.appliance.alarms.acknowledge(sound(), actor="user guard", note=f"note {number:02}")
    first = guard.get("/panel/alarms").text
    assert f"note {PAGE_LENGTH:02}" in first
    assert "note 00" not in first
    older = first.split('rel="next" href="')[1].split('"')[0]
    assert "note 00" in guard.get(older).text
    assert guard.get("/panel/alarms?before=nonsense").status_code == 200
