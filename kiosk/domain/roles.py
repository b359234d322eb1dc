"""Who may do what at the panel."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """The roles of an account."""

    GUARD = "guard"
    CLERK = "clerk"
    FRONT_DESK = "frontdesk"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class Permission(StrEnum):
    """What an action asks of the account that takes it."""

    WATCH = "watch"  # the feed, who is inside, visits by search
    ADMIT = "admit"  # approve, refuse, sign in and out
    OPEN_LANE = "open-lane"
    REPRINT = "reprint"
    SEE_DEVICES = "see-devices"
    ACKNOWLEDGE = "acknowledge"  # say that an alarm has been seen to
    RESET_FIRE = "reset-fire"  # let the lanes close again
    MANAGE_RESIDENTS = "manage-residents"  # make and revoke residents' links


_EVERYBODY: Final = frozenset({Permission.WATCH, Permission.SEE_DEVICES})
_GATE: Final = _EVERYBODY | {
    Permission.ADMIT, Permission.OPEN_LANE, Permission.REPRINT, Permission.ACKNOWLEDGE, Permission.RESET_FIRE,
}  # fmt: skip

PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.GUARD: _GATE,
    Role.CLERK: _EVERYBODY,
    Role.FRONT_DESK: _EVERYBODY | {Permission.ADMIT, Permission.REPRINT, Permission.MANAGE_RESIDENTS},
    Role.SUPERVISOR: _GATE | {Permission.MANAGE_RESIDENTS},
    Role.ADMIN: _GATE | {Permission.MANAGE_RESIDENTS},
}


def may(role: Role, permission: Permission) -> bool:
    """Tell whether a role has a permission."""
    return permission in PERMISSIONS[role]
