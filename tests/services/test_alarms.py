"""Alarms: raised with what they are about, acknowledged once, and paged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.domain.alarms import AlarmKind, AlarmState
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.services.alarms import MAX_NOTE_CHARACTERS, AlarmService, raise_within
from kiosk.store import journal
from kiosk.store.database import Store
from tests.support.desk import SetClock
from tests.support.empty_store import open_store


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def store(tmp_path: Path, clock: SetClock) -> Iterator[Store]:
    opened = open_store(tmp_path / "data", clock)
    yield opened
    opened.close()


@pytest.fixture
def alarms(store: Store) -> AlarmService:
    return AlarmService(store)


def sound(store: Store, kind: AlarmKind = AlarmKind.FORCED, lane: str = "in", **subject: str) -> str:
    with store.write() as transaction:
        return raise_within(transaction, kind, lane, **subject)


def told(store: Store) -> list[tuple[str, str, dict]]:
    with store.read() as connection:
        return [(entry.actor, entry.type, dict(entry.payload)) for entry in journal.after(connection, 0, 100)]


def test_an_alarm_is_on_record_and_in_the_journal(store: Store, alarms: AlarmService, clock: SetClock) -> None:
    alarm_id = sound(store, AlarmKind.CLONED, "in", card="ab" * 16)
    (alarm,) = alarms.open(10)
    assert (alarm.id, alarm.kind, alarm.lane, alarm.raised_at) == (alarm_id, AlarmKind.CLONED, "in", clock.now())
    assert (alarm.subject, alarm.state, alarm.note) == ({"card": "ab" * 16}, AlarmState.OPEN, "")
    assert told(store) == [
        ("lane in", "alarm.raised", {"alarm": alarm_id, "kind": "cloned", "lane": "in", "card": "ab" * 16})
    ]


def test_an_alarm_goes_with_the_transaction_that_raised_it(store: Store, alarms: AlarmService) -> None:
    def break_off() -> None:
        with store.write() as transaction:
            raise_within(transaction, AlarmKind.FORCED, "in")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        break_off()
    assert alarms.open(10) == []
    assert told(store) == []


def test_an_alarm_about_no_lane_is_the_systems(store: Store) -> None:
    alarm_id = sound(store, AlarmKind.FIRE, "")
    assert told(store) == [("system", "alarm.raised", {"alarm": alarm_id, "kind": "fire"})]


def test_acknowledging_keeps_who_when_and_the_note(store: Store, alarms: AlarmService, clock: SetClock) -> None:
    alarm_id = sound(store)
    clock.move(timedelta(minutes=3))
    alarm = alarms.acknowledge(alarm_id, actor="user chan", note="  風吹開了閘門  ")
    assert (alarm.state, alarm.acknowledged_by, alarm.acknowledged_at, alarm.note) == (
        AlarmState.ACKNOWLEDGED, "user chan", clock.now(), "風吹開了閘門",
    )  # fmt: skip
    assert alarms.open(10) == []
    assert alarms.page(AlarmState.ACKNOWLEDGED, None, 10).items == [alarm]
    assert told(store)[-1] == ("user chan", "alarm.acknowledged", {"alarm": alarm_id, "kind": "forced", "lane": "in"})


def test_the_first_to_acknowledge_is_the_one_on_record(store: Store, alarms: AlarmService) -> None:
    alarm_id = sound(store)
    alarms.acknowledge(alarm_id, actor="user chan", note="looked")
    with pytest.raises(Conflict) as refused:
        alarms.acknowledge(alarm_id, actor="user lee", note="so did I")
    assert refused.value.code == "already-acknowledged"
    assert alarms.page(None, None, 10).items[0].acknowledged_by == "user chan"
    assert len(told(store)) == 2


@pytest.mark.parametrize(
    ("note", "problem"),
    [
        ("", FieldProblem.REQUIRED),
        (" \t", FieldProblem.REQUIRED),
        ("x" * (MAX_NOTE_CHARACTERS + 1), FieldProblem.TOO_LONG),
        ("two\nlines", FieldProblem.NOT_ONE_LINE),
    ],
)
def test_a_note_has_to_be_a_line(store: Store, alarms: AlarmService, note: str, problem: FieldProblem) -> None:
    alarm_id = sound(store)
    with pytest.raises(Invalid) as refused:
        alarms.acknowledge(alarm_id, actor="user chan", note=note)
    assert refused.value.fields == {"note": problem}
    assert alarms.count_open() == 1


def test_there_is_nothing_to_acknowledge_about_an_unknown_alarm(alarms: AlarmService) -> None:
    with pytest.raises(NotFound):
        alarms.acknowledge("f" * 32, actor="user chan", note="looked")


def test_pages_go_backwards_in_time_and_miss_nothing(store: Store, alarms: AlarmService) -> None:
    raised = [sound(store, AlarmKind.HELD) for _ in range(7)]
    alarms.acknowledge(raised[3], actor="user chan", note="looked")
    assert alarms.count_open() == 6
    seen, after = [], None
    while True:
        page = alarms.page(None, after, 3)
        seen += [alarm.id for alarm in page.items]
        after = page.next_after
        if after is None:
            break
        sound(store)  # what comes meanwhile disturbs no page
    assert seen == raised[::-1]
    assert [alarm.id for alarm in alarms.page(AlarmState.OPEN, None, 200).items[-6:]] == [
        alarm_id for alarm_id in raised[::-1] if alarm_id != raised[3]
    ]
