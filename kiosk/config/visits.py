"""What visitors are asked, who lets them in, and how long they stay."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from kiosk.config.base import Section, TimeOfDay
from kiosk.domain.overstay import OverstayRule
from kiosk.domain.visits import MAX_STAY_H, Approval, VisitField, VisitKind

Demand = Literal["required", "optional"]


def _name_and_phone() -> dict[VisitField, Demand]:
    return {VisitField.NAME: "required", VisitField.PHONE: "optional"}


class KindSettings(Section):
    """What one kind of visit asks for."""

    asks: Mapping[VisitField, Demand] = Field(
        default_factory=_name_and_phone,
        description="The fields its page shows (name, phone, companions, vehicle_plate, purpose, document), each "
        "`required` or `optional`. `document`, the number of an identity document, is asked for only where it stands "
        "here, and never of deliveries.",
    )
    photo: Literal["required", "optional", "none"] = Field("optional", description="Whether a photo is taken.")
    approval: Approval = Field(
        Approval.NONE,
        description="Who lets it in: `none` (nobody is asked), `guard`, `pre-registration` or `host` (the residents "
        "by their links, the guard where they do not answer).",
    )
    stay_h: Annotated[float, Field(gt=0, le=MAX_STAY_H)] = Field(
        4.0, description="Expected stay in hours; its pass ends then."
    )

    carries: bool = Field(
        default=False,
        description="Whether its visitors are asked for tools and machines that they will take out again. What they "
        "list is checked before they leave.",
    )

    @field_validator("asks")
    @classmethod
    def _name_is_required(cls, value: Mapping[VisitField, Demand]) -> Mapping[VisitField, Demand]:
        if value.get(VisitField.NAME) != "required":
            raise ValueError("`name` is always required: a register without names is none")
        return value


def default_kinds() -> dict[VisitKind, KindSettings]:
    """What each kind of visit asks for where the file says nothing."""
    name, phone = VisitField.NAME, VisitField.PHONE
    companions, plate, purpose = VisitField.COMPANIONS, VisitField.VEHICLE_PLATE, VisitField.PURPOSE
    return {
        VisitKind.GUEST: KindSettings(
            asks={name: "required", phone: "optional", companions: "optional", plate: "optional"}
        ),
        VisitKind.DELIVERY: KindSettings(
            asks={name: "required", phone: "optional", plate: "optional"}, photo="none", stay_h=1.0
        ),
        VisitKind.CONTRACTOR: KindSettings(
            asks={name: "required", phone: "required", companions: "optional", plate: "optional", purpose: "required"},
            approval=Approval.GUARD,
            stay_h=10.0,
            carries=True,
        ),
        VisitKind.OTHER: KindSettings(
            asks={name: "required", phone: "optional", purpose: "required"}, approval=Approval.GUARD
        ),
    }


def _table(settings: object) -> Mapping[str, Any]:
    # What is no table is handed on under a name that does not exist, so that the kind is named in the complaint.
    return settings if isinstance(settings, Mapping) else {"settings": settings}


class VisitSettings(Section):
    """The visitor register."""

    kinds: Mapping[VisitKind, KindSettings] = Field(
        default_factory=default_kinds, description="The kinds of visit: guest, delivery, contractor, other."
    )
    expire_overdue_at: TimeOfDay = Field(
        time(4, 0),
        description="Local time at which visits past their end, never signed out, are recorded as expired.",
    )
    keep_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        30,
        description="Days for which a visit is kept after it ended, with its photo and the number of a document; then "
        "it is purged, unless a hold keeps it. The touchscreen tells visitors so.",
    )
    returning_days: Annotated[int, Field(ge=0, le=366)] = Field(
        30,
        description="Days for which a visitor is found again at the touchscreen by telephone number, shown masked. "
        "0 switches it off.",
    )
    overstay_every_min: Annotated[float, Field(ge=1, le=1440)] = Field(
        30.0, description="Minutes until an alarm about a visitor who is inside past the visit's end is told again."
    )
    overstay_until_h: Annotated[float, Field(ge=0, le=MAX_STAY_H)] = Field(
        3.0, description="Hours after a visit's end during which its overstay is told; 0: at the end only."
    )

    @field_validator("kinds")
    @classmethod
    def _couriers_show_no_document(cls, value: Mapping[VisitKind, KindSettings]) -> Mapping[VisitKind, KindSettings]:
        if VisitField.DOCUMENT in value[VisitKind.DELIVERY].asks:
            raise ValueError("`document` cannot be asked of deliveries: couriers come with both hands full")
        return value

    @property
    def overstay(self) -> OverstayRule:
        """When an overstay is told."""
        return OverstayRule(timedelta(minutes=self.overstay_every_min), timedelta(hours=self.overstay_until_h))

    @field_validator("kinds", mode="before")
    @classmethod
    def _fill_in(cls, value: object) -> object:
        """What a file leaves out of a kind stays as that kind has it; a kind it leaves out stays whole."""
        if not isinstance(value, Mapping):
            return value
        defaults: dict[str, dict[str, Any]] = {kind.value: dict(kept) for kind, kept in default_kinds().items()}
        given = {str(kind): {**defaults.get(str(kind), {}), **_table(settings)} for kind, settings in value.items()}
        return defaults | given
