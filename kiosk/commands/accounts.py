"""`user` and `api-key`: who may use the panel and the API."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

from kiosk.bootstrap import build_appliance
from kiosk.commands.common import data_directory, fail, load_settings, store_problems_said
from kiosk.domain.roles import Role
from kiosk.errors import Refusal
from kiosk.services.accounts import AccountService


def _accounts(data: Path | None, config: Path | None) -> AccountService:
    is_demo = config is None
    settings = load_settings(config, demo=is_demo)
    with store_problems_said():
        return build_appliance(settings, data_directory(data, settings, demo=is_demo)).accounts


def _password() -> str:
    """Ask twice at a terminal; take one line from a pipe."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        fail("The passwords differ.")
    return password


def add_user(username: str, role: Role, *, data: Path | None, config: Path | None) -> None:
    """Make an account; its password is asked for, or read from standard input."""
    accounts = _accounts(data, config)
    try:
        accounts.add_user(username=username, role=role, password=_password())
    except Refusal as refusal:
        fail("\n".join([refusal.message, *(f"{name}: {problem}" for name, problem in refusal.fields.items())]))
    print(f"{username} may log in as {role.value}.")  # noqa: T201 - the command's answer


def add_api_key(name: str, *, data: Path | None, config: Path | None) -> None:
    """Make an API key and print it, this once."""
    print(_accounts(data, config).make_api_key(name))  # noqa: T201 - shown once, kept nowhere
