"""A handover on paper: what was not taken on first, everything whole, and no sheet longer than a paper may be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.interfaces import DeviceKind
from kiosk.domain.alarms import SILENT, AlarmKind
from kiosk.domain.card_numbers import CardNumberFormat
from kiosk.domain.handover_paper import LINES_A_SHEET
from kiosk.domain.handovers import HandoverState
from kiosk.domain.open_items import ItemKind, OpenItem
from kiosk.domain.papers import as_record, from_record
from kiosk.domain.receipts import Band, Block, Field, Foot, Heading, Label, Note, Remark, Tick, Title
from tests.support.handovers import LONG, item, paper, sheet

B = TypeVar("B", bound=Block)
DEVICE_KINDS = {kind.value for kind in DeviceKind}


def of(kind: type[B], blocks: Sequence[Block]) -> list[B]:
    return [block for block in blocks if isinstance(block, kind)]


def called(kind: ItemKind, label: str, *numbers: CardNumberFormat) -> str:
    """What the paper calls an item."""
    (part,) = paper(sheet(item(kind, label)), card_numbers=numbers or (CardNumberFormat.HEX,))
    return of(Tick, part)[0].text


def test_it_says_whose_it_is_and_who_signed_when_and_by_what() -> None:
    (part,) = paper(LONG)
    assert part[0] == Title(Label("晴嵐花園", "Clearmist Garden"))
    assert part[1] == Band(Label("交接班", "SHIFT HANDOVER"))
    assert [(field.label.main, field.label.aside, field.value) for field in of(Field, part)] == [
        ("開始", "Begun", "2026-03-03 19:00"),
        ("結束", "Ended", "2026-03-03 19:12"),
        ("交班", "Hands over", "chan"),
        ("簽署", "Signed", "2026-03-03 19:11  PIN"),
        ("接班", "Takes over", "lee"),
        ("簽署", "Signed", "2026-03-03 19:12  卡 card"),
    ]
    assert part[-1] == Foot("紀錄 Log a1b2c3d4", "1 / 1")


def test_what_is_not_taken_on_comes_first_then_the_rest_by_kind_and_the_notes_last() -> None:
    (part,) = paper(LONG)
    told = [
        (block.text, block.count) if isinstance(block, Heading) else block.label.main
        for block in part[2:]
        if isinstance(block, Heading | Band)
    ]
    assert told == [
        "不接收 2 項",
        ("逾時逗留的訪客 Overdue visitors", "1"),
        ("未交還的訪客卡 Visitor cards out", "1"),
        "移交 10 項",
        ("未處理的警報 Open alarms", "1"),
        ("已鎖車道 Locked lanes", "1"),
        ("裝置故障 Device faults", "1"),
        ("等候中的訪客 Visitors waiting", "1"),
        ("物品存放於閘口 Goods kept", "2"),
        ("逾期未歸還的物品 Goods not back", "1"),
        ("未完成的放行條 Slips not used up", "1"),
        ("未交還的訪客卡 Visitor cards out", "1"),
        ("未交還的速遞卡 Courier cards out", "1"),
        ("備註 Notes", "3"),
    ]
    first = part.index(of(Tick, part)[0])
    assert part[first] == Tick("260303-017", "", "自 since 2026-03-03 16:00")
    why = part[first + 1]
    assert isinstance(why, Remark)
    assert (why.label.aside, why.text[:5]) == ("Reason", "訪客已離開")
    kept = [tick.text for tick in of(Tick, part) if tick.text.startswith("G")]
    assert kept == ["G260302-011", "G260303-004"], "what waits longest comes first"
    notes = of(Remark, part)[2:]
    assert [(note.label.main, note.label.aside) for note in notes] == [
        ("2026-03-03 19:01", "chan"), ("2026-03-03 19:02", "chan"), ("2026-03-03 19:03", "lee"),
    ]  # fmt: skip
    assert notes[2].text == "收到。後門鎖匙只有兩條，第三條不在鎖匙箱。"


def test_nothing_open_and_no_note_is_said_in_one_line() -> None:
    (part,) = paper(sheet())
    assert [note.label.aside for note in of(Note, part)] == ["Nothing is open"]
    assert of(Heading, part) == of(Tick, part) == of(Remark, part) == []
    (only_words,) = paper(sheet(notes=[("user chan", "平安")]))
    assert [block.count for block in of(Heading, only_words)] == ["1"]
    assert len(of(Note, only_words)) == 1


def test_where_all_is_refused_nothing_is_said_to_be_handed_over() -> None:
    (part,) = paper(sheet(item(ItemKind.LANE, "in", remark="x")))
    assert [band.label.aside for band in of(Band, part)] == ["SHIFT HANDOVER", "NOT TAKEN ON: 1"]
    assert of(Note, part) == []


def test_the_last_characters_of_a_cards_number_tell_which_and_the_rest_is_not_on_paper() -> None:
    both = (CardNumberFormat.DECIMAL, CardNumberFormat.WIEGAND_26, CardNumberFormat.HEX)
    assert called(ItemKind.VISITOR_CARD, "04D5C301", CardNumberFormat.HEX) == "尾號 ending in C301"
    assert called(ItemKind.COURIER_CARD, "04D5C301", *both) == "尾號 ending in 7953 / 9921 / C301"
    for part in paper(LONG):
        text = json.dumps(as_record(part))
        assert not any(number in text for number in ("04D5C3", "0081117953", "04A1B2C3D4E5F6"))


def test_alarms_and_devices_are_called_by_words_and_what_nobody_foresaw_by_its_name() -> None:
    assert called(ItemKind.ALARM, "forced") == "閘門被強行打開 Gate forced"
    assert called(ItemKind.DEVICE, "in.camera") == "鏡頭 Camera (in)"
    assert called(ItemKind.DEVICE, "printer") == "收條打印機 Printer"
    assert called(ItemKind.DEVICE, "out.sluice") == "sluice (out)"
    for kind in DEVICE_KINDS:
        assert called(ItemKind.DEVICE, kind) != kind
    for alarm in set(AlarmKind) - SILENT:
        assert called(ItemKind.ALARM, alarm.value) != alarm.value


@pytest.mark.parametrize("kind", sorted(set(ItemKind) - {ItemKind.VISITOR_CARD, ItemKind.COURIER_CARD}))
def test_every_kind_has_its_heading_in_two_languages(kind: ItemKind) -> None:
    (part,) = paper(sheet(item(kind, "x")))
    (heading,) = of(Heading, part)
    assert any(ord(letter) > 0x4E00 for letter in heading.text)
    assert any("a" <= letter <= "z" for letter in heading.text)


def test_words_are_whole_and_turn_nothing_around() -> None:
    longest = "鎖" * 499 + "。"
    parts = paper(sheet(item(ItemKind.LANE, "in", remark="\u202eabc\t𠮷\x00"), notes=[("user chan", longest)]))
    words = [remark.text for part in parts for remark in of(Remark, part)]
    assert words == ["abc 𠮷", longest]


def test_every_sheet_says_whose_it_is_and_goes_on_with_its_kind() -> None:
    many = sheet(*(item(ItemKind.SLIP, f"R2026-{number:05}", hours=number) for number in range(70)))
    parts = paper(many)
    assert len(parts) == 3
    for number, part in enumerate(parts, 1):
        fields = {field.label.aside: field.value for field in of(Field, part)}
        assert (fields["Page"], fields["Hands over"], fields["Takes over"]) == (f"{number} / 3", "chan", "lee")
        assert [band.label.aside for band in of(Band, part)] == ["SHIFT HANDOVER", "HANDED OVER: 70"]
        assert part[-1] == Foot("紀錄 Log a1b2c3d4", f"{number} / 3")
    assert [of(Heading, part)[0].text.endswith("(續 cont.)") for part in parts] == [False, True, True]
    printed = [tick.text for part in parts for tick in of(Tick, part)]
    assert printed == [one.item.label for one in many.items]


def test_the_same_kind_refused_and_taken_has_a_heading_for_each() -> None:
    (part,) = paper(sheet(item(ItemKind.SLIP, "R1", remark="x"), item(ItemKind.SLIP, "R2")))
    assert [heading.count for heading in of(Heading, part)] == ["1", "1"]


items = st.builds(
    lambda kind, label, remark: item(kind, label, remark=remark),
    kind=st.sampled_from(sorted(set(ItemKind) - {ItemKind.VISITOR_CARD, ItemKind.COURIER_CARD})),
    label=st.text(st.characters(codec="utf-8"), min_size=1, max_size=16),
    remark=st.text(max_size=200),
)
notes = st.tuples(st.sampled_from(["user chan", "user lee", "api x", "system"]), st.text(max_size=500))


@given(st.lists(items, max_size=60), st.lists(notes, max_size=12))
def test_whatever_stands_on_it_is_on_the_paper_once_and_within_a_sheets_lines(
    listed: list[tuple[OpenItem, str]], written: list[tuple[str, str]]
) -> None:
    whole = sheet(*{one.key: (one, remark) for one, remark in listed}.values(), notes=written)
    parts = paper(whole)
    assert sum(len(of(Tick, part)) for part in parts) == len(whole.items)
    assert sum(len(of(Remark, part)) for part in parts) == len(whole.refused) + len(whole.notes)
    for part in parts:
        assert len(of(Tick, part)) * 2 <= LINES_A_SHEET
        assert from_record(json.loads(json.dumps(as_record(part)))) == part


def test_only_what_both_have_signed_is_printed() -> None:
    for state in set(HandoverState) - {HandoverState.ENDED}:
        with pytest.raises(ValueError, match="both"):
            paper(sheet(state=state))
