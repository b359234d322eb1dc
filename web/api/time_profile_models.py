"""Time profiles as programs send and get them: times of day as "HH:MM" on the estate's clock."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from kiosk.domain.time_profiles import MAX_SPANS, Day, Span, TimeProfile, clock_text, minute_of
from kiosk.services.time_profiles import MAX_NAME
from web.api.answers import _EXAMPLE_ID, _Answer, _Page
from web.api.inputs import OneLine, _Input

_TIME_OF_DAY: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"
_EXAMPLE_WEEK: Final[JsonDict] = {
    "mon": [{"begins": "07:30", "ends": "12:00"}, {"begins": "14:00", "ends": "20:00"}],
    "sat": [{"begins": "08:00", "ends": "24:00"}],
    "holiday": [],
}


def _time_of_day(value: str) -> str:
    try:
        minute_of(value)
    except ValueError:
        raise ValueError("This has to be a time of day as in 08:30, up to 24:00") from None
    return value


def _forwards(span: SpanBody) -> SpanBody:
    if span.ends <= span.begins:
        raise ValueError("This has to end after it begins; what goes on past midnight is two spans on two days")
    return span


def _apart(spans: list[SpanBody]) -> list[SpanBody]:
    try:
        TimeProfile({Day.MONDAY: tuple(span.as_span() for span in spans)})
    except ValueError:
        raise ValueError("The spans of a day have to lie apart from each other") from None
    return spans


Clock = Annotated[str, AfterValidator(_time_of_day), Field(json_schema_extra={"pattern": _TIME_OF_DAY})]


class SpanBody(_Input):
    """A part of a day."""

    begins: Annotated[Clock, Field(description="From here on.", examples=["08:00"])]
    ends: Annotated[Clock, Field(description="Up to here; the day's end is 24:00.", examples=["24:00"])]

    def as_span(self) -> Span:
        """The same by minutes."""
        return Span(minute_of(self.begins), minute_of(self.ends))


DayBody = Annotated[
    list[Annotated[SpanBody, AfterValidator(_forwards)]],
    Field(
        default_factory=list,
        max_length=MAX_SPANS,
        description="Its spans, apart from each other. Left out or empty: closed all day.",
    ),
    AfterValidator(_apart),
]


class WeekBody(_Input):
    """The hours of each weekday, and of holidays, which are days of their own."""

    mon: DayBody
    tue: DayBody
    wed: DayBody
    thu: DayBody
    fri: DayBody
    sat: DayBody
    sun: DayBody
    holiday: DayBody

    def as_profile(self) -> TimeProfile:
        """The same as the rules know it."""
        return TimeProfile({day: tuple(span.as_span() for span in getattr(self, day.value)) for day in Day})


class TimeProfileBody(_Input):
    """A time profile as it is to be."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "家務助理", "days": _EXAMPLE_WEEK}]})

    name: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME),
        OneLine,
        Field(description="What the card office calls it; no two are called alike."),
    ]
    days: Annotated[WeekBody, Field(description="Its hours on the estate's own clock.")]


class SpanItem(_Answer):
    """A part of a day."""

    begins: Annotated[str, Field(examples=["08:00"])]
    ends: Annotated[str, Field(examples=["24:00"])]


class TimeProfileItem(_Answer):
    """A time profile on record."""

    id: Annotated[str, Field(description="The time profile's id.", examples=[_EXAMPLE_ID])]
    name: Annotated[str, Field(examples=["家務助理"])]
    days: Annotated[
        dict[Day, list[SpanItem]], Field(description="The spans of each day in their order; every day is there.")
    ]
    cards: Annotated[int, Field(description="How many cards have it, whatever their state.")]


class TimeProfilePage(_Page):
    """All time profiles, by name."""

    items: list[TimeProfileItem]


def week_items(profile: TimeProfile) -> dict[Day, list[SpanItem]]:
    """A profile as it is told."""
    return {
        day: [
            SpanItem(begins=clock_text(span.begins_min), ends=clock_text(span.ends_min))
            for span in profile.spans_on(day)
        ]
        for day in Day
    }
