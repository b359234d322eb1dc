"""How long records stay, at the panel: what an incident holds, and the certificates of what was purged."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from flask import render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kiosk.domain.roles import Permission
from kiosk.services.goods.holds import MAX_REASON, Hold, HoldSubject
from web.access import appliance
from web.paging import place_before
from web.panel.answers import done
from web.panel.blueprint import bp, current_user, needs
from web.panel.record_words import SUBJECT_LABELS, TABLE_LABELS

PAGE_LENGTH: Final = 25


@bp.get("/holds")
@needs(Permission.HOLD_RECORDS)
def list_holds() -> str:
    """What is kept from being purged, for what incident; or what was."""
    lifted = request.args.get("lifted") == "1"
    page = appliance().goods.holds.page(lifted=lifted, before=place_before(), limit=PAGE_LENGTH)
    return render_template(
        "panel/holds.html", page=page, lifted=lifted, is_first=place_before() is None, subject_labels=SUBJECT_LABELS
    )


@bp.post("/holds")
@needs(Permission.HOLD_RECORDS)
def set_hold() -> Response:
    """Keep a record: by its id from its own page, or by its number."""
    holds, actor = appliance().goods.holds, current_user().actor
    reason, subject = request.form.get("reason", ""), request.form.get("subject", "")
    if subject in set(HoldSubject):
        holds.set(HoldSubject(subject), request.form.get("id", ""), reason=reason, actor=actor)
    else:
        holds.set_by_number(request.form.get("number", ""), reason=reason, actor=actor)
    return done(_("This record is kept until the hold is lifted."), url_for("panel.list_holds"))


@bp.post("/holds/<hold_id>/lift")
@needs(Permission.HOLD_RECORDS)
def lift_hold(hold_id: str) -> Response:
    """End a hold."""
    appliance().goods.holds.lift(hold_id, actor=current_user().actor)
    return done(_("The hold is lifted."), url_for("panel.list_holds"))


@bp.get("/certificates")
@needs(Permission.HOLD_RECORDS)
def list_certificates() -> str:
    """What was purged, and what it was by its digest."""
    page = appliance().goods.certificates.page(before=place_before(), limit=PAGE_LENGTH)
    return render_template(
        "panel/certificates.html", page=page, is_first=place_before() is None, table_labels=TABLE_LABELS,
        keep_days=appliance().settings.goods.keep_days, visit_keep_days=appliance().settings.visits.keep_days,
    )  # fmt: skip


def _holds_on(subject: str, subject_id: str) -> list[Hold]:
    return appliance().goods.holds.of(HoldSubject(subject), subject_id)


def _dated(moment: datetime) -> str:
    """A moment with its day, whatever day it is shown on: these pages are printed and kept."""
    return moment.astimezone(appliance().settings.estate.zone).strftime("%Y-%m-%d %H:%M")


@bp.context_processor
def _for_templates() -> dict[str, Any]:
    return {"holds_on": _holds_on, "hold_reason_length": MAX_REASON, "dated": _dated}
