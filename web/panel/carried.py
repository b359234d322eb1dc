"""What a visitor carries in and out again, at the panel: adding to the list, and looking at it before they leave."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kiosk.domain.goods import ItemCheck
from kiosk.domain.roles import Permission
from kiosk.errors import Invalid
from web.access import appliance
from web.panel.answers import done, not_done
from web.panel.blueprint import bp, current_user, needs

_LONGEST_NUMBER: Final = 6


@bp.post("/visits/<visit_id>/carried")
@needs(Permission.ADMIT)
def list_carried(visit_id: str) -> Response:
    """Put something on a visit's list."""
    listed = [(request.form.get("name", ""), _number(request.form.get("quantity", "1")) or 0)]
    appliance().goods.carried.list_items(visit_id, listed, actor=current_user().actor)
    return done(_("It is on the list."), url_for("panel.show_visit", visit_id=visit_id))


@bp.post("/visits/<visit_id>/check-carried")
@needs(Permission.ADMIT)
def check_carried(visit_id: str) -> Response:
    """Note down what was seen going out; from then on pass and card open the way out."""
    visit = appliance().visit_queries.get(visit_id)
    try:
        appliance().goods.carried.check_out(visit.id, seen_from_form(visit.id) or {}, actor=current_user().actor)
    except Invalid:
        return not_seen()
    return done(_("The tools are checked."), url_for("panel.show_visit", visit_id=visit.id))


def seen_from_form(visit_id: str) -> dict[int, ItemCheck] | None:
    """What the form says was seen, by line; None from a form that does not ask.

    A line that is neither ticked nor counted is left out.
    """
    if "checks" not in request.form:
        return None
    seen = {}
    for item in appliance().goods.carried.of_visit(visit_id):
        out = _number(request.form.get(f"out-{item.line}", ""))
        if "all" in request.form or f"there-{item.line}" in request.form:
            seen[item.line] = ItemCheck(item.quantity)
        elif out is not None:
            seen[item.line] = ItemCheck(out, request.form.get(f"note-{item.line}", ""))
    return seen


def not_seen() -> Response:
    """Tell that what was ticked does not do."""
    sentence = _("Please tick every line, or say how many go out and why it is fewer than came in.")
    return not_done(sentence, HTTPStatus.UNPROCESSABLE_ENTITY)


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else None
