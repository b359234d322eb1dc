"""What comes out about residents' links and invitations; as `web.api.answers`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from kiosk.domain.invitations import InvitationState
from kiosk.domain.notices import Language
from web.api.answers import _EXAMPLE_ID, IssuedPass, _Answer, _Page


class ResidentLinkItem(_Answer):
    """A resident's link. Neither its address nor where its owner is told can be read again."""

    id: Annotated[str, Field(description="The link's id.", examples=[_EXAMPLE_ID])]
    unit: Annotated[str, Field(examples=["1-A-12-3"])]
    name: Annotated[str, Field(description="What the estate calls it: whose telephone.", examples=["陳太 phone"])]
    phone: Annotated[str, Field(description="Whom a guard calls when nobody answers.", examples=["9123 4567"])]
    language: Annotated[Language, Field(description="In which its holder is told.")]
    is_owner: Annotated[bool, Field(description="Whether it is the unit's owner's, who approves release slips by it.")]
    is_told: Annotated[
        bool, Field(description="Whether its holder is told when somebody asks for the unit, and of its goods.")
    ]
    failure: Annotated[
        str, Field(description="Why the last notice did not arrive; else empty.", examples=["not-taken"])
    ]
    told_at: Annotated[datetime | None, Field(description="When a notice was last taken.")]
    created_at: datetime
    used_at: Annotated[datetime, Field(description="When it was last opened, by the hour.")]
    lapses_at: Annotated[datetime, Field(description="It ends then unless somebody opens it before.")]


class NewResidentLink(ResidentLinkItem):
    """A resident's link that has just been made."""

    url: Annotated[
        str,
        Field(
            description="What to send to the resident. It is told this once.",
            examples=["http://192.168.1.10:8080/r/0HbUXl2l0PWnNKyuuZpA7gRZrIhVYaXnS7cVsfeGgmk"],
        ),
    ]


class InvitationItem(_Answer):
    """An invitation on record, with its pass."""

    id: Annotated[str, Field(description="The invitation's id.", examples=[_EXAMPLE_ID])]
    unit: Annotated[str, Field(examples=["1-A-12-3"])]
    state: Annotated[InvitationState, Field(description="`used`: its one entry is spent; `over`: its time is.")]
    visitor_name: Annotated[str, Field(examples=["李小明"])]
    phone: str
    vehicle_plate: str
    not_before: datetime
    not_after: datetime
    weekly: Annotated[
        dict[str, list[str]] | None,
        Field(
            description="For each weekday the hours, by the estate's clock; null: any hour.",
            examples=[{"mon": ["09:00-12:00"]}],
        ),
    ]
    uses: Annotated[int, Field(description="How many times its guest has come in.")]
    max_uses: Annotated[int | None, Field(description="null: any number of times.")]
    link_id: Annotated[str | None, Field(description="The resident's link that made it; null when a program did.")]
    created_at: datetime
    issued: Annotated[IssuedPass, Field(alias="pass", description="The code to send to the guest.")]


class ResidentLinkPage(_Page):
    """Residents' links, the newest first."""

    items: list[ResidentLinkItem]


class InvitationPage(_Page):
    """Invitations, the newest first."""

    items: list[InvitationItem]
