"""Calling the guard, from every page: the panels sound, and the page says that the guard knows."""

from __future__ import annotations

from flask import make_response, request
from flask.typing import ResponseReturnValue

from web.access import appliance
from web.touch.look import back_to_page
from web.touch.session import ACTOR, bp


@bp.post("/call")
def call_guard() -> ResponseReturnValue:
    """Call the guard: 204 for a page's script, which says so; else back to the page. Nothing of the turn changes."""
    appliance().guard_help.call(actor=ACTOR)
    return make_response("", 204) if "in_place" in request.form else back_to_page()


@bp.app_context_processor
def _help() -> dict[str, object]:
    return {"is_guard_called": appliance().guard_help.is_called}
