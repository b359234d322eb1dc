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
    OBSERVER = "observer"  # sees how the gate does, and nobody's name


class Permission(StrEnum):
    """What an action asks of the account that takes it."""

    WATCH = "watch"  # the lanes, the feed and how many are inside, without anybody's name
    SEE_PEOPLE = "see-people"  # who they are: visits, goods, cards, passes, pictures, and the feed with names
    ANNOTATE = "annotate"  # add a remark or a correction beside a record, which itself stays as it is
    ADMIT = "admit"  # approve, refuse, sign in and out
    OPEN_LANE = "open-lane"
    REPRINT = "reprint"
    SEE_DEVICES = "see-devices"
    ACKNOWLEDGE = "acknowledge"  # say that an alarm has been seen to
    RESET_FIRE = "reset-fire"  # let the lanes close again
    LOCK_LANE = "lock-lane"
    FORGIVE = "forgive"  # what anti-passback holds against a card
    MANAGE_CARDS = "manage-cards"  # put cards on record, change what they are good for
    MANAGE_PROFILES = "manage-profiles"  # say at which hours cards open
    MANAGE_BLOCKLIST = "manage-blocklist"  # say who is not to be let in; whoever admits reads it
    CALL_FOR_HELP = "call-for-help"
    SEE_SILENT_ALARMS = "see-silent-alarms"  # those that leave no trace at the gate
    SELF_TEST = "self-test"  # have a lane test itself
    PRINT_MUSTER = "print-muster"
    MARK_SAFE = "mark-safe"  # say in a fire that somebody has been found
    MANAGE_PASSES = "manage-passes"  # issue and revoke passes, and see their codes
    MANAGE_RESIDENTS = "manage-residents"  # make and revoke residents' links
    MANAGE_GOODS = "manage-goods"  # register goods, decide about those that wait, hand them out
    RELEASE_GOODS = "release-goods"  # tick off goods at the gate and let them leave on their slip
    MANAGE_SLIPS = "manage-slips"  # ask for release slips, see to their approval, void and re-issue them
    SIGN_SLIPS = "sign-slips"  # give the estate's own word: for a department, or while the front desk is closed
    RECONCILE = "reconcile"  # account for a week's slips and sign for it
    HOLD_RECORDS = "hold-records"  # keep records of an incident from being purged
    SEE_FIGURES = "see-figures"  # counts over weeks, in which nobody is named
    HAND_OVER = "hand-over"  # begin a shift's handover, write on it, and read earlier ones
    SEE_OPEN_ITEMS = "see-open-items"  # the lists of the day
    SEE_DOCUMENTS = "see-documents"  # the whole number of a visitor's identity document, with a reason
    RUN_SCREEN = "run-screen"  # pause the touchscreen from its corner, and shut the box down there
    EXPORT = "export"  # take a list of visits or passes away as a file
    EXPORT_CARDS = "export-cards"  # take the ledger of cards away


_OBSERVERS: Final = frozenset({Permission.WATCH, Permission.SEE_DEVICES, Permission.SEE_FIGURES})
_STAFF: Final = _OBSERVERS | {Permission.SEE_PEOPLE, Permission.ANNOTATE}
_DESK: Final = _STAFF | {
    Permission.ADMIT, Permission.REPRINT, Permission.CALL_FOR_HELP, Permission.MARK_SAFE, Permission.MANAGE_GOODS,
    Permission.SEE_OPEN_ITEMS,
}  # fmt: skip
_GATE: Final = _DESK | {
    Permission.OPEN_LANE, Permission.LOCK_LANE, Permission.FORGIVE, Permission.ACKNOWLEDGE, Permission.RESET_FIRE,
    Permission.SELF_TEST, Permission.PRINT_MUSTER, Permission.RELEASE_GOODS, Permission.HAND_OVER,
}  # fmt: skip
_CARD_OFFICE: Final = frozenset({Permission.MANAGE_CARDS, Permission.EXPORT_CARDS})
_FRONT_DESK: Final = frozenset(
    {
        Permission.MANAGE_PASSES, Permission.MANAGE_RESIDENTS, Permission.MANAGE_SLIPS, Permission.RECONCILE,
        Permission.EXPORT, Permission.EXPORT_CARDS,
    }
)  # fmt: skip
_IN_CHARGE: Final = _FRONT_DESK | {
    Permission.MANAGE_BLOCKLIST, Permission.SEE_SILENT_ALARMS, Permission.SIGN_SLIPS, Permission.HOLD_RECORDS,
    Permission.SEE_DOCUMENTS, Permission.RUN_SCREEN,
}  # fmt: skip

PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.GUARD: _GATE,
    Role.CLERK: _STAFF | _CARD_OFFICE | {Permission.MANAGE_PROFILES},
    Role.FRONT_DESK: _DESK | _FRONT_DESK,
    Role.SUPERVISOR: _GATE | _CARD_OFFICE | _IN_CHARGE,
    Role.ADMIN: frozenset(Permission),
    Role.OBSERVER: _OBSERVERS,
}


def may(role: Role, permission: Permission) -> bool:
    """Tell whether a role has a permission."""
    return permission in PERMISSIONS[role]
