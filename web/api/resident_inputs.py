"""What may go in about residents' links and invitations; as strict as `web.api.inputs`."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, field_validator

from kiosk.domain.notices import Language
from kiosk.domain.time_profiles import MAX_SPANS, Day, Span, TimeProfile
from kiosk.services.resident_links import MAX_ADDRESS, MAX_NAME
from kiosk.services.visit_input import MAX_CHARACTERS
from web.api.inputs import Cursor, Limit, Moment, Name, OneLine, UnitCode, _Input, _Query

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class NewResidentLinkBody(_Input):
    """A link to make for a resident."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"unit": "1-A-12-3", "name": "陳太 phone"},
                {
                    "unit": "1-A-12-3",
                    "name": "陳太 phone",
                    "phone": "9123 4567",
                    "address": "bark://bark.example/KEY",
                    "language": "zh_Hant",
                },
            ]
        }
    )

    unit: Annotated[UnitCode, Field(description="Code of the resident's unit.")]
    name: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME),
        OneLine,
        Field(description="What the estate calls the link: whose telephone."),
    ]
    phone: Annotated[
        str,
        StringConstraints(max_length=MAX_CHARACTERS["phone"]),
        Field(description="Whom a guard calls when nobody of the unit answers."),
    ] = ""
    address: Annotated[
        str,
        StringConstraints(max_length=MAX_ADDRESS),
        Field(
            description="Where its holder is told when somebody asks for the unit, and of its goods, in apprise's "
            "notation. It is kept sealed and cannot be read again. Left out: nobody is told."
        ),
    ] = ""
    language: Annotated[Annotated[Language, Field(strict=False)], Field(description="In which its holder is told.")] = (
        Language.ZH_HANT
    )
    is_owner: Annotated[
        bool,
        Field(
            description="It is the unit's owner's, who approves by it what leaves the unit. Left out: a tenant's, or "
            "of the household."
        ),
    ] = False


_HOURS: Final = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")


def _read_hours(value: str) -> str:
    found = _HOURS.fullmatch(value)
    if not found:
        raise ValueError("Write hours as in 09:00-12:30; a day ends at 24:00")
    return value


Hours = Annotated[str, AfterValidator(_read_hours)]


class NewInvitationBody(_Input):
    """A guest to invite."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "unit": "1-A-12-3",
                    "visitor_name": "李小明",
                    "not_before": "2026-03-01T09:00:00+08:00",
                    "not_after": "2026-03-01T21:00:00+08:00",
                },
                {
                    "unit": "1-A-12-3",
                    "visitor_name": "Maria Santos",
                    "not_before": "2026-03-01T00:00:00+08:00",
                    "not_after": "2026-06-01T00:00:00+08:00",
                    "weekly": {"mon": ["09:00-13:00"], "thu": ["09:00-13:00"]},
                },
            ]
        }
    )

    unit: Annotated[UnitCode, Field(description="Code of the unit that invites.")]
    visitor_name: Annotated[Name, Field(description="The guest's name, which also lets them in at the touchscreen.")]
    not_before: Annotated[Moment, Field(description="The code is good from here on; may lie in the past.")]
    not_after: Annotated[Moment, Field(description="It ends here; not in the past, and within 366 days.")]
    phone: Annotated[
        str, StringConstraints(max_length=MAX_CHARACTERS["phone"]), Field(description="The guest's telephone.")
    ] = ""
    vehicle_plate: Annotated[
        str, StringConstraints(max_length=MAX_CHARACTERS["vehicle_plate"]), OneLine, Field(description="Number plate.")
    ] = ""
    weekly: Annotated[
        dict[Weekday, Annotated[list[Hours], Field(min_length=1, max_length=MAX_SPANS)]] | None,
        Field(
            min_length=1,
            description="For a guest who comes every week: the hours of each weekday by the estate's clock, up to "
            "three spans a day. Left out or null: any hour between the two times.",
        ),
    ] = None
    comes_and_goes: Annotated[
        bool, Field(description="Good for coming in any number of times. Left out: once, unless `weekly` is given.")
    ] = False

    def weekly_profile(self) -> TimeProfile | None:
        """The hours as the rules know them."""
        if self.weekly is None:
            return None
        return TimeProfile({Day(day): tuple(map(_span, hours)) for day, hours in self.weekly.items()})

    @field_validator("weekly")
    @classmethod
    def _hours_lie_apart(cls, value: dict[Weekday, list[str]] | None) -> dict[Weekday, list[str]] | None:
        for day, hours in (value or {}).items():
            TimeProfile({Day(day): tuple(map(_span, hours))})
        return value


def _span(hours: str) -> Span:
    begins, ends = (int(clock[:2]) * 60 + int(clock[3:]) for clock in hours.split("-"))
    return Span(begins, ends)


class RefuseVisitBody(_Input):
    """A visitor to turn away."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "not expected"}]})

    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=MAX_CHARACTERS["purpose"]),
        OneLine,
        Field(description="Why; it stands with the visit, and the visitor does not see it."),
    ] = ""


class OfUnitQuery(_Query):
    """Of which unit."""

    unit: Annotated[str, StringConstraints(max_length=32), Field(description="Only those of this unit.")] = ""
    limit: Limit = 50
    cursor: Cursor = None
