"""The words for how the goods registers are closed: weeks, holds and purge certificates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from kiosk.domain.reconciliation import Need
from kiosk.services.goods.holds import HoldSubject
from kiosk.services.goods.week_values import WeekState

WEEK_LABELS: Final[Mapping[WeekState, LazyString]] = {
    WeekState.RUNNING: _("Running"),
    WeekState.OPEN: _("To be signed"),
    WeekState.SIGNED: _("Signed once"),
    WeekState.CLOSED: _("Closed by two"),
}
NEED_SENTENCES: Final[Mapping[Need, LazyString]] = {
    Need.GAP: _("This number is on record nowhere."),
    Need.OPEN: _("Not ended with the week."),
    Need.LAPSED_PARTLY: _("Lapsed when some of it had left."),
    Need.LATE_RETURN: _("Something was to be brought back by now."),
    Need.UNEXPLAINED: _("Void without a reason."),
    Need.ALTERED: _("Its items are not those that were approved."),
}
SUBJECT_LABELS: Final[Mapping[HoldSubject, LazyString]] = {
    HoldSubject.GOODS: _("Goods in"),
    HoldSubject.SLIP: _("Release slip"),
    HoldSubject.VISIT: _("Visit"),
}
TABLE_LABELS: Final[Mapping[str, LazyString]] = {
    "visits": _("Visits"),
    "goods_in": _("Goods in"),
    "release_slips": _("Release slips"),
    "release_items": _("Items"),
    "release_trips": _("Trips"),
    "release_movements": _("Movements"),
    "annotations": _("Remarks"),
    "photos": _("Photos"),
    "print_jobs": _("Printed papers"),
    "carried_items": _("Tools carried in"),
    "approval_steps": _("Steps of approvals"),
    "passes": _("Passes"),
    "invitations": _("Invitations"),
    "incident_holds": _("Lifted holds"),
}
"""What a purge certificate counts, by table."""
