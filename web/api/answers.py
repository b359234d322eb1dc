"""What comes out: the models that make answers and describe them. Times are in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from hardware.interfaces import RelayState
from kiosk.domain.access import Direction
from kiosk.domain.alarms import AlarmKind, AlarmState
from kiosk.domain.card_proof import CardTechnology
from kiosk.domain.visits import VisitKind, VisitSource, VisitState
from kiosk.services.deliveries import SubscriberCondition
from web.api.catalogue import CATALOGUE
from web.api.inputs import CardState, Include

_EXAMPLE_ID: Final = "0195a3c2f0d17c3b9e5a41d2c8b7f610"
_EXAMPLE_PASS_ID: Final = "0195a3c2f0d27a90b1c6d8e7f4a35b29"  # noqa: S105 - the id of a QR pass, not a password
_EXAMPLE_TOKEN: Final = "6BFAX6LO40:4M1HV30C+80T*GHWDJ1RHM7$UO9JSNB:K8E"  # noqa: S105 - shape of a QR pass


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class IssuedPass(_Answer):
    """A pass."""

    id: Annotated[str, Field(description="The pass's id, for revoking it.", examples=[_EXAMPLE_PASS_ID])]
    token: Annotated[
        str, Field(description="The text to show as a QR code, in alphanumeric mode.", examples=[_EXAMPLE_TOKEN])
    ]


class SignedIn(_Answer):
    """What a sign-in led to."""

    id: Annotated[str, Field(description="The visit's id.", examples=[_EXAMPLE_ID])]
    number: Annotated[str, Field(description="The number people call it by.", examples=["260301-017"])]
    state: Annotated[
        VisitState, Field(description="`signed_in`, or `waiting` where a guard or the host has to approve.")
    ]
    # `pass` is a word of the language, so the attribute has another name.
    issued: Annotated[
        IssuedPass | None,
        Field(alias="pass", description="The pass that opens the way out; null while the visit is waiting."),
    ]


class VisitItem(_Answer):
    """A visit on record."""

    id: Annotated[str, Field(description="The visit's id.", examples=[_EXAMPLE_ID])]
    number: Annotated[str, Field(description="The number people call it by.", examples=["260301-017"])]
    state: VisitState
    kind: VisitKind
    unit: Annotated[str, Field(description="Code of the unit visited.", examples=["1-A-12-3"])]
    visitor_name: Annotated[str, Field(description="As typed.", examples=["陳大文"])]
    phone: Annotated[str, Field(description="As typed; empty when not known.", examples=["+852 9123 4567"])]
    companions: int
    vehicle_plate: Annotated[str, Field(description="As typed; empty without one.", examples=["AB 1234"])]
    purpose: str
    source: Annotated[VisitSource, Field(description="By which way it was signed in.")]
    lane: Annotated[str | None, Field(description="Where the visitor came in; null when at no lane.", examples=["in"])]
    created_at: datetime
    signed_in_at: Annotated[datetime | None, Field(description="null for a visit that was never let in.")]
    ends_at: Annotated[datetime | None, Field(description="When the stay is expected to be over.")]
    ended_at: Annotated[datetime | None, Field(description="null while it lasts.")]


class VisitWithPass(VisitItem):
    """A visit on record, with its pass."""

    issued: Annotated[IssuedPass | None, Field(alias="pass", description="null for a visit that was never let in.")]


class UnitItem(_Answer):
    """A flat or house. Nothing is told about who lives there."""

    code: Annotated[str, Field(description="What `unit` takes everywhere.", examples=["1-A-12-3"])]
    phase: Annotated[str, Field(examples=["1"])]
    block: Annotated[str, Field(examples=["A"])]
    floor: Annotated[str, Field(examples=["12"])]
    door: Annotated[str, Field(examples=["3"])]


class CardItem(_Answer):
    """A card on record."""

    id: Annotated[str, Field(description="The card's id.", examples=[_EXAMPLE_ID])]
    uid: Annotated[str, Field(description="Upper-case hex.", examples=["04A2245B6C7D80"])]
    holder: Annotated[str, Field(examples=["何美玲"])]
    unit: Annotated[str, Field(examples=["1-A-12-3"])]
    valid_from: datetime | None
    valid_to: datetime | None
    state: CardState
    technology: Annotated[
        CardTechnology | None,
        Field(description="`uid-only` and `classic` cards can be copied; null before the first tap tells."),
    ]
    for_visits: Annotated[bool, Field(description="Whether it is lent to visitors.")]


class LaneItem(_Answer):
    """One way through the gate."""

    name: Annotated[str, Field(examples=["in"])]
    direction: Annotated[Direction, Field(description="Which way it leads, seen from outside the estate.")]
    relay: Annotated[
        RelayState, Field(description="What the barrier's relay does now; `closed`: the device is not there.")
    ]


class LaneOpened(_Answer):
    """The lane has opened."""

    outcome: Literal["opened"]


class AlarmItem(_Answer):
    """An alarm on record."""

    id: Annotated[str, Field(description="The alarm's id.", examples=[_EXAMPLE_ID])]
    kind: Annotated[
        AlarmKind,
        Field(
            description="`forced`: a gate opened and nobody was let through; `held`: it stood open too long; `fire`; "
            "`cloned`: a card with another's number."
        ),
    ]
    state: AlarmState
    lane: Annotated[str | None, Field(description="Where; null when it is about no lane.", examples=["in"])]
    raised_at: datetime
    subject: Annotated[
        dict[str, str],
        Field(description="Ids of what it is about, by what they are.", examples=[{"card": _EXAMPLE_ID}]),
    ]
    acknowledged_at: Annotated[datetime | None, Field(description="null while it is open.")]
    acknowledged_by: Annotated[
        str | None, Field(description="Who saw to it, as the journal names an actor.", examples=["user chan"])
    ]
    note: Annotated[str | None, Field(description="What they found.", examples=["風吹開了閘門"])]


class JournalItem(_Answer):
    """An entry of the journal. It names people by the ids of their records only."""

    seq: Annotated[int, Field(description="Without gaps, from 1.", examples=[17])]
    at: datetime
    clock: Annotated[str, Field(description="How far the clock could be believed then.", examples=["synchronised"])]
    actor: Annotated[str, Field(description="Who did it.", examples=["api directory", "lane in"])]
    type: Annotated[str, Field(description="What happened.", examples=["visit.signed_in"])]
    payload: Annotated[
        dict[str, JsonValue],
        Field(description="Particulars of the type.", examples=[{"visit": _EXAMPLE_ID, "number": "260301-017"}]),
    ]
    previous_hash: Annotated[str, Field(description="`hash` of the entry before, in hex; 64 zeros for the first.")]
    hash: Annotated[str, Field(description="SHA-256 over the entry and `previous_hash`, in hex.")]


class WebhookItem(_Answer):
    """A program that is told, and how that goes."""

    id: Annotated[str, Field(description="The webhook's id.", examples=[_EXAMPLE_ID])]
    url: Annotated[str, Field(examples=["https://office.example/gate"])]
    events: Annotated[list[str], Field(description="The types it is told of.", examples=[["visit.signed_in"]])]
    include: Annotated[list[Include], Field(description="What events carry besides ids, numbers and units.")]
    created_at: datetime
    condition: Annotated[
        SubscriberCondition,
        Field(
            description="`retrying`: the last attempt was in vain; `failing`: the last five were; `misconfigured`: its "
            "secret cannot be opened any more; `disabled`: given up."
        ),
    ]
    failure: Annotated[
        str, Field(description="Why the last attempt was in vain; else empty.", examples=["http-503", "unreachable"])
    ]
    failures: Annotated[int, Field(description="Attempts in vain since the last that was not.")]
    failing_since: datetime | None
    delivered_at: Annotated[datetime | None, Field(description="When an event was last taken.")]
    disabled_at: Annotated[datetime | None, Field(description="When it was given up: nothing more is told.")]
    after: Annotated[
        int,
        Field(
            description="All up to this `seq` is settled: `GET /journal?after=` has what was not told.", examples=[17]
        ),
    ]


class NewWebhook(WebhookItem):
    """A program that is told from now on."""

    secret: Annotated[
        str,
        Field(
            description="What signs the events. It is shown this once.",
            examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        ),
    ]


class _Page(_Answer):
    next: Annotated[
        str | None, Field(description="Hand this back as `cursor` for the following page; null after the last.")
    ]


class VisitPage(_Page):
    """Visits, the newest first."""

    items: list[VisitItem]


class UnitPage(_Page):
    """Units in the order of the directory."""

    items: list[UnitItem]


class LanePage(_Page):
    """All lanes."""

    items: list[LaneItem]


class WebhookPage(_Page):
    """All webhooks, the oldest first."""

    items: list[WebhookItem]


class AlarmPage(_Page):
    """Alarms, the newest first."""

    items: list[AlarmItem]


class JournalPage(_Page):
    """Entries, the oldest first."""

    items: list[JournalItem]


class ErrorDetail(_Answer):
    """What is wrong."""

    code: Annotated[
        str,
        Field(
            description="Stable: programs go by this.",
            examples=["invalid"],
            json_schema_extra={"enum": sorted(CATALOGUE)},
        ),
    ]
    message: Annotated[
        str, Field(description="A sentence for a person.", examples=["Some of the input cannot be used."])
    ]
    fields: Annotated[
        dict[str, str],
        Field(
            description="Only with `invalid`: each field at fault with a sentence about it.",
            examples=[{"unit": "There is no such unit."}],
            default_factory=dict,
        ),
    ]


class ErrorAnswer(_Answer):
    """Every error of the API looks like this."""

    error: ErrorDetail
