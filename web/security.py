"""What holds for every answer: headers, cookies, CSRF tokens, sizes; and the brakes on guessing passwords and links.

No page has inline script or style, so the content policy forbids them outright. The API and the simulator need no CSRF
token: the one asks for a key that no browser sends by itself, the other answers the kiosk only and takes no forms.
"""

from __future__ import annotations

import hashlib
import logging
import math
import re
import time
from typing import Final

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from kiosk.appliance import Appliance

MAX_BODY_BYTES: Final = 8 * 1024 * 1024
"""The largest request: a photograph of a phone held up to a simulated camera."""

PANEL_PATH: Final = "/panel"
HOST_PATH: Final = "/r"
VISITOR_PATH: Final = "/v"
TOKEN_PATHS: Final = (HOST_PATH, VISITOR_PATH)
"""Where addresses have a token in them: a resident's, a visitor's."""
TOKEN_ENDPOINTS: Final = frozenset({"host.open_link", "phone.open_form"})
WITHOUT_CSRF_TOKEN: Final = frozenset({"api", "simulator"})

CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "media-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

HEADERS: Final = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

ATTEMPTS_PER_ACCOUNT: Final = RateLimitItemPerMinute(10, 5)
FAILURES_PER_ADDRESS: Final = RateLimitItemPerMinute(30, 5)
WRONG_PER_ADDRESS: Final = RateLimitItemPerMinute(20, 5)
"""Nobody guesses a link's token; who tries is kept from the store."""

_TOKEN_IN_LOG: Final = re.compile(rf"((?:{'|'.join(map(re.escape, TOKEN_PATHS))})/)[^\s\]?]+")


def init_app(app: Flask) -> None:
    """Secure an application whose appliance is in place."""
    appliance: Appliance = app.extensions["appliance"]
    app.config.update(
        SECRET_KEY=appliance.web_secret,
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        WTF_CSRF_CHECK_DEFAULT=False,  # checked below, where the surface is known
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a guard's page stays open for a whole shift
    )
    app.session_interface = _SessionOfSurface()
    app.extensions["login_brake"] = LoginBrake()
    app.extensions["pin_brake"] = LoginBrake()  # by the account's id; a wrong PIN keeps nobody from logging in
    csrf = CSRFProtect(app)

    @app.before_request
    def _demand_csrf_token() -> None:
        if request.endpoint is not None and request.blueprint not in WITHOUT_CSRF_TOKEN:
            csrf.protect()

    app.after_request(_add_headers)
    for logger in (app.logger, logging.getLogger("waitress")):
        logger.addFilter(_WITHOUT_TOKENS)


def is_over_https() -> bool:
    """Tell whether a cookie set now can be kept from ever going over plain HTTP."""
    return request.is_secure


class LoginBrake:
    """Slows down guessing, for an account and for an address, within a moving window. Nothing is locked for ever.

    Kept in memory: a restart forgives. An account's name is kept as its digest, because what is typed there is
    now and then a password.
    """

    def __init__(
        self, per_account: RateLimitItem = ATTEMPTS_PER_ACCOUNT, per_address: RateLimitItem = FAILURES_PER_ADDRESS
    ) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._per_account = per_account
        self._per_address = per_address

    def wait_s(self, username: str, address: str) -> int:
        """Take an attempt on an account and return 0, or return the seconds until the next one may be made.

        It is taken before the password is looked at, so that attempts made at the same moment all count.
        """
        account = _digest(username)
        if not self._limiter.test(self._per_address, address):
            return self._remaining_s(self._per_address, address)
        if not self._limiter.hit(self._per_account, account):
            return self._remaining_s(self._per_account, account)
        return 0

    def succeeded(self, username: str) -> None:
        """Forget an account's attempts: its owner is in."""
        self._limiter.clear(self._per_account, _digest(username))

    def failed(self, address: str) -> None:
        """Count a wrong password against the address it came from. Right ones are not: a tablet has many users."""
        self._limiter.hit(self._per_address, address)

    def _remaining_s(self, limit: RateLimitItem, key: str) -> int:
        reset_at_s, _ = self._limiter.get_window_stats(limit, key)
        return max(1, math.ceil(reset_at_s - time.time()))


class LinkBrake:
    """Refuses an address from which many wrong links have come, for a few minutes. In memory: a restart forgives."""

    def __init__(self, wrong: RateLimitItem = WRONG_PER_ADDRESS) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._wrong = wrong

    def wait_s(self, address: str) -> int:
        """Seconds until this address may try again; 0: now."""
        if self._limiter.test(self._wrong, address):
            return 0
        reset_at_s, _ = self._limiter.get_window_stats(self._wrong, address)
        return max(1, math.ceil(reset_at_s - time.time()))

    def was_wrong(self, address: str) -> None:
        """Count a wrong link against the address it came from."""
        self._limiter.hit(self._wrong, address)


class _WithoutTokens(logging.Filter):
    """Keeps the addresses of links out of the log: a request that fails is logged with its path."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Write the record without them; every record is kept."""
        message = record.getMessage()
        if any(f"{path}/" in message for path in TOKEN_PATHS):
            record.msg, record.args = _TOKEN_IN_LOG.sub(r"\1…", message), ()
        return True


_WITHOUT_TOKENS: Final = _WithoutTokens()


class _SessionOfSurface(SecureCookieSessionInterface):
    """Flask's signed session: one for the panel, for residents, for visitors' phones, and one for all else.

    The kiosk's own browser may show several; a visitor's idle reset must not throw away the panel's form tokens.
    """

    def get_cookie_name(self, app: Flask) -> str:  # noqa: ARG002 - the interface's signature
        return _COOKIES.get(_surface_path(), "gatehouse")

    def get_cookie_path(self, app: Flask) -> str:  # noqa: ARG002
        return _surface_path() or "/"

    def get_cookie_samesite(self, app: Flask) -> str | None:
        # A link is opened from a chat, mail or the camera: Strict would keep its cookie back from the page it leads to.
        return "Lax" if _surface_path() in TOKEN_PATHS else super().get_cookie_samesite(app)

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002
        return is_over_https()


_COOKIES: Final = {PANEL_PATH: "gatehouse_panel_forms", HOST_PATH: "gatehouse_host", VISITOR_PATH: "gatehouse_visitor"}


def _surface_path() -> str:
    """The path below which this request's surface lies, if it has a session of its own; else empty."""
    return next((path for path in _COOKIES if request.path == path or request.path.startswith(f"{path}/")), "")


def _digest(username: str) -> str:
    return hashlib.sha256(username.strip().lower().encode("utf-8", "surrogatepass")).hexdigest()


def _add_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    if request.endpoint in TOKEN_ENDPOINTS:
        response.headers["Referrer-Policy"] = "no-referrer"
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
