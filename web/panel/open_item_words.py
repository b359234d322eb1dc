"""What the panel says of open items: what each is called, how its record stands at the moment, and where to see it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from kiosk.domain.alarms import AlarmKind, AlarmState
from kiosk.domain.goods import Goods
from kiosk.domain.handovers import HandoverItem, HandoverState, Means
from kiosk.domain.open_items import DailyKind, ItemKind, OpenItem
from kiosk.domain.slips import Slip
from kiosk.domain.visits import Visit
from kiosk.services.alarms import Alarm
from kiosk.services.cards import Card
from kiosk.services.export import Column
from kiosk.services.handovers import HandoverLine
from kiosk.services.open_items import Record
from web import sentences
from web.access import appliance
from web.goods_words import GOODS_STATE_LABELS, SLIP_STATE_LABELS
from web.panel.card_wording import STATE_LABELS, fob_numbers
from web.panel.goods_wording import items_in_short, whose
from web.panel.wording import device_label

KIND_LABELS: Final[Mapping[ItemKind, LazyString]] = {
    ItemKind.ALARM: _("Open alarms"),
    ItemKind.LANE: _("Locked lanes"),
    ItemKind.DEVICE: _("Faults of devices"),
    ItemKind.VISIT: _("Visitors who wait"),
    ItemKind.OVERSTAY: _("Inside past the end of the visit"),
    ItemKind.GOODS_WAITING: _("Goods that wait for a decision"),
    ItemKind.GOODS_KEPT: _("Goods kept at the gate"),
    ItemKind.REISSUE: _("Release slips to be re-issued"),
    ItemKind.SLIP_LATE: _("Goods not brought back"),
    ItemKind.REQUEST: _("Residents' requests"),
    ItemKind.SLIP: _("Release slips not used up"),
    ItemKind.VISITOR_CARD: _("Visitor cards not returned"),
    ItemKind.COURIER_CARD: _("Courier cards not returned"),
    ItemKind.INVITATION: _("Invited and not come yet"),
}
HANDOVER_LABELS: Final[Mapping[HandoverState, LazyString]] = {
    HandoverState.OPEN: _("Being written"),
    HandoverState.SIGNED: _("Signed once"),
    HandoverState.ENDED: _("Signed by both"),
    HandoverState.CANCELLED: _("Cancelled"),
}
MEANS_LABELS: Final[Mapping[Means, LazyString]] = {Means.PIN: _("by PIN"), Means.CARD: _("by card")}
DAILY_LABELS: Final[Mapping[DailyKind, LazyString]] = {
    DailyKind.UNFINISHED: _("Unfinished"),
    DailyKind.LEFT_OVER: _("Left over from the day before"),
}


@dataclass(frozen=True, slots=True)
class ItemView:
    """An open item as a page shows it.

    Attributes:
        about: what its record says now, names too; empty for what is on record no more.
        state: how the record stands now, where that says more than whether it is open.
        address: the record's page; empty where there is none.
        entry: the item on a handover, where it stands on one.
    """

    item: OpenItem
    title: str
    about: str
    state: str
    address: str
    is_open: bool
    entry: HandoverItem | None = None


@dataclass(frozen=True, slots=True)
class ItemGroup:
    """The items of one kind."""

    kind: ItemKind
    views: Sequence[ItemView]


def item_groups(entries: Iterable[OpenItem | HandoverItem]) -> list[ItemGroup]:
    """Items as they stand at this moment, by kind, in their order."""
    listed = list(entries)
    items = [one.item if isinstance(one, HandoverItem) else one for one in listed]
    service = appliance().shifts.open_items
    records, still_open = service.records(items), {item.key for item in service.now()}
    groups: dict[ItemKind, list[ItemView]] = {}
    for one, item in zip(listed, items, strict=True):
        entry = one if isinstance(one, HandoverItem) else None
        groups.setdefault(item.kind, []).append(_view(item, records, still_open, entry))
    return [ItemGroup(kind, views) for kind, views in groups.items()]


def _view(
    item: OpenItem,
    records: Mapping[str, Record],
    still_open: Collection[tuple[ItemKind, str]],
    entry: HandoverItem | None,
) -> ItemView:
    about, state, address = _as_it_stands(item, records.get(item.subject_id))
    return ItemView(item, item_title(item), about, state, address, item.key in still_open, entry)


def item_title(item: OpenItem) -> str:
    """What an item is called: its number, or the name of what it is."""
    match item.kind:
        case ItemKind.ALARM if item.label in set(AlarmKind):
            return str(sentences.alarm_label(AlarmKind(item.label)))
        case ItemKind.DEVICE:
            return device_label(item.label)
        case ItemKind.VISITOR_CARD | ItemKind.COURIER_CARD:
            return " · ".join(fob_numbers(item.label)) or item.label  # where fobs have the UID itself
        case _:
            return item.label


def _as_it_stands(item: OpenItem, record: Record | None) -> tuple[str, str, str]:
    """What the record says, its state, and its page; all empty for one that was purged."""
    id_, found = item.subject_id, ("", "", "")
    match record:
        case Visit():
            about, state = _joined(record.visitor_name, record.unit), sentences.state_label(record.state)
            found = about, str(state), url_for("panel.show_visit", visit_id=id_)
        case Goods():
            shelf = _("Shelf %(shelf)s", shelf=record.shelf) if record.shelf else ""
            about, state = _joined(record.carrier, record.unit, str(shelf)), GOODS_STATE_LABELS[record.state]
            found = about, str(state), url_for("panel.show_goods", goods_id=id_)
        case Slip():
            about, state = _joined(whose(record), items_in_short(record.items)), SLIP_STATE_LABELS[record.state]
            found = about, str(state), url_for("panel.show_slip", slip_id=id_)
        case Card():
            found = record.holder, str(STATE_LABELS[record.state]), url_for("panel.show_card", card_id=id_)
        case Alarm():
            settled = str(_("Acknowledged")) if record.state is AlarmState.ACKNOWLEDGED else ""
            found = record.lane, settled, url_for("panel.show_alarms")
        case None if item.kind is ItemKind.DEVICE:
            found = _device(id_)
        case None if item.kind is ItemKind.LANE:
            lock = appliance().lanes.states.lock_of(id_) if id_ in appliance().settings.lanes else None
            found = lock.reason if lock is not None else "", "", f"{url_for('panel.show_shift')}#lane-{id_}"
    return found


def _device(name: str) -> tuple[str, str, str]:
    health = next((one for one in appliance().supervisor.health() if one.name == name), None)
    if health is None:
        return "", "", ""
    fault = str(sentences.device_fault_sentence(health.code)) if health.code else ""
    return fault, str(sentences.condition_label(health.condition)), url_for("panel.show_devices")


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def handover_columns() -> list[Column[HandoverLine]]:
    """Of handovers."""
    return [
        Column(str(_("Begun")), lambda line: line.handover.opened_at, 20),
        Column(str(_("Ended")), lambda line: line.handover.ended_at, 20),
        Column(str(_("Hands over")), lambda line: line.handover.outgoing),
        Column(str(_("Takes over")), lambda line: line.handover.incoming),
        Column(str(_("State")), lambda line: str(HANDOVER_LABELS[line.handover.state])),
        Column(str(_("Open items")), lambda line: line.items, 10),
        Column(str(_("Not taken on")), lambda line: line.refused, 14),
    ]


def item_columns() -> list[Column[ItemView]]:
    """Of a list of open items: as it was made, and how each stands now. Nobody's name is in it."""
    return [
        Column(str(_("Kind")), lambda view: str(KIND_LABELS[view.item.kind]), 30),
        Column(str(_("Number")), lambda view: view.title, 24),
        Column(str(_("Since")), lambda view: view.item.since, 20),
        Column(
            str(_("Now")), lambda view: str(_("Still open")) if view.is_open else view.state or str(_("Settled")), 20
        ),
    ]
