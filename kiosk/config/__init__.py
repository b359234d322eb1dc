"""The settings: one TOML file, checked whole, handed on as frozen values.

Every setting has its default and its help here; the table in the README is held against `SETTINGS` by a test. A
device's driver options are the driver's business: they are passed on as they stand and a mistake in them shows on
the health page, because a misspelt printer must not keep a gate shut.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator

from kiosk.config.base import DriverSettings, Section, is_plain_name
from kiosk.config.estate import EstateSettings, ServerSettings, StoreSettings
from kiosk.config.goods import DangerousGoods, GoodsSettings
from kiosk.config.lanes import (
    AccessSettings,
    CardSettings,
    DesfireSettings,
    DeskSettings,
    FirstCardSettings,
    LaneSettings,
    PrinterSettings,
)
from kiosk.config.surfaces import ChannelSettings, HostSettings, NotifySettings, PanelSettings, TouchSettings, VoiceUse
from kiosk.config.visits import Demand, KindSettings, VisitSettings, default_kinds
from kiosk.domain.access import Direction
from kiosk.domain.visits import Approval

__all__ = [
    "AccessSettings",
    "CardSettings",
    "ChannelSettings",
    "DangerousGoods",
    "Demand",
    "DesfireSettings",
    "DeskSettings",
    "DriverSettings",
    "EstateSettings",
    "FirstCardSettings",
    "GoodsSettings",
    "HostSettings",
    "KindSettings",
    "LaneSettings",
    "NotifySettings",
    "PanelSettings",
    "PrinterSettings",
    "Section",
    "ServerSettings",
    "Settings",
    "SettingsError",
    "StoreSettings",
    "TouchSettings",
    "VisitSettings",
    "VoiceUse",
    "default_kinds",
    "parse",
    "read",
]


class SettingsError(Exception):
    """The settings cannot be used. `problems` has one line for each thing to mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(Section):
    """Everything that is set."""

    estate: EstateSettings = EstateSettings()
    server: ServerSettings = ServerSettings()
    store: StoreSettings = StoreSettings()
    visits: VisitSettings = VisitSettings()
    goods: GoodsSettings = GoodsSettings()
    lanes: Mapping[str, LaneSettings] = Field(min_length=1, description="The lanes by name; at least one.")
    desk: DeskSettings = DeskSettings()
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
    lanes, touch, desk = document.get("lanes"), document.get("touch", {}), document.get("desk", {})
    if isinstance(lanes, Mapping) and "desk" in lanes and isinstance(desk, Mapping) and desk.get("reader") is not None:
        yield "lanes.desk: the desk's own reader is called so; give the lane another name"
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
