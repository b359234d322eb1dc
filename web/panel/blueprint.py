"""The panel's blueprint and the one place that says who gets at which of its routes.

Every route names the permission it needs with `needs`, or that it needs none with `open_to_all`; one that names
neither answers nobody. The check stands before the request is handled, so that no view can forget it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

from flask import Blueprint, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response

from kiosk.domain.roles import Permission, may
from kiosk.services.accounts import Session, User
from web.access import appliance
from web.security import PANEL_PATH

V = TypeVar("V", bound=Callable[..., Any])

bp: Final = Blueprint("panel", __name__, url_prefix=PANEL_PATH)

SESSION_COOKIE: Final = "gatehouse_panel"
THEME_COOKIE: Final = "gatehouse_panel_theme"
KEYS_COOKIE: Final = "gatehouse_panel_keys"
FROM_SCRIPT: Final = "X-Requested-With"
"""The header by which the panel's own script says that it wants an answer and no page."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a route asks of its caller. `is_use` False: a page asks by itself, nobody has touched anything."""

    permission: Permission | None
    is_use: bool = True


NEEDS: Final[dict[str, Need]] = {}
"""What each endpoint of the panel needs."""


def needs(permission: Permission, *, is_use: bool = True) -> Callable[[V], V]:
    """Demand a login with this permission."""

    def declare(view: V) -> V:
        NEEDS[f"{bp.name}.{view.__name__}"] = Need(permission, is_use)
        return view

    return declare


def open_to_all(view: V) -> V:
    """Demand nothing."""
    NEEDS[f"{bp.name}.{view.__name__}"] = Need(None)
    return view


def session_token() -> str:
    """The token of the panel's session as the browser sent it; empty without one."""
    return request.cookies.get(SESSION_COOKIE, "")


def current_session() -> Session | None:
    """The session of this request, None without a login that holds."""
    found: Session | None = g.get("panel_session")
    return found


def current_user() -> User:
    """Whoever is logged in. For routes that need a permission."""
    return cast("Session", current_session()).user


def wants_answer() -> bool:
    """Tell whether the panel's script asks, rather than a browser that goes to a page."""
    return request.headers.get(FROM_SCRIPT) == "panel"


def this_page() -> str:
    """Where an action on this page leads back to: a piece of the shift's screen, or a form's answer, is no page."""
    if request.method != "GET" or wants_answer():
        return f"{PANEL_PATH}/"
    return request.full_path.rstrip("?")


def local_page(target: str, otherwise: str) -> str:
    """A page of the panel to go to; `otherwise` when the target is not one, so that no link leads elsewhere."""
    parts = urlsplit(target)
    is_ours = target == PANEL_PATH or target.startswith((f"{PANEL_PATH}/", f"{PANEL_PATH}?"))
    is_plain = target.isprintable() and "\\" not in target and not parts.scheme and not parts.netloc
    return target if is_ours and is_plain else otherwise


@bp.before_request
def _admit() -> Response | None:
    need = NEEDS.get(request.endpoint or "")
    if need is None:
        abort(403)
    token = session_token()
    g.panel_session = appliance().accounts.session(token, is_use=need.is_use) if token else None
    session = current_session()
    if need.permission is None:
        return None
    if session is None:
        return _ask_to_log_in()
    if not may(session.user.role, need.permission):
        abort(403)
    return None


@bp.after_request
def _tell_the_time(response: Response) -> Response:
    """By this clock the page's script dates its orders; its own may be minutes off."""
    if wants_answer():
        response.headers["X-Server-Ms"] = str(int(appliance().clock.now().timestamp() * 1000))
    return response


def _ask_to_log_in() -> Response:
    if wants_answer() or "text/html" not in request.headers.get("Accept", "text/html"):
        abort(401)
    return redirect(url_for("panel.show_login", next=this_page()), 303)
