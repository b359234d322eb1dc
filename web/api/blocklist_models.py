"""What goes in and out about the blocklist."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from pydantic import ConfigDict, Field, StringConstraints

from kiosk.domain.blocklist import BlockState
from kiosk.services.blocklist import MAX_REASON_CHARACTERS
from kiosk.services.visit_input import MAX_CHARACTERS
from web.api.answers import _Answer, _Page
from web.api.inputs import Cursor, Limit, Moment, OneLine, _Input, _Query

_EXAMPLE_ID: Final = "0195a3c2f0d17c3b9e5a41d2c8b7f610"

_Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=MAX_CHARACTERS["visitor_name"]),
    OneLine,
    Field(description="The person's name. Whoever signs in under the same name is *perhaps* the one."),
]
_Phone = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=MAX_CHARACTERS["phone"]),
    Field(description="The person's number: 5 to 15 digits. With or without its country code it is the same one."),
]
_Plate = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=MAX_CHARACTERS["vehicle_plate"]),
    OneLine,
    Field(description="The plate of the person's vehicle."),
]
_Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=MAX_REASON_CHARACTERS),
    OneLine,
    Field(description="Why, in words; guards read it, visitors never."),
]


class NewBlocklistBody(_Input):
    """Somebody who is not to be let in, by at least one of name, phone and plate."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "陳大文", "phone": "+852 9123 4567", "reason": "曾威脅保安員"},
                {"vehicle_plate": "AB 1234", "reason": "broke the barrier", "ends_at": "2026-09-01T00:00:00+08:00"},
            ]
        }
    )

    name: _Name = ""
    phone: _Phone = ""
    vehicle_plate: _Plate = ""
    reason: _Reason
    ends_at: Annotated[
        Moment | None, Field(description="The entry ends by itself then. Left out or null: when somebody ends it.")
    ] = None


class BlocklistChangeBody(_Input):
    """What changes about an entry; what is left out stays."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"vehicle_plate": "CD 567"}, {"ends_at": None, "reason": "came again"}]}
    )

    name: _Name = ""
    phone: _Phone = ""
    vehicle_plate: _Plate = ""
    reason: _Reason = ""
    ends_at: Annotated[Moment | None, Field(description="null: it does not end by itself.")] = None


class BlocklistQuery(_Query):
    """Which entries."""

    state: Annotated[BlockState | None, Field(description="Only entries in this state.")] = None
    q: Annotated[
        str,
        StringConstraints(max_length=80),
        Field(
            description="A name or part of one, four or more last digits of a phone, or the start of a plate.",
            examples=["陳"],
        ),
    ] = ""
    limit: Limit = 50
    cursor: Cursor = None


class BlocklistItem(_Answer):
    """An entry of the blocklist."""

    id: Annotated[str, Field(description="The entry's id; a visit that it held up has it.", examples=[_EXAMPLE_ID])]
    state: Annotated[BlockState, Field(description="`ended`: taken off the list, or its time is up.")]
    name: Annotated[str, Field(description="As typed; empty when not known.", examples=["陳大文"])]
    phone: Annotated[str, Field(description="As typed; empty when not known.", examples=["+852 9123 4567"])]
    vehicle_plate: Annotated[str, Field(description="As typed; empty when not known.", examples=["AB 1234"])]
    reason: Annotated[str, Field(examples=["曾威脅保安員"])]
    added_by: Annotated[str, Field(description="As the journal names an actor.", examples=["user chan"])]
    created_at: datetime
    ends_at: Annotated[datetime | None, Field(description="null: it does not end by itself.")]
    removed_at: Annotated[datetime | None, Field(description="When somebody took it off the list.")]
    removed_by: Annotated[str | None, Field(description="Who did, as the journal names an actor.")]


class BlocklistPage(_Page):
    """Entries, the newest first."""

    items: list[BlocklistItem]
