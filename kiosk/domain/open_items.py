"""What is open at a moment and somebody has to see to: the items of a handover and of the day's lists.

An item names its record by kind and id, and carries the number by which people call it; a name of anybody is not in it,
so that a list may be kept when the record has been purged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo


class ItemKind(StrEnum):
    """What can be open, in the order in which a list shows it."""

    ALARM = "alarm"
    LANE = "lane"  # locked
    DEVICE = "device"  # not well
    VISIT = "visit"  # waits for approval
    OVERSTAY = "overstay"
    GOODS_WAITING = "goods-waiting"  # for a decision
    GOODS_KEPT = "goods-kept"
    REISSUE = "reissue"  # the gate wants another slip
    SLIP_LATE = "slip-late"  # something should have come back
    REQUEST = "request"  # a resident's, that waits for a word
    SLIP = "slip"  # not all of it has left
    VISITOR_CARD = "visitor-card"  # lent and not back
    COURIER_CARD = "courier-card"  # its time is up and it is still good on record
    INVITATION = "invitation"  # nobody has come on it yet


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something that is open.

    Attributes:
        subject_id: the record's id, or the name of a device or lane.
        label: the record's number, or that name; of an alarm its kind, of an invitation the unit, of a card its UID.
        since: when it began to be so; aware, in UTC.
    """

    kind: ItemKind
    subject_id: str
    label: str
    since: datetime

    @property
    def key(self) -> tuple[ItemKind, str]:
        """What tells it from every other item."""
        return self.kind, self.subject_id

    def as_record(self) -> dict[str, str]:
        """For the store; `item_from` reads it back."""
        return {
            "kind": self.kind.value, "id": self.subject_id, "label": self.label,
            "since": self.since.astimezone(UTC).isoformat(),
        }  # fmt: skip


def item_from(record: Mapping[str, Any]) -> OpenItem:
    """An item as `OpenItem.as_record` wrote it."""
    return OpenItem(ItemKind(record["kind"]), record["id"], record["label"], datetime.fromisoformat(record["since"]))


_ORDER: Final = {kind: place for place, kind in enumerate(ItemKind)}


def in_order(items: Iterable[OpenItem]) -> list[OpenItem]:
    """Items by kind, and among these the one that waits longest first."""
    return sorted(items, key=lambda item: (_ORDER[item.kind], item.since, item.label, item.subject_id))


class DailyKind(StrEnum):
    """The lists of a day."""

    UNFINISHED = "unfinished"  # in the evening: what is open
    LEFT_OVER = "left-over"  # in the morning: what has been since the day before


LATEST: Final = timedelta(hours=12)
"""How long after its hour a list is still made, when the box was off at the hour: the other one comes then."""


def belongs_on(kind: DailyKind, item: OpenItem, day: date, zone: ZoneInfo) -> bool:
    """Tell whether an open item belongs on the list of a day by the clock of `zone`."""
    return kind is DailyKind.UNFINISHED or item.since < datetime.combine(day, time(), zone)
