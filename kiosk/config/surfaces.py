"""The touchscreen, the panel, the residents' page, and who is told when something happens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator, model_validator

from kiosk.config.base import Section, TimeOfDay, is_plain_name
from kiosk.domain.notices import Language
from kiosk.domain.visits import PhotoAlternative
from kiosk.domain.webhooks import is_event_type

BaseUrl = Annotated[str, Field(pattern=r"^https?://[^\s/?#]+$")]


class VoiceUse(StrEnum):
    """When the touchscreen speaks."""

    OFF = "off"
    ASKED = "asked"
    ALWAYS = "always"


class TouchSettings(Section):
    """The touchscreen."""

    lane: str = Field("in", description="The lane that a sign-in at the touchscreen opens; its camera takes the photo.")
    exit_lane: str | None = Field(
        None,
        description="The lane that a sign-out by number opens. Unset, none: whoever stands outside can guess a number.",
    )
    idle_s: Annotated[int, Field(ge=15, le=600)] = Field(
        60, description="Seconds without a touch until what was typed is wiped; the last 15 are counted down."
    )
    photo_alternative: PhotoAlternative = Field(
        PhotoAlternative.GUARD,
        description="What is offered to whoever would rather not be photographed where a photo is `required`: `guard` "
        "(who then may sign them in without one), `resident` (who meets them at the gate) or `none`.",
    )
    voice: VoiceUse = Field(
        VoiceUse.ASKED,
        description="Whether the touchscreen speaks: `off`, `asked` (to visitors who switch it on, forgotten with them)"
        " or `always` (until a visitor switches it off).",
    )
    voice_dir: Path | None = Field(
        None,
        description="Folder of an estate's own recordings, as `zh_Hant/KEY.mp3` (or `.wav`, `.ogg`); "
        "`python -m kiosk voice` lists the keys. What is not there says espeak-ng.",
    )
    may_shut_down: bool = Field(
        default=False,
        description="Whether the supervisor's corner of the touchscreen offers to shut the box down. Needs "
        "`systemd/gatehouse-poweroff.rules`.",
    )
    phone_base_url: BaseUrl | None = Field(
        None,
        description="Where visitors' own phones reach this box, as `http://192.168.1.10:8080`: signing in, the screen "
        "shows a code that opens the form there. Unset, or while the box cannot be reached so, it shows none.",
    )
    phone_wifi: Annotated[str, Field(min_length=1, max_length=32)] | None = Field(
        None, description="The name of the Wi-Fi that a phone has to be in for that, to be shown beside the code."
    )


class PanelSettings(Section):
    """The guards' panel."""

    session_idle_min: Annotated[int, Field(ge=1, le=1440)] = Field(
        30, description="Minutes without a request until a login ends."
    )
    session_h: Annotated[int, Field(ge=1, le=72)] = Field(12, description="Hours until a login ends in any case.")
    unfinished_at: TimeOfDay = Field(time(17, 0), description="When the day's list of what is unfinished is made.")
    left_over_at: TimeOfDay = Field(
        time(9, 0), description="When the day's list of what was left over from the day before is made."
    )


class HostSettings(Section):
    """Residents' links and what is asked of residents by them."""

    base_url: BaseUrl | None = Field(
        None,
        description="Where residents' telephones reach this box, as `http://192.168.1.10:8080`: it leads every link. "
        "Needed for residents to be told of anything, so also where hosts approve; unset, links lead to where the "
        "panel was opened.",
    )
    answer_within_s: Annotated[float, Field(ge=5, le=240)] = Field(
        120.0,
        description="Seconds that a host has to answer until the guard is told to decide; at most 240, as the "
        "touchscreen waits five minutes.",
    )
    link_unused_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        180, description="Days after which a resident's link ends that nobody opens."
    )


def _alarms_and_waiting() -> frozenset[str]:
    return frozenset({"alarm.raised", "visit.waiting"})


class ChannelSettings(Section):
    """A way to reach people. Its address is a secret: whoever has it can write to them."""

    url: SecretStr | None = Field(
        None, description="Address in apprise's notation (`wecombot://KEY`, `mailto://…`). It is a secret."
    )
    url_file: Path | None = Field(None, description="File with that address, in place of `url`.")
    events: frozenset[str] = Field(
        default_factory=_alarms_and_waiting, min_length=1, description="Types of journal entries it is told of."
    )
    silent_alarms: bool = Field(
        default=True,
        description="Whether silent alarms (duress) are told too; `false` where telephones at the gate show them.",
    )
    language: Language = Field(Language.ZH_HANT, description="`zh_Hant`, `zh_Hans` or `en`.")

    @field_validator("events")
    @classmethod
    def _are_types(cls, value: frozenset[str]) -> frozenset[str]:
        for type_ in sorted(value):
            if not is_event_type(type_):
                raise ValueError(f"{type_!r} is no type of event: they look like `visit.waiting`")
        return value

    @model_validator(mode="after")
    def _one_address(self) -> ChannelSettings:
        if (self.url is None) == (self.url_file is None):
            raise ValueError("give either `url` or `url_file`")
        return self


class NotifySettings(Section):
    """Who is told when something happens."""

    channels: Mapping[str, ChannelSettings] = Field(
        default_factory=dict, description="The ways to reach people, by name."
    )

    @field_validator("channels")
    @classmethod
    def _named_plainly(cls, value: Mapping[str, ChannelSettings]) -> Mapping[str, ChannelSettings]:
        for name in value:
            if not is_plain_name(name, 32):
                raise ValueError(f"channel name {name!r}: use up to 32 letters, digits and dashes")
        return value
