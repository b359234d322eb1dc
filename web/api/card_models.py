"""What goes in and comes out about cards."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field, StringConstraints

from kiosk.domain.access import Code
from kiosk.domain.card_numbers import CardNumberFormat
from kiosk.domain.card_proof import CardTechnology
from kiosk.services.cards import MAX_GROUP_CHARACTERS, MAX_REASON_CHARACTERS
from kiosk.services.goods.goods_input import MAX_CHARACTERS as OF_GOODS
from web.api.answers import _Answer, _Page
from web.api.inputs import Cursor, LaneName, Limit, Moment, Name, OneLine, UnitCode, _Input, _Query

_EXAMPLE_ID: Final = "0195a3c2f0d17c3b9e5a41d2c8b7f610"


class CardState(StrEnum):
    """What the estate says of a card."""

    ACTIVE = "active"
    LOST = "lost"
    SUSPENDED = "suspended"
    RETURNED = "returned"


def _left_out() -> Any:
    """The value of a field that was not sent and that null is no value for; `model_fields_set` tells."""
    return None


_Lanes = Annotated[frozenset[LaneName], Field(min_length=1)]
_ProfileId = Annotated[str, StringConstraints(max_length=32)]
_Group = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_GROUP_CHARACTERS), OneLine]
_Carrier = Annotated[str, StringConstraints(strip_whitespace=True, max_length=OF_GOODS["carrier"]), OneLine]
_LANES: Final = "The lanes it is good for. null: all."
_PROFILE: Final = "Id of the time profile at whose hours it opens. null: at any hour."
_GROUP: Final = "The first card of a group on a day opens a lane that waits for it. Empty: none."
_OWNER: Final = "It is the unit's owner's: its tap at the desk signs the unit's release slips."
_CARRIER: Final = (
    "It is a courier's of this company: it opens no lane, and its tap at the touchscreen begins a delivery there. "
    "Empty: no courier's."
)
_DURESS: Final = "It opens like any other, and raises an alarm that nobody at the gate sees or hears."


class NewCardBody(_Input):
    """A card to put on record, by its UID or by the number printed on it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "uid": "04:A2:24:5B:6C:7D:80",
                    "holder": "何美玲",
                    "unit": "1-A-12-3",
                    "valid_to": "2027-03-01T00:00:00+08:00",
                },
                {
                    "number": "0007625328",
                    "format": "decimal",
                    "holder": "Siti Rahma",
                    "unit": "1-A-12-3",
                    "lanes": ["in", "out"],
                    "group": "cleaning",
                },
            ]
        }
    )

    uid: Annotated[
        str | None,
        StringConstraints(max_length=64),
        Field(
            description="UID in hex, in the order in which the card tells it: 4, 7 or 10 bytes, with or without colons "
            "or spaces. Left out or null: `number` and `format` say it."
        ),
    ] = None
    number: Annotated[
        str | None,
        StringConstraints(max_length=64),
        Field(
            description="The number as it is printed, in place of `uid`. One that fits into four bytes is taken to be "
            "that of a UID of four; 26 bits are always those of several cards, and refused."
        ),
    ] = None
    format: Annotated[CardNumberFormat | None, Field(description="How `number` is made from the UID.")] = None
    holder: Annotated[Name, Field(description="Who carries the card.")]
    unit: Annotated[UnitCode, Field(description="Code of the holder's unit.")]
    valid_from: Annotated[Moment | None, Field(description="Good from here on. Left out or null: at once.")] = None
    valid_to: Annotated[Moment | None, Field(description="Ends here. Left out or null: never.")] = None
    lanes: Annotated[_Lanes | None, Field(description=_LANES)] = None
    time_profile: Annotated[_ProfileId | None, Field(description=_PROFILE)] = None
    group: Annotated[_Group, Field(description=_GROUP)] = ""
    for_duress: Annotated[bool, Field(description=_DURESS)] = False
    is_owner: Annotated[bool, Field(description=_OWNER)] = False
    carrier: Annotated[_Carrier, Field(description=_CARRIER)] = ""
    technology: Annotated[
        CardTechnology | None,
        Field(
            description="What the card is. `desfire`: it has the estate's key and has to prove it at every tap. "
            "Left out or null: its first tap tells."
        ),
    ] = None
    for_visits: Annotated[
        bool, Field(description="A visitor card: opens nothing by itself, is lent at the gate, lets its visitor out.")
    ] = False


class CardChangeBody(_Input):
    """What changes about a card. What is left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"state": "lost", "reason": "left in a taxi"},
                {"holder": "何美玲", "unit": "2-C-3-5", "lanes": None, "valid_to": "2027-03-01T00:00:00+08:00"},
            ]
        }
    )

    state: Annotated[CardState, Field(default_factory=_left_out, description="Only an active card opens a lane.")]
    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=MAX_REASON_CHARACTERS),
        OneLine,
        Field(description="Why it has another state. It stays with the card, and out of the journal."),
    ] = ""
    holder: Annotated[Name, Field(default_factory=_left_out, description="Who carries the card.")]
    unit: Annotated[UnitCode, Field(default_factory=_left_out, description="Code of the holder's unit.")]
    valid_from: Annotated[Moment | None, Field(description="Good from here on. null: from the beginning.")] = None
    valid_to: Annotated[Moment | None, Field(description="Ends here. null: never.")] = None
    lanes: Annotated[_Lanes | None, Field(description=_LANES)] = None
    time_profile: Annotated[_ProfileId | None, Field(description=_PROFILE)] = None
    group: Annotated[_Group, Field(default_factory=_left_out, description=_GROUP)]
    for_duress: Annotated[bool, Field(default_factory=_left_out, description=_DURESS)]
    is_owner: Annotated[bool, Field(default_factory=_left_out, description=_OWNER)]
    carrier: Annotated[_Carrier, Field(default_factory=_left_out, description=_CARRIER)]


class CardsQuery(_Query):
    """Which cards."""

    q: Annotated[
        str,
        StringConstraints(max_length=100),
        Field(
            description="A holder's name or part of one (one Chinese character is enough), a unit's code, a group, "
            "a courier's company, or the card's number: its UID, or what is printed on it in whatever format.",
            examples=["116:23152"],
        ),
    ] = ""
    state: Annotated[CardState | None, Field(description="Only cards in this state.")] = None
    unit: Annotated[str, StringConstraints(max_length=32), Field(description="Only cards of this unit.")] = ""
    limit: Limit = 50
    cursor: Cursor = None


class LastSeen(_Answer):
    """A tap."""

    at: datetime
    lane: Annotated[str, Field(examples=["in"])]
    code: Annotated[str, Field(description="What was decided.", examples=[Code.GRANTED.value])]


class CardItem(_Answer):
    """A card on record."""

    id: Annotated[str, Field(description="The card's id.", examples=[_EXAMPLE_ID])]
    uid: Annotated[str, Field(description="Upper-case hex.", examples=["04A2245B6C7D80"])]
    numbers: Annotated[
        dict[CardNumberFormat, str],
        Field(
            description="What may be printed on it or stand in a log, by format. A Wiegand number is "
            "`facility:number`, without its parity.",
            examples=[{"decimal": "0007625328", "wiegand-26": "116:23152"}],
        ),
    ]
    holder: Annotated[str, Field(examples=["何美玲"])]
    unit: Annotated[str, Field(examples=["1-A-12-3"])]
    valid_from: datetime | None
    valid_to: datetime | None
    lanes: Annotated[list[str] | None, Field(description=_LANES, examples=[["in", "out"]])]
    time_profile: Annotated[str | None, Field(description=_PROFILE)]
    group: Annotated[str, Field(description=_GROUP, examples=["cleaning"])]
    for_duress: Annotated[bool, Field(description=_DURESS)]
    is_owner: Annotated[bool, Field(description=_OWNER)]
    carrier: Annotated[str, Field(description=_CARRIER, examples=["順豐速運 SF Express"])]
    state: CardState
    state_reason: Annotated[str, Field(description="Why it has that state.", examples=["left in a taxi"])]
    state_at: Annotated[datetime | None, Field(description="Since when; null for a card that is as it was added.")]
    state_by: Annotated[str | None, Field(description="Whose act that was.", examples=["user clerk"])]
    technology: Annotated[
        CardTechnology | None,
        Field(description="`uid-only` and `classic` cards can be copied; null before the first tap tells."),
    ]
    for_visits: Annotated[bool, Field(description="Whether it is lent to visitors.")]
    created_at: datetime
    last_seen: Annotated[LastSeen | None, Field(description="Its last tap; null when it was never held up.")]


class CardPage(_Page):
    """Cards, the one put on record last first."""

    items: list[CardItem]
