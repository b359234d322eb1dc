"""`pass-key`: the keys that sign passes, and other gates' public ones."""

from __future__ import annotations

import argparse
import base64
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from kiosk.commands.common import appliance_for, fail, local_text, refusals_said, say
from kiosk.services.key_sets import MAX_SET_BYTES
from kiosk.services.pass_keys import PassKey, PassKeys

_ACTOR = "command line"


def run(given: argparse.Namespace) -> None:
    """Carry out `pass-key ACTION`; ends the command with a plain line when it cannot be done."""
    appliance = appliance_for(given.data, given.config)
    keys = appliance.pass_keys
    with refusals_said():
        match given.action:
            case "list":
                zone = appliance.settings.estate.zone
                for key in keys.all():
                    say(_line(key, lambda moment: local_text(moment, zone)))
            case "rotate":
                say(f"Key {keys.rotate(actor=_ACTOR).hex()} signs from now on. Earlier passes stay good.")
                say("Gates that honour this one's passes need its keys anew: pass-key export")
            case "export":
                _export(keys, given.file)
            case "trust":
                new, gone = keys.trust(_content(given.file), given.name, actor=_ACTOR)
                say(f"Passes of {given.name} are honoured: {new} keys new, {gone} gone.")
            case "distrust":
                keys.distrust(given.name, actor=_ACTOR)
                say(f"Passes of {given.name} are honoured no more.")


def _line(key: PassKey, told: Callable[[datetime], str]) -> str:
    facts = [f"{key.kid.hex()}  {key.state.value:<9}", f"since {told(key.created_at)}"]
    if key.gate:
        facts.append(key.gate)
    if key.replaced_at is not None:
        facts.append(f"replaced {told(key.replaced_at)}")
    if key.retired_at is not None:
        facts.append(f"retired {told(key.retired_at)}")
    elif key.last_pass_ends_at is not None:
        facts.append(f"last pass ends {told(key.last_pass_ends_at)}")
    return "  ".join(facts)


def _export(keys: PassKeys, file: Path | None) -> None:
    exported = keys.export()
    if file is None:
        say(base64.b64encode(exported).decode())
        return
    try:
        file.write_bytes(exported)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    say(f"{file}: give it to the other gates, and there: pass-key trust {file.name} --name GATE")


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_SET_BYTES + 1)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
