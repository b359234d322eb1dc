"""`user` and `api-key`: who may use the panel and the API."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.bootstrap import build_appliance
from kiosk.commands.common import data_directory, fail, load_settings, store_problems_said
from kiosk.errors import Refusal
from kiosk.services.accounts import AccountService


def _accounts(data: Path | None, config: Path | None) -> AccountService:
    is_demo = config is None
    settings = load_settings(config, demo=is_demo)
    with store_problems_said():
        return build_appliance(settings, data_directory(data, settings, demo=is_demo)).accounts


def _typed(what: str) -> str:
    """Ask twice at a terminal; take one line from a pipe."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    typed = getpass.getpass(f"{what}: ")
    if getpass.getpass("Once more: ") != typed:
        fail("These two differ.")
    return typed


@contextmanager
def _refusals_said() -> Iterator[None]:
    """End the command with a plain line for each thing that was refused."""
    try:
        yield
    except Refusal as refusal:
        fail("\n".join([refusal.message, *(f"{name}: {problem}" for name, problem in refusal.fields.items())]))


def run(given: argparse.Namespace) -> None:
    """Carry out `user add`, `remove`, `password` or `pin`; ends the command with plain lines when it cannot be done.

    A password or PIN is asked for, or read from standard input, a line each; an empty PIN is taken away.
    """
    accounts, username = _accounts(given.data, given.config), given.username
    with _refusals_said():
        match given.action:
            case "add":
                accounts.add_user(username, given.role, _typed("Password"))
                _say(f"{username} may log in as {given.role.value}.")
            case "remove":
                accounts.remove_user(username)
                _say(f"{username} may not log in any more.")
            case "password":
                accounts.set_password(username, _typed("Password"))
                _say(f"{username} has a new password and has to log in again.")
            case "pin":
                pin = _typed("PIN, 4 to 8 digits (empty: none)")
                duress_pin = _typed("Duress PIN, which opens too and alarms silently (empty: none)") if pin else ""
                accounts.set_pin(username, pin, duress_pin)
                _say(f"{username} is asked for the PIN to open a lane." if pin else f"{username} is asked for no PIN.")


def add_api_key(name: str, *, data: Path | None, config: Path | None) -> None:
    """Make an API key and print it, this once."""
    _say(_accounts(data, config).make_api_key(name))  # shown once, kept nowhere


def _say(line: str) -> None:
    print(line)  # noqa: T201 - the command's answer
