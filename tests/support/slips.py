"""Release slips and kept goods as values, for what is made of them, and papers as a camera sees them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import zxingcpp

from hardware.interfaces import Raster
from kiosk.domain.goods import Goods, GoodsCategory, GoodsSource, GoodsState, Handling
from kiosk.domain.goods_papers import ShelfLabel, SlipPaper
from kiosk.domain.notices import Language
from kiosk.domain.receipts import Block, Words
from kiosk.domain.slips import ApprovalMethod, Requester, Slip, SlipItem, SlipKind, SlipSource, SlipState

NOON = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)
"""12:00 at the estate."""

ZONE = ZoneInfo("Asia/Hong_Kong")
ESTATE = Words("晴嵐花園", "晴岚花园", "Clearmist Garden")


def item(line: int, name: str, quantity: int = 1, **changes: Any) -> SlipItem:
    plain = SlipItem(
        line, name, quantity, measure="", note="", photo_id=None, returnable_until=None, released=0, lost=0, returned=0
    )
    return replace(plain, **changes)


SLIP = Slip(
    seq=1, id="5" * 32, number="R2026-00017", kind=SlipKind.HOUSEHOLD, state=SlipState.APPROVED, unit="2-B-12-3",
    department="", requester=Requester.OWNER, requested_by="李陳美玲", source=SlipSource.DESK, carrier="GoGoVan",
    vehicle_plate="AB 1234", taken_by="何先生", note="請用貨用升降機", not_before=NOON - timedelta(hours=3),
    not_after=NOON + timedelta(hours=30), created_at=NOON, created_by="user desk", arrears_cleared_at=None,
    arrears_cleared_by=None, approval_method=ApprovalMethod.OWNER_CARD, approved_at=NOON, approved_by="card 1",
    approved_digest="", is_out_of_hours=False, authority_photo_id=None, replaces_id=None, replaced_by_id=None,
    reissue_asked_at=None, ended_at=None, ended_by=None, reason="", copies=0,
    items=(
        item(1, "三座位梳化", 2, measure="張", note="真皮", released=1),
        item(2, "電視機", returnable_until=NOON + timedelta(days=3)),
        item(3, "紙箱", 24, measure="boxes", released=10, lost=1),
    ),
)  # fmt: skip
GOODS = Goods(
    seq=1, id="6" * 32, number="G260303-004", state=GoodsState.KEPT, handling=Handling.GATE, unit="2-B-12-3",
    carrier="順豐速運", carrier_name="", phone="", category=GoodsCategory.PARCEL, description="", pieces=2,
    vehicle_plate="", is_dangerous=False, shelf="17", photo_id=None, visit_id=None, source=GoodsSource.TOUCH,
    lane="in", created_at=NOON, decided_at=None, decided_by=None, reason="", ended_at=None, collect_method=None,
    collected_by=None,
)  # fmt: skip
LONGEST = replace(
    SLIP,
    note="W" * 200,
    items=tuple(
        item(line, "W" * 60, 9999, measure="W" * 12, note="W" * 120, returnable_until=NOON, released=9999)
        for line in range(1, 41)
    ),
)
"""As much as a slip may say."""


def token_of(slip: Slip) -> str:
    """What its QR code says, of the form that `GoodsCodes` gives it."""
    return f"SLIP:{slip.number}:{'A2' * 12}"


def slip_blocks(slip: Slip = SLIP, language: Language = Language.ZH_HANT) -> tuple[Block, ...]:
    return SlipPaper(
        estate_name=ESTATE, slip=slip, token=token_of(slip), language=language, made_at=NOON, zone=ZONE,
        journal_digest="a1b2c3d4",
    ).blocks()  # fmt: skip


def label_blocks(goods: Goods = GOODS, language: Language = Language.ZH_HANT) -> tuple[Block, ...]:
    return ShelfLabel(estate_name=ESTATE, goods=goods, language=language, zone=ZONE, journal_digest="a1b2c3d4").blocks()


def dots(raster: Raster) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The paper as a camera sees it: black 0, white 255."""
    bits = np.unpackbits(np.frombuffer(raster.rows, np.uint8)).reshape(raster.height_dots, raster.width_dots)
    return ((1 - bits) * 255).astype(np.uint8)


def codes(raster: Raster) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(dots(raster), formats=zxingcpp.BarcodeFormat.QRCode)]
