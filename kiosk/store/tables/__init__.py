"""The tables. SQLite and PostgreSQL alike, but for the full-text indexes, which migrations make per engine.

Times are aware datetimes in UTC, stored as whole microseconds since 1970. Ids are 32 hex digits (`new_id`).
"""

from __future__ import annotations

from kiosk.store.tables.base import UtcTime, from_microseconds, metadata, to_microseconds
from kiosk.store.tables.credentials import (
    card_passages,
    cards,
    household_exits,
    pass_keys,
    passes,
    revoked_elsewhere,
    time_profiles,
)
from kiosk.store.tables.gate import (
    alarms,
    fires,
    lane_states,
    muster_marks,
    openings,
    print_jobs,
    screens,
    self_tests,
    service_times,
    timings,
)
from kiosk.store.tables.goods import (
    carried_items,
    goods_in,
    incident_holds,
    purge_certificates,
    reconciliation_notes,
    reconciliations,
    release_items,
    release_movements,
    release_slips,
    release_trips,
)
from kiosk.store.tables.office import (
    api_keys,
    counters,
    deliveries,
    idempotency,
    journal,
    secrets,
    users,
    web_sessions,
    webhooks,
)
from kiosk.store.tables.people import photos, resident_links, residents, units
from kiosk.store.tables.shifts import daily_lists, handover_items, handover_notes, handovers, record_annotations
from kiosk.store.tables.visits import approval_steps, blocklist, invitations, overstays, visits

__all__ = [
    "UtcTime",
    "alarms",
    "api_keys",
    "approval_steps",
    "blocklist",
    "card_passages",
    "cards",
    "carried_items",
    "counters",
    "daily_lists",
    "deliveries",
    "fires",
    "from_microseconds",
    "goods_in",
    "handover_items",
    "handover_notes",
    "handovers",
    "household_exits",
    "idempotency",
    "incident_holds",
    "invitations",
    "journal",
    "lane_states",
    "metadata",
    "muster_marks",
    "openings",
    "overstays",
    "pass_keys",
    "passes",
    "photos",
    "print_jobs",
    "purge_certificates",
    "reconciliation_notes",
    "reconciliations",
    "record_annotations",
    "release_items",
    "release_movements",
    "release_slips",
    "release_trips",
    "resident_links",
    "residents",
    "revoked_elsewhere",
    "screens",
    "secrets",
    "self_tests",
    "service_times",
    "time_profiles",
    "timings",
    "to_microseconds",
    "units",
    "users",
    "visits",
    "web_sessions",
    "webhooks",
]
