"""`card-key`: the site keys by which DESFire cards prove themselves."""

from __future__ import annotations

import argparse
import getpass
import sys

from kiosk.commands.common import appliance_for, refusals_said, say
from kiosk.services.card_keys import CardKeys, check_value, parse_key

_ACTOR = "command line"


def run(given: argparse.Namespace) -> None:
    """Carry out `card-key add`, `list` or `retire`; ends the command with a plain line when it cannot be done."""
    keys = appliance_for(given.data, given.config).card_keys
    with refusals_said():
        match given.action:
            case "add":
                _add(keys, given.version, generate=given.generate)
            case "list":
                for version, check in keys.versions().items():
                    say(f"{version:3}  check value {check or 'unknown: sealed with another sealing key'}")
            case "retire":
                keys.retire(given.version, actor=_ACTOR)
                say(f"Cards with a key of version {given.version} are refused from now on.")


def _add(keys: CardKeys, version: int, *, generate: bool) -> None:
    key = keys.add(version, None if generate else parse_key(_typed()), actor=_ACTOR)
    if generate:
        say(key.hex().upper())
    say(f"Cards with a key of version {version} may prove themselves; check value {check_value(key)}.")


def _typed() -> str:
    """Ask at a terminal without showing it; take one line from a pipe."""
    return getpass.getpass("Key (32 hex digits): ") if sys.stdin.isatty() else sys.stdin.readline()
