"""The first page, the language, and the ways to leave: cancelled, finished, forgotten."""

from __future__ import annotations

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from kiosk.domain.visits import VisitState
from web.access import appliance
from web.i18n import DEFAULT_LANGUAGE, TOUCH_LOCALE_KEY, is_locale
from web.touch.session import bp, drafts, drop, forget, now_ns, peek, take_notice, touched
from web.touch.visit import give_up


@bp.get("/")
def show_start() -> ResponseReturnValue:
    """The first page. Whoever comes back to it has left what they were at, unless the guard is being asked."""
    drafts().sweep(now_ns())
    draft = peek()
    if draft is not None and draft.visit_id is not None:
        visit = appliance().visit_queries.get(draft.visit_id)
        if visit.state is VisitState.WAITING:
            return redirect(url_for("touch.show_visit"), 303)
    if draft is not None:
        drop()
    notice = take_notice()
    is_used = notice or session.get(TOUCH_LOCALE_KEY, DEFAULT_LANGUAGE.code) != DEFAULT_LANGUAGE.code
    box = appliance()
    return render_template(
        "touch/start.html",
        notice=notice,
        seq=box.feed.last_seq,
        idle_s=box.settings.touch.idle_s if is_used else None,
    )


@bp.post("/language")
def choose_language() -> ResponseReturnValue:
    """Speak another language until this turn ends."""
    code = request.form.get("language", "")
    if is_locale(code):
        session[TOUCH_LOCALE_KEY] = code
    return redirect(url_for("touch.show_start"), 303)


@bp.post("/leave")
def leave() -> ResponseReturnValue:
    """Cancelled, finished, or nobody there any more: wipe everything. A visit that was waiting is given up."""
    draft = peek()
    if draft is not None:
        give_up(draft)
    forget()
    return redirect(url_for("touch.show_start"), 303)


@bp.post("/touched")
def note_touch() -> ResponseReturnValue:
    """The page reports that somebody is there; 410 when what was typed is gone."""
    return "", 204 if touched() is not None else 410
