"""`settings`: every setting there is, for whoever writes the file; the README's table is held against this one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from kiosk.config import (
    ChannelSettings,
    DesfireSettings,
    DriverSettings,
    FirstCardSettings,
    KindSettings,
    LaneSettings,
    PrinterSettings,
    Section,
    Settings,
    default_kinds,
)


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting for people: its dotted name, its default as TOML would write it, and what it does."""

    name: str
    default: str
    help: str


def settings_table() -> list[SettingRow]:
    """Every setting there is, in the file's order; what is named freely stands in capitals (`lanes.LANE.direction`)."""
    return list(_rows("", Settings))


def show() -> None:
    """Print each setting with its default and what it does."""
    for row in settings_table():
        print(f"{row.name}{f' = {row.default}' if row.default else ''}\n    {row.help}")  # noqa: T201 - the answer


_FREE_NAMES: Final[Mapping[str, tuple[str, type[BaseModel]]]] = {
    "lanes": ("LANE", LaneSettings),
    "notify.channels": ("CHANNEL", ChannelSettings),
}


_OPTIONAL_SECTIONS: Final[Mapping[str, type[BaseModel]]] = {
    "printer": PrinterSettings,
    "cards.desfire": DesfireSettings,
    "lanes.LANE.first_card": FirstCardSettings,
}


def _rows(prefix: str, section: type[BaseModel]) -> Iterator[SettingRow]:
    for key, field in section.model_fields.items():
        name = f"{prefix}{key}"
        if name == "visits.kinds":
            yield from _kind_rows()
        elif name in _FREE_NAMES:
            free_name, model = _FREE_NAMES[name]
            yield from _rows(f"{name}.{free_name}.", model)
        elif isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from _rows(f"{name}.", field.annotation)
        elif name in _OPTIONAL_SECTIONS:
            yield SettingRow(name, "", field.description or "")
            yield from _rows(f"{name}.", _OPTIONAL_SECTIONS[name])
        else:
            yield SettingRow(name, _default_of(field), field.description or "")


def _kind_rows() -> Iterator[SettingRow]:
    for kind, settings in default_kinds().items():
        for key, field in KindSettings.model_fields.items():
            default = _as_toml(getattr(settings, key))
            yield SettingRow(f"visits.kinds.{kind}.{key}", default, field.description or "")


def _default_of(field: FieldInfo) -> str:
    return "required" if field.is_required() else _as_toml(field.get_default(call_default_factory=True))


def _as_toml(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, DriverSettings):
        return f'{{driver = "{value.driver}"}}'
    if isinstance(value, frozenset):
        return "[" + ", ".join(f'"{item}"' for item in sorted(value)) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f'{key} = "{item}"' for key, item in value.items()) + "}"
    return f'"{value}"' if isinstance(value, str) else str(value)
