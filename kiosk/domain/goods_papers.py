"""The papers of goods: the release slip, and the label of what is kept at the gate.

A slip's paper is carried about for days while the slip goes on. It says in white on black what it is not: a permission
that is still missing, or none any more; and it says when it was made, for its balance is that of the moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from kiosk.domain.goods import Goods
from kiosk.domain.notices import Language
from kiosk.domain.receipts import (
    Band,
    Block,
    Columns,
    Field,
    Foot,
    Label,
    Note,
    Number,
    QrBlock,
    Remark,
    Row,
    Sign,
    Signatures,
    Title,
    Words,
    printable,
)
from kiosk.domain.slips import ApprovalMethod, Requester, Slip, SlipItem, SlipKind, SlipState

_SLIP: Final = Words("物品放行條", "物品放行条", "Release slip")
_GOODS: Final = Words("代存物品", "代存物品", "Goods kept")
_STATES: Final[Mapping[SlipState, Words]] = {
    SlipState.REQUESTED: Words("未批准", "未批准", "NOT APPROVED"),
    SlipState.RELEASED: Words("已全數放行", "已全部放行", "ALL RELEASED"),
    SlipState.REFUSED: Words("不獲批准", "未获批准", "REFUSED"),
    SlipState.VOID: Words("作廢", "作废", "VOID"),
    SlipState.LAPSED: Words("已逾期失效", "已过期失效", "LAPSED"),
}
_OUT_OF_HOURS: Final = Words("辦公時間外批准", "办公时间外批准", "OUT OF HOURS")
_KINDS: Final[Mapping[SlipKind, Words]] = {
    SlipKind.HOUSEHOLD: Words("住戶物品", "住户物品", "Household goods"),
    SlipKind.MOVING: Words("遷出搬運", "迁出搬运", "Moving out"),
    SlipKind.DEPARTMENT: Words("屋苑部門", "小区部门", "Estate department"),
}
_REQUESTERS: Final[Mapping[Requester, Words]] = {
    Requester.OWNER: Words("業主", "业主", "owner"),
    Requester.TENANT: Words("租客", "租客", "tenant"),
    Requester.AGENT: Words("業主代理人", "业主代理人", "owner's agent"),
}
"""Not the department's: whoever asks for one is named beside it."""

_METHODS: Final[Mapping[ApprovalMethod, Words]] = {
    ApprovalMethod.OWNER_LINK: Words("業主連結", "业主链接", "owner's link"),
    ApprovalMethod.OWNER_CARD: Words("業主拍卡", "业主刷卡", "owner's card"),
    ApprovalMethod.WRITTEN_AUTHORITY: Words("業主書面授權", "业主书面授权", "written authority"),
    ApprovalMethod.SUPERVISOR: Words("領班", "领班", "supervisor"),
    ApprovalMethod.OUT_OF_HOURS: Words("區域領班", "区域领班", "area supervisor"),
}
_LOG: Final = Words("紀錄", "记录", "Log")
_REASON: Final = Words("原因", "原因", "Reason")
_REPLACED_BY: Final = Words("由此取代", "由此取代", "Replaced by")
_ITEMS: Final = Words("物品", "物品", "Items")
_QUANTITY: Final = Words("數量", "数量", "Qty")
_RELEASED: Final = Words("已放行", "已放行", "Out")
_LOST: Final = Words("報失", "报失", "Lost")
_BALANCE: Final = Words("餘額", "余额", "Left")
_RETURN_BY: Final = Words("須歸還，限期", "须归还，期限", "to be back by")
_RETURNED: Final = Words("已歸還", "已归还", "back")
_CARRIER_SIGNS: Final = Words("搬運人簽署", "搬运人签名", "Carrier's signature")
_GUARD_SIGNS: Final = Words("保安員簽署", "保安员签名", "Guard's signature")
_SHOW_IT: Final = Words(
    "物品離開時請向保安員出示此條", "物品离开时请向保安员出示此条", "Show this slip to the guard when the goods leave"
)
_NOTHING_LEAVES: Final = Words("不得憑此條放行任何物品", "不得凭此条放行任何物品", "Nothing may leave on this paper")
_NARROW_MEASURE: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipPaper:
    """The paper of a release slip.

    Attributes:
        token: what the QR code says.
        made_at: when the paper is made; aware.
        zone: in which it tells the time.
        journal_digest: the short digest of the journal's head, which makes the paper a witness of the log.
    """

    estate_name: Words
    slip: Slip
    token: str
    language: Language
    made_at: datetime
    zone: ZoneInfo
    journal_digest: str

    def blocks(self) -> tuple[Block, ...]:
        """The slip from top to bottom, without the band of a copy; see `kiosk.domain.papers.as_copy`."""
        slip = self.slip
        return (
            Title(_estate(self.estate_name, self.language)),
            *self._bands(),
            Number(self._label(_SLIP), printable(slip.number)),
            *(field for field in self._fields() if field.value),
            *([Remark(self._label(Words("備註", "备注", "Note")), printable(slip.note))] if slip.note else []),
            *self._table(),
            QrBlock(self.token),
            Note(self._label(self._what_to_do())),
            *self._signatures(),
            _foot(self.journal_digest, slip.number, self.language),
        )

    def _label(self, words: Words) -> Label:
        return words.label(self.language)

    def _bands(self) -> list[Band]:
        bands = [_STATES[self.slip.state]] if self.slip.state in _STATES else []
        bands += [_OUT_OF_HOURS] if self.slip.is_out_of_hours else []
        return [Band(self._label(words)) for words in bands]

    def _fields(self) -> Iterable[Field]:
        slip = self.slip
        place = slip.unit or slip.department
        where = Words("單位", "单位", "Unit") if slip.unit else Words("部門", "部门", "Department")
        facts = [
            (Words("類別", "类别", "Kind"), self._both(_KINDS[slip.kind])),
            (Words("申請人", "申请人", "Asked by"), self._who_asks()),
            (Words("搬運人", "搬运人", "Taken by"), slip.taken_by),
            (Words("運輸公司", "运输公司", "Carrier"), slip.carrier),
            (Words("由", "自", "From"), self._time(slip.not_before)),
        ]
        yield Field(self._label(where), printable(place), prominent=True)
        for words, value in facts:
            yield Field(self._label(words), printable(value))
        yield Field(self._label(Words("有效至", "有效至", "Valid until")), self._time(slip.not_after), prominent=True)
        yield Field(self._label(Words("車牌", "车牌", "Plate")), printable(slip.vehicle_plate), prominent=True)
        if slip.approval_method is not None and slip.approved_at is not None:
            yield Field(self._label(Words("批准", "批准", "Approval")), self._both(_METHODS[slip.approval_method]))
            yield Field(self._label(Words("批准時間", "批准时间", "Approved")), self._time(slip.approved_at))
        ended = _REPLACED_BY if slip.replaced_by_id is not None else _REASON
        yield Field(self._label(ended), self._why_not())
        yield Field(self._label(Words("列印", "打印", "Printed")), self._time(self.made_at))

    def _who_asks(self) -> str:
        role = _REQUESTERS.get(self.slip.requester)
        return f"{self.slip.requested_by} ({self._both(role)})" if role is not None else self.slip.requested_by

    def _why_not(self) -> str:
        """Why there is no permission any more, or by which slip it is replaced. An approval's reason is the desk's."""
        is_told = self.slip.state in {SlipState.VOID, SlipState.REFUSED}
        return printable(self.slip.reason) if is_told else ""

    def _table(self) -> Iterable[Block]:
        items = self.slip.items
        has_lost = any(item.lost for item in items)
        columns = [_QUANTITY, _RELEASED, *([_LOST] if has_lost else []), _BALANCE]
        yield Columns(self._label(_ITEMS), tuple(self._label(words) for words in columns))
        for item in items:
            lost = [str(item.lost)] if has_lost else []
            name, quantity = _counted(item)
            figures = (quantity, str(item.released), *lost, str(item.balance))
            yield Row(str(item.line), name, figures, self._detail(item))
        count = len(items)
        yield Note(
            self._label(
                Words(f"共 {count} 項，以下空白", f"共 {count} 项，以下空白", f"Items: {count}. Nothing follows")
            )
        )

    def _detail(self, item: SlipItem) -> str:
        parts = [printable(item.note)]
        if item.returnable_until is not None:
            until = self._time(item.returnable_until)
            parts.append(f"{self._both(_RETURN_BY)} {until}")
        if item.returned:
            parts.append(f"{self._both(_RETURNED)} {item.returned}")
        return " · ".join(part for part in parts if part)

    def _signatures(self) -> list[Signatures]:
        """Who takes the goods away and who lets them out; nobody signs for what may not leave."""
        labels = (self._label(_CARRIER_SIGNS), self._label(_GUARD_SIGNS))
        return [Signatures(labels)] if self.slip.state is SlipState.APPROVED else []

    def _what_to_do(self) -> Words:
        return _SHOW_IT if self.slip.state is SlipState.APPROVED else _NOTHING_LEAVES

    def _both(self, words: Words) -> str:
        label = self._label(words)
        return f"{label.main} {label.aside}"

    def _time(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfLabel:
    """The label of goods that are kept at the gate. The code by which they are collected is never on it.

    Attributes:
        zone: in which it tells the time.
    """

    estate_name: Words
    goods: Goods
    language: Language
    zone: ZoneInfo
    journal_digest: str

    def blocks(self) -> tuple[Block, ...]:
        """The label from top to bottom, without the band of a copy."""
        goods = self.goods
        since = (goods.decided_at or goods.created_at).astimezone(self.zone)
        facts = [
            Field(self._label(Words("單位", "单位", "Unit")), printable(goods.unit), prominent=True),
            Field(self._label(Words("件數", "件数", "Pieces")), str(goods.pieces), prominent=True),
            Field(self._label(Words("送貨人", "送货人", "Carrier")), printable(goods.carrier)),
            Field(self._label(Words("存放自", "存放自", "Since")), f"{since:%Y-%m-%d %H:%M}"),
        ]
        return (
            Title(_estate(self.estate_name, self.language)),
            Sign(self._label(Words("貨架", "货架", "Shelf")), printable(goods.shelf)),
            Number(self._label(_GOODS), printable(goods.number)),
            *facts,
            QrBlock(goods.number),
            _foot(self.journal_digest, goods.number, self.language),
        )

    def _label(self, words: Words) -> Label:
        return words.label(self.language)


def language_of(blocks: Iterable[Block]) -> Language:
    """In which language a slip's paper was made: it tells by what it calls itself.

    Raises:
        ValueError: it is no slip's paper.
    """
    called = {block.label for block in blocks if isinstance(block, Number)}
    for language in Language:
        if _SLIP.label(language) in called:
            return language
    raise ValueError("this is no release slip's paper")


def _estate(name: Words, language: Language) -> Label:
    label = name.label(language)
    return Label(printable(label.main), printable(label.aside))


def _foot(digest: str, number: str, language: Language) -> Foot:
    label = _LOG.label(language)
    return Foot(f"{label.main} {label.aside} {digest}", printable(number))


def _counted(item: SlipItem) -> tuple[str, str]:
    """An item's name and its quantity; what it is counted in stands with the figure while that stays narrow."""
    name, measure = printable(item.name), printable(item.measure)
    if len(measure) > _NARROW_MEASURE:
        return f"{name} ({measure})", str(item.quantity)
    return name, f"{item.quantity} {measure}".strip()
