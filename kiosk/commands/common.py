"""What commands share: which settings and which data directory are meant."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, NoReturn

from kiosk import config
from kiosk.appliance import Appliance
from kiosk.bootstrap import build_appliance
from kiosk.config import Settings, SettingsError
from kiosk.demo import demo_settings
from kiosk.errors import Refusal
from kiosk.services.sealing import SealingError, key_path
from kiosk.store.database import DATABASE_NAME, StoreError

CHECKOUT = Path(__file__).resolve().parents[2]
DEMO_DATA = CHECKOUT / "var" / "demo"


def fail(message: str) -> NoReturn:
    """End the command with one or more plain lines and exit status 1."""
    print(message, file=sys.stderr)  # noqa: T201 - a command talks to its terminal
    raise SystemExit(1)


def load_settings(path: Path | None, *, demo: bool) -> Settings:
    """The settings of a file; in demo mode what the file leaves out is simulated. Ends the command on problems."""
    try:
        document: Mapping[str, Any] = config.read(path) if path is not None else {}
        settings = config.parse(merge(demo_settings(), document) if demo else document)
    except SettingsError as error:
        fail("\n".join(f"settings: {problem}" for problem in error.problems))
    # Absolute from here on: a driver's library may change the working directory when it is imported.
    paths = {name: path.resolve() for name, path in settings.store if path is not None}
    sections: dict[str, object] = {"store": settings.store.model_copy(update=paths)}
    if settings.access.holidays_file is not None:
        calendar = {"holidays_file": settings.access.holidays_file.resolve()}
        sections["access"] = settings.access.model_copy(update=calendar)
    return settings.model_copy(update=sections)


def merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one document over another, table by table; a device's table is replaced whole with its options."""
    merged = dict(base)
    for name, value in changes.items():
        old = merged.get(name)
        if isinstance(old, Mapping) and isinstance(value, Mapping) and "driver" not in value:
            merged[name] = merge(old, value)
        else:
            merged[name] = value
    return merged


@contextmanager
def store_problems_said() -> Iterator[None]:
    """End the command with one plain line when the store or its key cannot be used."""
    try:
        yield
    except (SealingError, StoreError) as error:
        fail(f"store: {error}")


def say(line: str) -> None:
    """Print a line of a command's answer."""
    print(line)  # noqa: T201 - a command talks to its terminal


def local_text(moment: datetime, zone: tzinfo) -> str:
    """A time by the estate's clock."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


@contextmanager
def refusals_said() -> Iterator[None]:
    """End the command with plain lines when a service refuses what was asked."""
    try:
        yield
    except Refusal as refusal:
        fail("\n".join([refusal.message, *(f"{name}: {problem}" for name, problem in refusal.fields.items())]))


def appliance_for(data: Path | None, config: Path | None) -> Appliance:
    """The appliance over a data directory, beside a running server or without one; ends the command on problems.

    A store that exists is opened with its own sealing key or not at all: the key of a service comes as systemd's
    credential, which a command run by hand does not have, and a key made anew would retire the signing key of passes.
    """
    is_demo = config is None
    settings = load_settings(config, demo=is_demo)
    directory = data_directory(data, settings, demo=is_demo)
    key = key_path(directory, settings.store.key_file)
    if (directory / DATABASE_NAME).exists() and not key.exists():
        fail(f"store: there is no sealing key {key}: name this store's with store.key_file or CREDENTIALS_DIRECTORY")
    with store_problems_said():
        return build_appliance(settings, directory)


def data_directory(given: Path | None, settings: Settings, *, demo: bool) -> Path:
    """The data directory: `--data`, else the settings', else the demo's. Ends the command when none is named."""
    directory = given or settings.store.data or (DEMO_DATA if demo else None)
    if directory is None:
        fail("settings: store.data: name a data directory there or with --data")
    return directory.resolve()
