"""The accounts of the demonstration: their secrets are made at first start and kept beside the data.

Outside the demonstration no account exists until somebody makes one; here whoever can read the data directory may
be everybody.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from kiosk.domain.roles import Role
from kiosk.services.accounts import AccountService

FILE_NAME: Final = "demo-accounts.json"
_KEY_NAME: Final = "demo"
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # without what looks alike: people type these from a terminal
_PASSWORD_CHARACTERS: Final = 16


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A login."""

    username: str
    password: str


@dataclass(frozen=True, slots=True)
class DemoAccounts:
    """Everything that opens a door of the demonstration. `accounts` is by role."""

    accounts: dict[Role, DemoAccount]
    api_key: str

    def lines(self) -> list[str]:
        """For a terminal: a line for each account and one for the key."""
        width = max(len(account.username) for account in self.accounts.values())
        return [
            *(f"{account.username:<{width}}  {account.password}" for account in self.accounts.values()),
            f"API key  {self.api_key}",
        ]


def provide(accounts: AccountService, data: Path) -> DemoAccounts:
    """Read the demonstration's secrets, or make them; afterwards the file and the store agree.

    A box that loses its power in between does at the next start what is left to do, for nothing was told to anybody
    yet. A file that was lost or damaged is made anew, with new secrets.
    """
    path = data / FILE_NAME
    known = _read(path)
    has_key = known is not None and accounts.verify_api_key(known.api_key) is not None
    if known is None or not has_key or known.accounts.keys() != set(Role):  # a file from before a role came
        given = known.accounts if known else {}
        known = DemoAccounts(
            {role: given.get(role) or DemoAccount(role.value, _password()) for role in Role},
            known.api_key if known and has_key else accounts.make_api_key(_KEY_NAME),
        )
        _set_passwords(accounts, known)
        _write(path, known)
    existing = {user.username for user in accounts.users()}
    for role, account in known.accounts.items():
        if account.username not in existing:
            accounts.add_user(account.username, role, account.password)
    return known


def _set_passwords(accounts: AccountService, known: DemoAccounts) -> None:
    """Give accounts that outlived their file the passwords of the new one."""
    for user in accounts.users():
        account = known.accounts.get(user.role)
        if account is not None and account.username == user.username:
            accounts.set_password(user.username, account.password)


def _password() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_PASSWORD_CHARACTERS))


def _read(path: Path) -> DemoAccounts | None:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        accounts = {
            role: DemoAccount(str(document["accounts"][role]["username"]), str(document["accounts"][role]["password"]))
            for role in Role
        }
        return DemoAccounts(accounts, str(document["api_key"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(path: Path, known: DemoAccounts) -> None:
    document = {
        "accounts": {role.value: asdict(account) for role, account in known.accounts.items()},
        "api_key": known.api_key,
    }
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
