"""What stands on a release slip's paper and on a shelf label."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.domain.goods_papers import language_of
from kiosk.domain.notices import Language
from kiosk.domain.papers import as_copy, as_record, from_record
from kiosk.domain.receipts import (
    Band,
    Columns,
    Field,
    Foot,
    Heading,
    Label,
    Note,
    Number,
    QrBlock,
    Remark,
    Row,
    Sign,
    Signatures,
    Tick,
    Title,
)
from kiosk.domain.slips import ApprovalMethod, Requester, SlipKind, SlipState
from tests.support.slips import GOODS, LONGEST, NOON, SLIP, item, label_blocks, slip_blocks, token_of


def _of(kind, blocks):
    return [block for block in blocks if isinstance(block, kind)]


def _facts(blocks):
    return {field.label.aside: field.value for field in _of(Field, blocks)}


def test_a_slip_says_whose_goods_leave_with_whom_and_until_when():
    blocks = slip_blocks()
    assert _of(Number, blocks) == [Number(Label("物品放行條", "Release slip"), "R2026-00017")]
    assert _facts(blocks) == {
        "Unit": "2-B-12-3", "Kind": "住戶物品 Household goods", "Asked by": "李陳美玲 (業主 owner)",
        "Taken by": "何先生", "Carrier": "GoGoVan", "From": "2026-03-03 09:00", "Valid until": "2026-03-04 18:00",
        "Plate": "AB 1234", "Approval": "業主拍卡 owner's card", "Approved": "2026-03-03 12:00",
        "Printed": "2026-03-03 12:00",
    }  # fmt: skip
    assert _of(Remark, blocks)[0].text == "請用貨用升降機"
    assert _of(QrBlock, blocks) == [QrBlock(token_of(SLIP))]
    assert _of(Foot, blocks) == [Foot("紀錄 Log a1b2c3d4", "R2026-00017")]
    assert len(_of(Signatures, blocks)[0].labels) == 2


def test_each_item_says_what_has_left_what_is_lost_and_what_may_still_leave():
    (head,), rows = _of(Columns, slip_blocks()), _of(Row, slip_blocks())
    assert [label.aside for label in head.labels] == ["Qty", "Out", "Lost", "Left"]
    assert [(row.number, row.text, row.figures) for row in rows] == [
        ("1", "三座位梳化", ("2 張", "1", "0", "1")),
        ("2", "電視機", ("1", "0", "0", "1")),
        ("3", "紙箱 (boxes)", ("24", "10", "1", "13")),
    ]
    assert rows[0].detail == "真皮"
    assert rows[1].detail == "須歸還，限期 to be back by 2026-03-06 12:00"


def test_a_column_for_what_is_lost_is_there_only_where_something_is():
    blocks = slip_blocks(replace(SLIP, items=SLIP.items[:2]))
    assert [label.main for label in _of(Columns, blocks)[0].labels] == ["數量", "已放行", "餘額"]
    assert [row.figures for row in _of(Row, blocks)] == [("2 張", "1", "1"), ("1", "0", "1")]


def test_what_came_back_is_told():
    back = item(1, "電鑽", 2, released=2, returned=1, returnable_until=NOON + timedelta(days=1))
    (row,) = _of(Row, slip_blocks(replace(SLIP, items=(back,)), Language.EN))
    assert row.detail == "to be back by 須歸還，限期 2026-03-04 12:00 · back 已歸還 1"


@pytest.mark.parametrize(
    ("state", "zh", "en"),
    [
        (SlipState.REQUESTED, "未批准", "NOT APPROVED"),
        (SlipState.VOID, "作廢", "VOID"),
        (SlipState.REFUSED, "不獲批准", "REFUSED"),
        (SlipState.LAPSED, "已逾期失效", "LAPSED"),
        (SlipState.RELEASED, "已全數放行", "ALL RELEASED"),
    ],
)
def test_nobody_takes_a_paper_for_a_permission_that_is_none(state, zh, en):
    blocks = slip_blocks(replace(SLIP, state=state))
    assert [band.label for band in _of(Band, blocks)] == [Label(zh, en)]
    assert _of(Note, blocks)[-1].label.aside == "Nothing may leave on this paper"
    assert _of(Signatures, blocks) == []


def test_a_good_paper_has_no_band_but_where_it_was_approved_out_of_hours():
    assert _of(Band, slip_blocks()) == []
    night = replace(SLIP, is_out_of_hours=True, approval_method=ApprovalMethod.OUT_OF_HOURS)
    assert [band.label.aside for band in _of(Band, slip_blocks(night))] == ["OUT OF HOURS"]


def test_why_a_slip_is_void_is_told_and_how_a_word_was_had_is_not():
    assert _facts(slip_blocks(replace(SLIP, state=SlipState.VOID, reason="業主來電")))["Reason"] == "業主來電"
    replaced = replace(SLIP, state=SlipState.VOID, reason="R2026-00018", replaced_by_id="7" * 32)
    assert _facts(slip_blocks(replaced))["Replaced by"] == "R2026-00018"
    assert "9123" not in json.dumps(as_record(slip_blocks(replace(SLIP, reason="電話 9123 4567"))))


def test_a_departments_slip_names_the_department():
    slip = replace(
        SLIP, kind=SlipKind.DEPARTMENT, unit="", department="工程部", requester=Requester.DEPARTMENT, vehicle_plate=""
    )
    facts = _facts(slip_blocks(slip))
    assert (facts["Department"], facts["Asked by"]) == ("工程部", "李陳美玲")
    assert not {"Unit", "Plate"} & set(facts)


@pytest.mark.parametrize(
    ("language", "title", "called", "column"),
    [
        (Language.ZH_HANT, ("晴嵐花園", "Clearmist Garden"), ("物品放行條", "Release slip"), ("餘額", "Left")),
        (Language.ZH_HANS, ("晴岚花园", "Clearmist Garden"), ("物品放行条", "Release slip"), ("余额", "Left")),
        (Language.EN, ("Clearmist Garden", "晴嵐花園"), ("Release slip", "物品放行條"), ("Left", "餘額")),
    ],
)
def test_a_paper_is_made_in_each_language_with_another_beside(language, title, called, column):
    blocks = slip_blocks(language=language)
    assert _of(Title, blocks)[0].label == Label(*title)
    assert _of(Number, blocks)[0].label == Label(*called)
    assert _of(Columns, blocks)[0].labels[-1] == Label(*column)
    assert language_of(from_record(as_record(blocks))) is language


def test_only_a_slips_paper_tells_its_language_so():
    with pytest.raises(ValueError, match="no release slip"):
        language_of(label_blocks())


def test_a_copy_says_so_above_everything():
    copy = as_copy(slip_blocks(replace(SLIP, state=SlipState.VOID)), 2)
    assert [band.label.aside for band in _of(Band, copy)] == ["COPY 2", "VOID"]
    assert isinstance(copy[1], Band)


def test_a_label_tells_the_shelf_and_not_the_code_that_collects():
    blocks = label_blocks()
    assert _of(Sign, blocks) == [Sign(Label("貨架", "Shelf"), "17")]
    assert _of(Number, blocks)[0].value == "G260303-004"
    facts = {"Unit": "2-B-12-3", "Pieces": "2", "Carrier": "順豐速運", "Since": "2026-03-03 12:00"}
    assert _facts(blocks) == facts
    assert _of(QrBlock, blocks) == [QrBlock("G260303-004")]
    later = replace(GOODS, decided_at=NOON + timedelta(hours=1))
    assert _facts(label_blocks(later))["Since"] == "2026-03-03 13:00"


@pytest.mark.parametrize("blocks", [slip_blocks(), slip_blocks(LONGEST, Language.EN), label_blocks()])
def test_a_paper_comes_back_from_the_store_as_it_was(blocks):
    assert from_record(json.loads(json.dumps(as_record(blocks)))) == blocks


def test_papers_of_earlier_versions_are_read():
    record = [
        {"block": "Title", "label": ["晴嵐花園", "Clearmist Garden"]},
        {"block": "Heading", "text": "1-A", "count": "1"},
        {"block": "Tick", "text": "何文", "aside": "+1", "detail": "261125-001"},
    ]
    title = Title(Label("晴嵐花園", "Clearmist Garden"))
    assert from_record(record) == (title, Heading("1-A", "1"), Tick("何文", "+1", "261125-001"))
    with pytest.raises(ValueError, match="does not know"):
        from_record([{"block": "Hologram"}])
    with pytest.raises(ValueError, match="another form"):
        from_record([{"block": "Title", "label": ["王", "Wong"], "gold": True}])
