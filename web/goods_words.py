"""The words of goods and release slips, the same on every surface; put into the reader's language when shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from kiosk.domain.goods import CollectMethod, GoodsCategory, GoodsState, Handling
from kiosk.domain.slips import ApprovalMethod, MismatchCode, MovementKind, Requester, SlipKind, SlipState

CATEGORY_LABELS: Final[Mapping[GoodsCategory, LazyString]] = {
    GoodsCategory.PARCEL: _("Parcel"),
    GoodsCategory.FOOD: _("Food"),
    GoodsCategory.FURNITURE: _("Furniture"),
    GoodsCategory.BUILDING_MATERIAL: _("Building material"),
    GoodsCategory.APPLIANCE: _("Appliance"),
    GoodsCategory.DANGEROUS: _("Dangerous goods"),
    GoodsCategory.OTHER: _("Other goods"),
}
HANDLING_LABELS: Final[Mapping[Handling, LazyString]] = {
    Handling.DOOR: _("To the door"),
    Handling.GATE: _("Left at the gate"),
}
GOODS_STATE_LABELS: Final[Mapping[GoodsState, LazyString]] = {
    GoodsState.WAITING: _("Waits for a guard"),
    GoodsState.TO_DOOR: _("To the door"),
    GoodsState.KEPT: _("Kept at the gate"),
    GoodsState.COLLECTED: _("Collected"),
    GoodsState.RETURNED: _("Gone back with the carrier"),
    GoodsState.REFUSED: _("Refused"),
    GoodsState.CANCELLED: _("Given up"),
}
COLLECT_LABELS: Final[Mapping[CollectMethod, LazyString]] = {
    CollectMethod.CARD: _("By card"),
    CollectMethod.PASS: _("By pass"),
    CollectMethod.CODE: _("By code"),
    CollectMethod.DESK: _("Handed out at the desk"),
}
SLIP_KIND_LABELS: Final[Mapping[SlipKind, LazyString]] = {
    SlipKind.HOUSEHOLD: _("Household goods"),
    SlipKind.MOVING: _("Moving out"),
    SlipKind.DEPARTMENT: _("Estate department"),
}
SLIP_STATE_LABELS: Final[Mapping[SlipState, LazyString]] = {
    SlipState.REQUESTED: _("Waits for approval"),
    SlipState.APPROVED: _("Approved"),
    SlipState.RELEASED: _("All released"),
    SlipState.REFUSED: _("Refused"),
    SlipState.VOID: _("Void"),
    SlipState.LAPSED: _("Lapsed"),
}
REQUESTER_LABELS: Final[Mapping[Requester, LazyString]] = {
    Requester.OWNER: _("Owner"),
    Requester.TENANT: _("Tenant"),
    Requester.AGENT: _("Owner's agent"),
    Requester.DEPARTMENT: _("Estate department"),
}
METHOD_LABELS: Final[Mapping[ApprovalMethod, LazyString]] = {
    ApprovalMethod.OWNER_LINK: _("By the owner's link"),
    ApprovalMethod.OWNER_CARD: _("By the owner's card"),
    ApprovalMethod.WRITTEN_AUTHORITY: _("By written authority"),
    ApprovalMethod.SUPERVISOR: _("By a supervisor"),
    ApprovalMethod.OUT_OF_HOURS: _("Out of hours, by the area supervisor"),
}
MISMATCH_SENTENCES: Final[Mapping[MismatchCode, LazyString]] = {
    MismatchCode.UNKNOWN_ITEM: _("This item is not on the slip."),
    MismatchCode.OVER_BALANCE: _("This is more than the slip has left."),
    MismatchCode.OTHER_DAY: _("The slip is for another day."),
    MismatchCode.OTHER_PLATE: _("The slip is for another vehicle."),
    MismatchCode.NOTHING: _("Nothing is ticked."),
}
MOVEMENT_LABELS: Final[Mapping[MovementKind, LazyString]] = {
    MovementKind.RELEASED: _("Released"),
    MovementKind.LOST: _("Lost"),
    MovementKind.DAMAGED: _("Damaged"),
    MovementKind.RETURNED: _("Brought back"),
}
USUAL_THINGS: Final = (
    _("Sofa"), _("Television"), _("Fridge"), _("Bed"), _("Table"), _("Washing machine"), _("Box"), _("Bicycle"),
)  # fmt: skip
"""What most often leaves a flat."""


def for_templates() -> dict[str, Any]:
    """The labels by the names that templates use."""
    return {
        "category_labels": CATEGORY_LABELS,
        "handling_labels": HANDLING_LABELS,
        "goods_state_labels": GOODS_STATE_LABELS,
        "collect_labels": COLLECT_LABELS,
        "slip_kind_labels": SLIP_KIND_LABELS,
        "slip_state_labels": SLIP_STATE_LABELS,
        "requester_labels": REQUESTER_LABELS,
        "method_labels": METHOD_LABELS,
        "mismatch_sentences": MISMATCH_SENTENCES,
        "movement_labels": MOVEMENT_LABELS,
    }
