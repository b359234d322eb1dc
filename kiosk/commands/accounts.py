"""`user` and `api-key`: who may use the panel and the API."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path

from kiosk.appliance import Appliance
from kiosk.commands.common import appliance_for, fail, refusals_said, say


def _typed(what: str) -> str:
    """Ask twice at a terminal; take one line from a pipe."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    typed = getpass.getpass(f"{what}: ")
    if getpass.getpass("Once more: ") != typed:
        fail("These two differ.")
    return typed


def run(given: argparse.Namespace) -> None:
    """Carry out a command about an account; ends it with plain lines when it cannot be done.

    A password or PIN is asked for, or read from standard input, a line each; an empty PIN is taken away.
    """
    appliance, username = appliance_for(given.data, given.config), given.username
    accounts = appliance.accounts
    with refusals_said():
        match given.action:
            case "add":
                accounts.add_user(username, given.role, _typed("Password"))
                say(f"{username} may log in as {given.role.value}.")
            case "remove":
                accounts.remove_user(username)
                say(f"{username} may not log in any more.")
            case "password":
                accounts.set_password(username, _typed("Password"))
                say(f"{username} has a new password and has to log in again.")
            case "pin":
                pin = _typed("PIN, 4 to 8 digits (empty: none)")
                duress_pin = _typed("Duress PIN, which opens too and alarms silently (empty: none)") if pin else ""
                accounts.set_pin(username, pin, duress_pin)
                say(f"{username} is asked for the PIN to open a lane." if pin else f"{username} is asked for no PIN.")
            case "card":
                card_id = None if given.none else _card_of(appliance, given.number)
                accounts.set_card(username, card_id)
                say(f"{username} signs by this card." if card_id else f"{username} signs by no card.")


def _card_of(appliance: Appliance, number: str) -> str:
    found = appliance.card_queries.numbered(number)
    if len(found) != 1:
        fail("No card on record has this number." if not found else "Several cards have this number: give the UID.")
    return found[0].id


def add_api_key(name: str, *, data: Path | None, config: Path | None) -> None:
    """Make an API key and print it, this once."""
    say(appliance_for(data, config).accounts.make_api_key(name))  # shown once, kept nowhere
