"""What may go in: the models that validate requests and describe them.

Strict: a number is no text, a field nobody knows is refused, a time carries its zone. Texts are kept as
typed but for white space at their ends.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from kiosk.domain.alarms import AlarmState
from kiosk.domain.goods import MAX_CARRIED, MAX_CARRIED_QUANTITY
from kiosk.domain.text import is_one_line
from kiosk.domain.visits import MAX_STAY_H, VisitKind, VisitState
from kiosk.domain.webhooks import MAX_TYPE_CHARACTERS, MAX_URL_CHARACTERS
from kiosk.services.alarms import MAX_NOTE_CHARACTERS
from kiosk.services.goods.carried import MAX_CHARACTERS as OF_CARRIED
from kiosk.services.paging import MAX_LIMIT
from kiosk.services.visit_input import MAX_CHARACTERS, MAX_COMPANIONS
from kiosk.services.webhooks import MAX_EVENTS

MAX_SEQ: Final = 2**63 - 1
_YEARS: Final = range(2000, 2100)
_RFC3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_TIME_NEEDED: Final = (
    "This has to be a date and time with its zone as in RFC 3339, for example 2026-03-01T09:00:00+08:00 "
    "(within an address, + is written %2B)"
)


def _read_time(value: Any) -> datetime:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError(_TIME_NEEDED)
    try:
        return datetime.fromisoformat(value.upper())
    except ValueError:
        raise ValueError("There is no such day or time") from None


def _of_our_time(value: datetime) -> datetime:
    if value.year not in _YEARS:
        raise ValueError(f"The year has to be within {_YEARS.start} and {_YEARS.stop - 1}")
    return value.astimezone(UTC)


def _one_line(value: str) -> str:
    if not is_one_line(value):
        raise ValueError("This has to be one line without control characters")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_read_time), AfterValidator(_of_our_time)]
"""A point in time as RFC 3339 writes it, handed on in UTC."""

OneLine: Final = AfterValidator(_one_line)
"""The text is one line; emoji and either direction of writing are fine. Stands after the text's other limits."""

Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_CHARACTERS["visitor_name"]),
    OneLine,
]
UnitCode = Annotated[str, StringConstraints(min_length=1, max_length=32)]
LaneName = Annotated[str, StringConstraints(min_length=1, max_length=16)]


class _Input(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Query(BaseModel):
    # Not strict: in an address every value is text.
    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(_Input):
    """No fields: the body may be left out."""


class NoQuery(_Query):
    """The address takes no query."""


# --- bodies ---


class CarriedBody(_Input):
    """Something that is carried in and is to be carried out again."""

    name: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=OF_CARRIED["name"]),
        OneLine,
        Field(description="What it is, kept as typed.", examples=["梯"]),
    ]
    quantity: Annotated[int, Field(ge=1, le=MAX_CARRIED_QUANTITY, description="How many.")] = 1


class NewVisitBody(_Input):
    """A visitor to sign in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"visitor_name": "陳大文", "unit": "1-A-12-3", "kind": "guest"},
                {
                    "visitor_name": "Wong Siu Ming",
                    "unit": "2-C-3-B",
                    "kind": "delivery",
                    "phone": "+852 9123 4567",
                    "vehicle_plate": "AB 1234",
                    "lane": "in",
                },
            ]
        }
    )

    visitor_name: Annotated[Name, Field(description="The visitor's name, kept as typed.")]
    unit: Annotated[UnitCode, Field(description="Code of the unit visited, as `GET /units` tells it.")]
    kind: Annotated[VisitKind, Field(description="Why somebody comes. The estate's settings say who approves it.")]
    phone: Annotated[
        str,
        StringConstraints(max_length=MAX_CHARACTERS["phone"]),
        Field(description="5 to 15 digits; `+`, spaces, dashes and brackets are fine."),
    ] = ""
    companions: Annotated[
        int, Field(ge=0, le=MAX_COMPANIONS, description="How many people come along, the visitor not counted.")
    ] = 0
    vehicle_plate: Annotated[
        str, StringConstraints(max_length=MAX_CHARACTERS["vehicle_plate"]), OneLine, Field(description="Number plate.")
    ] = ""
    purpose: Annotated[
        str,
        StringConstraints(max_length=MAX_CHARACTERS["purpose"]),
        OneLine,
        Field(description="What the visit is for."),
    ] = ""
    lane: Annotated[
        LaneName | None,
        Field(
            description="The lane where the visitor stands: it opens once the visit is signed in. "
            "Left out or null: no lane opens."
        ),
    ] = None
    carried: Annotated[
        list[CarriedBody],
        Field(
            max_length=MAX_CARRIED,
            description="Tools and machines that the visitor will take out again. A guard checks them before the "
            "visitor leaves.",
        ),
    ] = []


class OpenLaneBody(_Input):
    """A wish to open a lane."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"reason": "ambulance for block A"},
                {"reason": "ambulance for block A", "deadline": "2026-03-01T09:00:05Z"},
            ]
        }
    )

    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_CHARACTERS["purpose"]),
        OneLine,
        Field(description="Why; it stands in the journal."),
    ]
    deadline: Annotated[
        Moment | None,
        Field(
            description="After this moment the lane stays closed and the answer is `late`: a gate that opens late "
            "opens for the wrong person. At most 60 s ahead. Left out or null: 5 s from now."
        ),
    ] = None


class LockLaneBody(_Input):
    """Why a lane is locked."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "閘桿維修"}]})

    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_CHARACTERS["purpose"]),
        OneLine,
        Field(description="It stands on the guards' screens and in the journal: name nobody."),
    ]


class ForgiveCardBody(_Input):
    """Why a card is forgiven."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "經另一閘口離開"}]})

    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_CHARACTERS["purpose"]),
        OneLine,
        Field(description="It stands in the journal: name nobody."),
    ]


class Include(StrEnum):
    """What an event carries besides ids, numbers and units."""

    VISITOR = "visitor"


class NewWebhookBody(_Input):
    """A program to tell."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"url": "https://office.example/gate", "events": ["visit.signed_in", "visit.signed_out"]},
                {
                    "url": "http://192.168.1.20:8000/gate?from=north",
                    "events": ["alarm.raised"],
                    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                    "include": ["visitor"],
                },
            ]
        }
    )

    url: Annotated[
        str,
        StringConstraints(max_length=MAX_URL_CHARACTERS),
        Field(description="Where events are posted to: https, or http within the local network."),
    ]
    events: Annotated[
        list[Annotated[str, StringConstraints(max_length=MAX_TYPE_CHARACTERS)]],
        Field(min_length=1, max_length=MAX_EVENTS, description="The types of journal entries to be told of."),
    ]
    secret: Annotated[
        str | None,
        StringConstraints(max_length=128),
        Field(
            description="What signs the events: `whsec_` and 24 to 64 random bytes in base64. "
            "Left out or null: one is made."
        ),
    ] = None
    include: Annotated[
        frozenset[Include],
        Field(
            description="`visitor`: names, telephone numbers and plates come along. Left out: they do not, as they "
            "would stay with the receiver when they have been purged here."
        ),
    ] = frozenset()


class RaiseAlarmBody(_Input):
    """A call for help."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "panic"}, {"kind": "panic", "lane": "in"}]})

    kind: Annotated[Literal["panic"], Field(description="The one kind that is raised from outside.")]
    lane: Annotated[LaneName | None, Field(description="Where. Left out or null: at no lane.")] = None


class UnitChangeBody(_Input):
    """What changes about a unit."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"stay_h": 12}, {"stay_h": None}]})

    stay_h: Annotated[
        float | None,
        Field(gt=0, le=MAX_STAY_H, description="Hours its guests may stay, from the next one on. null: as any guest."),
    ]


class AcknowledgeBody(_Input):
    """What was found when somebody saw to an alarm."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "風吹開了閘門"}]})

    note: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NOTE_CHARACTERS),
        OneLine,
        Field(description="It stands with the alarm, and not in the journal."),
    ]


# --- queries ---

Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT, description="How many items a page has at most.")]
Cursor = Annotated[
    str | None,
    StringConstraints(max_length=64),
    Field(description="`next` of the page before; it has no meaning else."),
]


class VisitsQuery(_Query):
    """Which visits."""

    state: Annotated[VisitState | None, Field(description="Only visits in this state.")] = None
    q: Annotated[
        str,
        StringConstraints(max_length=100),
        Field(
            description="A name or part of one (one Chinese character is enough), four or more last digits of a phone, "
            "the start of a plate, a unit's code, or a visit's number.",
            examples=["陳"],
        ),
    ] = ""
    unit: Annotated[str, StringConstraints(max_length=32), Field(description="Only visits to this unit.")] = ""
    since: Annotated[
        Moment | None,
        Field(description="Only visits recorded at this time or later.", examples=["2026-03-01T00:00:00+08:00"]),
    ] = None
    limit: Limit = 50
    cursor: Cursor = None


class AlarmsQuery(_Query):
    """Which alarms."""

    state: Annotated[AlarmState | None, Field(description="Only alarms in this state.")] = None
    limit: Limit = 50
    cursor: Cursor = None


class UnitsQuery(_Query):
    """Which units."""

    q: Annotated[str, StringConstraints(max_length=32), Field(description="Part of the code.", examples=["A-12"])] = ""
    limit: Limit = 50
    cursor: Cursor = None


class JournalQuery(_Query):
    """Which entries."""

    after: Annotated[
        int | None,
        Field(ge=0, le=MAX_SEQ, description="The entries that follow this sequence number.", examples=[0]),
    ] = None
    limit: Limit = 100
    cursor: Annotated[
        int | None,
        Field(ge=0, le=MAX_SEQ, description="`next` of the page before: another name for `after`."),
    ] = None
