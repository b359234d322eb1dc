"""`card-key`: the site keys by which DESFire cards prove themselves."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path

from kiosk.bootstrap import build_appliance
from kiosk.commands.common import data_directory, fail, load_settings, store_problems_said
from kiosk.errors import Refusal
from kiosk.services.card_keys import CardKeys, check_value, parse_key

_ACTOR = "command line"


def run(given: argparse.Namespace) -> None:
    """Carry out `card-key add`, `list` or `retire`; ends the command with a plain line when it cannot be done."""
    keys = _keys(given.data, given.config)
    try:
        match given.action:
            case "add":
                _add(keys, given.version, generate=given.generate)
            case "list":
                for version, check in keys.versions().items():
                    _say(f"{version:3}  check value {check or 'unknown: sealed with another sealing key'}")
            case "retire":
                keys.retire(given.version, actor=_ACTOR)
                _say(f"Cards with a key of version {given.version} are refused from now on.")
    except Refusal as refusal:
        fail("\n".join([refusal.message, *(f"{name}: {problem}" for name, problem in refusal.fields.items())]))


def _keys(data: Path | None, config: Path | None) -> CardKeys:
    is_demo = config is None
    settings = load_settings(config, demo=is_demo)
    with store_problems_said():
        return build_appliance(settings, data_directory(data, settings, demo=is_demo)).card_keys


def _add(keys: CardKeys, version: int, *, generate: bool) -> None:
    key = keys.add(version, None if generate else parse_key(_typed()), actor=_ACTOR)
    if generate:
        _say(key.hex().upper())
    _say(f"Cards with a key of version {version} may prove themselves; check value {check_value(key)}.")


def _typed() -> str:
    """Ask at a terminal without showing it; take one line from a pipe."""
    return getpass.getpass("Key (32 hex digits): ") if sys.stdin.isatty() else sys.stdin.readline()


def _say(line: str) -> None:
    print(line)  # noqa: T201 - the command's answer
