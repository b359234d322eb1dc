"""Who has come to this unit lately."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import render_template
from flask.typing import ResponseReturnValue

from kiosk.services.resident_links import ResidentLink
from kiosk.services.visit_queries import VisitFilter
from web.access import appliance
from web.host.session import bp, with_link
from web.paging import place_before

SHOWN_FOR: Final = timedelta(days=30)
PAGE_LENGTH: Final = 30


@bp.get("/visits")
@with_link
def list_visits(link: ResidentLink) -> ResponseReturnValue:
    """The unit's visits of the last 30 days, newest first."""
    place = place_before()
    wanted = VisitFilter(unit=link.unit, since=appliance().clock.now() - SHOWN_FOR)
    page = appliance().visit_queries.page(wanted, before=place, limit=PAGE_LENGTH)
    return render_template("host/visits.html", link=link, page=page, is_first=place is None)
