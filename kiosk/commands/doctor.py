"""`doctor` and `verify-journal`: what an installer and an auditor ask the box."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hardware import factory
from hardware.errors import HardwareError
from hardware.interfaces import DeviceKind
from kiosk.commands.common import fail, load_settings
from kiosk.config import DriverSettings, Settings
from kiosk.domain.holidays import TROUBLED, CalendarCondition
from kiosk.services.desk_taps import DESK_READER
from kiosk.services.hours import Hours
from kiosk.store import journal
from kiosk.store.database import open_for_reading


def devices_of(settings: Settings) -> list[tuple[str, DeviceKind, DriverSettings]]:
    """Every device that the settings name, as (name, kind, driver settings)."""
    devices: list[tuple[str, DeviceKind, DriverSettings]] = []
    for name, lane in settings.lanes.items():
        parts = {
            DeviceKind.RELAY: lane.relay,
            DeviceKind.INPUTS: lane.inputs,
            DeviceKind.READER: lane.reader,
            DeviceKind.CAMERA: lane.camera,
            DeviceKind.DECODER: lane.decoder if lane.camera is not None else None,
        }
        devices += [(f"{name}.{kind.value}", kind, spec) for kind, spec in parts.items() if spec is not None]
    if settings.desk.reader is not None:
        devices.append((DESK_READER, DeviceKind.READER, settings.desk.reader))
    if settings.printer is not None:
        devices.append(("printer", DeviceKind.PRINTER, settings.printer))
    return devices


def examine(*, config: Path | None) -> None:
    """Open every device once and say how it is, and the calendar of holidays; exit status 1 when one is not well.

    Not beside a running server.
    """
    settings = load_settings(config, demo=config is None)
    unwell = 0
    for name, kind, spec in devices_of(settings):
        try:
            with factory.build(kind, spec.driver, spec.options):
                line = f"ok       {name} ({spec.driver})"
        except HardwareError as error:
            unwell += 1
            reason = f" [{error.vendor_reason}]" if error.vendor_reason else ""
            line = f"{error.code}  {name} ({spec.driver}): {error}{reason}"
        print(line)  # noqa: T201 - the command's answer
    problems = [f"{unwell} of the devices cannot be used."] if unwell else []
    if not _calendar_is_well(settings):
        problems.append("The calendar of holidays needs attention.")
    if problems:
        fail("\n".join(problems))


def _calendar_is_well(settings: Settings) -> bool:
    hours = Hours(settings.estate.zone, settings.access.holidays_file)
    hours.reread()
    calendar = hours.health(datetime.now(UTC))
    if calendar.condition is CalendarCondition.NOT_SET:
        return True
    said = calendar.detail or f"{calendar.days} days, the last {calendar.last}"
    is_well = calendar.condition not in TROUBLED
    print(f"{'ok     ' if is_well else calendar.condition}  holidays ({calendar.path}): {said}")  # noqa: T201 - the answer
    return is_well


def verify_journal(data: Path) -> None:
    """Follow the journal's chain; exit status 1 names the first entry that does not fit."""
    try:
        engine = open_for_reading(data)
    except FileNotFoundError as error:
        fail(f"journal: there is no database {error}")
    with engine.connect() as connection:
        verdict = journal.verify(connection)
    engine.dispose()
    if verdict.bad_seq is not None:
        print(verdict.bad_seq)  # noqa: T201 - the command's answer
        fail(f"journal: broken at entry {verdict.bad_seq}: {verdict.reason}")
    print(f"journal: {verdict.entries} entries, whole")  # noqa: T201 - the command's answer
