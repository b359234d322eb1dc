"""What people read on their telephones."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from kiosk.domain.alarms import AlarmKind
from kiosk.domain.notices import Language, write_notice
from kiosk.domain.slips import MovementKind, SlipKind
from kiosk.domain.visits import VisitKind

AT = datetime(2026, 3, 1, 17, 5, 9, tzinfo=ZoneInfo("Asia/Hong_Kong"))
FACTS = {"visit": "0195a3c2", "number": "260301-017", "unit": "1-A-1-A", "kind": "contractor", "lane": "in"}


@pytest.mark.parametrize(
    ("language", "title", "body"),
    [
        (Language.ZH_HANT, "翠湖花園: 訪客等候批准",
         "類別: 承辦商\n單位: 1-A-1-A\n編號: 260301-017\n車道: in\n時間: 2026-03-01 17:05:09"),
        (Language.ZH_HANS, "翠湖花園: 访客等候批准",
         "类别: 承包商\n单位: 1-A-1-A\n编号: 260301-017\n车道: in\n时间: 2026-03-01 17:05:09"),
        (Language.EN, "翠湖花園: A visitor waits for approval",
         "Kind: contractor\nUnit: 1-A-1-A\nNumber: 260301-017\nLane: in\nTime: 2026-03-01 17:05:09"),
    ],
)  # fmt: skip
def test_a_notice_says_what_where_and_when(language, title, body):
    notice = write_notice("visit.waiting", FACTS, at=AT, estate="翠湖花園", language=language)
    assert (notice.title, notice.body) == (title, body)


def test_a_type_without_words_is_told_by_its_name():
    notice = write_notice("lane.locked", {"lane": "in", "code": ""}, at=AT, estate="E", language=Language.EN)
    assert notice.title == "E: Event"
    assert notice.body == "Event: lane.locked\nLane: in\nTime: 2026-03-01 17:05:09"


@pytest.mark.parametrize("kind", [*AlarmKind, *VisitKind, *SlipKind, MovementKind.LOST, MovementKind.DAMAGED])
def test_every_kind_has_words_in_both_scripts(kind):
    told = {
        language: write_notice("alarm.raised", {"kind": kind.value}, at=AT, estate="E", language=language).body
        for language in Language
    }
    assert kind.value not in told[Language.ZH_HANT]
    assert kind.value not in told[Language.ZH_HANS]


@pytest.mark.parametrize("language", Language)
def test_a_notice_of_a_silent_alarm_says_not_to_ring_and_no_other_does(language):
    def body(kind: AlarmKind) -> str:
        return write_notice("alarm.raised", {"kind": kind.value}, at=AT, estate="E", language=language).body

    assert {kind for kind in AlarmKind if len(body(kind).splitlines()) == 3} == {AlarmKind.DURESS}
