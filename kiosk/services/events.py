"""What happened, as it is told to programs and people outside: an entry of the journal with what they need beside it.

The journal's payload is not handed on as it is. Free text and card numbers stay here, and so does what a later version
may add to it until somebody has put it on the list: what leaves the box cannot be purged with the visit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select

from kiosk.clock import ClockConfidence
from kiosk.domain.alarms import SILENT
from kiosk.store.journal import Entry
from kiosk.store.tables import cards, passes, visits

_SHARED: Final = frozenset(
    {
        "visit", "number", "unit", "lane", "kind", "state", "code", "direction", "credential", "card", "pass",
        "opening", "cause", "fault", "input", "active", "device", "condition", "job", "copy", "webhook", "channel",
        "alarm", "severity", "zone",
        "goods", "shelf", "method", "slip", "movement", "line", "lines", "quantity", "found", "replaces", "replaced_by",
        "week", "counts", "digest", "hold", "certificate", "held",
        "outcome", "count", "from", "to", "uses", "user", "role",
        "time_profile", "days", "last",
        "blocked", "blocklist", "list", "format", "rows",
        "complete",
        "handover", "items", "refused", "side", "daily_list",
        "took_ms", "budget_ms", "test", "passed", "steps", "faults",
    }
)  # fmt: skip
"""The members of a payload that say what, where and which, and nobody's name."""

_VISIT: Final = select(
    visits.c.kind, visits.c.unit, visits.c.visitor_name, visits.c.phone, visits.c.vehicle_plate, visits.c.companions
)
_PASS: Final = select(passes.c.unit, passes.c.holder)
_CARD: Final = select(cards.c.unit, cards.c.holder)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `id` is the hash of its entry: the same for all who are told, and found in the journal.

    A sequence number would not do: a gate restored from a backup gives the same numbers to other events.
    """

    id: str
    seq: int
    type: str
    at: datetime
    clock: str
    data: Mapping[str, Any]

    def is_older_than(self, span: timedelta, now: datetime) -> bool:
        """Tell whether it is certain that it happened longer ago than `span`.

        The time of an entry is believed only where the clock could be: an alarm is not old for having been raised
        before the network had told the time.
        """
        return self.clock == ClockConfidence.SYNCHRONISED and now - self.at > span


def is_silent(entry: Entry) -> bool:
    """Tell whether an entry is about an alarm that no screen at the gate may show."""
    return entry.type.startswith("alarm.") and entry.payload.get("kind") in SILENT


def read_event(connection: Connection, entry: Entry, *, with_visitor: bool = False) -> Event:
    """Make an event of an entry; `with_visitor` adds who it is about, as far as that is still on record."""
    data = {name: value for name, value in entry.payload.items() if name in _SHARED}
    visitor: dict[str, Any] = {}
    for name, query, table in (("card", _CARD, cards), ("pass", _PASS, passes)):
        holder = connection.execute(query.where(table.c.id == data[name])).first() if name in data else None
        if holder is not None:
            data.setdefault("unit", holder.unit)
            visitor["holder"] = holder.holder
    if "visit" in data:
        row = connection.execute(_VISIT.where(visits.c.id == data["visit"])).first()
        if row is not None:
            data.setdefault("unit", row.unit)
            data.setdefault("kind", row.kind)
            visitor |= {
                "name": row.visitor_name,
                "phone": row.phone,
                "vehicle_plate": row.vehicle_plate,
                "companions": row.companions,
            }
    if with_visitor and visitor:
        data["visitor"] = visitor
    return Event(entry.hash.hex(), entry.seq, entry.type, entry.at, entry.clock, data)
