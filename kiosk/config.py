"""The settings: one TOML file, checked whole, handed on as frozen values.

Every setting has its default and its help here; the table in the README is held against `SETTINGS` by a test. A
device's driver options are the driver's business: they are passed on as they stand and a mistake in them shows on
the health page, because a misspelt printer must not keep a gate shut.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from kiosk.domain.access import Direction
from kiosk.domain.card_numbers import CardNumberFormat, UidOrder
from kiosk.domain.notices import Language
from kiosk.domain.overstay import OverstayRule
from kiosk.domain.passback import PassbackMode, PassbackPolicy
from kiosk.domain.visits import MAX_STAY_H, Approval, VisitField, VisitKind
from kiosk.domain.webhooks import is_event_type


class SettingsError(Exception):
    """The settings cannot be used. `problems` has one line for each thing to mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Section(BaseModel):
    """A table of the file: unknown names are problems, values do not change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def is_plain_name(name: str, longest: int) -> bool:
    """Tell whether a name that people give to a part is of letters, digits and dashes."""
    return name.isascii() and name.replace("-", "").isalnum() and len(name) <= longest


class DriverSettings(BaseModel):
    """A device: the driver's name and the driver's own options."""

    model_config = ConfigDict(frozen=True, extra="allow")

    driver: str = Field(description="Name of the driver.")

    @property
    def options(self) -> Mapping[str, Any]:
        """Everything beside the driver's name."""
        return dict(self.__pydantic_extra__ or {})


class EstateSettings(Section):
    """The estate this gate belongs to."""

    name_zh_hant: str = Field("示範花園", description="Name in Traditional Chinese.")
    name_zh_hans: str = Field("示范花园", description="Name in Simplified Chinese.")
    name_en: str = Field("Demo Garden", description="Name in English.")
    assembly_point_zh_hant: str = Field("", description="Where people meet in a fire, in Traditional Chinese.")
    assembly_point_zh_hans: str = Field("", description="The same in Simplified Chinese.")
    assembly_point_en: str = Field("", description="The same in English.")
    timezone: str = Field("Asia/Hong_Kong", description="The zone in which people read times (IANA name).")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, OSError, ValueError) as error:
            raise ValueError(f"there is no time zone {value!r}") from error
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The estate's time zone."""
        return ZoneInfo(self.timezone)


class ServerSettings(Section):
    """Where the pages are served."""

    host: str = Field("127.0.0.1", description="Address to listen on; the panel's tablets need the LAN's.")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(8080, description="Port to listen on.")


class StoreSettings(Section):
    """Where data and keys lie."""

    data: Path | None = Field(None, description="Data directory; `--data` on the command line goes before it.")
    key_file: Path | None = Field(
        None,
        description="File with the sealing key, outside the data directory. Unset: systemd's credential "
        "`sealing-key`, else a file beside the data directory.",
    )


Demand = Literal["required", "optional"]


def _name_and_phone() -> dict[VisitField, Demand]:
    return {VisitField.NAME: "required", VisitField.PHONE: "optional"}


class KindSettings(Section):
    """What one kind of visit asks for."""

    asks: Mapping[VisitField, Demand] = Field(
        default_factory=_name_and_phone,
        description="The fields its page shows (name, phone, companions, vehicle_plate, purpose), each "
        "`required` or `optional`.",
    )
    photo: Literal["required", "optional", "none"] = Field("optional", description="Whether a photo is taken.")
    approval: Approval = Field(
        Approval.NONE,
        description="Who lets it in: `none` (nobody is asked), `guard`, `pre-registration` or `host` (the residents "
        "by their links, the guard where they do not answer).",
    )
    stay_h: Annotated[float, Field(gt=0, le=MAX_STAY_H)] = Field(
        4.0, description="Expected stay in hours; its pass ends then."
    )

    @field_validator("asks")
    @classmethod
    def _name_is_required(cls, value: Mapping[VisitField, Demand]) -> Mapping[VisitField, Demand]:
        if value.get(VisitField.NAME) != "required":
            raise ValueError("`name` is always required: a register without names is none")
        return value


def default_kinds() -> dict[VisitKind, KindSettings]:
    """What each kind of visit asks for where the file says nothing."""
    name, phone = VisitField.NAME, VisitField.PHONE
    companions, plate, purpose = VisitField.COMPANIONS, VisitField.VEHICLE_PLATE, VisitField.PURPOSE
    return {
        VisitKind.GUEST: KindSettings(
            asks={name: "required", phone: "optional", companions: "optional", plate: "optional"}
        ),
        VisitKind.DELIVERY: KindSettings(
            asks={name: "required", phone: "optional", plate: "optional"}, photo="none", stay_h=1.0
        ),
        VisitKind.CONTRACTOR: KindSettings(
            asks={name: "required", phone: "required", companions: "optional", plate: "optional", purpose: "required"},
            approval=Approval.GUARD,
            stay_h=10.0,
        ),
        VisitKind.OTHER: KindSettings(
            asks={name: "required", phone: "optional", purpose: "required"}, approval=Approval.GUARD
        ),
    }


def _time_of_day(value: object) -> object:
    if isinstance(value, int | float):
        # Pydantic would take a number for seconds since midnight, and it hears ValueErrors only.
        raise ValueError("write a time of day, as in 04:00:00")  # noqa: TRY004
    return value


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]


def _table(settings: object) -> Mapping[str, Any]:
    # What is no table is handed on under a name that does not exist, so that the kind is named in the complaint.
    return settings if isinstance(settings, Mapping) else {"settings": settings}


class VisitSettings(Section):
    """The visitor register."""

    kinds: Mapping[VisitKind, KindSettings] = Field(
        default_factory=default_kinds, description="The kinds of visit: guest, delivery, contractor, other."
    )
    expire_overdue_at: TimeOfDay = Field(
        time(4, 0),
        description="Local time at which visits past their end, never signed out, are recorded as expired.",
    )
    returning_days: Annotated[int, Field(ge=0, le=366)] = Field(
        30,
        description="Days for which a visitor is found again at the touchscreen by telephone number, shown masked. "
        "0 switches it off.",
    )
    overstay_every_min: Annotated[float, Field(ge=1, le=1440)] = Field(
        30.0, description="Minutes until an alarm about a visitor who is inside past the visit's end is told again."
    )
    overstay_until_h: Annotated[float, Field(ge=0, le=MAX_STAY_H)] = Field(
        3.0, description="Hours after a visit's end during which its overstay is told; 0: at the end only."
    )

    @property
    def overstay(self) -> OverstayRule:
        """When an overstay is told."""
        return OverstayRule(timedelta(minutes=self.overstay_every_min), timedelta(hours=self.overstay_until_h))

    @field_validator("kinds", mode="before")
    @classmethod
    def _fill_in(cls, value: object) -> object:
        """What a file leaves out of a kind stays as that kind has it; a kind it leaves out stays whole."""
        if not isinstance(value, Mapping):
            return value
        defaults: dict[str, dict[str, Any]] = {kind.value: dict(kept) for kind, kept in default_kinds().items()}
        given = {str(kind): {**defaults.get(str(kind), {}), **_table(settings)} for kind, settings in value.items()}
        return defaults | given


class PassbackSettings(Section):
    """Anti-passback: a card that has let somebody in is not handed back to let in the next."""

    timed: PassbackMode = Field(
        PassbackMode.OFF, description="The same card again at this lane within `timed_s`: `off`, `soft` or `hard`."
    )
    timed_s: Annotated[float, Field(gt=0, le=86_400)] = Field(300.0, description="How long that is too soon, seconds.")
    entering: PassbackMode = Field(
        PassbackMode.OFF, description="A card on the way in whose holder is inside the lane's zone."
    )
    leaving: PassbackMode = Field(
        PassbackMode.OFF, description="A card on the way out whose holder is outside the lane's zone."
    )

    @property
    def policy(self) -> PassbackPolicy:
        """The same for the rules."""
        return PassbackPolicy(self.timed, self.timed_s, self.entering, self.leaving)


class FirstCardSettings(Section):
    """Closed to everybody else until somebody of a group has come."""

    group: Annotated[str, Field(min_length=1, max_length=32)] = Field(description="The group of cards it awaits.")
    until: TimeOfDay = Field(time(0, 0), description="Local time at which it awaits the next first card.")


class LaneSettings(Section):
    """One way through the gate and its devices. A device that is not named does not exist."""

    direction: Direction = Field(description="`in`, `out` or `both`.")
    relay: DriverSettings = Field(description="The barrier's relay.")
    inputs: DriverSettings | None = Field(None, description="Exit button, gate contact, fire, loop detector.")
    reader: DriverSettings | None = Field(None, description="The card reader.")
    camera: DriverSettings | None = Field(None, description="The camera.")
    decoder: DriverSettings = Field(
        default_factory=lambda: DriverSettings(driver="zxing"), description="What reads QR codes from the camera."
    )
    pulse_s: Annotated[float, Field(gt=0, le=10)] = Field(1.0, description="How long the relay is energised, seconds.")
    held_s: Annotated[float, Field(gt=0, le=3600)] = Field(
        30.0, description="Seconds that the gate may stand open after it was opened; longer is an alarm."
    )
    vehicle_s: Annotated[float, Field(gt=0, le=600)] = Field(
        60.0,
        description="Seconds for which a vehicle on the loop detector keeps the lane from closing at most; then it "
        "closes, and that is an alarm.",
    )
    budget_ms: Annotated[float, Field(gt=0, le=5000)] = Field(
        300.0,
        description="Milliseconds from a card or code to the relay that 95 of 100 keep to; a slower day is a warning.",
    )
    card_number: CardNumberFormat = Field(
        CardNumberFormat.HEX,
        description="How the number printed on the fobs of this reader is made from the UID, shown beside it: `hex`, "
        "`decimal`, `wiegand-26`, `wiegand-34`, each also with `-reversed` behind it.",
    )
    uid_order: UidOrder = Field(
        UidOrder.AS_TOLD,
        description="`reversed` for a reader that tells a UID from its last byte to its first, so that a card is the "
        "same one at every reader.",
    )
    zone: Annotated[str, Field(max_length=32)] = Field(
        "", description="The zone that it leads into and out of; empty: nobody keeps account of who is inside by card."
    )
    passback: PassbackSettings = PassbackSettings()
    first_card: FirstCardSettings | None = Field(
        None, description="Closed until a card of a group has opened it; unset: open to every good card."
    )
    interlock: Annotated[str, Field(max_length=32)] = Field(
        "", description="Name of its interlock: of the lanes that share one, only one stands open at a time."
    )

    @model_validator(mode="after")
    def _passback_needs_a_zone(self) -> LaneSettings:
        by_zone = {self.passback.entering, self.passback.leaving} != {PassbackMode.OFF}
        if by_zone and not self.zone:
            raise ValueError("`passback.entering` and `passback.leaving` need a `zone`")
        return self

    @property
    def follows_cards(self) -> bool:
        """Whether the last passage of each card through it is kept."""
        return bool(self.zone) or self.passback.timed is not PassbackMode.OFF


class PrinterSettings(DriverSettings):
    """The receipt printer."""

    job_ttl_s: Annotated[float, Field(gt=0, le=86_400)] = Field(
        180.0, description="A receipt not printed for this long lapses: a printer that comes back prints no flood."
    )


class DesfireSettings(Section):
    """The application by which this estate's DESFire cards prove themselves."""

    aid: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{6}$")] = Field(
        description="The application's identifier, six hex digits, most significant first."
    )
    key_no: Annotated[int, Field(ge=0, le=13)] = Field(
        1, description="Number of the AES key in that application by which a card proves itself."
    )
    system_id: Annotated[str, Field(max_length=18, pattern=r"^[ -~]*$")] = Field(
        "Gatehouse",
        description="Text that goes into every card's own key after its UID and the AID (NXP AN10922); up to 18 "
        "letters and digits.",
    )


class CardSettings(Section):
    """What is asked of IC cards."""

    identify_only_opens: bool = Field(
        default=True,
        description="Whether cards that can be copied (UID only, MIFARE Classic) open a lane alone. False: only "
        "DESFire cards that prove themselves do.",
    )
    desfire: DesfireSettings | None = Field(
        None, description="The DESFire cards' application; without it no card is asked to prove itself."
    )


class AccessSettings(Section):
    """The rules that hold at every lane."""

    unconfirmed_clock_opens: bool = Field(
        default=False,
        description="Whether what is good for a time only opens the way in while nothing has set the clock since "
        "power-up. For a box whose own clock has a battery. A clock that is earlier than the journal opens nothing.",
    )
    household_exits_per_day: Annotated[int, Field(ge=0, le=100)] | None = Field(
        None, description="How often the cards of one unit let out in a day; unset: as often as they like."
    )
    forgive_passback_at: TimeOfDay | None = Field(
        None, description="Local time at which nobody is taken to be inside or outside by card any more; unset: never."
    )
    holidays_file: Path | None = Field(
        None,
        description="Calendar of public holidays: an iCalendar file as governments publish it. Unset: every day has "
        "the hours of its weekday.",
    )


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


class PanelSettings(Section):
    """The guards' panel."""

    session_idle_min: Annotated[int, Field(ge=1, le=1440)] = Field(
        30, description="Minutes without a request until a login ends."
    )
    session_h: Annotated[int, Field(ge=1, le=72)] = Field(12, description="Hours until a login ends in any case.")


class HostSettings(Section):
    """Residents' links and what is asked of residents by them."""

    base_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+$")] | None = Field(
        None,
        description="Where residents' telephones reach this box, as `http://192.168.1.10:8080`: it leads every link. "
        "Needed where hosts approve; else unset, links lead to where the panel was opened.",
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


class Settings(Section):
    """Everything that is set."""

    estate: EstateSettings = EstateSettings()
    server: ServerSettings = ServerSettings()
    store: StoreSettings = StoreSettings()
    visits: VisitSettings = VisitSettings()
    lanes: Mapping[str, LaneSettings] = Field(min_length=1, description="The lanes by name; at least one.")
    printer: PrinterSettings | None = Field(None, description="The receipt printer; without it nothing is printed.")
    cards: CardSettings = CardSettings()
    access: AccessSettings = AccessSettings()
    touch: TouchSettings = TouchSettings()
    panel: PanelSettings = PanelSettings()
    hosts: HostSettings = HostSettings()
    notify: NotifySettings = NotifySettings()

    @field_validator("lanes")
    @classmethod
    def _named_plainly(cls, value: Mapping[str, LaneSettings]) -> Mapping[str, LaneSettings]:
        for name in value:
            if not is_plain_name(name, 16):
                raise ValueError(f"lane name {name!r}: use up to 16 letters, digits and dashes")
        return value


def parse(document: Mapping[str, Any]) -> Settings:
    """Check a whole document.

    Raises:
        SettingsError: with every problem, each led by the setting's dotted name.
    """
    try:
        settings = Settings.model_validate(document)
    except ValidationError as error:
        found = [(".".join(str(part) for part in item["loc"]), item["msg"]) for item in error.errors()]
        problems = [f"{place or 'settings'}: {message.removeprefix('Value error, ')}" for place, message in found]
        raise SettingsError([*problems, *_between_sections(document)]) from None
    problems = list(_between_sections(document))
    if problems:
        raise SettingsError(problems)
    return settings


def _between_sections(document: Mapping[str, Any]) -> Iterator[str]:
    """The problems that no section has by itself, read off the document, so that they are told with all others."""
    yield from _hosts_reachable(document)
    lanes, touch = document.get("lanes"), document.get("touch", {})
    if not isinstance(lanes, Mapping) or not isinstance(touch, Mapping):
        return
    sign_in, sign_out = touch.get("lane", TouchSettings().lane), touch.get("exit_lane")
    for setting, name, wrong_way in (("lane", sign_in, Direction.OUT), ("exit_lane", sign_out, Direction.IN)):
        if not isinstance(name, str):
            continue  # unset, or told by its own section
        if name not in lanes:
            yield f"touch.{setting}: there is no lane {name!r}"
        elif isinstance(lanes[name], Mapping) and lanes[name].get("direction") == wrong_way:
            yield f"touch.{setting}: the lane {name!r} leads the other way ({wrong_way})"


def _hosts_reachable(document: Mapping[str, Any]) -> Iterator[str]:
    visits, hosts = document.get("visits", {}), document.get("hosts", {})
    kinds = visits.get("kinds", {}) if isinstance(visits, Mapping) else {}
    are_asked = isinstance(kinds, Mapping) and any(
        isinstance(kind, Mapping) and kind.get("approval") == Approval.HOST for kind in kinds.values()
    )
    if are_asked and isinstance(hosts, Mapping) and hosts.get("base_url") is None:
        yield "hosts.base_url: say where residents' telephones reach this box, as they are asked to approve"


def read(path: Path) -> dict[str, Any]:
    """Read a TOML file, unchecked.

    Raises:
        SettingsError: it cannot be read or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError([f"{path}: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path}: not a TOML file: {error}"]) from error
