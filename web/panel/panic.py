"""Calling for help: one button on every page, for whoever stands at a gate or a desk."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kiosk.domain.roles import Permission
from kiosk.services.alarms import Alarm
from web.access import appliance
from web.panel.answers import done
from web.panel.blueprint import bp, current_session, current_user, needs, session_token


@bp.post("/call-for-help")
@needs(Permission.CALL_FOR_HELP)
def call_for_help() -> Response:
    """Raise the alarm on every other panel and wherever alarms are told."""
    user = current_user()
    appliance().alarms.panic(actor=user.actor, user=user.id, panel=_this_panel())
    return done(_("Help has been called."), url_for("panel.show_shift"))


def _this_panel() -> str:
    """An id for this browser's login, from which its token cannot be told: the panel that calls stays quiet itself."""
    return hashlib.sha256(f"panel {session_token()}".encode()).hexdigest()[:32]


def _is_heard_here(alarm: Alarm) -> bool:
    return not alarm.is_silent and alarm.subject.get("panel") != _this_panel()


@bp.context_processor
def _for_templates() -> dict[str, Any]:
    return {"is_heard_here": _is_heard_here} if current_session() is not None else {}
