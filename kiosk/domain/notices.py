"""What happened, in a few lines for the telephone of somebody who is not at the gate.

A notice goes over a chat service or mail provider, which is somebody else's computer. It therefore says what, where and
when, and by which number it is found on the panel; it names nobody. The words stand here, beside the types they speak
of, because a notice is written where no page and no reader's browser is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from kiosk.domain.alarms import SILENT


class Language(StrEnum):
    """The languages in which the box writes to people: notices, and papers."""

    ZH_HANT = "zh_Hant"
    ZH_HANS = "zh_Hans"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to people: one line and some more."""

    title: str
    body: str


Words = tuple[str, str, str]
"""In Traditional Chinese, Simplified Chinese, English: the order of `Language`."""

_ORDER: Final = {language: place for place, language in enumerate(Language)}

_TITLES: Final[Mapping[str, Words]] = {
    "alarm.raised": ("警報", "警报", "Alarm"),
    "alarm.repeated": ("警報仍未處理", "警报仍未处理", "Alarm, still not seen to"),
    "alarm.acknowledged": ("警報已處理", "警报已处理", "Alarm seen to"),
    "visit.waiting": ("訪客等候批准", "访客等候批准", "A visitor waits for approval"),
    "visit.blocked": ("等候中的訪客在黑名單上", "等候中的访客在黑名单上", "A waiting visitor is on the blocklist"),
    "visit.approved": ("訪客已獲批准", "访客已获批准", "Visit approved"),
    "visit.signed_in": ("訪客已登記進入", "访客已登记进入", "Visitor signed in"),
    "visit.signed_out": ("訪客已離開", "访客已离开", "Visitor signed out"),
    "visit.refused": ("訪客被拒絕進入", "访客被拒绝进入", "Visit refused"),
    "visit.cancelled": ("訪客不再等候", "访客不再等候", "Visitor gave up waiting"),
    "visit.expired": ("訪客逾時未登記離開", "访客逾时未登记离开", "Visit expired without sign-out"),
    "host.asked": ("有訪客到訪，請批准", "有访客到访，请批准", "A visitor asks to come in to you"),
    "host.unanswered": (
        "住戶未有回覆，請保安決定",
        "住户没有回复，请保安决定",
        "No answer from the unit: the guard decides",
    ),
    "access.granted": ("卡或通行碼已放行", "卡或通行码已放行", "Card or pass let through"),
    "access.refused": ("卡或通行碼被拒絕", "卡或通行码被拒绝", "Card or pass refused"),
    "goods.waiting": ("物品等候保安決定", "物品等候保安决定", "Goods wait for a guard"),
    "goods.to_door": ("物品送往單位", "物品送往单位", "Goods go to the door"),
    "goods.kept": ("有物品存放在閘口待領取", "有物品存放在门岗待领取", "Goods wait at the gate to be collected"),
    "goods.collected": ("物品已領取", "物品已领取", "Goods collected"),
    "goods.refused": ("物品被拒收", "物品被拒收", "Goods refused"),
    "goods.cancelled": ("送貨人不再等候", "送货人不再等候", "Carrier gave up waiting"),
    "goods.returned": ("物品已由送貨人取回", "物品已由送货人取回", "Goods gone back with the carrier"),
    "goods.released": ("物品已放行", "物品已放行", "Goods released"),
    "slip.requested": ("物品放行條待批准", "物品放行条待批准", "Release slip waits for approval"),
    "slip.arrears_cleared": (
        "費用已結清，放行條待業主批准",
        "费用已结清，放行条待业主批准",
        "Nothing is owed: release slip waits for the owner",
    ),
    "slip.approved": ("物品放行條已獲批准", "物品放行条已获批准", "Release slip approved"),
    "slip.refused": ("物品放行條不獲批准", "物品放行条未获批准", "Release slip refused"),
    "slip.presented": ("閘口已出示物品放行條", "门岗已出示物品放行条", "Release slip shown at the gate"),
    "slip.unknown": ("有人出示無效的放行條", "有人出示无效的放行条", "Release slip shown that is not genuine"),
    "slip.mismatch": (
        "物品與放行條不符，未予放行",
        "物品与放行条不符，未予放行",
        "Goods differ from their release slip",
    ),
    "slip.released": ("放行條物品已全部處理", "放行条物品已全部处理", "Release slip used up"),
    "slip.lost": ("放行條部分物品不會運出", "放行条部分物品不会运出", "Goods of a release slip will not leave"),
    "slip.returned": ("放行物品已送回", "放行物品已送回", "Goods of a release slip brought back"),
    "slip.return_late": ("物品逾期未歸還", "物品逾期未归还", "Goods have not been brought back in time"),
    "slip.reissue_asked": ("閘口要求重發放行條", "门岗要求重发放行条", "The gate asks for another release slip"),
    "slip.void": ("物品放行條已作廢", "物品放行条已作废", "Release slip is void"),
    "slip.lapsed": ("物品放行條已過期", "物品放行条已过期", "Release slip lapsed"),
    "slip.paper": ("已印製物品放行條", "已印制物品放行条", "Paper of a release slip made"),
    "turn.taken": ("保安接手觸控螢幕登記", "保安接手触摸屏登记", "Guard goes on with a turn at the touchscreen"),
    "turn.given_back": ("登記交回觸控螢幕", "登记交回触摸屏", "Turn given back to the touchscreen"),
    "turn.ended": ("保安結束觸控螢幕登記", "保安结束触摸屏登记", "Turn at the touchscreen ended by the guard"),
    "gate.opened": ("閘門已開啟", "闸门已开启", "Gate opened"),
    "gate.failed": ("閘門未能開啟", "闸门未能开启", "Gate did not open"),
    "gate.interrupted": ("閘門開啟時系統停止", "闸门开启时系统停止", "Box stopped while the gate was opening"),
    "input.changed": ("閘門輸入有變化", "闸门输入有变化", "Gate input changed"),
    "device.changed": ("裝置狀態有變化", "设备状态有变化", "Device changed"),
    "fire.began": ("火警", "火警", "Fire"),
    "muster.printed": ("點名冊已列印", "点名册已打印", "Muster list printed"),
    "muster.uncertain": ("點名冊可能未印出", "点名册可能未印出", "Muster list may not have come out"),
    "muster.safe": ("已確認有人平安", "已确认有人平安", "Somebody found safe"),
    "handover.opened": ("交接班開始", "交接班开始", "Shift handover begun"),
    "handover.refused": ("接班人不接收一個項目", "接班人不接收一个事项", "Item not taken on at the shift handover"),
    "handover.ended": ("交接班完成，雙方已簽署", "交接班完成，双方已签字", "Shift handover signed by both"),
    "handover.cancelled": ("交接班已取消", "交接班已取消", "Shift handover cancelled"),
    "daily_list.made": ("每日清單已製作", "每日清单已生成", "List of the day made"),
    "receipt.uncertain": ("收據可能未印出", "收据可能未印出", "Receipt may not have come out"),
    "holidays.unreadable": ("無法讀取假期曆", "无法读取节假日日历", "Calendar of holidays cannot be read"),
    "webhook.disabled": ("Webhook 已停用", "Webhook 已停用", "Webhook disabled"),
    "system.started": ("系統已啟動", "系统已启动", "Box started"),
    "system.stopped": ("系統已停止", "系统已停止", "Box stopped"),
}
_ANY_TITLE: Final[Words] = ("系統事件", "系统事件", "Event")

_LABELS: Final[Mapping[str, Words]] = {
    "kind": ("類別", "类别", "Kind"),
    "unit": ("單位", "单位", "Unit"),
    "number": ("編號", "编号", "Number"),
    "items": ("項目", "事项", "Items"),
    "refused": ("不接收", "不接收", "Not taken on"),
    "shelf": ("貨架", "货架", "Shelf"),
    "collect_code": ("取件碼", "取件码", "Collecting code"),
    "quantity": ("件數", "件数", "Pieces"),
    "lane": ("車道", "车道", "Lane"),
    "code": ("代碼", "代码", "Code"),
    "device": ("裝置", "设备", "Device"),
    "condition": ("狀態", "状态", "Condition"),
    "input": ("輸入", "输入", "Input"),
    "fault": ("故障", "故障", "Fault"),
    "blocked": ("黑名單", "黑名单", "On the blocklist"),
}
"""The facts that a notice tells, in its order. Ids stay out: nobody reads them on a telephone."""

_VALUES: Final[Mapping[str, Words]] = {
    "guest": ("訪客", "访客", "guest"),
    "delivery": ("送貨", "送货", "delivery"),
    "contractor": ("承辦商", "承包商", "contractor"),
    "household": ("家居物品", "家居物品", "household goods"),
    "moving": ("遷出", "搬离", "moving out"),
    "department": ("屋苑部門", "小区部门", "estate department"),
    "other": ("其他", "其他", "other"),
    "lost": ("遺失", "遗失", "lost"),
    "damaged": ("損壞", "损坏", "damaged"),
    "forced": ("閘門被強行打開", "闸门被强行打开", "gate forced"),
    "held": ("閘門長時間未關", "闸门长时间未关", "gate held open"),
    "vehicle": ("車輛在通道停留過久", "车辆在通道停留过久", "vehicle in the lane too long"),
    "fire": ("火警", "火警", "fire"),
    "called": ("觸控螢幕前有人呼叫保安", "触摸屏前有人呼叫保安", "guard called at the touchscreen"),
    "overstay": ("逾時逗留", "逾时逗留", "overstay"),
    "duress": ("脅迫", "胁迫", "duress"),
    "panic": ("緊急求助", "紧急求助", "panic"),
    "cloned": ("複製卡", "复制卡", "cloned card"),
    "unfinished": ("未完成", "未完成", "unfinished"),
    "left-over": ("前一天遺留", "前一天遗留", "left over from the day before"),
    "visit": ("等候批准的訪客", "等候批准的访客", "visitor who waits"),
    "goods-waiting": ("待決定的物品", "待决定的物品", "goods that wait for a decision"),
    "goods-kept": ("存放的物品", "存放的物品", "goods kept at the gate"),
    "slip": ("未完成的放行條", "未完成的放行条", "release slip"),
    "slip-late": ("逾期未歸還的物品", "逾期未归还的物品", "goods not brought back"),
    "reissue": ("待重發的放行條", "待重发的放行条", "release slip to be re-issued"),
    "request": ("住戶的申請", "住户的申请", "resident's request"),
    "visitor-card": ("未交還的訪客卡", "未交还的访客卡", "visitor card not returned"),
    "courier-card": ("未交還的速遞卡", "未交还的快递卡", "courier card not returned"),
    "device": ("裝置故障", "设备故障", "device with a fault"),
    "alarm": ("警報", "警报", "alarm"),
    "lane": ("已鎖車道", "已锁车道", "locked lane"),
    "True": ("是", "是", "yes"),
}

_SILENT: Final[Words] = (
    "無聲警報：閘口的螢幕不會顯示，請勿致電當值保安。",
    "静音警报：岗亭屏幕不会显示，请勿致电当值保安。",
    "Silent: no screen at the gate shows this. Do not ring the guard.",
)
_HOW_TO_COLLECT: Final[Words] = (
    "領取時在閘口的螢幕輸入取件碼，或出示住戶卡。請勿把取件碼告訴他人。",
    "领取时在岗亭屏幕输入取件码，或出示住户卡。请勿把取件码告诉他人。",
    "To collect, type the code at the gate's screen or show your card. Please keep the code to yourself.",
)
_TIME: Final[Words] = ("時間", "时间", "Time")
_TYPE: Final[Words] = ("事件", "事件", "Event")


def write_notice(type_: str, facts: Mapping[str, object], *, at: datetime, estate: str, language: Language) -> Notice:
    """Write a notice about an event.

    Args:
        facts: what is known of it; those that have no label are left out.
        at: when it happened, in the zone in which people read times.
        estate: its name, which leads the title: some people look after several.
    """
    place = _ORDER[language]
    lines = [
        f"{label[place]}: {_value(fact, place)}"
        for name, label in _LABELS.items()
        if (fact := facts.get(name)) not in {None, ""}
    ]
    if type_.startswith("alarm.") and facts.get("kind") in SILENT:
        lines.append(_SILENT[place])
    if "collect_code" in facts:
        lines.append(_HOW_TO_COLLECT[place])
    if type_ not in _TITLES:
        lines.insert(0, f"{_TYPE[place]}: {type_}")
    lines.append(f"{_TIME[place]}: {at:%Y-%m-%d %H:%M:%S}")
    return Notice(f"{estate}: {_TITLES.get(type_, _ANY_TITLE)[place]}", "\n".join(lines))


def _value(fact: object, place: int) -> str:
    text = str(fact)
    return _VALUES[text][place] if text in _VALUES else text
