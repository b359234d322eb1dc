"""What comes out: the models that make answers and describe them. Times are in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from hardware.interfaces import RelayState
from kiosk.domain.access import Direction
from kiosk.domain.alarms import AlarmKind, AlarmState
from kiosk.domain.muster import PersonKind
from kiosk.domain.self_test import Result, Step
from kiosk.domain.visits import VisitKind, VisitSource, VisitState
from kiosk.services.deliveries import SubscriberCondition
from web.api.catalogue import CATALOGUE
from web.api.inputs import Include

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
    blocklist_id: Annotated[
        str | None, Field(description="The entry of the blocklist by which the visitor was held up; null without one.")
    ]


class CarriedThing(_Answer):
    """Something that was carried in, and what was seen of it on the way out."""

    line: Annotated[int, Field(description="Counted from 1.")]
    name: Annotated[str, Field(description="As typed.", examples=["梯"])]
    quantity: int
    out: Annotated[int | None, Field(description="How many went out; null while nobody has looked.")]
    checked_at: datetime | None
    note: Annotated[str, Field(description="Why fewer went out than came in.")]


class VisitWithPass(VisitItem):
    """A visit on record, with its pass and what is carried in and out again."""

    issued: Annotated[IssuedPass | None, Field(alias="pass", description="null for a visit that was never let in.")]
    carried: Annotated[
        list[CarriedThing],
        Field(
            description="Tools and machines to be taken out again. Unchecked ones keep the visit from being signed out."
        ),
    ]


class UnitItem(_Answer):
    """A flat or house. Nothing is told about who lives there."""

    code: Annotated[str, Field(description="What `unit` takes everywhere.", examples=["1-A-12-3"])]
    phase: Annotated[str, Field(examples=["1"])]
    block: Annotated[str, Field(examples=["A"])]
    floor: Annotated[str, Field(examples=["12"])]
    door: Annotated[str, Field(examples=["3"])]
    stay_h: Annotated[
        float | None, Field(description="How many hours its guests may stay; null: as long as any guest.")
    ]


class LaneLocked(_Answer):
    """A guard's lock, or a program's."""

    locked_at: datetime
    locked_by: Annotated[str, Field(description="Who, as the journal names an actor.", examples=["user chan"])]
    reason: Annotated[str, Field(examples=["閘桿維修"])]


class LaneItem(_Answer):
    """One way through the gate."""

    name: Annotated[str, Field(examples=["in"])]
    direction: Annotated[Direction, Field(description="Which way it leads, seen from outside the estate.")]
    relay: Annotated[
        RelayState, Field(description="What the barrier's relay does now; `closed`: the device is not there.")
    ]
    lock: Annotated[LaneLocked | None, Field(description="null while it is not locked.")]


class LaneOpened(_Answer):
    """The lane has opened."""

    outcome: Literal["opened"]


class SelfTestStep(_Answer):
    """One step of a self-test."""

    step: Annotated[
        Step,
        Field(
            description="`relay`, `inputs`, `reader`, `camera`: a sign of life of the device; `decoder`: a code in a "
            "drawn picture is read; `lane`: its worker takes a test credential; `decision`: the rules let it through; "
            "`store`: that is on the disk; `pulse`, `contact`: of a relay that leads back and not to the barrier."
        ),
    ]
    result: Annotated[Result, Field(description="`absent`: the lane has none; `skipped`: what comes before it failed.")]
    code: Annotated[str, Field(description="What is wrong; empty where nothing is.", examples=["", "unplugged"])]
    took_ms: Annotated[float | None, Field(description="Only where a time tells something.", examples=[1.25])]


class SelfTestItem(_Answer):
    """What a self-test found."""

    id: Annotated[str, Field(description="The test's id, as in the journal.", examples=[_EXAMPLE_ID])]
    lane: Annotated[str, Field(examples=["in"])]
    passed: Annotated[bool, Field(description="Whether everything that the lane has is in order.")]
    recorded: Annotated[bool, Field(description="Whether it is in the journal.")]
    begun_at: datetime
    path_ms: Annotated[
        float | None, Field(description="Time of the test credential to the relay; null when it did not get there.")
    ]
    steps: list[SelfTestStep]


class AlarmItem(_Answer):
    """An alarm on record."""

    id: Annotated[str, Field(description="The alarm's id.", examples=[_EXAMPLE_ID])]
    kind: Annotated[
        AlarmKind,
        Field(
            description="`forced`: a gate opened and nobody was let through; `held`: it stood open too long; `fire`; "
            "`cloned`: a card with another's number; `overstay`: a visitor inside past the visit's end; `panic`: a "
            "call for help; `duress`: somebody was made to open, and no screen at the gate shows it; `called`: "
            "somebody at the touchscreen asks for the guard; `vehicle`: one stood in a lane for too long, and it has "
            "closed."
        ),
    ]
    state: AlarmState
    lane: Annotated[str | None, Field(description="Where; null when it is about no lane.", examples=["in"])]
    raised_at: datetime
    raised_by: Annotated[
        str | None,
        Field(description="Who did, as the journal names an actor; null: the gate by itself.", examples=["user chan"]),
    ]
    repeats: Annotated[int, Field(description="How often it was told again because nobody had seen to it.")]
    subject: Annotated[
        dict[str, str],
        Field(description="Ids of what it is about, by what they are.", examples=[{"card": _EXAMPLE_ID}]),
    ]
    acknowledged_at: Annotated[datetime | None, Field(description="null while it is open.")]
    acknowledged_by: Annotated[
        str | None,
        Field(
            description="Who saw to it, as the journal names an actor; `system`: what it was about is over.",
            examples=["user chan"],
        ),
    ]
    note: Annotated[str | None, Field(description="What they found.", examples=["風吹開了閘門"])]


class MusterPerson(_Answer):
    """Somebody inside, and who came with them."""

    kind: Annotated[PersonKind, Field(description="By which record they are known to be inside.")]
    id: Annotated[str, Field(description="That record's id.", examples=[_EXAMPLE_ID])]
    name: Annotated[str, Field(examples=["陳大文"])]
    number: Annotated[str, Field(description="A visit's number; else empty.", examples=["260301-017"])]
    companions: Annotated[int, Field(description="How many came with them and have no record of their own.")]
    since: datetime
    safe_at: Annotated[datetime | None, Field(description="When they were called safe; null while nobody has.")]
    safe_by: Annotated[
        str | None, Field(description="Who called them so, as the journal names an actor.", examples=["user chan"])
    ]


class MusterUnit(_Answer):
    """Those inside for one unit."""

    unit: Annotated[str, Field(description="The unit's code.", examples=["1-A-12-3"])]
    people: Annotated[int, Field(description="With companions.")]
    persons: Annotated[list[MusterPerson], Field(description="Who has been inside longest comes first.")]


class MusterFire(_Answer):
    """The fire that is on record."""

    id: Annotated[str, Field(description="The fire's id, as the journal has it.", examples=[_EXAMPLE_ID])]
    began_at: datetime
    people: Annotated[int, Field(description="How many were inside then.")]


class MusterAnswer(_Answer):
    """Who is inside at this moment."""

    taken_at: datetime
    is_fire: Annotated[bool, Field(description="Whether the lanes are held open for a fire.")]
    fire: Annotated[MusterFire | None, Field(description="null without a fire, and until it is on record.")]
    visitors: Annotated[int, Field(description="Without companions.")]
    companions: int
    card_holders: int
    people: Annotated[int, Field(description="Everybody.")]
    missing: Annotated[int, Field(description="How many people nobody has called safe.")]
    units: Annotated[list[MusterUnit], Field(description="In the order of the directory.")]


class MusterSheet(_Answer):
    """One sheet of a list that is being printed."""

    job: Annotated[str, Field(description="Its id: `muster.printed` in the journal names it.", examples=[_EXAMPLE_ID])]
    part: Annotated[int, Field(description="Which of the sheets, from 1.")]


class MusterPrinting(_Answer):
    """The list is on its way to the paper."""

    sheets: list[MusterSheet]


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
