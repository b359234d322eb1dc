"""The API for the estate's other software: `/api/v1`, described by `/api/v1/openapi.json`.

An operation is declared once, with the models that validate its input and make its answer; the document is generated
from the same declarations.
"""

from __future__ import annotations

from web.api import (
    alarms,
    cards,
    document,
    invitations,
    journal,
    lanes,
    passes,
    resident_links,
    time_profiles,
    units,
    visits,
    webhooks,
)
from web.api.operations import bp

__all__ = [
    "alarms",
    "bp",
    "cards",
    "document",
    "invitations",
    "journal",
    "lanes",
    "passes",
    "resident_links",
    "time_profiles",
    "units",
    "visits",
    "webhooks",
]
from web.api import blocklist

__all__ = [
    "alarms", "blocklist", "bp", "cards", "document", "journal", "lanes", "passes", "units", "visits", "webhooks",
]  # fmt: skip
from web.api import muster

__all__ = ["alarms", "bp", "cards", "document", "journal", "lanes", "muster", "passes", "units", "visits", "webhooks"]
