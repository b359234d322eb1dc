"""The supervisor's corner: four touches at the top right of the first page, then a card or a PIN.

Who is in is kept in memory, for this browser's session and for half a minute without a touch.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from typing import Final

from flask import abort, current_app, redirect, render_template, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from kiosk.domain.roles import Permission, may
from kiosk.errors import Conflict
from kiosk.services.accounts import User
from web.access import appliance
from web.pins import pin_trouble
from web.touch.pages import page_of
from web.touch.session import bp, drop, now_ns

IDLE_S: Final = 30
"""The page goes back to the first one by then; the server lets nobody act later either."""

GRACE_S: Final = 5

NAMES_A_PAGE: Final = 8
"""As many buttons as fit."""

_KEY: Final = "corner"


@dataclass(slots=True)
class _Stay:
    user: User
    by_pin: bool
    touched_ns: int


class Corner:
    """Who is in the corner. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stays: dict[str, _Stay] = {}

    def let_in(self, holder: str, user: User, now_ns: int, *, by_pin: bool) -> None:
        """Somebody has shown who they are; whoever was in before is out."""
        with self._lock:
            self._stays = {holder: _Stay(user, by_pin, now_ns)}

    def touch(self, holder: str, now_ns: int) -> _Stay | None:
        """Who is in by this holder; their time begins anew. None when it is over."""
        with self._lock:
            stay = self._stays.get(holder)
            if stay is None or now_ns - stay.touched_ns >= (IDLE_S + GRACE_S) * 1e9:
                self._stays = {}
                return None
            stay.touched_ns = now_ns
            return stay


@bp.record_once
def _make_corner(state: BlueprintSetupState) -> None:
    state.app.extensions["corner"] = Corner()


def _corner() -> Corner:
    found: Corner = current_app.extensions["corner"]
    return found


def _supervisors() -> list[User]:
    return [user for user in appliance().accounts.users() if user.has_pin and may(user.role, Permission.RUN_SCREEN)]


@bp.get("/corner")
def show_corner() -> ResponseReturnValue:
    """Who is it? A card of theirs is waited for meanwhile."""
    drop()
    holder = session[_KEY] = secrets.token_urlsafe(16)
    appliance().corner_cards.wait(holder)
    names, number, pages = page_of(_supervisors(), NAMES_A_PAGE)
    return render_template("touch/corner.html", names=names, number=number, pages=pages, idle_s=IDLE_S)


@bp.get("/corner/card")
def hear_corner_card() -> ResponseReturnValue:
    """Whether a card has been shown: where to go on, for the page's script; 204 while none was."""
    holder = session.get(_KEY, "")
    user = appliance().corner_cards.take(holder)
    if user is None:
        return "", 204
    _corner().let_in(holder, user, now_ns(), by_pin=False)
    return {"go": url_for("touch.show_corner_menu")}


@bp.post("/corner/pin")
def ask_corner_pin() -> ResponseReturnValue:
    """Ask for the PIN of the name that was touched, or take it."""
    user = next((each for each in _supervisors() if each.id == request.form.get("who", "")), None)
    if user is None or _KEY not in session:
        return redirect(url_for("touch.show_corner"), 303)
    if "pin" not in request.form:
        return render_template("touch/corner_pin.html", who=user, idle_s=IDLE_S)
    trouble = pin_trouble(user, lane=appliance().settings.touch.lane)
    if trouble is None:
        appliance().corner_cards.stop()
        _corner().let_in(session[_KEY], user, now_ns(), by_pin=True)
        return redirect(url_for("touch.show_corner_menu"), 303)
    page = render_template("touch/corner_pin.html", who=user, problem=trouble.sentence, idle_s=IDLE_S)
    return page, trouble.status, trouble.headers


@bp.get("/corner/menu")
def show_corner_menu() -> ResponseReturnValue:
    """What can be done."""
    return _menu(_require_inside())


@bp.post("/corner/do")
def act_in_corner() -> ResponseReturnValue:
    """Pause, resume, shut down. The last asks once more."""
    stay, box = _require_inside(), appliance()
    actor = stay.user.actor
    wanted = request.form.get("do", "")
    try:
        if wanted == "pause":
            box.screen_pause.pause(actor=actor)
        elif wanted == "resume":
            box.screen_pause.resume(actor=actor)
    except Conflict:
        return redirect(url_for("touch.show_corner_menu"), 303)  # at the panel somebody was faster
    if wanted in {"pause", "resume"}:
        session.clear()
        return redirect(url_for("touch.show_start"), 303)
    if wanted == "shut-down" and _may_shut_down(stay):
        return render_template("touch/corner_sure.html", idle_s=IDLE_S)
    if wanted == "shut-down-now" and _may_shut_down(stay):
        if box.power.shut_down(actor=actor):
            return render_template("touch/corner_off.html")
        return _menu(stay, _("The box cannot be shut down from here. Please ask whoever looks after it."))
    return redirect(url_for("touch.show_corner_menu"), 303)


def _may_shut_down(stay: _Stay) -> bool:
    """By the PIN only: a card is tapped by whoever walks in, and the corner may be somebody else's."""
    return stay.by_pin and appliance().power.may_shut_down


def _menu(stay: _Stay, problem: LazyString | None = None) -> ResponseReturnValue:
    box = appliance()
    return render_template(
        "touch/corner_menu.html", pause=box.screen_pause.current, may_shut_down=_may_shut_down(stay),
        problem=problem, idle_s=IDLE_S,
    )  # fmt: skip


def _require_inside() -> _Stay:
    stay = _corner().touch(session.get(_KEY, ""), now_ns())
    if stay is None:
        abort(redirect(url_for("touch.show_start"), 303))
    return stay
