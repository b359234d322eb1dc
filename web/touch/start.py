"""The first page, the language, and the ways to leave: cancelled, finished, forgotten."""

from __future__ import annotations

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from web.access import appliance
from web.i18n import DEFAULT_LANGUAGE, TOUCH_LOCALE_KEY, is_locale
from web.touch.look import is_chosen
from web.touch.paused import told_in_every_language
from web.touch.session import bp, drop, forget, go_where_due, now_ns, peek, take_notice, touched
from web.touch.waiting import give_up, is_waiting
from web.turns import drafts


def end_turn() -> ResponseReturnValue | None:
    """Wipe the turn of whoever has left what they were at; the way back to it while the guard is being asked."""
    draft = peek()
    if draft is None:
        return None
    if is_waiting(draft):
        return go_where_due(draft)
    drop()
    return None


@bp.get("/")
def show_start() -> ResponseReturnValue:
    """The first page. Whoever comes back to it has left what they were at, unless the guard is being asked."""
    drafts().sweep(now_ns())
    waiting = end_turn()
    if waiting is not None:
        return waiting
    notice = take_notice()
    is_used = notice or is_chosen() or session.get(TOUCH_LOCALE_KEY, DEFAULT_LANGUAGE.code) != DEFAULT_LANGUAGE.code
    box = appliance()
    if box.screen_pause.current is not None:
        return render_template("touch/paused.html", told=told_in_every_language(), seq=box.feed.last_seq)
    return render_template(
        "touch/start.html",
        notice=notice,
        may_return=box.returning.may_ask(),
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
    """Cancelled, finished, or nobody there any more: wipe everything. What was waiting is given up."""
    draft = peek()
    if draft is not None:
        give_up(draft)
    forget()
    return redirect(url_for("touch.show_start"), 303)


@bp.post("/touched")
def note_touch() -> ResponseReturnValue:
    """The page reports that somebody is there; 410 when what was typed is gone."""
    return "", 204 if touched() is not None else 410
