"""A shift's handover on the paper of the gate's printer: what the two who met have signed.

It is carried about the gate and read by whoever has the shift. So what was not taken on comes first, in white on black,
and every item has a box for a pen. Nobody is named on it but those who signed or wrote; of a card it has the last
characters of its number only, because paper is left lying and the whole number opens doors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from math import ceil
from typing import Final
from zoneinfo import ZoneInfo

from kiosk.domain.alarms import AlarmKind
from kiosk.domain.approvals import name_of
from kiosk.domain.card_numbers import CardNumberFormat, write_number
from kiosk.domain.handovers import HandoverItem, HandoverSheet, HandoverState, Means, Side
from kiosk.domain.open_items import ItemKind, OpenItem
from kiosk.domain.receipts import Band, Block, Field, Foot, Heading, Label, Note, Remark, Tick, Title, printable

LINES_A_SHEET: Final = 72
"""A sheet has so many lines, an item taking two or more: within half a metre of paper whatever is written."""

_LETTERS_A_LINE: Final = 20  # Chinese ones, in small letters on the narrowest paper
_LARGE_LETTERS_A_LINE: Final = 11
_SHOWN_OF_A_CARD: Final = 4

_KINDS: Final[Mapping[ItemKind, Label]] = {
    ItemKind.ALARM: Label("未處理的警報", "Open alarms"),
    ItemKind.LANE: Label("已鎖車道", "Locked lanes"),
    ItemKind.DEVICE: Label("裝置故障", "Device faults"),
    ItemKind.VISIT: Label("等候中的訪客", "Visitors waiting"),
    ItemKind.OVERSTAY: Label("逾時逗留的訪客", "Overdue visitors"),
    ItemKind.GOODS_WAITING: Label("待決定的物品", "Goods to decide on"),
    ItemKind.GOODS_KEPT: Label("物品存放於閘口", "Goods kept"),
    ItemKind.REISSUE: Label("待重發的放行條", "Slips to re-issue"),
    ItemKind.SLIP_LATE: Label("逾期未歸還的物品", "Goods not back"),
    ItemKind.REQUEST: Label("住戶的申請", "Residents' requests"),
    ItemKind.SLIP: Label("未完成的放行條", "Slips not used up"),
    ItemKind.VISITOR_CARD: Label("未交還的訪客卡", "Visitor cards out"),
    ItemKind.COURIER_CARD: Label("未交還的速遞卡", "Courier cards out"),
    ItemKind.INVITATION: Label("已獲邀請而未到", "Invited, not come"),
}
_ALARMS: Final[Mapping[str, Label]] = {
    AlarmKind.FORCED: Label("閘門被強行打開", "Gate forced"),
    AlarmKind.HELD: Label("閘門長時間未關", "Gate held open"),
    AlarmKind.FIRE: Label("火警", "Fire alarm"),
    AlarmKind.VEHICLE: Label("車輛在通道停留過久", "Vehicle in lane"),
    AlarmKind.CLONED: Label("複製卡", "Copied card"),
    AlarmKind.OVERSTAY: Label("訪客逾時未離開", "Visitor still inside"),
    AlarmKind.PANIC: Label("緊急求助", "Call for help"),
    AlarmKind.CALLED: Label("觸控螢幕前有人呼叫保安", "Guard called"),
}
"""Not the silent ones: they are on no list."""

_DEVICES: Final[Mapping[str, Label]] = {
    "relay": Label("閘機繼電器", "Barrier relay"),
    "inputs": Label("閘口訊號", "Gate inputs"),
    "reader": Label("讀卡器", "Card reader"),
    "camera": Label("鏡頭", "Camera"),
    "decoder": Label("二維碼解碼", "QR decoder"),
    "photo-meter": Label("拍照提示", "Photo advice"),
    "printer": Label("收條打印機", "Printer"),
}
"""By the last part of a device's name, as `in.camera`."""

_SIDES: Final[Mapping[Side, Label]] = {
    Side.OUTGOING: Label("交班", "Hands over"),
    Side.INCOMING: Label("接班", "Takes over"),
}
_MEANS: Final[Mapping[Means, str]] = {Means.PIN: "PIN", Means.CARD: "卡 card"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverPaper:
    """A handover as it is printed.

    Attributes:
        sheet: of a handover that both have signed.
        zone: in which the paper tells the time.
        card_numbers: what may be printed on the estate's cards.
        journal_digest: the short digest of the journal's head, which makes the paper a witness of the log.
    """

    estate_name_zh: str
    estate_name_en: str
    sheet: HandoverSheet
    zone: ZoneInfo
    card_numbers: Sequence[CardNumberFormat]
    journal_digest: str

    def __post_init__(self) -> None:
        if self.sheet.handover.state is not HandoverState.ENDED:
            raise ValueError("a handover is printed when both have signed it")

    def parts(self) -> list[tuple[Block, ...]]:
        """The handover in sheets that each say whose it is, without the band of a copy."""
        bodies = list(_bodies(self._entries()))
        return [self._part(body, number, len(bodies)) for number, body in enumerate(bodies, 1)]

    def _part(self, body: list[Block], number: int, of: int) -> tuple[Block, ...]:
        page = f"{number} / {of}"
        return (
            Title(Label(printable(self.estate_name_zh), printable(self.estate_name_en))),
            Band(Label("交接班", "SHIFT HANDOVER")),
            *([Field(Label("頁", "Page"), page)] if of > 1 else []),
            *self._fields(),
            *body,
            Foot(f"紀錄 Log {self.journal_digest}", page),
        )

    def _fields(self) -> Iterator[Field]:
        handover = self.sheet.handover
        yield Field(Label("開始", "Begun"), self._time(handover.opened_at))
        if handover.ended_at is not None:
            yield Field(Label("結束", "Ended"), self._time(handover.ended_at))
        for side, label in _SIDES.items():
            signature = handover.signatures[side]
            yield Field(label, printable(handover.name_of(side)), prominent=True)
            yield Field(Label("簽署", "Signed"), f"{self._time(signature.at)}  {_MEANS[signature.by]}")

    def _entries(self) -> Iterator[_Entry]:
        refused, taken, notes = self.sheet.refused, self.sheet.taken, self.sheet.notes
        if refused:
            yield from self._items(refused, Band(Label(f"不接收 {len(refused)} 項", f"NOT TAKEN ON: {len(refused)}")))
        if taken:
            yield from self._items(taken, Band(Label(f"移交 {len(taken)} 項", f"HANDED OVER: {len(taken)}")))
        if not self.sheet.items:
            yield _Entry((Note(Label("沒有未了事項", "Nothing is open")),))
        heading = Heading("備註 Notes", str(len(notes)))
        for note in notes:
            label = Label(self._time(note.at), printable(name_of(note.author)))
            yield _Entry((Remark(label, printable(note.text)),), heading)

    def _items(self, items: Iterable[HandoverItem], section: Block) -> Iterator[_Entry]:
        """Items under their kinds, with why they are not taken on."""
        for kind, group in groupby(items, lambda one: one.item.kind):
            of_kind = list(group)
            heading = Heading(_both(_KINDS[kind]), str(len(of_kind)))
            for one in of_kind:
                tick = Tick(self._called(one.item), "", f"自 since {self._time(one.item.since)}")
                why = [Remark(Label("原因", "Reason"), printable(one.remark))] if one.is_refused else []
                yield _Entry((tick, *why), heading, section)

    def _called(self, item: OpenItem) -> str:
        """What an item is called: its number, or the name of what it is."""
        match item.kind:
            case ItemKind.ALARM if item.label in _ALARMS:
                return _both(_ALARMS[item.label])
            case ItemKind.DEVICE:
                place, _dot, kind = item.label.rpartition(".")
                name = _both(_DEVICES[kind]) if kind in _DEVICES else printable(kind)
                return f"{name} ({printable(place)})" if place else name
            case ItemKind.VISITOR_CARD | ItemKind.COURIER_CARD:
                uid = bytes.fromhex(item.label)
                ends = (write_number(uid, form)[-_SHOWN_OF_A_CARD:] for form in self.card_numbers)
                return f"尾號 ending in {' / '.join(dict.fromkeys(ends))}"
            case _:
                return printable(item.label)

    def _time(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class _Entry:
    """What stays together on a sheet, and what it stands under."""

    blocks: tuple[Block, ...]
    heading: Heading | None = None
    section: Block | None = None

    def below(self, above: _Entry | None) -> list[Block]:
        """With what it stands under, where that is not above it already."""
        if above is None or self.section != above.section:
            heads = (self.section, self.heading)
        else:
            heads = (None, self.heading if self.heading != above.heading else None)
        return [*(head for head in heads if head is not None), *self.blocks]

    def after_break(self, above: _Entry) -> list[Block]:
        """At the head of a sheet, when `above` ended the last one."""
        if self.heading is None or (self.section, self.heading) != (above.section, above.heading):
            return self.below(None)
        return replace(self, heading=Heading(f"{self.heading.text} (續 cont.)", self.heading.count)).below(None)


def _bodies(entries: Iterable[_Entry]) -> Iterator[list[Block]]:
    body: list[Block] = []
    above: _Entry | None = None
    for entry in entries:
        added = entry.below(above)
        if above is not None and sum(map(_lines_of, [*body, *added])) > LINES_A_SHEET:
            yield body
            body, added = [], entry.after_break(above)
        body += added
        above = entry
    yield body


def _lines_of(block: Block) -> int:
    match block:
        case Tick(text):
            return 1 + ceil(len(text) / _LARGE_LETTERS_A_LINE)
        case Remark(_, text):
            return 1 + ceil(len(text) / _LETTERS_A_LINE)
        case _:
            return 2


def _both(label: Label) -> str:
    return f"{label.main} {label.aside}"
