"""The API for the estate's other software: `/api/v1`, described by `/api/v1/openapi.json`.

An operation is declared once, with the models that validate its input and make its answer; the document is generated
from the same declarations.
"""

from __future__ import annotations

from web.api import (
    alarms,
    blocklist,
    cards,
    document,
    goods_in,
    invitations,
    journal,
    lanes,
    muster,
    passes,
    release_slips,
    resident_links,
    time_profiles,
    units,
    visits,
    webhooks,
)
from web.api.operations import bp

__all__ = [
    "alarms",
    "blocklist",
    "bp",
    "cards",
    "document",
    "goods_in",
    "invitations",
    "journal",
    "lanes",
    "muster",
    "passes",
    "release_slips",
    "resident_links",
    "time_profiles",
    "units",
    "visits",
    "webhooks",
]
