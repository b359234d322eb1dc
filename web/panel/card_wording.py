"""What the panel's pages say of cards: their numbers, what they are, where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from kiosk.domain.access import CredentialState
from kiosk.domain.card_numbers import CardNumberFormat, write_number
from kiosk.domain.card_proof import CardTechnology
from web.access import appliance
from web.panel.blueprint import bp

STATE_LABELS: Final[Mapping[CredentialState, LazyString]] = {
    CredentialState.ACTIVE: _("Active"),
    CredentialState.LOST: _("Lost"),
    CredentialState.SUSPENDED: _("Suspended"),
    CredentialState.RETURNED: _("Returned"),
}
STATE_ACTIONS: Final[Mapping[CredentialState, LazyString]] = {
    CredentialState.LOST: _("Report lost"),
    CredentialState.SUSPENDED: _("Suspend"),
    CredentialState.RETURNED: _("Mark as returned"),
    CredentialState.ACTIVE: _("Make active again"),
}
STATE_REASONS: Final[Mapping[CredentialState, tuple[LazyString, ...]]] = {
    CredentialState.LOST: (_("Lost by the holder"), _("Stolen")),
    CredentialState.SUSPENDED: (_("Fees overdue"), _("Away for a while"), _("Being looked into")),
    CredentialState.RETURNED: (_("Moved out"), _("Contract ended"), _("Replaced by a new card")),
    CredentialState.ACTIVE: (_("Found again"), _("Holder is back"), _("Settled")),
}
TECHNOLOGY_LABELS: Final[Mapping[CardTechnology, LazyString]] = {
    CardTechnology.UID_ONLY: _("Tells its number only: it can be copied"),
    CardTechnology.CLASSIC: _("MIFARE Classic: it can be copied"),
    CardTechnology.DESFIRE: _("DESFire: it proves itself at every tap"),
}
FORMAT_LABELS: Final[Mapping[CardNumberFormat, LazyString]] = {
    CardNumberFormat.HEX: _("UID"),
    CardNumberFormat.DECIMAL: _("Decimal"),
    CardNumberFormat.HEX_REVERSED: _("UID, bytes reversed"),
    CardNumberFormat.DECIMAL_REVERSED: _("Decimal, bytes reversed"),
    CardNumberFormat.WIEGAND_26: _("Wiegand 26"),
    CardNumberFormat.WIEGAND_34: _("Wiegand 34"),
    CardNumberFormat.WIEGAND_26_REVERSED: _("Wiegand 26, bytes reversed"),
    CardNumberFormat.WIEGAND_34_REVERSED: _("Wiegand 34, bytes reversed"),
}
CHANGE_LABELS: Final[Mapping[str, LazyString]] = {
    "holder": _("Holder"),
    "unit": _("Unit"),
    "valid_from": _("Valid from"),
    "valid_to": _("Valid until"),
    "lanes": _("Lanes"),
    "time_profile": _("Time profile"),
    "group": _("Group"),
    "for_duress": _("Duress mark"),
    "is_owner": _("Owner's card"),
    "carrier": _("Courier's company"),
}
"""What the journal says has changed about a card; its state is told by the state."""


def fob_formats(lane: str = "") -> list[CardNumberFormat]:
    """What is printed on the fobs of a lane's reader, or of all readers without a lane, besides the UID itself."""
    lanes = appliance().settings.lanes
    wanted = [lanes[lane]] if lane in lanes else list(lanes.values())
    return [form for form in dict.fromkeys(one.card_number for one in wanted) if form is not CardNumberFormat.HEX]


def fob_numbers(uid: str, lane: str = "") -> list[str]:
    """The numbers by `fob_formats` of the card that has this UID, in hex."""
    return [write_number(bytes.fromhex(uid), form) for form in fob_formats(lane)]


def numbers(uid: str, lane: str = "") -> list[str]:
    """A card's UID and what is printed on its fob."""
    return [uid, *fob_numbers(uid, lane)]


@bp.context_processor
def _for_templates() -> dict[str, Any]:
    return {
        "card_numbers": numbers,
        "fob_numbers": fob_numbers,
        "card_state_labels": STATE_LABELS,
        "card_state_actions": STATE_ACTIONS,
        "card_state_reasons": STATE_REASONS,
        "technology_labels": TECHNOLOGY_LABELS,
        "format_labels": FORMAT_LABELS,
    }
