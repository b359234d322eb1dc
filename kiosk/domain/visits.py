"""A visit: who comes, where to, and the states it passes through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from kiosk.domain.documents import Document

MAX_STAY_H: Final = 72.0
"""The longest stay that can be expected of anybody, in hours."""


class VisitKind(StrEnum):
    """Why somebody comes; the settings say what each kind is asked for."""

    GUEST = "guest"
    DELIVERY = "delivery"
    CONTRACTOR = "contractor"
    OTHER = "other"


class VisitState(StrEnum):
    """Where a visit stands."""

    WAITING = "waiting"  # at the gate; a guard has to approve
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    EXPIRED = "expired"  # never signed out; closed by the estate's clock, which is not the same thing
    REFUSED = "refused"
    CANCELLED = "cancelled"  # gave up while waiting


ENDED_STATES: Final = frozenset({VisitState.SIGNED_OUT, VisitState.EXPIRED, VisitState.REFUSED, VisitState.CANCELLED})

NEXT_STATES: Final = {
    VisitState.WAITING: frozenset({VisitState.SIGNED_IN, VisitState.REFUSED, VisitState.CANCELLED}),
    VisitState.SIGNED_IN: frozenset({VisitState.SIGNED_OUT, VisitState.EXPIRED}),
}


def may_become(state: VisitState, next_state: VisitState) -> bool:
    """Tell whether a visit in `state` may go on to `next_state`."""
    return next_state in NEXT_STATES.get(state, frozenset())


class Approval(StrEnum):
    """Who lets a kind of visit in."""

    NONE = "none"
    GUARD = "guard"
    PRE_REGISTRATION = "pre-registration"
    HOST = "host"  # whoever lives there; the guard where they do not answer


class VisitField(StrEnum):
    """What a visitor can be asked for, besides the unit."""

    NAME = "name"
    PHONE = "phone"
    COMPANIONS = "companions"
    VEHICLE_PLATE = "vehicle_plate"
    PURPOSE = "purpose"
    DOCUMENT = "document"  # the number of an identity document


class PhotoAlternative(StrEnum):
    """What somebody may do who would rather not be photographed where a photo has to be."""

    GUARD = "guard"  # who signs them in at the panel without one
    RESIDENT = "resident"  # who meets them at the gate
    NONE = "none"


class VisitSource(StrEnum):
    """By which way a visit was signed in."""

    TOUCH = "touch"
    PANEL = "panel"
    API = "api"
    PASS = "pass"  # noqa: S105 - a QR pass, not a password


@dataclass(frozen=True, slots=True)
class NewVisit:
    """What is known of a visit before it has a number. Texts are kept as typed."""

    kind: VisitKind
    unit: str
    visitor_name: str
    phone: str = ""
    companions: int = 0
    vehicle_plate: str = ""
    purpose: str = ""
    document: Document | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit on record. Times are aware, in UTC; those that have not come yet are None.

    `document_masked` is empty where no document was asked for; the whole number is the business of
    `kiosk.services.documents`.
    """

    seq: int
    id: str
    number: str
    kind: VisitKind
    state: VisitState
    unit: str
    visitor_name: str
    phone: str
    companions: int
    vehicle_plate: str
    purpose: str
    source: VisitSource
    lane: str | None
    pass_id: str | None
    card_id: str | None
    photo_id: str | None
    created_at: datetime
    signed_in_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None
    decided_by: str | None
    reason: str
    blocklist_id: str | None
    document_masked: str = ""
