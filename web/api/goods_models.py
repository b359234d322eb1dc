"""What goes in and comes out about goods and release slips: kept together, as their words explain each other."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from kiosk.domain.goods import MAX_PIECES, CollectMethod, GoodsCategory, GoodsSource, GoodsState, Handling
from kiosk.domain.slips import MAX_ITEMS, MAX_QUANTITY, ApprovalMethod, Requester, SlipKind, SlipSource, SlipState
from kiosk.services.goods.goods_input import MAX_CHARACTERS as OF_GOODS
from kiosk.services.goods.slip_input import ITEM_CHARACTERS
from kiosk.services.goods.slip_input import MAX_CHARACTERS as OF_SLIPS
from kiosk.services.goods.slip_release import MAX_REASON
from web.api.answers import _EXAMPLE_ID, SignedIn, _Answer, _Page
from web.api.inputs import Cursor, LaneName, Limit, Moment, OneLine, UnitCode, _Input, _Query

_EXAMPLE_TOKEN: Final = "SLIP:R2026-00017:K7QJX2M4ZB3NWD5TRCVA6LYG"  # noqa: S105 - shape of a slip's QR code


def _limits(limit: int, *, least: int = 0) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=least, max_length=limit)


_Number = Annotated[str, Field(description="The number people call it by.")]


# --- goods in ---


class NewGoodsBody(_Input):
    """Goods that come in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"unit": "1-A-12-3", "carrier": "順豐速運 SF Express", "category": "parcel", "handling": "gate"},
                {
                    "unit": "1-A-12-3",
                    "carrier": "Lalamove",
                    "carrier_name": "何師傅",
                    "category": "furniture",
                    "handling": "door",
                    "pieces": 3,
                    "vehicle_plate": "AB 1234",
                    "lane": "in",
                },
            ]
        }
    )

    unit: Annotated[UnitCode, Field(description="Code of the unit, or of the drop-off point, that they are for.")]
    carrier: Annotated[
        str, _limits(OF_GOODS["carrier"], least=1), OneLine, Field(description="The company, or whoever brings them.")
    ]
    category: Annotated[
        Annotated[GoodsCategory, Field(strict=False)],
        Field(description="What they are. A guard decides about `dangerous` ones, whatever `handling` says."),
    ]
    handling: Annotated[
        Annotated[Handling, Field(strict=False)],
        Field(description="`door`: the carrier takes them there, as a visit. `gate`: they wait on a shelf."),
    ]
    carrier_name: Annotated[
        str,
        _limits(OF_GOODS["carrier_name"]),
        OneLine,
        Field(description="The person, whom a visit to the door is registered under."),
    ] = ""
    phone: Annotated[
        str, StringConstraints(max_length=OF_GOODS["phone"]), Field(description="The person's telephone number.")
    ] = ""
    description: Annotated[
        str,
        _limits(OF_GOODS["description"]),
        OneLine,
        Field(description="What they are in words; needed for `other` and `dangerous`."),
    ] = ""
    pieces: Annotated[int, Field(ge=1, le=MAX_PIECES, description="How many pieces.")] = 1
    vehicle_plate: Annotated[str, _limits(OF_GOODS["vehicle_plate"]), OneLine, Field(description="Number plate.")] = ""
    lane: Annotated[
        LaneName | None, Field(description="The lane that opens for goods that go to the door. null: none opens.")
    ] = None


class GoodsQuery(_Query):
    """Which goods."""

    state: Annotated[GoodsState | None, Field(description="Only goods that stand so now.")] = None
    q: Annotated[
        str,
        StringConstraints(max_length=100),
        Field(
            description="A number, a unit's code, the start of a plate, or a carrier, a name or what the goods are, or "
            "a part of these (one Chinese character is enough).",
            examples=["順豐"],
        ),
    ] = ""
    unit: Annotated[str, StringConstraints(max_length=32), Field(description="Only goods for this unit.")] = ""
    since: Annotated[Moment | None, Field(description="Only goods registered from here on.")] = None
    limit: Limit = 50
    cursor: Cursor = None


class CollectBody(_Input):
    """Handing out kept goods."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "204913"}, {}]})

    code: Annotated[
        str | None,
        StringConstraints(max_length=16),
        Field(description="The code that the unit was told. Left out or null: the program answers for who collects."),
    ] = None


class GoodsItem(_Answer):
    """Goods on record."""

    id: Annotated[str, Field(description="The goods' id.", examples=[_EXAMPLE_ID])]
    number: Annotated[_Number, Field(examples=["G260301-004"])]
    state: Annotated[
        GoodsState,
        Field(
            description="`waiting` for a guard, `to_door` with a visit, `kept` at the gate, `collected`, `returned` "
            "to the carrier, `refused`, or `cancelled` by a carrier who did not wait."
        ),
    ]
    handling: Handling
    unit: Annotated[str, Field(examples=["1-A-12-3"])]
    carrier: str
    carrier_name: str
    phone: str
    category: GoodsCategory
    description: str
    pieces: int
    vehicle_plate: str
    is_dangerous: Annotated[bool, Field(description="A guard had to decide about them.")]
    shelf: Annotated[str, Field(description="Where they lie; empty where they do not.", examples=["7"])]
    visit_id: Annotated[str | None, Field(description="The visit that takes them to the door.")]
    source: Annotated[GoodsSource, Field(description="Where they were registered.")]
    lane: str | None
    created_at: datetime
    ended_at: Annotated[datetime | None, Field(description="When they were collected, refused or the like.")]
    collect_method: Annotated[CollectMethod | None, Field(description="By what they were collected.")]


class RegisteredGoods(GoodsItem):
    """Goods just registered."""

    sign_in: Annotated[
        SignedIn | None, Field(description="The visit to the door; null for goods that are kept, or wait for a guard.")
    ]


class GoodsWithCode(GoodsItem):
    """Goods with the code by which they are collected."""

    code: Annotated[
        str | None, Field(description="Tell it to nobody but the unit. null once they are not kept any more.")
    ]


class GoodsPage(_Page):
    """Goods, the newest first."""

    items: list[GoodsItem]


# --- release slips ---


class NewSlipItem(_Input):
    """A line of a slip."""

    name: Annotated[
        str, _limits(ITEM_CHARACTERS["name"], least=1), OneLine, Field(description="What it is.", examples=["梳化"])
    ]
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY, description="How many.")]
    unit: Annotated[
        str,
        _limits(ITEM_CHARACTERS["measure"]),
        OneLine,
        Field(description="What it is counted in; empty: pieces.", examples=["箱"]),
    ] = ""
    note: Annotated[
        str, _limits(ITEM_CHARACTERS["note"]), OneLine, Field(description="What the guard should know it by.")
    ] = ""
    returnable_until: Annotated[
        Moment | None, Field(description="It is to be brought back by then. null: it leaves for good.")
    ] = None


class NewSlipBody(_Input):
    """A release slip to ask for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "unit": "1-A-12-3",
                    "items": [{"name": "梳化", "quantity": 2, "unit": "張"}],
                    "vehicle_plate": "AB 1234",
                    "not_before": "2026-03-01T00:00:00+08:00",
                    "not_after": "2026-03-02T00:00:00+08:00",
                    "requested_by": "李太",
                },
                {
                    "kind": "department",
                    "requester": "department",
                    "department": "工程部 Works",
                    "items": [{"name": "水泵", "quantity": 1, "returnable_until": "2026-03-08T18:00:00+08:00"}],
                    "carrier": "永安水電",
                    "not_before": "2026-03-01T09:00:00+08:00",
                    "not_after": "2026-03-01T18:00:00+08:00",
                    "requested_by": "黃工",
                },
            ]
        }
    )

    unit: Annotated[
        str, StringConstraints(max_length=32), Field(description="Whose goods leave; empty for a department's.")
    ] = ""
    items: Annotated[list[NewSlipItem], Field(min_length=1, max_length=MAX_ITEMS, description="What leaves.")]
    carrier: Annotated[
        str, _limits(OF_SLIPS["carrier"]), OneLine, Field(description="The company that takes them.")
    ] = ""
    vehicle_plate: Annotated[
        str,
        _limits(OF_SLIPS["vehicle_plate"]),
        OneLine,
        Field(description="Their only vehicle. Empty: any, or none."),
    ] = ""
    not_before: Annotated[Moment, Field(description="They may leave from here on.")]
    not_after: Annotated[Moment, Field(description="And no more from here on; at most 31 days later.")]
    requested_by: Annotated[
        str, _limits(OF_SLIPS["requested_by"], least=1), OneLine, Field(description="The name of whoever asks.")
    ]
    requester: Annotated[
        Annotated[Requester, Field(strict=False)],
        Field(description="On whose behalf. A `tenant`'s slip needs the owner's word, an `agent`'s his authority."),
    ] = Requester.OWNER
    kind: Annotated[
        Annotated[SlipKind, Field(strict=False)],
        Field(description="`moving`: the front desk first confirms that nothing is owed. `department`: the estate's."),
    ] = SlipKind.HOUSEHOLD
    department: Annotated[
        str, _limits(60), OneLine, Field(description="One of the settings' departments, for that kind and no other.")
    ] = ""
    taken_by: Annotated[str, _limits(OF_SLIPS["taken_by"]), OneLine, Field(description="Who takes the goods away.")] = (
        ""
    )
    note: Annotated[str, _limits(OF_SLIPS["note"]), OneLine, Field(description="What else the gate should know.")] = ""


class SlipsQuery(_Query):
    """Which slips."""

    state: Annotated[SlipState | None, Field(description="Only slips that stand so now.")] = None
    q: Annotated[
        str,
        StringConstraints(max_length=100),
        Field(
            description="A number, a unit's code, the start of a plate, or a carrier, a person, a department or an "
            "item, or a part of these.",
            examples=["梳化"],
        ),
    ] = ""
    unit: Annotated[str, StringConstraints(max_length=32), Field(description="Only slips of this unit.")] = ""
    since: Annotated[Moment | None, Field(description="Only slips asked for from here on.")] = None
    limit: Limit = 50
    cursor: Cursor = None


_FOR_PROGRAMS: Final = frozenset({ApprovalMethod.OWNER_LINK, ApprovalMethod.SUPERVISOR, ApprovalMethod.OUT_OF_HOURS})


def _for_programs(value: ApprovalMethod) -> ApprovalMethod:
    if value not in _FOR_PROGRAMS:
        raise ValueError("A card is tapped and an authority is scanned at the desk, not by a program")
    return value


class ApproveSlipBody(_Input):
    """Somebody's word for a slip."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"by": "resident app, account 4711", "method": "owner-link"}]}
    )

    by: Annotated[
        str,
        _limits(80, least=1),
        OneLine,
        Field(description="Who approves, as your program knows them. It stands with the slip."),
    ]
    method: Annotated[
        Annotated[ApprovalMethod, Field(strict=False)],
        AfterValidator(_for_programs),
        Field(
            description="`owner-link`: your program has the owner's own word. `supervisor`: for a department. "
            "`out-of-hours`: the area supervisor's, with a `reason`. The others are given at the desk only."
        ),
    ]
    reason: Annotated[
        str, _limits(MAX_REASON), OneLine, Field(description="How the owner's word was had, out of hours.")
    ] = ""


class ReleaseLine(_Input):
    """What leaves of a line."""

    line: Annotated[int, Field(ge=1, le=MAX_ITEMS, description="The line's number on the slip.")]
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY, description="How many of it leave now.")]


class ReleaseBody(_Input):
    """A trip that wants to leave."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"items": [{"line": 1, "quantity": 2}], "vehicle_plate": "AB 1234", "lane": "out"}]
        }
    )

    items: Annotated[list[ReleaseLine], Field(min_length=1, max_length=MAX_ITEMS, description="What leaves now.")]
    vehicle_plate: Annotated[
        str,
        _limits(OF_SLIPS["vehicle_plate"]),
        OneLine,
        Field(description="As read at the gate. Needed where the slip names one."),
    ] = ""
    lane: Annotated[LaneName, Field(description="The lane that opens.")]


class VoidSlipBody(_Input):
    """Why a slip is taken back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "改期"}]})

    reason: Annotated[str, _limits(MAX_REASON, least=1), OneLine, Field(description="It stands with the slip.")]


class SlipLine(_Answer):
    """A line of a slip, with what has become of it."""

    line: int
    name: str
    quantity: int
    unit: Annotated[str, Field(description="What it is counted in; empty: pieces.")]
    note: str
    returnable_until: datetime | None
    released: Annotated[int, Field(description="How many have left.")]
    lost: Annotated[int, Field(description="How many never will: lost, or damaged and not taken.")]
    returned: Annotated[int, Field(description="How many have been brought back.")]
    balance: Annotated[int, Field(description="How many may still leave.")]


class SlipAnswer(_Answer):
    """A release slip on record."""

    id: Annotated[str, Field(description="The slip's id.", examples=[_EXAMPLE_ID])]
    number: Annotated[
        _Number, Field(description="One slip, one number, without gaps in a year.", examples=["R2026-00017"])
    ]
    state: Annotated[
        SlipState,
        Field(description="Nothing leaves but on an `approved` one, for its balance; `released` when none is left."),
    ]
    kind: SlipKind
    unit: str
    department: str
    requester: Requester
    requested_by: str
    source: SlipSource
    carrier: str
    vehicle_plate: str
    taken_by: str
    note: str
    not_before: datetime
    not_after: datetime
    created_at: datetime
    approval_method: ApprovalMethod | None
    approved_at: datetime | None
    approved_by: str | None
    approved_digest: Annotated[
        str, Field(description="SHA-256 of the number and the items that were approved; empty while they are not.")
    ]
    is_out_of_hours: bool
    replaces: Annotated[str | None, Field(description="Id of the slip that it was issued in place of.")]
    replaced_by: Annotated[str | None, Field(description="Id of the slip that was issued in its place.")]
    ended_at: datetime | None
    reason: Annotated[str, Field(description="Why it was refused or voided, or how the owner's word was had.")]
    items: list[SlipLine]


class SlipWithToken(SlipAnswer):
    """A release slip with its code."""

    token: Annotated[
        str,
        Field(description="The text to show as a QR code, in alphanumeric mode.", examples=[_EXAMPLE_TOKEN]),
    ]


class SlipPage(_Page):
    """Release slips, the newest first."""

    items: list[SlipAnswer]
