"""What the panel calls the ways and the pages of the touchscreen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from web.turns.steps import Step
from web.turns.typed import Way

WAY_LABELS: Final[Mapping[Way, LazyString]] = {
    Way.SIGN_IN: _("Visit"),
    Way.GOODS_IN: _("Goods in"),
    Way.TAKE_OUT: _("Release slip"),
}
STEP_LABELS: Final[Mapping[Step, LazyString]] = {
    Step.KIND: _("Kind of visit"),
    Step.CARRIER: _("Carrier"),
    Step.PLACE: _("Unit"),
    Step.ABOUT: _("Name"),
    Step.MORE: _("More"),
    Step.DOCUMENT: _("Identity document"),
    Step.CARRIED: _("Tools"),
    Step.WHAT: _("Goods"),
    Step.DETAILS: _("Goods"),
    Step.CONTACT: _("Telephone"),
    Step.ITEMS: _("Goods"),
    Step.ASKER: _("Asked for by"),
    Step.DAY: _("Day"),
    Step.PHOTO: _("Photo"),
    Step.SUMMARY: _("Check"),
}
