"""What the API takes and tells of passes: kept together, as their words explain each other."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from kiosk.domain.passes import MAX_USES, PassKind, PassStanding
from kiosk.domain.time_profiles import MAX_SPANS, Day, TimeProfile
from kiosk.domain.weekly_hours import profile_of, span_from
from kiosk.services.paging import MAX_LIMIT
from web.api.answers import _EXAMPLE_PASS_ID, _EXAMPLE_TOKEN, _Answer, _Page
from web.api.inputs import Cursor, LaneName, Limit, Moment, Name, UnitCode, _Input, _Query


def _span(value: str) -> str:
    span_from(value)
    return value


def _week(value: dict[Day, list[str]]) -> dict[Day, list[str]]:
    weekly_profile(value)
    return value


WeeklyHours = Annotated[
    dict[
        Day,
        Annotated[
            list[Annotated[str, StringConstraints(max_length=16), AfterValidator(_span)]],
            Field(min_length=1, max_length=MAX_SPANS),
        ],
    ],
    AfterValidator(_week),
]
"""Hours of a week by the estate's clock: for each day up to three spans like `09:00-12:30`, midnight being `24:00`."""


def weekly_profile(hours: dict[Day, list[str]]) -> TimeProfile:
    """The profile that these hours are.

    Raises:
        ValueError: spans of a day touch or overlap.
    """
    return profile_of({day: [span_from(span) for span in spans] for day, spans in hours.items()})


class NewPassKind(StrEnum):
    """What a pass that is issued ahead of a visit can be."""

    SINGLE = "single"
    DAY = "day"
    RECURRING = "recurring"
    MULTI = "multi"


class NewPassBody(_Input):
    """A pass to issue ahead of a visit."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "unit": "1-A-12-3",
                    "holder": "李小明",
                    "not_before": "2026-03-01T09:00:00+08:00",
                    "not_after": "2026-03-01T21:00:00+08:00",
                    "uses": 1,
                    "lanes": ["in", "out"],
                },
                {
                    "kind": "recurring",
                    "unit": "1-A-12-3",
                    "holder": "Maria Santos",
                    "not_before": "2026-03-01T00:00:00+08:00",
                    "not_after": "2026-07-01T00:00:00+08:00",
                    "weekly": {"mon": ["09:00-12:00"], "thu": ["09:00-12:00", "14:00-18:00"]},
                },
                {
                    "kind": "day",
                    "unit": "1-A-12-3",
                    "holder": "李小明",
                    "not_before": "2026-03-01T09:00:00+08:00",
                },
            ]
        }
    )

    unit: Annotated[UnitCode, Field(description="Code of the unit visited.")]
    holder: Annotated[Name, Field(description="Whom the pass is for.")]
    not_before: Annotated[Moment, Field(description="The pass is good from here on; may lie in the past.")]
    not_after: Annotated[
        Moment | None,
        Field(
            description="The pass ends here; not in the past, and a year after it begins at the latest. Left out or "
            "null: only for a day pass, which ends at the midnight of its day."
        ),
    ] = None
    uses: Annotated[
        Annotated[int, Field(ge=1, le=MAX_USES)] | None,
        Field(
            description="How many times it lets its holder in. null: any number of times. Left out: once; a day pass "
            "and a recurring one any number of times."
        ),
    ] = 1
    kind: Annotated[
        NewPassKind | None,
        Field(
            description="`single`: once. `multi`: several times. `day`: any number of times on one day. `recurring`: "
            "at its `weekly` hours. Left out or null: `single` where `uses` is 1, else `multi`."
        ),
    ] = None
    weekly: Annotated[
        WeeklyHours | None,
        Field(
            description="The hours of a recurring pass, and of no other, by the estate's clock: for each day up to "
            "three spans like `09:00-12:30`, apart from each other; midnight at the end is `24:00`. A holiday has the "
            "hours of `holiday` and none else."
        ),
    ] = None
    lanes: Annotated[
        Annotated[frozenset[LaneName], Field(min_length=1)] | None,
        Field(description="The lanes it is good for. Left out or null: all."),
    ] = None


class PassesQuery(_Query):
    """Which passes."""

    state: Annotated[PassStanding | None, Field(description="Only passes that stand so now.")] = None
    q: Annotated[
        str,
        StringConstraints(max_length=100),
        Field(
            description="A holder's name or part of one (one Chinese character is enough), a unit's code, or a pass's "
            "id or its first eight digits or more.",
            examples=["陳"],
        ),
    ] = ""
    unit: Annotated[str, StringConstraints(max_length=32), Field(description="Only passes to this unit.")] = ""
    limit: Limit = 50
    cursor: Cursor = None


class RevocationsQuery(_Query):
    """Which page."""

    limit: Limit = 100
    cursor: Cursor = None


class PassItem(_Answer):
    """A pass on record."""

    id: Annotated[str, Field(description="The pass's id.", examples=[_EXAMPLE_PASS_ID])]
    kind: Annotated[
        PassKind,
        Field(
            description="`single`: once; `multi`: several times; `day`: any number of times on one day; `recurring`: "
            "at its `weekly` hours; `visit`: the receipt of a visit, good for leaving."
        ),
    ]
    state: Annotated[
        PassStanding, Field(description="How it stands now; whatever comes first of `revoked`, `ended`, `used`.")
    ]
    unit: Annotated[str, Field(examples=["1-A-12-3"])]
    holder: Annotated[
        str, Field(description="Whom it is for; of another gate's pass that gate's name.", examples=["李小明"])
    ]
    not_before: datetime
    not_after: datetime
    uses: Annotated[int | None, Field(description="How many times it lets its holder in; null: any number of times.")]
    used: Annotated[int, Field(description="How many times it has done so at this gate.")]
    lanes: Annotated[list[str] | None, Field(description="The lanes it is good for; null: all.", examples=[["in"]])]
    weekly: Annotated[
        dict[Day, list[str]] | None,
        Field(description="The hours of a recurring pass, else null.", examples=[{"mon": ["09:00-12:00"]}]),
    ]
    gate: Annotated[
        str | None, Field(description="The other gate that issued it; null: this one.", examples=["north gate"])
    ]
    created_at: Annotated[datetime, Field(description="When it was put on record here.")]


class PassWithToken(PassItem):
    """A pass on record, with its code."""

    token: Annotated[
        str, Field(description="The text to show as a QR code, in alphanumeric mode.", examples=[_EXAMPLE_TOKEN])
    ]


class RevocationItem(_Answer):
    """A pass to refuse."""

    id: Annotated[str, Field(description="The pass's id.", examples=[_EXAMPLE_PASS_ID])]
    not_after: Annotated[datetime, Field(description="When it would have ended and need not be kept any longer.")]


class PassPage(_Page):
    """Passes, the newest first."""

    items: list[PassItem]


class RevokedPass(_Input):
    """A pass that another gate has revoked."""

    id: Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$"), Field(description="The pass's id.")]
    not_after: Annotated[Moment, Field(description="When it would have ended.")]


class RevokedPassesBody(_Input):
    """Passes to refuse."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"items": [{"id": _EXAMPLE_PASS_ID, "not_after": "2026-03-01T21:00:00+08:00"}]}]
        }
    )

    items: Annotated[
        list[RevokedPass], Field(max_length=MAX_LIMIT, description="`items` of a page of the other gate's list.")
    ]
    next: Annotated[
        str | None, StringConstraints(max_length=200), Field(description="The page's own `next`: taken, and not used.")
    ] = None


class RevocationsTaken(_Answer):
    """What became of the list."""

    new: Annotated[int, Field(description="How many of them were not refused before.")]


class RevocationPage(_Page):
    """Revoked passes, the newest first."""

    items: list[RevocationItem]
