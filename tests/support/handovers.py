"""Handovers as values, for what is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.domain.card_numbers import CardNumberFormat
from kiosk.domain.handover_paper import HandoverPaper
from kiosk.domain.handovers import (
    Handover,
    HandoverItem,
    HandoverNote,
    HandoverSheet,
    HandoverState,
    Means,
    Side,
    Signature,
    digest_of,
)
from kiosk.domain.open_items import ItemKind, OpenItem, in_order
from kiosk.domain.receipts import Block

EVENING = datetime(2026, 3, 3, 11, 0, tzinfo=UTC)
"""19:00 at the estate."""

ZONE = ZoneInfo("Asia/Hong_Kong")
HANDOVER = Handover(
    id="4" * 32, state=HandoverState.ENDED, opened_at=EVENING, outgoing="chan", incoming="lee",
    ended_at=EVENING + timedelta(minutes=12), seq=1,
    signatures={
        Side.OUTGOING: Signature(EVENING + timedelta(minutes=11), Means.PIN),
        Side.INCOMING: Signature(EVENING + timedelta(minutes=12), Means.CARD),
    },
)  # fmt: skip


def item(kind: ItemKind, label: str, *, hours: int = 1, remark: str = "") -> tuple[OpenItem, str]:
    """Something open for so many hours, with why it is refused where it is."""
    return OpenItem(kind, label.encode().hex()[:32], label, EVENING - timedelta(hours=hours)), remark


def sheet(*items: tuple[OpenItem, str], notes: Sequence[tuple[str, str]] = (), **changes: Any) -> HandoverSheet:
    """A signed handover of those items; notes as author and text, a minute after each other."""
    handover = Handover(**({name: getattr(HANDOVER, name) for name in HANDOVER.__slots__} | changes))
    remarks = {one.key: remark for one, remark in items}
    listed = [
        HandoverItem(one, number, bool(remarks[one.key]), remarks[one.key])
        for number, one in enumerate(in_order(one for one, _remark in items), 1)
    ]
    written = [
        HandoverNote(EVENING + timedelta(minutes=minute), author, text)
        for minute, (author, text) in enumerate(notes, 1)
    ]
    return HandoverSheet(handover, listed, written, digest_of(handover, listed, written))


def paper(sheet: HandoverSheet, **changes: Any) -> list[tuple[Block, ...]]:
    """The parts in which it is printed."""
    facts: dict[str, Any] = {
        "estate_name_zh": "晴嵐花園", "estate_name_en": "Clearmist Garden", "zone": ZONE,
        "card_numbers": (CardNumberFormat.DECIMAL,), "journal_digest": "a1b2c3d4",
    }  # fmt: skip
    return HandoverPaper(sheet=sheet, **(facts | changes)).parts()


LONG = sheet(
    item(ItemKind.ALARM, "held", hours=2),
    item(ItemKind.LANE, "out", hours=5),
    item(ItemKind.DEVICE, "in.camera", hours=9),
    item(ItemKind.VISIT, "260303-041"),
    item(ItemKind.OVERSTAY, "260303-017", hours=3, remark="訪客已離開，但沒有登記；閉路電視見他五時由後門步行出去。"),
    item(ItemKind.GOODS_KEPT, "G260303-004", hours=8),
    item(ItemKind.GOODS_KEPT, "G260302-011", hours=30),
    item(ItemKind.SLIP_LATE, "R2026-00012", hours=50),
    item(ItemKind.SLIP, "R2026-00017", hours=26),
    item(ItemKind.VISITOR_CARD, "04D5C301", hours=7),
    item(ItemKind.VISITOR_CARD, "04D5C3A8", hours=31, remark="交班時找不到這張卡"),
    item(ItemKind.COURIER_CARD, "04A1B2C3D4E5F6", hours=60),
    notes=(
        ("user chan", "後門的鎖下午三時壞了，已通知工程部，明早九時來修。今晚每兩小時請去看一次。"),
        ("user chan", "2-B-12-3 李太的梳化明日上午十時運走，用貨用升降機。"),
        ("user lee", "收到。後門鎖匙只有兩條，第三條不在鎖匙箱。"),
    ),
)
"""As a busy day leaves it."""
